//! JSON with places: values of results, of the request, of the client.

use json::{CheckedJson, Key};
use mapping::{Node, Piece as TextPiece, Place as Found};
use orchestration::Source;
use serde_json::Value;

use super::Reads;
use crate::compile::endpoints::is_part_of_body;
use crate::compile::payload;
use crate::compile::scope::{Scope, pieces};
use crate::compile::template::Piece;
use crate::place::Place;
use crate::report::Report;

/// One walk.
pub(super) struct Select<'a, 'r> {
    pub(super) scope: Scope<'a>,
    pub(super) reads: &'r mut Reads,
}

impl Select<'_, '_> {
    /// The template that `value` is, or `None` after a fault.
    pub(super) fn node(
        &mut self,
        value: &Value,
        place: &Place,
        report: &mut Report<'_>,
    ) -> Option<Node> {
        match value {
            Value::String(text) => self.text(text, place, report),
            // Each part is compiled before any is judged: all faults are told.
            Value::Array(elements) => {
                let elements: Vec<_> = elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| self.node(element, &place.index(index), report))
                    .collect();
                elements.into_iter().collect::<Option<_>>().map(Node::Array)
            }
            Value::Object(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, member)| {
                        let member = self.node(member, &place.key(name), report)?;
                        Some((Key::new(name), member))
                    })
                    .collect();
                members.into_iter().collect::<Option<_>>().map(Node::Object)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                payload::constant(value, place, report).map(Node::Constant)
            }
        }
    }

    fn text(&mut self, text: &str, place: &Place, report: &mut Report<'_>) -> Option<Node> {
        let mut pieces = self.pieces(text, place, report)?;
        if let [TextPiece::Value(_)] = pieces.as_slice()
            && let Some(TextPiece::Value(value)) = pieces.pop()
        {
            return Some(Node::Value(value));
        }
        Some(Node::Text(pieces))
    }

    /// The pieces of a text, or `None` after a fault.
    pub(super) fn pieces(
        &mut self,
        text: &str,
        place: &Place,
        report: &mut Report<'_>,
    ) -> Option<Vec<TextPiece>> {
        let pieces: Vec<_> = pieces(text, place, report)?
            .into_iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => Some(TextPiece::Literal(literal)),
                Piece::Expression(expression) => {
                    self.place(&expression, place, report).map(TextPiece::Value)
                }
            })
            .collect();
        pieces.into_iter().collect()
    }

    /// A place: `calls.name.path`, `calls.name.path?`, `calls.name.path // constant`.
    fn place(&mut self, expression: &str, place: &Place, report: &mut Report<'_>) -> Option<Found> {
        let (path, otherwise) = if let Some((path, constant)) = expression.split_once(" // ") {
            let Ok(constant) = serde_json::from_str::<Value>(constant) else {
                report.fault_within(
                    place,
                    &format!("{{{expression}}}"),
                    "what follows `//` is not JSON",
                    "for example `{calls.results.total // 0}`, or `\"none\"` in double quotes",
                );
                return None;
            };
            (path, CheckedJson::serialize(&constant).ok())
        } else if let Some(path) = expression.strip_suffix('?') {
            (path, Some(CheckedJson::null()))
        } else {
            (expression, None)
        };
        let may_be_left_out = otherwise.is_some();
        let source = self
            .scope
            .source(path.trim_end(), may_be_left_out, place, report)?;
        self.reads.claims |= matches!(source, Source::Claim(_));
        self.reads.body |= is_part_of_body(&source);
        Some(Found {
            source,
            expression: format!("{{{expression}}}"),
            otherwise,
        })
    }
}
