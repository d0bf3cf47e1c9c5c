//! Logical ids and resource types: what may stand in the path of a read.
//!
//! Must not know where the value came from.

mod types;

pub use types::{RESOURCE_TYPES, is_resource_type};

/// A value that is no FHIR id. It does not say which: ids are patient data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a FHIR id: 1 to 64 letters, digits, `-` or `.`, and not `.` or `..`")]
pub struct InvalidId;

/// Whether `value` is an id (FHIR R4, datatypes.html#id: `[A-Za-z0-9\-\.]{1,64}`).
///
/// `.` and `..` match FHIR's expression and are refused all the same: URL libraries collapse them,
/// and `Patient/.` would become a search over everybody.
#[must_use]
pub fn is_id(value: &str) -> bool {
    const LENGTH: std::ops::RangeInclusive<usize> = 1..=64;
    LENGTH.contains(&value.len())
        && !matches!(value, "." | "..")
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Appends an id as a path segment. Nothing in a valid id needs percent-encoding.
///
/// # Errors
/// [`InvalidId`], and `out` is as it was.
pub fn encode_id(value: &str, out: &mut String) -> Result<(), InvalidId> {
    if !is_id(value) {
        return Err(InvalidId);
    }
    out.push_str(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_up_to_64_letters_digits_hyphens_and_dots_but_not_path_steps() {
        let longest = "a".repeat(64);
        for id in ["1", "a-Z.9", "...", ".a", "-", &longest] {
            assert!(is_id(id), "{id}");
        }
        let too_long = "a".repeat(65);
        for id in [
            "", ".", "..", "a/b", "a_b", "a b", "ä", "%2e", "1?x", &too_long,
        ] {
            assert!(!is_id(id), "{id}");
        }
    }

    #[test]
    fn an_id_is_appended_as_it_is_or_not_at_all() {
        let mut path = "Patient/".to_owned();
        assert_eq!(encode_id("..", &mut path), Err(InvalidId));
        assert_eq!(encode_id("a.1", &mut path), Ok(()));
        assert_eq!(path, "Patient/a.1");
    }
}
