//! The body that a call sends: JSON, a form, parts, or the client's own.

use http::HeaderValue;
use json::CheckedJson;
use orchestration::{BodyTemplate, Field, FieldContent, PLAIN, QUERY, Template};
use serde_json::Value;

use super::query::encode;
use super::scope::{DeclaredAs, Optional, Scope, Slot, pieces};
use super::template::Piece;
use super::{body, media_type};
use crate::place::Place;
use crate::report::{Report, Setting, Told};
use crate::settings::{CallSettings, PartSettings, QueryValues, WholePart};

/// FHIR's and everybody else's.
const JSON: &str = "application/json";
const FHIR_JSON: &str = "application/fhir+json";

const TEXT: Slot = Slot {
    encoder: PLAIN,
    literal: str::to_owned,
    optional: Optional::LeftOut,
};

/// The body that the settings describe.
///
/// # Errors
/// When it has a fault.
pub(crate) fn compile(
    settings: &CallSettings,
    fhir: bool,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<BodyTemplate> {
    let template = if let Some(value) = &settings.body {
        let place = place.key("body");
        if value == "client" {
            client(scope, &place, report)
        } else {
            let template = body::compile(value, scope, &place, report);
            template.map(|template| BodyTemplate::Json {
                template,
                media_type: if fhir { FHIR_JSON } else { JSON },
            })
        }
    } else if let Some(form) = &settings.form {
        let place = place.key("form");
        let pairs: Vec<_> = form
            .iter()
            .flat_map(|(name, values)| pairs(name, values, scope, &place.key(name), report))
            .collect();
        let pairs: Option<Vec<_>> = pairs.into_iter().collect();
        pairs.map(BodyTemplate::Form)
    } else if let Some(parts) = &settings.multipart {
        let place = place.key("multipart");
        let fields: Vec<_> = parts
            .iter()
            .map(|(name, part)| field(name, part, scope, &place.key(name), report))
            .collect();
        let fields: Option<Vec<_>> = fields.into_iter().collect();
        fields.map(BodyTemplate::Multipart)
    } else {
        return Ok(None);
    };
    template.map(Some).ok_or(Told)
}

/// A constant as JSON.
pub(crate) fn constant(
    value: &Value,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<CheckedJson> {
    let json = CheckedJson::serialize(value).ok();
    if json.is_none() {
        report.fault(place, "cannot be written as JSON", "");
    }
    json
}

fn client(scope: &Scope<'_>, place: &Place, report: &mut Report<'_>) -> Option<BodyTemplate> {
    if scope.body == DeclaredAs::Nothing {
        report.fault(
            place,
            "there is no body of the client's to pass on",
            "declare `body` in the endpoint, for example with `media_types: [application/pdf]`",
        );
        return None;
    }
    Some(BodyTemplate::Client)
}

fn pairs(
    name: &str,
    values: &QueryValues,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Vec<Option<(String, Template)>> {
    let slot = Slot {
        encoder: QUERY,
        literal: encode,
        optional: Optional::LeftOut,
    };
    let mut pair = |text: &str, place: &Place| {
        let template = scope.template(text, slot, place, report)?;
        Some((encode(name), template))
    };
    match values {
        QueryValues::One(text) => vec![pair(&text.0, place)],
        QueryValues::Many(texts) => texts
            .iter()
            .enumerate()
            .map(|(index, text)| pair(&text.0, &place.index(index)))
            .collect(),
    }
}

fn field(
    name: &str,
    part: &PartSettings,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Field> {
    let whole = match part {
        PartSettings::Text(text) => {
            let text = scope.template(&text.0, TEXT, place, report)?;
            return Some(Field {
                name: name.to_owned(),
                content: FieldContent::Text(text),
                file_name: None,
                media_type: None,
            });
        }
        PartSettings::Whole(whole) => whole,
    };
    let content = content(whole, scope, place, report);
    let required = Slot {
        optional: Optional::Refused,
        ..TEXT
    };
    let file_name = whole
        .filename
        .as_ref()
        .map(|text| scope.template(&text.0, required, &place.key("filename"), report));
    let media_type = whole.media_type.as_ref().map(|text| {
        let known = media_type(text, &place.key("type"), report)?;
        HeaderValue::from_str(&known).ok()
    });
    Some(Field {
        name: name.to_owned(),
        content: content?,
        file_name: match file_name {
            None => None,
            Some(name) => Some(name?),
        },
        media_type: match media_type {
            None => None,
            Some(media_type) => Some(media_type?),
        },
    })
}

fn content(
    whole: &WholePart,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<FieldContent> {
    match (&whole.value, &whole.base64, &whole.body) {
        (Some(text), None, None) => scope
            .template(&text.0, TEXT, &place.key("value"), report)
            .map(FieldContent::Text),
        (None, Some(text), None) => {
            let place = place.key("base64");
            if !matches!(
                pieces(text, &place, report)?.as_slice(),
                [Piece::Expression(_)]
            ) {
                report.fault(
                    &place,
                    "this is one place and nothing else",
                    "for example `{body.content}`",
                );
                return None;
            }
            let required = Slot {
                optional: Optional::Refused,
                ..TEXT
            };
            scope
                .template(text, required, &place, report)
                .map(FieldContent::Base64)
        }
        (None, None, Some(_)) => {
            client(scope, &place.key("body"), report).map(|_| FieldContent::Client)
        }
        _ => {
            report.fault(
                place,
                "a part holds exactly one of `value`, `base64` and `body`",
                "for example `{ value: \"{body.note}\" }`",
            );
            None
        }
    }
}
