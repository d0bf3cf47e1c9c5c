//! Which parts of its input a program looks at, so that only those are parsed.
//!
//! Errs on the side of too much: what is not plainly `.calls.name` counts as everything.

use std::collections::BTreeMap;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::Part;

/// What a program looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The input as a whole.
    pub everything: bool,
    /// Members of the input, such as `calls`: each with the names below it that are looked at, and
    /// where in the program; `None`: all of them.
    pub members: BTreeMap<String, Option<BTreeMap<String, usize>>>,
}

impl Touched {
    /// Whether anything of the member is looked at.
    #[must_use]
    pub fn member(&self, member: &str) -> bool {
        self.everything || self.members.contains_key(member)
    }

    /// Whether `name` of the member is looked at.
    #[must_use]
    pub fn name(&self, member: &str, name: &str) -> bool {
        self.everything
            || match self.members.get(member) {
                Some(Some(names)) => names.contains_key(name),
                Some(None) => true,
                None => false,
            }
    }

    fn add(&mut self, member: &str, name: Option<(&str, usize)>) {
        match (self.members.get_mut(member), name) {
            (Some(Some(names)), Some((name, place))) => {
                names.entry(name.to_owned()).or_insert(place);
            }
            (Some(None), _) => {}
            (Some(names), None) => *names = None,
            (None, name) => {
                let names = name.map(|(name, place)| BTreeMap::from([(name.to_owned(), place)]));
                self.members.insert(member.to_owned(), names);
            }
        }
    }
}

/// What `term`, a whole program with the text `code`, looks at.
pub(super) fn touched(code: &str, term: &Term<&str>) -> Touched {
    let mut walk = Walk {
        code,
        touched: Touched::default(),
    };
    walk.term(term);
    walk.touched
}

struct Walk<'a> {
    code: &'a str,
    touched: Touched,
}

impl Walk<'_> {
    /// A term whose input is the program's. Terms with another input are not walked.
    fn term(&mut self, term: &Term<&str>) {
        match term {
            Term::Num(_) | Term::Var(_) | Term::Arr(None) | Term::Break(_) => {}
            Term::Str(_, parts) => {
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.term(term);
                    }
                }
            }
            Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => self.term(inner),
            Term::Obj(entries) => {
                for (name, value) in entries {
                    match (value, text(name)) {
                        (Some(value), _) => {
                            self.term(name);
                            self.term(value);
                        }
                        (None, Some(member)) => self.touched.add(member, None),
                        (None, None) if matches!(name, Term::Var(_)) => {}
                        (None, None) => self.touched.everything = true,
                    }
                }
            }
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                if matches!(**left, Term::Id) {
                    self.term(right);
                } else {
                    self.term(left);
                }
            }
            Term::BinOp(left, BinaryOp::Pipe(Some(pattern)), right) => {
                self.term(left);
                self.pattern(pattern);
                self.term(right);
            }
            Term::BinOp(
                left,
                BinaryOp::Comma
                | BinaryOp::Alt
                | BinaryOp::Or
                | BinaryOp::And
                | BinaryOp::Math(_)
                | BinaryOp::Cmp(_),
                right,
            ) => {
                self.term(left);
                self.term(right);
            }
            // An error that is caught is the handler's input.
            Term::TryCatch(body, _) => self.term(body),
            Term::IfThenElse(branches, Some(last)) => {
                for (condition, then) in branches {
                    self.term(condition);
                    self.term(then);
                }
                self.term(last);
            }
            Term::Call("true" | "false" | "null" | "empty", arguments) if arguments.is_empty() => {}
            Term::Call("any" | "all" | "add" | "first" | "isempty" | "last", arguments)
                if !arguments.is_empty() =>
            {
                // Their input is the arguments' alone.
                match arguments.as_slice() {
                    [_] if matches!(term, Term::Call("any" | "all", _)) => {
                        self.touched.everything = true;
                    }
                    [first, ..] => self.term(first),
                    [] => {}
                }
            }
            Term::Path(of, path) => self.path(of, &path.0),
            _ => self.touched.everything = true,
        }
    }

    /// Terms in a pattern have the program's input or one within it.
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        match pattern {
            Pattern::Var(_) => {}
            Pattern::Arr(parts) => parts.iter().for_each(|part| self.pattern(part)),
            Pattern::Obj(parts) => {
                for (name, part) in parts {
                    self.term(name);
                    self.pattern(part);
                }
            }
        }
    }

    fn path<O>(&mut self, of: &Term<&str>, parts: &[(Part<Term<&str>>, O)]) {
        for (part, _) in parts {
            match part {
                Part::Index(index) => self.term(index),
                Part::Range(from, to) => {
                    from.iter().chain(to).for_each(|term| self.term(term));
                }
            }
        }
        if !matches!(of, Term::Id) {
            return self.term(of);
        }
        let mut names = parts.iter().map(|(part, _)| match part {
            Part::Index(index) => text(index),
            Part::Range(..) => None,
        });
        match (names.next().flatten(), names.next().flatten()) {
            (Some(member), name) => {
                let place = |name: &str| {
                    let start = self.code.as_ptr() as usize;
                    (name.as_ptr() as usize).wrapping_sub(start)
                };
                self.touched
                    .add(member, name.map(|name| (name, place(name))));
            }
            (None, _) => self.touched.everything = true,
        }
    }
}

/// The text that a term is, plainly.
fn text<'a>(term: &Term<&'a str>) -> Option<&'a str> {
    match term {
        Term::Str(None, parts) => match parts.as_slice() {
            [StrPart::Str(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}
