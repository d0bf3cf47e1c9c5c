//! Whether a call's answer is kept.

use orchestration::{Caching, Effect};

use crate::compile::positive;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{CallSettings, CredentialSettings, Period};

/// How the answer is kept, for a call of this effect and timeout to a backend with this credential.
pub(super) fn compile(
    settings: &CallSettings,
    effect: Effect,
    (credential, timeout): (Option<&CredentialSettings>, Option<Period>),
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Caching> {
    let cache = settings.cache.as_ref()?;
    let place = place.key("cache");
    positive(cache.ttl, &place.key("ttl"), report);
    if effect == Effect::Write {
        report.fault_at_key(
            &place,
            "what may change something is never kept",
            "leave it out, or write `effect: read` if the call changes nothing",
        );
    }
    if cache.shared && credential.is_some_and(|credential| credential.by_client.is_some()) {
        report.fault(
            &place.key("shared"),
            "the backend has a credential for each client: what one may see another may not",
            "leave it out",
        );
    }
    Some(Caching {
        ttl: cache.ttl.0,
        stale_if_error: cache
            .stale_if_error
            .map_or_else(Default::default, |stale| stale.0),
        shared: cache.shared,
        timeout: timeout?.0,
    })
}
