//! Paths, and how they are counted.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part, Path};

use super::made::counted;
use super::{Instrument, Node, Result};
use crate::jq::meter::{LOAD, TICK};

impl<'s> Instrument<'s> {
    /// A path, cut where it goes over many values, so that each is counted.
    pub(super) fn path(
        &mut self,
        of: Node<'s>,
        parts: Vec<(Part<Node<'s>>, Opt)>,
    ) -> Result<Node<'s>> {
        let mut path = self.term(of)?;
        let mut steps = Vec::new();
        let start = parts.iter().find_map(|(part, _)| match part {
            Part::Index(Term::Str(None, parts)) => match parts.as_slice() {
                [StrPart::Str(text)] => Some(*text),
                _ => None,
            },
            _ => None,
        });
        start.inspect(|text| self.see(text));
        let place = self.at;
        let flush = |path: Node<'s>, steps: &mut Vec<_>| {
            if steps.is_empty() {
                return path;
            }
            Term::Path(path.into(), Path(std::mem::take(steps)))
        };
        for (part, optional) in parts {
            match part {
                Part::Range(None, None) => {
                    steps.push((Part::Range(None, None), optional));
                    path = counted(TICK, flush(path, &mut steps));
                }
                Part::Index(index) => {
                    let index = self.key(index)?;
                    if self.updating || self.library {
                        path = counted(LOAD, flush(path, &mut steps));
                    }
                    steps.push((Part::Index(index), optional));
                }
                Part::Range(from, to) => {
                    let from = from.map(|from| self.term(from)).transpose()?;
                    let to = to.map(|to| self.term(to)).transpose()?;
                    path = counted(LOAD, flush(path, &mut steps));
                    steps.push((Part::Range(from, to), optional));
                }
            }
        }
        self.at = place;
        let path = flush(path, &mut steps);
        Ok(self.here(path))
    }
}
