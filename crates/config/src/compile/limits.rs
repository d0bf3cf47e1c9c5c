//! How many requests are taken.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::compiled::{Limits, RateLimit};
use crate::place::Place;
use crate::report::Report;
use crate::settings::LimitsSettings;

/// The limits of what is at `owner`; `None`: there are none, or they have a fault.
pub(crate) fn compile(
    settings: Option<&LimitsSettings>,
    owner: &Place,
    report: &mut Report<'_>,
) -> Option<Limits> {
    let settings = settings?;
    let place = owner.key("limits");
    if settings.burst.is_some() && settings.requests_per_second.is_none() {
        report.fault(
            &place.key("burst"),
            "a burst of what has no rate",
            "add `requests_per_second`, or leave `burst` out",
        );
    }
    let nothing = settings.requests_per_second.is_none() && settings.in_flight.is_none();
    if nothing && settings.burst.is_none() {
        report.fault(
            &place,
            "nothing is limited",
            "give `requests_per_second`, `in_flight` or both, or leave `limits` out",
        );
    }
    let rate = settings.requests_per_second.map(|per_second| RateLimit {
        // The schema keeps it away from zero.
        every: Duration::from_secs_f64(per_second.recip().clamp(1e-6, 1e3)),
        burst: settings
            .burst
            .and_then(NonZeroU32::new)
            .unwrap_or_else(|| in_a_second(per_second)),
    });
    Some(Limits {
        rate,
        in_flight: settings.in_flight,
    })
}

/// As many as come in a second, at least one.
fn in_a_second(per_second: f64) -> NonZeroU32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, and the schema bounds it"
    )]
    let whole = per_second.ceil() as u32;
    NonZeroU32::new(whole).unwrap_or(NonZeroU32::MIN)
}
