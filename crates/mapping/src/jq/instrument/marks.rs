//! Terms that say when they fail: the innermost of them is where a program has failed, whatever was
//! looked at after it.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::Part;

use super::made::{call, pipe};
use super::{Instrument, Node};
use crate::jq::meter::{AT, TICK, WEIGH};

/// A term that says when it fails. The marks within it come right before its own.
pub(in crate::jq) struct Mark {
    /// Where it begins, about: an offset into the code.
    pub(in crate::jq) at: usize,
    /// The first mark within it.
    pub(in crate::jq) first: usize,
    /// What it says itself: the text of an `error("…")`.
    pub(in crate::jq) says: Option<String>,
}

impl<'s> Instrument<'s> {
    /// The term, which counts when it begins and says when it fails; about where the walk is.
    pub(super) fn here(&mut self, term: Node<'s>) -> Node<'s> {
        self.marked(self.at, term)
    }

    /// As [`Self::here`], at another place.
    pub(super) fn marked(&mut self, at: usize, term: Node<'s>) -> Node<'s> {
        let term = if self.caught {
            pipe(call(WEIGH, vec![]), term)
        } else {
            term
        };
        if self.library {
            return pipe(call(TICK, vec![]), term);
        }
        let number: &'s str = self.arena.alloc(self.marks.len().to_string());
        self.marks.push(Mark {
            at,
            first: self.first,
            says: None,
        });
        call(AT, vec![Term::Num(number), term])
    }

    /// Notes where `text`, a piece of the code, stands.
    pub(super) fn see(&mut self, text: &str) {
        self.at = self.place(text).unwrap_or(self.at);
    }

    /// About where the terms begin; where the walk is, when they hold no piece of the code.
    pub(super) fn start(&self, terms: &[&Node<'s>]) -> usize {
        let mut pieces = terms.iter().filter_map(|term| first_piece(term));
        pieces
            .next()
            .and_then(|text| self.place(text))
            .unwrap_or(self.at)
    }

    fn place(&self, text: &str) -> Option<usize> {
        let start = self.code.as_ptr() as usize;
        let place = (text.as_ptr() as usize).wrapping_sub(start);
        (place <= self.code.len()).then_some(place)
    }
}

/// The first piece of a term's text, but for punctuation.
fn first_piece<'s>(term: &Node<'s>) -> Option<&'s str> {
    match term {
        Term::Num(text) | Term::Var(text) | Term::Call(text, _) => Some(text),
        Term::Str(Some(format), _) => Some(format),
        Term::Str(None, parts) => parts.iter().find_map(|part| match part {
            StrPart::Str(text) => Some(*text),
            StrPart::Term(term) => first_piece(term),
            StrPart::Char(_) => None,
        }),
        Term::Arr(Some(inner)) | Term::Neg(inner) | Term::TryCatch(inner, _) => first_piece(inner),
        Term::Obj(entries) => entries.iter().find_map(|(name, _)| first_piece(name)),
        Term::BinOp(left, _, right) => first_piece(left).or_else(|| first_piece(right)),
        Term::IfThenElse(branches, _) => branches.iter().find_map(|(when, _)| first_piece(when)),
        Term::Path(of, path) => first_piece(of).or_else(|| {
            path.0.iter().find_map(|(part, _)| match part {
                Part::Index(index) => first_piece(index),
                Part::Range(from, to) => from.iter().chain(to).find_map(first_piece),
            })
        }),
        _ => None,
    }
}
