//! Which headers a configuration may name.

use http::{HeaderName, HeaderValue};

use crate::place::Place;
use crate::report::Report;

/// Hop-by-hop fields (RFC 9110 §7.6.1) and fields that the transport itself decides.
const RESERVED: [&str; 12] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The header called `text`, or a fault at `place`.
pub(crate) fn name(text: &str, place: &Place, report: &mut Report<'_>) -> Option<HeaderName> {
    let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else {
        report.fault_at_key(
            place,
            "not the name of a header",
            "letters, digits and `-`, for example `X-Tenant` (RFC 9110 §5.1)",
        );
        return None;
    };
    if RESERVED.contains(&name.as_str()) {
        report.fault_at_key(
            place,
            format!("the header `{text}` cannot be set"),
            "the connection itself decides it",
        );
        return None;
    }
    Some(name)
}

/// As [`name`], for a request that also carries the headers `credential`.
pub(crate) fn outgoing(
    text: &str,
    credential: &[HeaderName],
    place: &Place,
    report: &mut Report<'_>,
) -> Option<HeaderName> {
    let name = name(text, place, report)?;
    if credential.contains(&name) {
        report.fault_at_key(
            place,
            format!("the header `{text}` is the backend's credential"),
            "leave it out: the credential sets it",
        );
        return None;
    }
    Some(name)
}

/// The header value `text`, marked as sensitive, or a fault at `place` that does not show it.
pub(crate) fn value(text: &str, place: &Place, report: &mut Report<'_>) -> Option<HeaderValue> {
    let Ok(mut value) = HeaderValue::from_bytes(text.as_bytes()) else {
        report.fault(
            place,
            "not the value of a header",
            "leave out line ends and other control characters",
        );
        return None;
    };
    // An API key may well be configured this way.
    value.set_sensitive(true);
    Some(value)
}
