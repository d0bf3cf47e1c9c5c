//! The query and the headers of a call.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use orchestration::{Encoder, HEADER, QUERY, Source, Template};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::scope::{Optional, Scope, Slot, is_optional};
use super::{credentials, headers};
use crate::encoders::{FHIR_SEARCH, FHIR_SEARCH_RAW};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{CallSettings, CredentialSettings, QueryValues};
use crate::suggest;

/// All but RFC 3986 §2.3's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// FHIR search parameters without which a search reads everybody's data.
const NARROWING: [&str; 6] = [
    "_id",
    "identifier",
    "patient",
    "subject",
    "beneficiary",
    "individual",
];

/// The query pairs of a call, names and literals percent-encoded.
pub(crate) fn pairs(
    settings: &CallSettings,
    fhir: bool,
    credentials: &[&CredentialSettings],
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Vec<(String, Template)> {
    let mut pairs = Vec::new();
    let keys = credentials
        .iter()
        .filter_map(|credential| credential.api_key.as_ref()?.query.as_ref());
    let keys: Vec<&String> = keys.collect();
    for (name, values) in &settings.query {
        let place = place.key("query").key(name);
        if name.is_empty() {
            report.fault_at_key(&place, "a query parameter needs a name", "");
        }
        if keys.contains(&name) {
            report.fault_at_key(
                &place,
                format!("the query parameter `{name}` is the backend's credential"),
                "leave it out: the credential sets it",
            );
        }
        let slot = Slot {
            encoder: encoder(name, settings, fhir),
            literal: encode,
            optional: Optional::LeftOut,
        };
        let texts = match values {
            QueryValues::One(text) => vec![(text, place.clone())],
            QueryValues::Many(texts) => texts
                .iter()
                .enumerate()
                .map(|(index, text)| (text, place.index(index)))
                .collect(),
        };
        for (text, place) in texts {
            let Some(template) = scope.template(&text.0, slot, &place, report) else {
                continue;
            };
            if settings.search.is_some() && NARROWING.contains(&name.as_str()) {
                never_left_out(name, &template, scope, &place, report);
            }
            pairs.push((encode(name), template));
        }
    }
    for (index, name) in settings
        .raw
        .iter()
        .enumerate()
        .filter(|(_, name)| !settings.query.contains_key(*name))
    {
        let known = settings.query.keys().map(String::as_str);
        let help = suggest::help(name, known, "the call has no `query`");
        report.fault(
            &place.key("raw").index(index),
            format!("the call has no query parameter `{name}`"),
            help,
        );
    }
    pairs
}

fn encoder(name: &str, settings: &CallSettings, fhir: bool) -> Encoder {
    match fhir {
        false => QUERY,
        true if settings.raw.iter().any(|raw| raw == name) => FHIR_SEARCH_RAW,
        true => FHIR_SEARCH,
    }
}

fn never_left_out(
    name: &str,
    template: &Template,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) {
    let optional = template.sources().any(|source| match source {
        Source::Parameter(index) => {
            !scope.present.contains(index) && scope.parameters.get(*index).is_some_and(is_optional)
        }
        Source::Body(_)
        | Source::Call { .. }
        | Source::Status { .. }
        | Source::ResponseHeader { .. }
        | Source::Claim(_)
        | Source::Item(_) => false,
    });
    if optional {
        report.fault(
            place,
            format!("without `{name}` this search would read everybody's data"),
            "declare the parameter with `required: true`",
        );
    }
}

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The headers of a call.
pub(crate) fn headers(
    settings: &CallSettings,
    credentials: &[&CredentialSettings],
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Vec<(HeaderName, Template)> {
    let slot = Slot {
        encoder: HEADER,
        literal: str::to_owned,
        optional: Optional::LeftOut,
    };
    let own = credentials::headers(credentials);
    let mut compiled = Vec::new();
    for (name, text) in &settings.headers {
        let place = place.key("headers").key(name);
        let header = headers::outgoing(name, &own, &place, report);
        let encoded = settings.form.is_some() || settings.multipart.is_some();
        if encoded && header == Some(CONTENT_TYPE) {
            report.fault_at_key(
                &place,
                "the body decides its `Content-Type`",
                "leave it out, or write the body under `body`",
            );
        }
        if HeaderValue::from_bytes(text.0.as_bytes()).is_err() {
            report.fault(
                &place,
                "not the value of a header",
                "leave out line ends and other control characters",
            );
            continue;
        }
        let template = scope.template(&text.0, slot, &place, report);
        compiled.extend(header.zip(template));
    }
    compiled
}
