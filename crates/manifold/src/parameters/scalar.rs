//! One scalar parameter: its text, read as the type its schema names, checked by its schema.
//!
//! Must not know where the text stood.

use config::ScalarKind;
use jsonschema::Validator;
use orchestration::Parameter;
use serde_json::Value;

use super::schema;

/// Reads and checks the values of one parameter.
pub(super) struct Scalar {
    kinds: Vec<ScalarKind>,
    /// `None`: every value of the type is valid, and no validator is asked.
    validator: Option<Validator>,
}

impl Scalar {
    /// Compiles `schema`; without `type` the value is a string.
    pub(super) fn new(schema: &Value) -> Result<Self, String> {
        let validator = if schema::is_bare_type(schema) {
            None
        } else {
            Some(schema::compile(schema)?)
        };
        let kinds = ScalarKind::all_of(schema);
        if kinds.is_empty() {
            return Err("its schema allows no scalar type".to_owned());
        }
        Ok(Self { kinds, validator })
    }

    /// The value, or which rule it breaks.
    pub(super) fn read(&self, text: String) -> Result<Parameter, String> {
        let bare = self.kinds.iter().any(|kind| kind.reads_bare(&text));
        if !bare && !self.kinds.contains(&ScalarKind::String) {
            return Err(self.explain());
        }
        let Some(validator) = &self.validator else {
            return Ok(Parameter { text, bare });
        };
        let value = if bare {
            serde_json::from_str(&text).map_err(|_| self.explain())?
        } else {
            Value::String(text.clone())
        };
        // The text goes on, not the value: reading a number may spell it anew.
        match validator.iter_errors(&value).next() {
            Some(error) => Err(schema::explain(&error)),
            None => Ok(Parameter { text, bare }),
        }
    }

    fn explain(&self) -> String {
        let names: Vec<&str> = self.kinds.iter().map(|kind| kind.as_str()).collect();
        format!("must be {}", names.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn read(schema: &Value, text: &str) -> Result<(String, bool), String> {
        let parameter = Scalar::new(schema).unwrap().read(text.to_owned())?;
        Ok((parameter.text, parameter.bare))
    }

    #[test]
    fn numbers_and_booleans_are_read_by_the_grammar_of_json() {
        for (kind, right, wrong) in [
            (
                "integer",
                vec!["0", "-0", "12", "-7", "12345678901234567890123"],
                vec!["", "01", "1e3", "1.0", "+1", " 1", "1 ", "-", "0x1", "١"],
            ),
            (
                "number",
                vec!["0", "1.50", "1e3", "-2E-2"],
                vec!["", ".5", "1.", "01", "NaN", "inf", "1e999", " 1", "1_0"],
            ),
            (
                "boolean",
                vec!["true", "false"],
                vec!["", "True", "1", "yes", "null"],
            ),
        ] {
            let schema = json!({ "type": kind });
            for text in right {
                assert_eq!(
                    read(&schema, text),
                    Ok((text.to_owned(), true)),
                    "{kind} {text}"
                );
            }
            for text in wrong {
                assert!(read(&schema, text).is_err(), "{kind} {text:?}");
            }
        }
    }

    #[test]
    fn a_checked_number_keeps_its_own_spelling() {
        let schema = json!({ "type": "number", "minimum": 0 });
        assert_eq!(read(&schema, "1.50"), Ok(("1.50".to_owned(), true)));
        assert_eq!(read(&schema, "1e2"), Ok(("1e2".to_owned(), true)));
        assert!(read(&schema, "-0.1").is_err());
    }

    #[test]
    fn a_string_stays_a_string_whatever_it_looks_like() {
        assert_eq!(
            read(&json!({ "type": "string" }), "12"),
            Ok(("12".to_owned(), false))
        );
        assert_eq!(
            read(&json!({ "type": "string", "maxLength": 3 }), "true").unwrap_err(),
            "must have at most 3 characters"
        );
        assert_eq!(
            read(&json!({ "type": ["string", "integer"] }), "12"),
            Ok(("12".to_owned(), true))
        );
        assert_eq!(
            read(&json!({ "type": ["string", "integer"] }), "x12"),
            Ok(("x12".to_owned(), false))
        );
    }

    #[test]
    fn a_plain_type_asks_no_validator() {
        for plain in [
            json!({ "type": "string" }),
            json!({ "type": "integer", "title": "t", "description": "d" }),
        ] {
            assert!(Scalar::new(&plain).unwrap().validator.is_none());
        }
        assert!(
            Scalar::new(&json!({ "type": "string", "minLength": 1 }))
                .unwrap()
                .validator
                .is_some()
        );
    }
}
