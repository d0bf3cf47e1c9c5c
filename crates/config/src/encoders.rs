//! FHIR's rules for values, as encoders of templates.

use orchestration::{Encoder, Refused};

/// A FHIR id as a path segment.
pub(crate) const FHIR_ID: Encoder = Encoder {
    name: "fhir-id",
    encode: fhir_id,
};

/// A FHIR search value that means itself: `,`, `|`, `$` and `\` lose their meaning.
pub(crate) const FHIR_SEARCH: Encoder = Encoder {
    name: "fhir-search",
    encode: fhir_search,
};

/// A FHIR search value in search syntax, as the call declares with `raw`.
pub(crate) const FHIR_SEARCH_RAW: Encoder = Encoder {
    name: "fhir-search-raw",
    encode: fhir_search_raw,
};

/// Servers ignore a parameter without a value, and the search reads everybody's data.
const BLANK: Refused = Refused("must not be blank in a FHIR search");

fn fhir_id(value: &str, out: &mut String) -> Result<(), Refused> {
    fhir::id::encode_id(value, out).map_err(|_| {
        Refused("must be a FHIR id: 1 to 64 letters, digits, `-` or `.`, and not `.` or `..`")
    })
}

fn fhir_search(value: &str, out: &mut String) -> Result<(), Refused> {
    if fhir::search::is_blank(value) {
        return Err(BLANK);
    }
    fhir::search::escape_value(value, out);
    Ok(())
}

fn fhir_search_raw(value: &str, out: &mut String) -> Result<(), Refused> {
    if fhir::search::is_blank(value) {
        return Err(BLANK);
    }
    fhir::search::encode_raw(value, out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_id_and_a_blank_search_value_are_refused() {
        let write = |encoder: Encoder, value: &str| {
            let mut out = String::new();
            (encoder.encode)(value, &mut out).ok().map(|()| out)
        };
        assert_eq!(write(FHIR_ID, "a-1.b").as_deref(), Some("a-1.b"));
        for value in ["", ".", "..", "a/b", "a b"] {
            assert_eq!(write(FHIR_ID, value), None, "{value:?}");
        }
        assert_eq!(write(FHIR_SEARCH, "a,b").as_deref(), Some("a%5C%2Cb"));
        assert_eq!(write(FHIR_SEARCH_RAW, "a,b").as_deref(), Some("a%2Cb"));
        assert_eq!(write(FHIR_SEARCH, " "), None);
        assert_eq!(write(FHIR_SEARCH_RAW, ""), None);
    }
}
