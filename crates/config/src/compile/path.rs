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
    if !known {
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
    let start = Part::Literal(format!("/{resource_type}/"));
    let template = match pieces(id, place, report)?.as_slice() {
        [Piece::Literal(id)] if fhir::id::is_id(id) => Some(Template {
            parts: vec![start, Part::Literal(id.clone())],
        }),
        [Piece::Expression(_)] => {
            let slot = slot(FHIR_ID);
            scope.template(id, slot, place, report).map(|id| Template {
                parts: [vec![start], id.parts].concat(),
            })
        }
        _ => {
            report.fault(place, "the id of a read is one place or one FHIR id", HOW);
            None
        }
    };
    template.filter(|_| known)
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
