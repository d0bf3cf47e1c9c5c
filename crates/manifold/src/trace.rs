//! The identifiers of a request: its own id, and its place in a distributed trace
//! (W3C Trace Context, level 1).

use std::sync::Arc;

use actix_web::http::header::HeaderMap;
use http::HeaderValue;
use orchestration::Trace;

const LONGEST_ID: usize = 128;
/// The length of a `traceparent` of version 00.
const TRACEPARENT: usize = 55;

/// The identifiers that `headers` bring, or new ones.
pub(crate) fn of(headers: &HeaderMap) -> Arc<Trace> {
    let text = |name: &str| {
        headers
            .get(name)
            .map(actix_web::http::header::HeaderValue::as_bytes)
    };
    let request_id = text("x-request-id")
        .filter(|id| is_request_id(id))
        .and_then(|id| HeaderValue::from_bytes(id).ok())
        .unwrap_or_else(|| {
            let mut id = Vec::with_capacity(32);
            push_hex(&mut id, fastrand::u128(..).to_be_bytes());
            value(id)
        });
    let parent = text("traceparent").and_then(read_parent);
    let mut traceparent = Vec::with_capacity(TRACEPARENT);
    traceparent.extend_from_slice(b"00-");
    match parent {
        Some((trace, _)) => traceparent.extend_from_slice(trace.as_bytes()),
        None => push_hex(&mut traceparent, fastrand::u128(1..).to_be_bytes()),
    }
    traceparent.push(b'-');
    push_hex(&mut traceparent, fastrand::u64(1..).to_be_bytes());
    traceparent.push(b'-');
    let flags = parent.map_or("00", |(_, flags)| flags);
    traceparent.extend_from_slice(flags.as_bytes());
    // A tracestate without its traceparent means nothing (§3.3.1.4).
    let tracestate = parent
        .and(text("tracestate"))
        .and_then(|state| HeaderValue::from_bytes(state).ok());
    Arc::new(Trace {
        request_id,
        traceparent: value(traceparent),
        tracestate,
    })
}

/// Ids are copied into logs and to backends: a short word of plain characters, or none of the
/// client's.
fn is_request_id(id: &[u8]) -> bool {
    (1..=LONGEST_ID).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte))
}

/// Trace id and flags of a `traceparent` of version 00 (§3.2.2); `None` when it is not valid.
fn read_parent(text: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut fields = text.split('-');
    let (version, trace, span, flags) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    let is_hex = |field: &str, length| {
        field.len() == length
            && field
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let is_zero = |field: &str| field.bytes().all(|byte| byte == b'0');
    let valid = fields.next().is_none()
        && version == "00"
        && is_hex(trace, 32)
        && is_hex(span, 16)
        && is_hex(flags, 2)
        && !is_zero(trace)
        && !is_zero(span);
    valid.then_some((trace, flags))
}

/// Appends `bytes` as lower-case hexadecimal digits. `format!` costs ten times as much, and every
/// request has two of them.
fn push_hex<const N: usize>(text: &mut Vec<u8>, bytes: [u8; N]) {
    let digit = |value: u8| {
        if value < 10 {
            b'0' + value
        } else {
            b'a' - 10 + value
        }
    };
    let digits = bytes.map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    text.extend_from_slice(digits.as_flattened());
}

fn value(text: Vec<u8>) -> HeaderValue {
    // Hexadecimal digits and dashes are always a header value.
    HeaderValue::from_maybe_shared(bytes::Bytes::from(text))
        .unwrap_or_else(|_| HeaderValue::from_static("-"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::of;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_clients_request_id_is_kept_when_it_is_a_plain_word() {
        assert_eq!(
            of(&headers(&[("x-request-id", "abc-123")])).request_id,
            "abc-123"
        );
        for bad in ["has space", "{\"json\":1}", "", &"x".repeat(129)] {
            let id = of(&headers(&[("x-request-id", bad)])).request_id.clone();
            assert_eq!(id.len(), 32, "{bad}");
        }
    }

    #[test]
    fn a_valid_traceparent_is_continued_with_a_new_span() {
        let trace = of(&headers(&[("traceparent", PARENT), ("tracestate", "a=b")]));
        let text = trace.traceparent.to_str().unwrap();
        assert!(text.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && text.ends_with("-01"));
        assert!(!text.contains("b7ad6b7169203331"));
        assert_eq!(trace.tracestate.as_ref().unwrap(), "a=b");
    }

    #[test]
    fn an_invalid_traceparent_begins_a_new_trace_and_drops_its_state() {
        for bad in [
            "",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7-b7ad6b7169203331-01",
        ] {
            let trace = of(&headers(&[("traceparent", bad), ("tracestate", "a=b")]));
            assert!(
                !trace
                    .traceparent
                    .to_str()
                    .unwrap()
                    .contains("651916cd43dd8448"),
                "{bad}"
            );
            assert_eq!((trace.traceparent.len(), &trace.tracestate), (55, &None));
        }
    }
}
