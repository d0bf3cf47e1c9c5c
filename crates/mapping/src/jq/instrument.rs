//! Walks a parsed program: refuses what is not offered, and puts counting in where a program repeats
//! itself or looks at much.
//!
//! Must not know how steps are counted nor how many there are.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{Def, Pattern, Term};

use super::meter::{CAUGHT, WEIGH};
use super::{Arena, Refused, offered};
use made::{counted, pipe};

mod calls;
mod made;
mod marks;
mod operators;
mod paths;

pub(super) use marks::Mark;

/// Deepest nesting of a program: running one nests as deep.
const DEPTH: usize = 200;

type Node<'s> = Term<&'s str>;
type Result<T> = std::result::Result<T, Refused>;

/// One walk.
pub(super) struct Instrument<'s> {
    pub(super) code: &'s str,
    pub(super) arena: &'s Arena,
    /// Whether this is a definition that comes with jq: it may do more, and its faults have no place.
    pub(super) library: bool,
    /// Where the walk is: an offset into the code.
    pub(super) at: usize,
    /// The terms that say when they fail.
    pub(super) marks: Vec<Mark>,
    /// The first of the marks that are within the term.
    first: usize,
    pub(super) depth: usize,
    /// Whether the term is what an assignment changes: to change a value that others share copies it.
    pub(super) updating: bool,
    /// Whether a fault of the term is caught: its text holds the values that were at fault.
    pub(super) caught: bool,
}

impl<'s> Instrument<'s> {
    /// A walk through `code`; `None`: through definitions that come with jq.
    pub(super) fn new(code: Option<&'s str>, arena: &'s Arena) -> Self {
        Self {
            code: code.unwrap_or_default(),
            arena,
            library: code.is_none(),
            at: 0,
            marks: Vec::new(),
            first: 0,
            depth: 0,
            updating: false,
            caught: false,
        }
    }

    pub(super) fn definition(&mut self, definition: Def<&'s str>) -> Result<Def<&'s str>> {
        Ok(Def {
            body: self.term(definition.body)?,
            ..definition
        })
    }

    pub(super) fn term(&mut self, term: Node<'s>) -> Result<Node<'s>> {
        self.depth += 1;
        if self.depth > DEPTH && !self.library {
            return self.refuse(
                "the program is nested too deep",
                "break it into fewer steps",
            );
        }
        let outer = std::mem::replace(&mut self.first, self.marks.len());
        let done = self.one(term);
        self.first = outer;
        self.depth -= 1;
        done
    }

    fn boxed(&mut self, term: Node<'s>) -> Result<Box<Node<'s>>> {
        self.term(term).map(Box::new)
    }

    fn one(&mut self, term: Node<'s>) -> Result<Node<'s>> {
        Ok(match term {
            Term::Id => Term::Id,
            Term::Num(text) => {
                self.see(text);
                Term::Num(text)
            }
            Term::Var(name) => {
                self.see(name);
                Term::Var(name)
            }
            Term::Str(format, parts) => self.text(format, parts)?,
            Term::Arr(None) => Term::Arr(None),
            // A value that holds another twice is twice as large, however it is kept.
            Term::Arr(Some(inner)) => counted(WEIGH, Term::Arr(Some(self.boxed(*inner)?))),
            Term::Obj(entries) => {
                let entries: Result<Vec<_>> = entries
                    .into_iter()
                    .map(|(name, value)| {
                        let name = self.key(name)?;
                        Ok((name, value.map(|value| self.term(value)).transpose()?))
                    })
                    .collect();
                counted(WEIGH, Term::Obj(entries?))
            }
            Term::Neg(inner) => {
                let at = self.start(&[&inner]);
                let negative = Term::Neg(self.boxed(*inner)?);
                self.marked(at, negative)
            }
            Term::BinOp(left, operator, right) => self.operation(*left, operator, *right)?,
            Term::TryCatch(body, handler) => {
                let outer = std::mem::replace(&mut self.caught, true);
                let body = self.boxed(*body)?;
                self.caught = outer;
                let handler = match handler {
                    Some(handler) => self.term(*handler)?,
                    None => made::call("empty", vec![]),
                };
                let handler = pipe(made::call(CAUGHT, vec![]), handler);
                Term::TryCatch(body, Some(handler.into()))
            }
            Term::IfThenElse(branches, last) => {
                let branches: Result<Vec<_>> = branches
                    .into_iter()
                    .map(|(condition, then)| Ok((self.term(condition)?, self.term(then)?)))
                    .collect();
                let last = last.map(|last| self.boxed(*last)).transpose()?;
                Term::IfThenElse(branches?, last)
            }
            Term::Call(name, arguments) => self.call(name, arguments)?,
            Term::Path(of, path) => self.path(*of, path.0)?,
            Term::Recurse if self.library => Term::Recurse,
            Term::Recurse => {
                return self.refuse("`..` is not offered", "write the path to the values");
            }
            Term::Fold(name, over, pattern, arguments) if self.library => {
                let over = self.boxed(*over)?;
                let arguments: Result<Vec<_>> =
                    arguments.into_iter().map(|term| self.term(term)).collect();
                Term::Fold(name, over, pattern, arguments?)
            }
            Term::Fold(name, ..) => {
                self.see(name);
                let help = "`add`, `map`, `group_by`, `any` and `all` are";
                return self.refuse(&format!("`{name}` is not offered"), help);
            }
            Term::Def(definitions, body) if self.library => {
                let definitions: Result<Vec<_>> = definitions
                    .into_iter()
                    .map(|definition| self.definition(definition))
                    .collect();
                Term::Def(definitions?, self.boxed(*body)?)
            }
            Term::Def(definitions, _) => {
                if let Some(first) = definitions.first() {
                    self.see(first.name);
                }
                return self.refuse("`def` is not offered", "write `… as $name |` for a value");
            }
            Term::Label(name, _) | Term::Break(name) => {
                self.see(name);
                return self.refuse(
                    "`label` and `break` are not offered",
                    "select what is needed",
                );
            }
        })
    }

    fn text(
        &mut self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, Node<'s>>>,
    ) -> Result<Node<'s>> {
        if let Some(format) = format {
            self.see(format);
            if offered::offered(format, 0).is_none() {
                return self.refuse(
                    &format!("`{format}` is not offered"),
                    "`@json` and `@text` are",
                );
            }
        }
        let parts: Result<Vec<_>> = parts
            .into_iter()
            .map(|part| {
                Ok(match part {
                    StrPart::Str(text) => {
                        self.see(text);
                        StrPart::Str(text)
                    }
                    StrPart::Char(character) => StrPart::Char(character),
                    StrPart::Term(term) => StrPart::Term(counted(WEIGH, self.term(term)?)),
                })
            })
            .collect();
        Ok(Term::Str(format, parts?))
    }

    /// A term that says what an assignment changes.
    fn updated(&mut self, term: Node<'s>) -> Result<Node<'s>> {
        let outer = std::mem::replace(&mut self.updating, true);
        let done = self.term(term);
        self.updating = outer;
        done
    }

    /// The name of a member, which is hashed.
    fn key(&mut self, name: Node<'s>) -> Result<Node<'s>> {
        let constant = match &name {
            // `{$name}` is no expression.
            Term::Var(_) | Term::Num(_) => true,
            Term::Str(None, parts) => matches!(parts.as_slice(), [] | [StrPart::Str(_)]),
            _ => false,
        };
        let name = self.term(name)?;
        Ok(if constant { name } else { counted(WEIGH, name) })
    }

    fn pattern(&mut self, pattern: Pattern<&'s str>) -> Result<Pattern<&'s str>> {
        Ok(match pattern {
            Pattern::Var(name) => Pattern::Var(name),
            Pattern::Arr(parts) => {
                let parts: Result<Vec<_>> =
                    parts.into_iter().map(|part| self.pattern(part)).collect();
                Pattern::Arr(parts?)
            }
            Pattern::Obj(parts) => {
                let parts: Result<Vec<_>> = parts
                    .into_iter()
                    .map(|(name, part)| Ok((self.key(name)?, self.pattern(part)?)))
                    .collect();
                Pattern::Obj(parts?)
            }
        })
    }

    fn refuse<T>(&self, message: &str, help: &str) -> Result<T> {
        Err(Refused {
            at: self.at,
            message: message.to_owned(),
            help: Some(help.to_owned()),
            name: None,
        })
    }
}
