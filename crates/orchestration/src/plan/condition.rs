//! Whether a call is made at all, and how often.

use crate::Source;

/// Something that must hold for a call to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The value that decides.
    pub source: Source,
    /// The expression as configured, for error messages.
    pub expression: String,
    /// What must hold of it.
    pub test: Test,
}

/// What must hold of a value. Scalars are compared by their text, as they are written: a query's
/// `7` is JSON's `7` and not `7.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is there and not `null`, or it is not, as said.
    Exists(bool),
    /// It is there and equal to one of these.
    OneOf(Vec<String>),
    /// It is not there, or equal to none of these.
    NoneOf(Vec<String>),
}

impl Test {
    /// Whether it holds for `value`: `None` where there is none, `Some(None)` where it is no scalar.
    #[must_use]
    pub fn holds(&self, value: Option<Option<&str>>) -> bool {
        let is_one_of = |list: &[String]| {
            value
                .flatten()
                .is_some_and(|value| list.iter().any(|listed| listed == value))
        };
        match self {
            Self::Exists(expected) => value.is_some() == *expected,
            Self::OneOf(list) => is_one_of(list),
            Self::NoneOf(list) => !is_one_of(list),
        }
    }
}

/// A call that is made once per element of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ForEach {
    /// The list.
    pub source: Source,
    /// The expression as configured, for error messages.
    pub expression: String,
    /// Most requests under way at once; at least 1.
    pub concurrency: usize,
    /// Most elements to ask for. A longer list is read so far, and the result is incomplete; for
    /// writes nothing is sent.
    pub max_items: usize,
    /// Most bytes that the answers may have together; those under way when it is reached come on top.
    pub max_bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::Test;

    #[test]
    fn a_condition_holds_as_written() {
        let list = || vec!["a".to_owned(), "7".to_owned()];
        for (test, expected) in [
            // absent, no scalar, "a", "7", "b"
            (Test::Exists(true), [false, true, true, true, true]),
            (Test::Exists(false), [true, false, false, false, false]),
            (Test::OneOf(list()), [false, false, true, true, false]),
            (Test::NoneOf(list()), [true, true, false, false, true]),
        ] {
            let values = [
                None,
                Some(None),
                Some(Some("a")),
                Some(Some("7")),
                Some(Some("b")),
            ];
            assert_eq!(values.map(|value| test.holds(value)), expected, "{test:?}");
        }
    }
}
