//! Reading a path from text.
//!
//! Must not know values. The text is configuration, so that a fault may name its place in it.

use super::Step;
use crate::select::skip;
use crate::select::text::string;

/// Why a text is not a path, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset} of the path")]
pub struct PathFault {
    /// The reason.
    pub kind: PathFaultKind,
    /// Bytes from the start of the text.
    pub offset: usize,
}

/// The reasons for which a text is not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathFaultKind {
    /// There is nothing.
    #[error("a path needs at least one step")]
    Empty,
    /// A name should stand here.
    #[error(
        "expected a name of letters, digits, `_`, `-` or `$` (others are written `[\"name\"]`)"
    )]
    Name,
    /// An index or a quoted name should stand here.
    #[error("expected an index such as `[0]` or a quoted name such as `[\"name\"]`")]
    Bracket,
    /// The index has a leading zero or is too large to count to.
    #[error("not an index")]
    Index,
    /// `]` should stand here.
    #[error("expected `]`")]
    Unclosed,
    /// A step ends here, and neither `.` nor `[` nor the end follows.
    #[error("expected `.`, `[` or the end")]
    Separator,
}

pub(super) fn is_in_bare_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '$')
}

pub(super) fn steps(text: &str) -> Result<Vec<Step>, PathFault> {
    let fault = |(kind, rest): (PathFaultKind, &str)| PathFault {
        kind,
        offset: text.len() - rest.len(),
    };
    if text.is_empty() {
        return Err(fault((PathFaultKind::Empty, text)));
    }
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (step, after) = if let Some(inside) = rest.strip_prefix('[') {
            bracketed(inside)
        } else if let Some(after) = rest.strip_prefix('.').filter(|_| !steps.is_empty()) {
            bare(after)
        } else if steps.is_empty() {
            bare(rest)
        } else {
            Err((PathFaultKind::Separator, rest))
        }
        .map_err(fault)?;
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

type Read<'a> = Result<(Step, &'a str), (PathFaultKind, &'a str)>;

fn bare(text: &str) -> Read<'_> {
    let after = text.trim_start_matches(is_in_bare_name);
    match text.strip_suffix(after) {
        Some(name) if !name.is_empty() => Ok((Step::Member(name.into()), after)),
        _ => Err((PathFaultKind::Name, text)),
    }
}

fn bracketed(inside: &str) -> Read<'_> {
    let (step, after) = if inside.starts_with('"') {
        quoted(inside)
    } else {
        index(inside)
    }?;
    match after.strip_prefix(']') {
        Some(after) => Ok((step, after)),
        None => Err((PathFaultKind::Unclosed, after)),
    }
}

fn quoted(text: &str) -> Read<'_> {
    let split = skip::value(text.as_bytes())
        .and_then(|(quoted, _)| text.split_at_checked(quoted.len()))
        .and_then(|(quoted, after)| Some((string(quoted.as_bytes())?, after)));
    match split {
        Some((name, after)) => Ok((Step::Member(name.into()), after)),
        None => Err((PathFaultKind::Bracket, text)),
    }
}

fn index(text: &str) -> Read<'_> {
    let after = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let digits = text.strip_suffix(after).unwrap_or_default();
    if digits.is_empty() {
        return Err((PathFaultKind::Bracket, text));
    }
    match digits.parse() {
        Ok(place) if digits == "0" || !digits.starts_with('0') => Ok((Step::Index(place), after)),
        _ => Err((PathFaultKind::Index, text)),
    }
}
