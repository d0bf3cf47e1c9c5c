//! JSON Schema 2020-12: compiling, and explaining what is broken without quoting what broke it.
//!
//! The library's own texts hold the value; none of them leaves this file. Must not know requests.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

/// Allowed values that are listed in an explanation.
const MOST_LISTED: usize = 10;

/// A schema that is none. Configuration refuses it at load, with its line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} {name}: {reason}")]
pub(crate) struct Uncompilable {
    /// `path`, `query`, `header` or `body`.
    pub(crate) place: &'static str,
    /// The parameter's name, empty for a body.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// A validator that knows formats and fetches nothing.
pub(super) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .offline()
        .build(schema)
        .map_err(|error| format!("its schema is not valid: {error}"))
}

/// Whether a schema says nothing but one scalar type: reading the value has then checked it.
pub(super) fn is_bare_type(schema: &Value) -> bool {
    let scalar = schema.get("type").and_then(Value::as_str);
    matches!(scalar, Some("string" | "integer" | "number" | "boolean"))
        && schema.as_object().is_some_and(|members| {
            members
                .keys()
                .all(|keyword| keyword == "type" || is_annotation(keyword))
        })
}

/// Whether a schema accepts every value.
pub(super) fn accepts_everything(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.keys().all(|keyword| is_annotation(keyword)),
        other => other == &Value::Bool(true),
    }
}

fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "$schema"
            | "$id"
            | "$comment"
            | "title"
            | "description"
            | "default"
            | "examples"
            | "deprecated"
    )
}

/// Which rule is broken, in words from the schema only.
pub(super) fn explain(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("must be {}", types(kind)),
        ValidationErrorKind::Enum { options } => format!("must be one of {}", listed(options)),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Pattern { pattern } => format!("must match the pattern {pattern}"),
        ValidationErrorKind::Format { format } => format!("must have the format {format}"),
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => {
            format!("must be a multiple of {multiple_of}")
        }
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} elements"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} elements"),
        ValidationErrorKind::AdditionalItems { limit } => {
            format!("must have at most {limit} elements")
        }
        ValidationErrorKind::UniqueItems => "must not have two equal elements".to_owned(),
        ValidationErrorKind::Contains => {
            "must have the elements that `contains` asks for".to_owned()
        }
        ValidationErrorKind::MinProperties { limit } => {
            format!("must have at least {limit} members")
        }
        ValidationErrorKind::MaxProperties { limit } => {
            format!("must have at most {limit} members")
        }
        ValidationErrorKind::Required { property } => format!("must have the member {property}"),
        ValidationErrorKind::AdditionalProperties { .. }
        | ValidationErrorKind::UnevaluatedProperties { .. } => {
            "has a member that is not declared".to_owned()
        }
        ValidationErrorKind::UnevaluatedItems { .. } => {
            "has an element that is not declared".to_owned()
        }
        ValidationErrorKind::PropertyNames { .. } => {
            "has a member whose name is not allowed".to_owned()
        }
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            "must match one of the alternatives".to_owned()
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "must match only one of the alternatives".to_owned()
        }
        ValidationErrorKind::Not { .. } | ValidationErrorKind::FalseSchema => {
            "is not allowed".to_owned()
        }
        ValidationErrorKind::ContentEncoding { .. }
        | ValidationErrorKind::ContentMediaType { .. }
        | ValidationErrorKind::FromUtf8 { .. } => "does not have the declared content".to_owned(),
        ValidationErrorKind::BacktrackLimitExceeded { .. }
        | ValidationErrorKind::RegexEngineFailure { .. }
        | ValidationErrorKind::Custom { .. }
        | ValidationErrorKind::Referencing(_) => "cannot be checked".to_owned(),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(only) => only.to_string(),
        TypeKind::Multiple(several) => several
            .iter()
            .map(|one| one.to_string())
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn listed(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut list: Vec<String> = options
        .iter()
        .take(MOST_LISTED)
        .map(Value::to_string)
        .collect();
    if options.len() > MOST_LISTED {
        list.push(format!("{} more", options.len() - MOST_LISTED));
    }
    list.join(", ")
}
