//! Which media types a client takes.

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, Accept, Header as _, Quality};

/// What is one to a client that asks for JSON of any kind.
const JSON: [&str; 3] = [
    "application/json",
    "application/problem+json",
    "application/fhir+json",
];

/// Whether the client takes one of `offered`, media types and ranges of them; of none: JSON. Of the
/// ranges that cover a type the most specific one decides, by its weight (RFC 9110 §12.5.1). A header
/// that cannot be read asks for nothing.
pub(super) fn accepts(request: &HttpRequest, offered: &[String]) -> bool {
    // What nearly everybody sends needs no parser.
    const USUAL: [&[u8]; 2] = [b"application/json", b"*/*"];
    let mut values = request.headers().get_all(ACCEPT);
    match (values.next(), values.next()) {
        (None, _) => return true,
        (Some(only), None) if offered.is_empty() && USUAL.contains(&only.as_bytes()) => {
            return true;
        }
        (Some(_), _) => {}
    }
    let Ok(ranges) = Accept::parse(request) else {
        return true;
    };
    let takes = |offered: &str| {
        let closest = ranges
            .iter()
            .filter_map(|range| {
                let covers = specificity(range.item.essence_str(), offered)?;
                Some((covers, range.quality))
            })
            .max_by_key(|(specificity, _)| *specificity);
        closest.is_some_and(|(_, quality)| quality > Quality::ZERO)
    };
    match offered {
        [] => JSON.iter().any(|offered| takes(offered)),
        offered => offered.iter().any(|offered| takes(offered)),
    }
}

/// How closely `range`, without parameters, covers `offered`, a media type or a range of them;
/// `None`: not at all. What is a range itself may turn out to be what is asked for.
fn specificity(range: &str, offered: &str) -> Option<u8> {
    let (group, kind) = range.split_once('/')?;
    let (offered_group, offered_kind) = offered.split_once('/')?;
    if group == "*" {
        return Some(0);
    }
    if offered_group != "*" && !group.eq_ignore_ascii_case(offered_group) {
        return None;
    }
    match kind {
        "*" => Some(1),
        kind if offered_kind == "*" || kind.eq_ignore_ascii_case(offered_kind) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT;
    use actix_web::test::TestRequest;

    use super::accepts;

    #[test]
    fn the_most_specific_range_decides_whether_json_is_taken() {
        for (accept, expected) in [
            ("*/*", true),
            ("application/json", true),
            ("text/html, application/*;q=0.1", true),
            ("application/fhir+json", true),
            ("APPLICATION/JSON; charset=utf-8", true),
            ("text/html", false),
            ("application/json;q=0", false),
            ("application/*;q=0, application/json", true),
            ("text/html, */*;q=0", false),
            (
                "*/*, application/json;q=0, application/problem+json;q=0, application/fhir+json;q=0",
                false,
            ),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT, accept));
            assert_eq!(
                accepts(&request.to_http_request(), &[]),
                expected,
                "{accept}"
            );
        }
        assert!(accepts(&TestRequest::default().to_http_request(), &[]));
    }

    #[test]
    fn a_file_is_asked_for_by_its_type_or_any_that_it_may_have() {
        for (accept, offered, expected) in [
            ("application/pdf", "application/pdf", true),
            ("*/*", "application/pdf", true),
            ("application/json", "application/pdf", false),
            ("image/*", "application/pdf", false),
            ("image/png", "image/*", true),
            ("application/pdf", "*/*", true),
            ("application/pdf;q=0, */*", "application/pdf", false),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT, accept));
            let offered = [offered.to_owned()];
            let taken = accepts(&request.to_http_request(), &offered);
            assert_eq!(taken, expected, "{accept} of {offered:?}");
        }
    }
}
