//! Paths of calls: what is literal in them, and what values may make of them.

use orchestration::{Encoder, Part, SEGMENT, Template};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::scope::{Optional, Scope, Slot, pieces};
use super::template::Piece;
use crate::encoders::FHIR_ID;
use crate::place::Place;
use crate::report::Report;
use crate::suggest;

/// What RFC 3986 §3.3 does not allow in a path, apart from `%`: escapes stay as they are written.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'[')
    .add(b']');

/// Whether `name` is a resource type; a fault if not.
pub(crate) fn known_type(name: &str, place: &Place, report: &mut Report<'_>) -> bool {
    let known = fhir::id::is_resource_type(name);
    if name.is_empty() {
        report.fault(
            place,
            "the resource type is missing",
            "begin with it, for example `Patient` or `Observation`",
        );
    } else if !known {
        let help = match suggest::nearest(name, fhir::id::RESOURCE_TYPES.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "see the list of resource types in FHIR R4".to_owned(),
        };
        report.fault(
            place,
            format!("`{name}` is not a resource type of FHIR R4"),
            help,
        );
    }
    known
}

/// `Type/{..}` or `Type/id`: nothing else, so that a read cannot become a search.
pub(crate) fn read(
    text: &str,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Template> {
    const HOW: &str = "write `Type/{id}`, for example `Patient/{id}`";
    let Some((resource_type, id)) = text.split_once('/') else {
        report.fault(place, "a read names a type and an id", HOW);
        return None;
    };
    let known = known_type(resource_type, place, report);
    let id = self::id(id, ("a read", HOW), scope, place, report);
    let start = Part::Literal(format!("/{resource_type}/"));
    id.filter(|_| known).map(|id| Template {
        parts: vec![start, id],
    })
}

/// `Type/{..}/_history/{..}`.
pub(crate) fn vread(
    text: &str,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Template> {
    const HOW: &str = "write `Type/{id}/_history/{version}`";
    let parts = text
        .split_once('/')
        .and_then(|(kind, rest)| Some((kind, rest.split_once("/_history/")?)));
    let Some((resource_type, (id, version))) = parts else {
        report.fault(place, "a vread names a type, an id and a version", HOW);
        return None;
    };
    let known = known_type(resource_type, place, report);
    let id = self::id(id, ("a vread", HOW), scope, place, report);
    let version = self::id(version, ("a vread", HOW), scope, place, report);
    let parts = vec![
        Part::Literal(format!("/{resource_type}/")),
        id?,
        Part::Literal("/_history/".to_owned()),
        version?,
    ];
    known.then_some(Template { parts })
}

/// `$name`, `Type/$name` or `Type/{..}/$name`.
pub(crate) fn operation(
    text: &str,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Template> {
    const HOW: &str = "write `$name`, `Type/$name` or `Type/{id}/$name`";
    let (context, name) = match text.rsplit_once('/') {
        Some((context, name)) => (Some(context), name),
        None => (None, text),
    };
    let fine = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let is_name = |name: &str| !name.is_empty() && name.chars().all(fine);
    if !name.strip_prefix('$').is_some_and(is_name) {
        report.fault(place, "an operation ends with its name", HOW);
        return None;
    }
    let end = Part::Literal(format!("/{name}"));
    let Some(context) = context else {
        return Some(Template { parts: vec![end] });
    };
    let (resource_type, id) = match context.split_once('/') {
        Some((resource_type, id)) => (resource_type, Some(id)),
        None => (context, None),
    };
    let known = known_type(resource_type, place, report);
    let mut parts = vec![Part::Literal(format!("/{resource_type}"))];
    if let Some(id) = id {
        parts.push(Part::Literal("/".to_owned()));
        parts.push(self::id(id, ("an operation", HOW), scope, place, report)?);
    }
    parts.push(end);
    known.then_some(Template { parts })
}

/// One place or one FHIR id.
fn id(
    text: &str,
    (what, how): (&str, &str),
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Part> {
    match pieces(text, place, report)?.as_slice() {
        [Piece::Literal(id)] if fhir::id::is_id(id) => Some(Part::Literal(id.clone())),
        [Piece::Expression(_)] => {
            let template = scope.template(text, slot(FHIR_ID), place, report)?;
            template.parts.into_iter().next()
        }
        _ => {
            report.fault(
                place,
                format!("the id of {what} is one place or one FHIR id"),
                how,
            );
            None
        }
    }
}

/// The places in a path whose form is another backend's.
pub(crate) fn places(text: &str, scope: &Scope<'_>, place: &Place, report: &mut Report<'_>) {
    scope.template(text, slot(SEGMENT), place, report);
}

fn slot(encoder: Encoder) -> Slot {
    Slot {
        encoder,
        literal: |text| utf8_percent_encode(text, PATH).to_string(),
        optional: Optional::Refused,
    }
}

/// A path below the backend's URL.
pub(crate) fn rest(
    text: &str,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Template> {
    let before = report.faults.len();
    let pieces = pieces(text, place, report)?;
    if !text.starts_with('/') {
        report.fault(
            place,
            "a path begins with `/`",
            "it is appended to the URL of the backend",
        );
    }
    let mut outline = String::new();
    for piece in &pieces {
        match piece {
            Piece::Literal(literal) => {
                literal_of_path(literal, place, report);
                outline.push_str(literal);
            }
            // A value is never empty nor a dot, and its slashes are encoded.
            Piece::Expression(_) => outline.push('x'),
        }
    }
    for segment in outline.split('/') {
        // Libraries take an encoded dot for a dot (WHATWG URL, double-dot path segment).
        let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
        if matches!(decoded.as_str(), "." | "..") {
            report.fault_within(
                place,
                segment,
                format!("a path has no segment `{segment}`"),
                "leave it out",
            );
        }
    }
    let template = scope.template(text, slot(SEGMENT), place, report);
    template.filter(|_| report.faults.len() == before)
}

fn literal_of_path(literal: &str, place: &Place, report: &mut Report<'_>) {
    for (sign, mend) in [
        ("?", "write the query under `query:`"),
        ("#", "a request has no fragment: leave it out"),
    ] {
        if literal.contains(sign) {
            report.fault_within(place, sign, format!("a path holds no `{sign}`"), mend);
        }
    }
    let mut rest = literal;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after
            .chars()
            .take(2)
            .filter(char::is_ascii_hexdigit)
            .count();
        if digits < 2 {
            report.fault_within(
                place,
                "%",
                "`%` without two hexadecimal digits",
                "write `%25` for a literal `%`",
            );
        }
        rest = after;
    }
}
