//! The JSON body of a request.
//!
//! Must not know how it was read from the socket.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use config::BodySettings;
use json::{CheckedJson, Limits};
use jsonschema::Validator;
use problem::ParameterProblem;
use serde_json::Value;

use super::fault::fault;
use super::{MOST_FAULTS, Refused, Uncompilable, schema};

/// Checks the bodies of one endpoint.
pub(super) struct BodyChecker {
    /// Whether each name must stand for one value.
    unambiguous: bool,
    /// `None`: any JSON is valid.
    validator: Option<Validator>,
}

impl BodyChecker {
    /// Compiles the schema.
    pub(super) fn new(settings: &BodySettings) -> Result<Self, Uncompilable> {
        let uncompilable = |reason| Uncompilable {
            place: "body",
            name: String::new(),
            reason,
        };
        let any = schema::accepts_everything(&settings.schema);
        let validator = if any {
            None
        } else {
            Some(schema::compile(&settings.schema).map_err(uncompilable)?)
        };
        Ok(Self {
            unambiguous: settings.selected || validator.is_some(),
            validator,
        })
    }

    /// The body, checked; its faults go to `faults`.
    ///
    /// # Errors
    /// A body of another media type.
    pub(super) fn check(
        &self,
        bytes: Bytes,
        headers: &HeaderMap,
        faults: &mut Vec<ParameterProblem>,
    ) -> Result<Option<CheckedJson>, Refused> {
        if !is_json(headers) {
            let expected = "application/json in UTF-8".to_owned();
            return Err(Refused::MediaType(expected));
        }
        let limits = Limits {
            // Capped as it was read.
            bytes: bytes.len(),
            ..Limits::default()
        };
        let checked = match CheckedJson::check(bytes, limits) {
            Ok(checked) => checked,
            Err(found) => {
                faults.push(fault("body", "", found.to_string()));
                return Ok(None);
            }
        };
        if self.unambiguous {
            self.validate(&checked.bytes(), faults);
        }
        Ok(Some(checked))
    }

    fn validate(&self, bytes: &[u8], faults: &mut Vec<ParameterProblem>) {
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            faults.push(fault(
                "body",
                "",
                "cannot be checked: it is nested too deep",
            ));
            return;
        };
        let shape = Shape::of(&value);
        if shape.members != colons(bytes) {
            faults.push(fault(
                "body",
                "",
                "has an object with two members of one name",
            ));
            return;
        }
        let Some(validator) = &self.validator else {
            return;
        };
        if !shape.finite {
            faults.push(fault(
                "body",
                "",
                "has a number outside the range of a double",
            ));
            return;
        }
        for error in validator.iter_errors(&value).take(MOST_FAULTS) {
            faults.push(fault(
                "body",
                error.instance_path().as_str(),
                schema::explain(&error),
            ));
        }
    }
}

/// What the schema does not see.
struct Shape {
    /// Members of all objects, those of one name counted once.
    members: usize,
    /// Whether every number can be compared with a limit.
    finite: bool,
}

impl Shape {
    fn of(value: &Value) -> Self {
        match value {
            Value::Object(members) => Self::sum(members.len(), members.values()),
            Value::Array(elements) => Self::sum(0, elements.iter()),
            Value::Number(number) => Self {
                members: 0,
                finite: number.as_f64().is_some_and(f64::is_finite),
            },
            Value::Null | Value::Bool(_) | Value::String(_) => Self {
                members: 0,
                finite: true,
            },
        }
    }

    fn sum<'a>(members: usize, values: impl Iterator<Item = &'a Value>) -> Self {
        values.map(Self::of).fold(
            Self {
                members,
                finite: true,
            },
            |sum, part| Self {
                members: sum.members + part.members,
                finite: sum.finite && part.finite,
            },
        )
    }
}

/// The members of all objects in a checked JSON text: each has one colon outside strings. More of
/// them than the parsed value has members means that a name stands twice. The schema, or a
/// condition, saw the last one, and a backend may read the first.
fn colons(text: &[u8]) -> usize {
    let mut count = 0;
    let mut in_string = false;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b':' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// Whether the body says that it is JSON (RFC 8259 §11, RFC 6839 §3.1) in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(text) = value.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = essence == "application/json"
        || essence
            .strip_prefix("application/")
            .is_some_and(|subtype| subtype.len() > 5 && subtype.ends_with("+json"));
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    json && charset.is_none_or(|(_, value)| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn a37_json_media_types_are_known() {
        let known = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")),
            );
            is_json(&headers)
        };
        for value in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/fhir+json;charset=\"utf-8\"",
            "application/json; x=y",
        ] {
            assert!(known(value), "{value}");
        }
        for value in [
            "",
            "text/json",
            "application/jsonp",
            "application/+json",
            "application/xml",
            "application/json; charset=latin1",
        ] {
            assert!(!known(value), "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn colons_outside_strings_are_members() {
        assert_eq!(colons(br#"{"a:\":":{"b":":"},"c\\":[1,{"d":2}]}"#), 4);
        assert_eq!(colons(br#"":""#), 0);
    }
}
