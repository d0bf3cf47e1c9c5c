//! Walks a parsed program: refuses what is not offered, and puts counting in where a program repeats
//! itself or looks at much.
//!
//! Must not know how steps are counted nor how many there are.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Opt, Part, Path};

use super::meter::{AT, LOAD, MINUS, PRODUCT, TICK, TIMES, WEIGH};
use super::offered::{self, Cost};
use super::{Arena, Refused};

/// Deepest nesting of a program: running one nests as deep.
const DEPTH: usize = 200;
/// Holds an intermediate value; no program can name it.
const HELD: &str = "$!held";

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
    pub(super) depth: usize,
    /// Whether the term is what an assignment changes: to change a value that others share copies it.
    pub(super) updating: bool,
    /// Whether a fault of the term is caught: its text holds the values that were at fault.
    pub(super) caught: bool,
}

/// The term, whose value is then counted by `name`.
fn counted<'s>(name: &'static str, term: Node<'s>) -> Node<'s> {
    pipe(term, call(name, vec![]))
}

fn call<'s>(name: &'s str, arguments: Vec<Node<'s>>) -> Node<'s> {
    Term::Call(name, arguments)
}

fn pipe<'s>(left: Node<'s>, right: Node<'s>) -> Node<'s> {
    Term::BinOp(left.into(), BinaryOp::Pipe(None), right.into())
}

fn held<'s>(value: Node<'s>, then: Node<'s>) -> Node<'s> {
    let pattern = Some(Pattern::Var(HELD));
    Term::BinOp(value.into(), BinaryOp::Pipe(pattern), then.into())
}

impl<'s> Instrument<'s> {
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
        let done = self.one(term);
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
            Term::Neg(inner) => Term::Neg(self.boxed(*inner)?),
            Term::BinOp(left, operator, right) => self.operation(*left, operator, *right)?,
            Term::TryCatch(body, handler) => {
                let outer = std::mem::replace(&mut self.caught, true);
                let body = self.boxed(*body)?;
                self.caught = outer;
                let handler = handler.map(|handler| self.boxed(*handler)).transpose()?;
                Term::TryCatch(body, handler)
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

    fn operation(
        &mut self,
        left: Node<'s>,
        operator: BinaryOp<&'s str>,
        right: Node<'s>,
    ) -> Result<Node<'s>> {
        Ok(match operator {
            BinaryOp::Pipe(pattern) => {
                let left = self.boxed(left)?;
                let pattern = pattern.map(|pattern| self.pattern(pattern)).transpose()?;
                Term::BinOp(left, BinaryOp::Pipe(pattern), self.boxed(right)?)
            }
            BinaryOp::Comma => {
                let left = self.boxed(left)?;
                let both = Term::BinOp(left, BinaryOp::Comma, self.boxed(right)?);
                counted(TICK, both)
            }
            BinaryOp::Cmp(compare) => {
                let (mut left, mut right) = (self.term(left)?, self.term(right)?);
                // jq's own definitions compare with constants only.
                if !self.library {
                    (left, right) = (counted(WEIGH, left), counted(WEIGH, right));
                }
                Term::BinOp(left.into(), BinaryOp::Cmp(compare), right.into())
            }
            BinaryOp::Math(Math::Sub) => {
                let arguments = vec![self.term(left)?, self.term(right)?];
                self.here(call(MINUS, arguments))
            }
            BinaryOp::Math(Math::Mul) => {
                let arguments = vec![self.term(left)?, self.term(right)?];
                self.here(call(TIMES, arguments))
            }
            BinaryOp::Math(math) => {
                let cost = if self.caught { WEIGH } else { LOAD };
                let left = counted(cost, self.term(left)?);
                let right = counted(cost, self.term(right)?);
                self.here(Term::BinOp(left.into(), BinaryOp::Math(math), right.into()))
            }
            // As jq defines it: `r as $x | l |= . + $x`.
            BinaryOp::UpdateMath(math) => {
                let sum = BinaryOp::Math(math);
                let sum = Term::BinOp(Term::Id.into(), sum, Term::Var(HELD).into());
                let update = Term::BinOp(left.into(), BinaryOp::Update, sum.into());
                self.one(held(right, update))?
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt => {
                let left = self.updated(left)?;
                let right = self.boxed(right)?;
                counted(WEIGH, Term::BinOp(left.into(), operator, right))
            }
            BinaryOp::Alt | BinaryOp::Or | BinaryOp::And => {
                let left = self.boxed(left)?;
                Term::BinOp(left, operator, self.boxed(right)?)
            }
        })
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

    fn call(&mut self, name: &'s str, arguments: Vec<Node<'s>>) -> Result<Node<'s>> {
        self.see(name);
        let cost = if self.library {
            offered::within(name, arguments.len())
        } else if let Some(cost) = offered::offered(name, arguments.len()) {
            cost
        } else {
            return Err(Refused {
                at: self.at,
                message: match arguments.len() {
                    0 => format!("`{name}` is not offered"),
                    number => format!("`{name}/{number}` is not offered"),
                },
                help: None,
                name: Some(name.to_owned()),
            });
        };
        let place = self.at;
        let mut arguments: Vec<Node<'s>> = arguments
            .into_iter()
            .map(|argument| match name {
                "del" => self.updated(argument),
                _ => self.term(argument),
            })
            .collect::<Result<_>>()?;
        self.at = place;
        if matches!(cost, Cost::Keys | Cost::Text) {
            let weighed = arguments.into_iter();
            arguments = weighed.map(|key| counted(WEIGH, key)).collect();
        }
        let counted = match (cost, arguments.pop()) {
            (Cost::Product, Some(argument)) => {
                let product = call(PRODUCT, vec![Term::Var(HELD)]);
                held(argument, pipe(product, call(name, vec![Term::Var(HELD)])))
            }
            (cost, last) => {
                arguments.extend(last);
                let made = call(name, arguments);
                match cost {
                    Cost::Step | Cost::Product => made,
                    Cost::Load | Cost::Text => pipe(call(LOAD, vec![]), made),
                    Cost::Weigh | Cost::Keys => pipe(call(WEIGH, vec![]), made),
                }
            }
        };
        Ok(self.here(counted))
    }

    /// A path, cut where it goes over many values, so that each is counted.
    fn path(&mut self, of: Node<'s>, parts: Vec<(Part<Node<'s>>, Opt)>) -> Result<Node<'s>> {
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

    /// The term, which says when it begins.
    fn here(&self, term: Node<'s>) -> Node<'s> {
        let term = if self.caught {
            pipe(call(WEIGH, vec![]), term)
        } else {
            term
        };
        if self.library {
            return pipe(call(TICK, vec![]), term);
        }
        let place: &'s str = self.arena.alloc(self.at.to_string());
        pipe(call(AT, vec![Term::Num(place)]), term)
    }

    /// Notes where `text`, a piece of the code, stands.
    fn see(&mut self, text: &str) {
        let start = self.code.as_ptr() as usize;
        let place = (text.as_ptr() as usize).wrapping_sub(start);
        if place <= self.code.len() {
            self.at = place;
        }
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
