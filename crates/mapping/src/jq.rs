//! A jq program: checked when it is loaded, run for each answer.
//!
//! The interpreter cannot be interrupted. What it is given therefore counts its own steps, and what
//! cannot be counted is not offered: a run ends after a number of steps that grows with its input.
//!
//! Must not know where its input comes from.

mod instrument;
mod meter;
mod offered;
mod touched;

use std::fmt;

use jaq_core::load::lex::Token;
use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{File, Lexer, Loader, Parser};
use jaq_core::{Compiler, Ctx, Filter, Vars};
use jaq_json::Val;
use json::{CheckedJson, Limits};
use orchestration::Until;

use instrument::{Instrument, Mark};
pub(crate) use meter::DIGITS;
use meter::{Metered, Run};
pub use offered::functions;
pub use touched::Touched;

type Arena = jaq_core::load::Arena;

/// Longest program, in bytes.
const LONGEST: usize = 16 * 1024;
/// Parsing nests as deep as the program does, before anything has looked at it.
const PARSER_STACK: usize = 64 * 1024 * 1024;
/// The name under which the program is compiled; no program can call it.
const MAIN: &str = "manifold_program";

/// Steps of every run.
pub const STEPS: u64 = 100_000;
/// Further steps for each byte of input.
pub const STEPS_PER_BYTE: u64 = 8;

/// A program, ready to run.
pub struct Program {
    code: Box<str>,
    filter: Filter<Metered>,
    touched: Touched,
    marks: Vec<Mark>,
}

/// Why a program is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where, in bytes from the program's start.
    pub at: usize,
    /// What.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The function that is not offered, where that is the reason.
    pub name: Option<String>,
}

/// Why a run brought no value. Tells nothing of what the program saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What.
    pub kind: FailureKind,
    /// The term that failed: line, and column in characters, of about where it begins, counted from 1.
    pub place: Option<(usize, usize)>,
    /// What the program itself says, a constant of it: the text of its `error("…")`.
    pub says: Option<String>,
}

/// The ways in which a run brings no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The program failed on what it was given, or called `error`.
    Error,
    /// It took more steps than its input allows.
    Steps,
    /// Nobody waited for it any longer.
    Late,
    /// It yielded no value.
    Nothing,
    /// It yielded more than one value.
    Several,
    /// Its value is larger than allowed.
    TooLarge,
    /// Its value is not JSON: a number that is none, a name that is no text.
    NotJson,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            FailureKind::Error => "the program failed",
            FailureKind::Steps => "the program took too many steps for its input",
            FailureKind::Late => "the program was stopped",
            FailureKind::Nothing => "the program yielded no value",
            FailureKind::Several => "the program yielded more than one value",
            FailureKind::TooLarge => "the answer is larger than allowed",
            FailureKind::NotJson => "the program's value is not JSON",
        })?;
        match self.place {
            Some((line, column)) => write!(formatter, " near line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Program")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

impl Program {
    /// Compiles a program.
    ///
    /// # Errors
    /// The first place at which it is not jq, or not what is offered of it.
    pub fn compile(code: &str) -> Result<Self, Refused> {
        let refuse = |message: &str, help: &str| Refused {
            at: 0,
            message: message.to_owned(),
            help: Some(help.to_owned()),
            name: None,
        };
        if code.len() > LONGEST {
            return Err(refuse(
                "the program is too long",
                "16 KiB are allowed: let the backends do more, or split the endpoint",
            ));
        }
        // A stack that no program of this length can use up.
        let thread = std::thread::Builder::new().stack_size(PARSER_STACK);
        std::thread::scope(|scope| {
            let compiling = thread.spawn_scoped(scope, || compile(code));
            compiling.ok().and_then(|compiling| compiling.join().ok())
        })
        .unwrap_or_else(|| Err(refuse("the program cannot be compiled", "simplify it")))
    }

    /// The parts of its input that it looks at.
    #[must_use]
    pub fn touched(&self) -> &Touched {
        &self.touched
    }

    /// Runs on `input`, which was read from so many `bytes`, at most `until` it is over: one value of
    /// at most `most` bytes.
    ///
    /// # Errors
    /// Why there is none.
    pub fn run(
        &self,
        input: Val,
        bytes: usize,
        most: usize,
        until: &Until,
    ) -> Result<CheckedJson, Failure> {
        let run = Run::new(&self.filter.lut, &self.marks, steps(bytes), until);
        let failure = |kind| self.failure(kind, run.failed());
        let context = Ctx::<Metered>::new(&run, Vars::new([]));
        let mut values = self.filter.id.run((context, input));
        let mut next = || {
            values
                .next()
                .transpose()
                .map_err(|end| match end.get_err() {
                    Ok(_) => failure(FailureKind::Error),
                    Err(_) if run.is_late() => failure(FailureKind::Late),
                    Err(_) => failure(FailureKind::Steps),
                })
        };
        let value = next()?.ok_or_else(|| failure(FailureKind::Nothing))?;
        if next()?.is_some() {
            return Err(failure(FailureKind::Several));
        }
        if length(&value, most) > most {
            return Err(failure(FailureKind::TooLarge));
        }
        let limits = Limits {
            bytes: most,
            depth: Limits::DEFAULT_DEPTH,
        };
        CheckedJson::check(value.to_string().into(), limits).map_err(|fault| {
            failure(match fault.kind {
                json::FaultKind::TooLarge => FailureKind::TooLarge,
                _ => FailureKind::NotJson,
            })
        })
    }

    /// A program fails in a term; what its value lacks is not the fault of one.
    fn failure(&self, kind: FailureKind, term: Option<&Mark>) -> Failure {
        let term = term.filter(|_| matches!(kind, FailureKind::Error | FailureKind::Steps));
        Failure {
            kind,
            place: term.map(|term| position(&self.code, term.at)),
            says: term
                .filter(|_| kind == FailureKind::Error)
                .and_then(|term| term.says.clone()),
        }
    }
}

/// How many steps a run may take.
fn steps(bytes: usize) -> u64 {
    STEPS.saturating_add(STEPS_PER_BYTE.saturating_mul(bytes as u64))
}

/// Line and column, counted from 1, of the byte `at`.
#[must_use]
pub fn position(code: &str, at: usize) -> (usize, usize) {
    let before = code.get(..at).unwrap_or(code);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// Bytes of the value as JSON, at least; more than `most` are not counted further. Values may share
/// their parts, so that a small one is long when it is written.
fn length(value: &Val, most: usize) -> usize {
    let mut sum: usize = 2;
    let mut add = |part: &Val| {
        if sum <= most {
            sum = sum.saturating_add(length(part, most.saturating_sub(sum)));
        }
    };
    match value {
        Val::Arr(elements) => elements.iter().for_each(add),
        Val::Obj(members) => members.iter().for_each(|(name, member)| {
            add(name);
            add(member);
        }),
        Val::TStr(text) | Val::BStr(text) => return text.len() + 2,
        Val::Null | Val::Bool(_) | Val::Num(_) => return 1,
    }
    sum
}

fn compile(code: &str) -> Result<Program, Refused> {
    let term = parse(code)?;
    let touched = touched::touched(code, &term);
    let arena = Arena::default();
    let mut instrument = Instrument::new(Some(code), &arena);
    let body = instrument.term(term)?;
    let mut library = Instrument::new(None, &arena);
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|definition| offered::is_needed(definition.name, definition.args.len()))
        .map(|definition| library.definition(definition));
    let mut definitions: Vec<Def<&str>> = definitions.collect::<Result<_, _>>()?;
    definitions.push(Def {
        name: MAIN,
        args: Vec::new(),
        body,
    });
    let file = File {
        code: MAIN,
        path: (),
    };
    let broken = |name: &str| Refused {
        at: place(code, name),
        message: format!("`{name}` is not known"),
        help: Some("a variable is bound by `… as $name |`".to_owned()),
        name: None,
    };
    let modules = Loader::new(definitions)
        .load(&arena, file)
        .map_err(|_| broken(MAIN))?;
    // Those of ours last: they take the place of others of the same name.
    let functions = jaq_core::funs()
        .chain(jaq_std::base_funs())
        .chain(jaq_json::funs())
        .chain(meter::functions());
    let filter = Compiler::default()
        .with_funs(functions)
        .compile(modules)
        .map_err(|errors| {
            let first = errors.iter().flat_map(|(_, undefined)| undefined).next();
            broken(first.map_or(MAIN, |(name, _)| name))
        })?;
    Ok(Program {
        code: code.into(),
        filter,
        touched,
        marks: instrument.marks,
    })
}

fn parse(code: &str) -> Result<Term<&str>, Refused> {
    let refused = |found: &str, expected: &str| Refused {
        at: place(code, found),
        message: format!("not jq: a {expected} is expected here"),
        help: None,
        name: None,
    };
    let tokens = Lexer::new(code)
        .lex()
        .map_err(|errors| match errors.first() {
            Some((expected, found)) => refused(found, expected.as_str()),
            None => refused("", "program"),
        })?;
    Parser::new(&tokens)
        .parse(Parser::term)
        .map_err(|errors| match errors.first() {
            Some((expected, found)) => refused(Token::opt_as_str(*found, code), expected.as_str()),
            None => refused("", "program"),
        })
}

/// Where `part`, a piece of `code`, begins; 0 when it is none.
fn place(code: &str, part: &str) -> usize {
    let at = (part.as_ptr() as usize).wrapping_sub(code.as_ptr() as usize);
    if at <= code.len() { at } else { 0 }
}

#[cfg(test)]
mod tests;
