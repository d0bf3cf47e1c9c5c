//! How a backend is spared and its failures are bridged.

use backend::{ConcurrencySettings, HedgeSettings, ResilienceSettings};

use super::positive;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{BackendSettings, BreakerSettings, Period, RetrySettings};

/// What the backend's settings want; what is wrong with them is told.
pub(crate) fn compile(
    settings: &BackendSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> ResilienceSettings {
    let retry = settings.retry.as_ref();
    let breaker = settings.breaker.as_ref();
    ResilienceSettings {
        retry: retry.map(|retry| self::retry(retry, &place.key("retry"), report)),
        hedge: settings.hedge.as_ref().map(|hedge| HedgeSettings {
            percentile: hedge.percentile,
            after: hedge.after.0,
            at_most_percent: hedge.at_most_percent,
        }),
        breaker: breaker.map(|breaker| self::breaker(breaker, &place.key("breaker"), report)),
        concurrency: settings.concurrency.as_ref().map(|settings| {
            positive(settings.wait, &place.key("concurrency").key("wait"), report);
            ConcurrencySettings {
                limit: settings.limit as usize,
                queue: settings.queue.unwrap_or(settings.limit) as usize,
                wait: settings.wait.0,
            }
        }),
    }
}

fn retry(
    settings: &RetrySettings,
    place: &Place,
    report: &mut Report<'_>,
) -> backend::RetrySettings {
    let backoff = place.key("backoff");
    positive(settings.backoff.base, &backoff.key("base"), report);
    if settings.backoff.max < settings.backoff.base {
        report.fault(
            &backoff,
            format!(
                "the longest wait, {}, is shorter than the first, {}",
                settings.backoff.max, settings.backoff.base
            ),
            "raise `max`, or lower `base`",
        );
    }
    backend::RetrySettings {
        attempts: settings.attempts,
        base: settings.backoff.base.0,
        max: settings.backoff.max.0,
        budget_percent: settings.budget.percent,
        budget_per_second: settings.budget.per_second,
        statuses: settings.statuses.clone(),
    }
}

/// Shorter than this it forgets before there are calls enough to judge by.
const SHORTEST_WINDOW: Period = Period::seconds(1);

fn breaker(
    settings: &BreakerSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> backend::BreakerSettings {
    if settings.window < SHORTEST_WINDOW {
        report.fault(
            &place.key("window"),
            "must be a second at least",
            "for example `10s`",
        );
    }
    positive(settings.open_for, &place.key("open_for"), report);
    backend::BreakerSettings {
        failure_percent: settings.failure_percent,
        minimum: settings.minimum,
        window: settings.window.0,
        open_for: settings.open_for.0,
        probes: settings.probes,
    }
}
