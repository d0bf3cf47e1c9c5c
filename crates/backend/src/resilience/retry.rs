//! Which failures are worth another request, after which wait, and how many there may be.

use std::time::Duration;

use orchestration::Effect;
use problem::Code;

use super::RetrySettings;
use super::budget::Budget;
use crate::failure::Fault;

pub(super) struct Retries {
    pub(super) settings: RetrySettings,
    pub(super) budget: Budget,
}

impl Retries {
    pub(super) fn new(settings: RetrySettings) -> Self {
        Self {
            budget: Budget::new(settings.budget_percent, settings.budget_per_second),
            settings,
        }
    }

    /// Whether a call that failed so may be repeated at all.
    pub(super) fn is_worth(&self, fault: &Fault, effect: Effect) -> bool {
        let failure = &fault.failure;
        // Nobody can have seen it.
        if failure.code == Code::UpstreamConnect {
            return true;
        }
        let listed = |status| self.settings.statuses.contains(&status);
        let mends_itself = match failure.code {
            Code::UpstreamReset => true,
            // The backend was silent; a token that did not come in time is not its doing.
            Code::Deadline => fault.may_have_acted,
            Code::UpstreamStatus | Code::UpstreamThrottled => failure.status.is_some_and(listed),
            _ => false,
        };
        effect == Effect::Read && mends_itself
    }

    /// The wait before the retry of this number, counted from 1: anything up to an exponentially
    /// growing cap ("full jitter"), or what the backend asks for.
    pub(super) fn wait(&self, number: u32, fault: &Fault) -> Duration {
        if let Some(asked) = fault.failure.retry_after {
            return asked;
        }
        let factor = 1_u32
            .checked_shl(number.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let cap = self.settings.base.saturating_mul(factor);
        cap.min(self.settings.max).mul_f64(fastrand::f64())
    }
}
