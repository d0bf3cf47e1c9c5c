//! The JSON types of a scalar parameter, and what of a client's text reads as one.
//!
//! The one grammar for a parameter's default, judged at load, and for its value, judged at each
//! request.

use serde_json::Value;

/// Characters of a number. Longer ones are no quantity, and reading them costs.
const LONGEST_NUMBER: usize = 64;

/// A JSON type that a text may be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// `true` or `false`.
    Boolean,
    /// Digits, with an optional minus.
    Integer,
    /// With an optional fraction and exponent.
    Number,
    /// Any text.
    String,
}

impl ScalarKind {
    /// The types a schema names; without any the value is a string.
    #[must_use]
    pub fn all_of(schema: &Value) -> Vec<Self> {
        match schema.get("type") {
            Some(Value::String(name)) => Self::find(name).into_iter().collect(),
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .filter_map(Self::find)
                .collect(),
            _ => vec![Self::String],
        }
    }

    fn find(name: &str) -> Option<Self> {
        match name {
            "boolean" => Some(Self::Boolean),
            "integer" => Some(Self::Integer),
            "number" => Some(Self::Number),
            "string" => Some(Self::String),
            _ => None,
        }
    }

    /// Whether the text is a JSON boolean or number (RFC 8259 §3, §6) of this type.
    #[must_use]
    pub fn reads_bare(self, text: &str) -> bool {
        match self {
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Integer => is_integer(text),
            Self::Number => is_number(text),
            Self::String => false,
        }
    }

    /// In words, for `must be …`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "`true` or `false`",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::String => "a string",
        }
    }
}

/// An optional minus and digits without a leading zero: JSON's integers without fraction or
/// exponent.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text.len() <= LONGEST_NUMBER
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

/// JSON's numbers, within the range of a double: beyond it, limits cannot be checked.
fn is_number(text: &str) -> bool {
    // `from_str` skips whitespace, the grammar of a parameter does not.
    text.len() <= LONGEST_NUMBER
        && text.bytes().all(|byte| !byte.is_ascii_whitespace())
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}
