//! One pass over the brackets of a JSON document: how deep it goes, and whether one holds nothing.
//!
//! Knows JSON only. Expects a document that is already known to be JSON; on other bytes its answer
//! means nothing, but it gives one.

/// What the brackets of a document say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan<'a> {
    /// How many objects and arrays are open at once at most.
    pub(crate) depth: usize,
    /// The name before the first empty array or object, as written; empty where none stands there.
    ///
    /// FHIR has neither (R4, json.html: "objects are never empty", arrays "cannot be empty"), and on
    /// an empty array the typed parser panics.
    pub(crate) empty: Option<&'a [u8]>,
}

/// Scans `document`.
pub(crate) fn scan(document: &[u8]) -> Scan<'_> {
    let mut result = Scan::default();
    let mut open = 0_usize;
    // The last string, and the last byte outside strings that is not white space.
    let (mut string, mut previous): (&[u8], u8) = (&[], 0);
    let mut name: &[u8] = &[];
    let mut bytes = document.iter().enumerate();
    while let Some((index, &byte)) = bytes.next() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'"' => {
                let start = index + 1;
                let end = string_end(&mut bytes).unwrap_or(document.len());
                string = document.get(start..end).unwrap_or_default();
            }
            b'{' | b'[' => {
                name = if previous == b':' { string } else { &[] };
                open += 1;
                result.depth = result.depth.max(open);
            }
            b'}' | b']' => {
                if matches!(previous, b'{' | b'[') {
                    result.empty.get_or_insert(name);
                }
                open = open.saturating_sub(1);
            }
            _ => {}
        }
        previous = byte;
    }
    result
}

/// Moves past a string's closing quote and returns where that stands.
fn string_end<'a>(bytes: &mut impl Iterator<Item = (usize, &'a u8)>) -> Option<usize> {
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(index),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_that_are_open_together_and_none_in_strings() {
        let table: [(&str, usize); 7] = [
            ("1", 0),
            ("{}", 1),
            ("[[],[]]", 2),
            (r#"{"a":[{"b":1}],"c":{}}"#, 3),
            (r#"["[[[["]"#, 1),
            (r#"["\"[[",[1]]"#, 2),
            (r#"["\\",[1]]"#, 2),
        ];
        for (document, depth) in table {
            assert_eq!(scan(document.as_bytes()).depth, depth, "{document}");
        }
    }

    #[test]
    fn the_first_empty_bracket_is_found_with_the_name_before_it() {
        let table: [(&str, Option<&str>); 8] = [
            (r#"{"a":[1],"b":"[]{}"}"#, None),
            (r#"{"a":[ ]}"#, Some("a")),
            (r#"{"a":{}, "b":[]}"#, Some("a")),
            (r#"{"a":[{"b":[1]},{"c":[]}]}"#, Some("c")),
            (r#"{"a":["x",[]]}"#, Some("")),
            ("{}", Some("")),
            (r#"{"a\"[]":[ 1 ]}"#, None),
            ("[", None),
        ];
        for (document, empty) in table {
            assert_eq!(
                scan(document.as_bytes()).empty,
                empty.map(str::as_bytes),
                "{document}"
            );
        }
    }
}
