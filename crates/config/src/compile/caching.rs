//! How long clients may keep answers.

use http::{HeaderValue, Method};

use crate::compiled::Access;
use crate::place::Place;
use crate::report::Report;

/// The value of `Cache-Control` for the endpoint at `endpoint`; `None` after a fault.
pub(crate) fn compile(
    text: &str,
    method: &Method,
    access: Option<&Access>,
    endpoint: &Place,
    report: &mut Report<'_>,
) -> Option<HeaderValue> {
    let place = endpoint.key("cache_control");
    if *method != Method::GET {
        report.fault(
            &place,
            "only answers to GET are kept",
            "leave `cache_control` out",
        );
    }
    let names = |name: &str| {
        let directives = text.split(',').map(|directive| {
            let name = directive
                .split_once('=')
                .map_or(directive, |(name, _)| name);
            name.trim()
        });
        directives
            .into_iter()
            .any(|directive| directive.eq_ignore_ascii_case(name))
    };
    // A cache on the way knows `Authorization` and no other credential (RFC 9111 §3.5).
    let shared = !names("private") && !names("no-store");
    let opened = names("public") || names("s-maxage");
    if access.is_some_and(|access| *access != Access::Public) && (shared || opened) {
        report.fault(
            &place,
            "a cache on the way would give one client's answer to another",
            "begin with `private`, and leave out `public` and `s-maxage`",
        );
    }
    let value = HeaderValue::from_str(text).ok();
    if value.is_none() || text.trim().is_empty() {
        report.fault(
            &place,
            "not a value of `Cache-Control`",
            "for example `private, max-age=60`",
        );
    }
    value
}
