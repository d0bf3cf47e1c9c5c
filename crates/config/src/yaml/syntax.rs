//! What is said of a text that is not YAML.
//!
//! The parser's own words name characters and constructs, never values; still only its place and a
//! fixed sentence are passed on, in case that changes.

use saphyr_parser::ScanError;

use crate::report::{Finding, Span};

/// The fault at the place where the parser gave up on `text`, or at the brace that misled it.
pub(super) fn fault(error: &ScanError, text: &str, file: usize) -> Finding {
    let marker = error.marker();
    let line = marker.line().max(1);
    let at = |column: usize| Span {
        file,
        line,
        column: column.saturating_add(1),
        width: 1,
        last_line: line,
    };
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if let Some(column) = brace_in_a_text(written) {
        return Finding::at(at(column), "a brace in a text without quotes")
            .help("quote the text, for example `\"/results/{id}\"` or `\"${env:NAME}\"`");
    }
    let known = KNOWN_SYNTAX
        .iter()
        .find(|(words, _, _)| error.info().contains(words));
    if let Some((_, message, help)) = known {
        return Finding::at(at(marker.col()), *message).help(*help);
    }
    Finding::at(at(marker.col()), "this is not valid YAML").help(
        "look at the indentation, the quotes and the brackets of this line and the one before",
    )
}

/// The column, counted from 0, of a `{` that stands within an unquoted text: `/results/{id}` and
/// `${env:NAME}` end before it where YAML reads a flow mapping.
fn brace_in_a_text(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (column, character) in line.chars().enumerate() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '#') if before.is_whitespace() => return None,
            (None, '{') if !before.is_whitespace() && !"{[,:".contains(before) => {
                return Some(column);
            }
            (Some(_) | None, _) => {}
        }
        before = character;
    }
    None
}

/// Part of the parser's words, our message, our mend.
const KNOWN_SYNTAX: [(&str, &str, &str); 9] = [
    (
        "tab",
        "a tab stands where YAML wants spaces",
        "indent with spaces",
    ),
    (
        "simple key",
        "a key without its `:`",
        "write `key: value`, with a space after the colon",
    ),
    (
        "unknown anchor",
        "aliases are not supported",
        "write the value out; quote a text that begins with `*`",
    ),
    (
        "mapping values are not allowed",
        "a `:` where no key can stand",
        "quote a text that holds `: `, and look at the indentation",
    ),
    (
        "block mapping, did not find expected key",
        "this line is indented like none above it",
        "give keys of the same mapping the same indentation",
    ),
    (
        "expected '-' indicator",
        "this line is no element of the list above it",
        "begin each element with `- `, at the same indentation",
    ),
    (
        "flow mapping, did not find expected",
        "a `{` without its `}`, or a `,` is missing",
        "close the mapping in the line before, or put a `,` between its members",
    ),
    (
        "flow sequence, expected",
        "a `[` without its `]`, or a `,` is missing",
        "close the list in the line before, or put a `,` between its elements",
    ),
    (
        "indentation in flow",
        "a bracket of a line before is still open",
        "close the `{` or `[`, or indent what belongs between the brackets",
    ),
];
