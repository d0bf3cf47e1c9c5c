//! Scalars with a unit or a secret in them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error};

/// A length of time such as `250ms`, `3s` or `2m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Period(pub(crate) Duration);

impl Period {
    /// `seconds` seconds.
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
        let number: u64 = digits.parse().ok()?;
        match text.strip_prefix(digits)? {
            "ms" => Some(Self(Duration::from_millis(number))),
            "s" => Some(Self::seconds(number)),
            "m" => Some(Self::seconds(number.checked_mul(60)?)),
            _ => None,
        }
    }
}

/// As it is written in the configuration.
impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        if milliseconds.is_multiple_of(1000) {
            write!(formatter, "{}s", self.0.as_secs())
        } else {
            write!(formatter, "{milliseconds}ms")
        }
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a length of time"))
    }
}

impl serde::Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a length of time",
            "description": "A length of time: a whole number followed by `ms`, `s` or `m`.",
            "type": "string",
            "pattern": "^[0-9]{1,9}(ms|s|m)$",
            "examples": ["250ms", "3s", "2m"],
        })
    }
}

/// A number of bytes such as `512B`, `64KiB` or `16MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) usize);

impl ByteSize {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
        let number: usize = digits.parse().ok()?;
        let unit: usize = match text.strip_prefix(digits)? {
            "B" => 1,
            "KiB" => 1024,
            "MiB" => 1024 * 1024,
            _ => return None,
        };
        number.checked_mul(unit).map(Self)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes.is_multiple_of(1024 * 1024) => {
                write!(formatter, "{}MiB", bytes / (1024 * 1024))
            }
            bytes if bytes.is_multiple_of(1024) => write!(formatter, "{}KiB", bytes / 1024),
            bytes => write!(formatter, "{bytes}B"),
        }
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a number of bytes"))
    }
}

impl serde::Serialize for ByteSize {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a number of bytes",
            "description": "A number of bytes: a whole number followed by `B`, `KiB` or `MiB`.",
            "type": "string",
            "pattern": "^[0-9]{1,9}(B|KiB|MiB)$",
            "examples": ["512B", "64KiB", "16MiB"],
        })
    }
}

/// A secret. Printing it shows nothing.
#[derive(Clone, Debug)]
pub(crate) struct Secret(pub(crate) SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a secret",
            "description": "A secret, best not written here but named: `${env:NAME}` or `${file:path}`.",
            "type": "string",
            "minLength": 1,
            "writeOnly": true,
            "examples": ["${env:NAME}", "${file:secrets/name}"],
        })
    }
}

/// A text that may be written as a number or as `true` and `false`.
#[derive(Clone, Debug)]
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => {
                Ok(Self(value.to_string()))
            }
            _ => Err(D::Error::custom("not a scalar")),
        }
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "a text",
            "description": "A text; a number or `true` and `false` are taken as they are written.",
            "type": ["string", "number", "boolean"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_and_sizes_are_read_with_their_unit() {
        for (text, expected) in [
            ("250ms", Some(Duration::from_millis(250))),
            ("3s", Some(Duration::from_secs(3))),
            ("2m", Some(Duration::from_mins(2))),
            ("3", None),
            ("s", None),
            ("1.5s", None),
            ("3 s", None),
        ] {
            assert_eq!(
                Period::parse(text).map(|period| period.0),
                expected,
                "{text}"
            );
        }
        for (text, expected) in [
            ("512B", Some(512)),
            ("64KiB", Some(65_536)),
            ("1MiB", Some(1_048_576)),
            ("1MB", None),
            ("B", None),
        ] {
            assert_eq!(ByteSize::parse(text).map(|size| size.0), expected, "{text}");
        }
    }
}
