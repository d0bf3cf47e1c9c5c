//! The grammar of RFC 8259 as a machine that can stop and go on at any byte.
//!
//! Must not know UTF-8: inside a string every byte from 0x80 passes, outside none does.

use std::ops::Range;

use super::nesting::Nesting;
use crate::fault::FaultKind;
use crate::kind::Kind;
use crate::scan::{is_whitespace, skip_text, skip_whitespace};

/// Where the machine stands.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Before a value; the body's, an element's after a comma or a member's.
    Value,
    /// After `[`: a value or the end.
    FirstElement,
    /// After `{`: a name or the end.
    FirstName,
    /// After a comma in an object.
    Name,
    /// After a name.
    Colon,
    /// After a value inside a container.
    Separator,
    /// Inside a string.
    Text(Role),
    /// After a backslash.
    Escape(Role),
    /// Inside `\uXXXX`, with so many digits to come.
    Hexadecimal(Role, u8),
    /// Inside a number.
    Number(Digits),
    /// Inside `true`, `false` or `null`, with these bytes to come.
    Literal(&'static [u8]),
    /// After the body's value.
    Done,
}

/// What a string is.
#[derive(Clone, Copy, Debug)]
enum Role {
    Name,
    Value,
}

/// What of a number has been read (RFC 8259 §6).
#[derive(Clone, Copy, Debug)]
enum Digits {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Digits {
    /// The state after `byte`; `None` if the number cannot go on with it.
    fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Minus, b'0') => Some(Self::Zero),
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Some(Self::Integer),
            (Self::Zero | Self::Integer, b'.') => Some(Self::Point),
            (Self::Point | Self::Fraction, b'0'..=b'9') => Some(Self::Fraction),
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Some(Self::Exponent),
            (Self::Exponent, b'+' | b'-') => Some(Self::ExponentSign),
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Some(Self::ExponentDigits)
            }
            _ => None,
        }
    }

    fn is_complete(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits
        )
    }
}

/// The machine: fed with any cut of a body, it names the first byte that breaks the grammar.
#[derive(Debug)]
pub(super) struct Machine {
    state: State,
    nesting: Nesting,
    depth_limit: usize,
    kind: Option<Kind>,
}

impl Machine {
    pub(super) fn new(depth_limit: usize) -> Self {
        Self {
            state: State::Value,
            nesting: Nesting::default(),
            depth_limit,
            kind: None,
        }
    }

    /// Takes the next chunk and returns the range of it that belongs to the value.
    ///
    /// # Errors
    /// The fault and its index in the chunk.
    pub(super) fn feed(&mut self, chunk: &[u8]) -> Result<Range<usize>, (FaultKind, usize)> {
        let mut rest = chunk;
        let mut start = 0;
        if self.kind.is_none() {
            rest = skip_whitespace(rest);
            start = chunk.len() - rest.len();
            self.kind = rest.first().and_then(|byte| Kind::of_first_byte(*byte));
        }
        match self.run(rest) {
            Ok(after) => Ok(start..chunk.len() - after.len()),
            Err((kind, at)) => Err((kind, chunk.len() - at.len())),
        }
    }

    /// The kind of the value.
    ///
    /// # Errors
    /// [`FaultKind::Empty`] or [`FaultKind::Truncated`].
    pub(super) fn finish(&self) -> Result<Kind, FaultKind> {
        let kind = self.kind.ok_or(FaultKind::Empty)?;
        match self.state {
            State::Done => Ok(kind),
            State::Number(digits) if self.nesting.depth() == 0 && digits.is_complete() => Ok(kind),
            _ => Err(FaultKind::Truncated),
        }
    }

    /// What is wrong with a next byte that belongs to no character.
    pub(super) fn fault_of_foreign_byte(&self) -> FaultKind {
        match self.state {
            State::Text(_) => FaultKind::InvalidUtf8,
            State::Done => FaultKind::TrailingData,
            State::Number(digits) if self.nesting.depth() == 0 && digits.is_complete() => {
                FaultKind::TrailingData
            }
            _ => FaultKind::Syntax,
        }
    }

    /// Runs to the end of `rest` and returns what follows the value: whitespace, if anything.
    /// A fault comes with the bytes from it on.
    fn run<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], (FaultKind, &'a [u8])> {
        let mut state = self.state;
        while let [byte, after @ ..] = rest {
            let byte = *byte;
            state = match state {
                State::Text(role) => {
                    rest = skip_text(rest);
                    let [byte, after @ ..] = rest else { break };
                    let next = match (*byte, role) {
                        (b'"', Role::Name) => State::Colon,
                        (b'"', Role::Value) => self.after_value(),
                        (b'\\', role) => State::Escape(role),
                        _ => return Err((FaultKind::Syntax, rest)),
                    };
                    rest = after;
                    next
                }
                State::Separator => match (byte, self.nesting.is_in_object()) {
                    (b',', true) => {
                        rest = after;
                        State::Name
                    }
                    (b',', false) => {
                        rest = after;
                        State::Value
                    }
                    (b'}', true) | (b']', false) => {
                        rest = after;
                        self.nesting.close();
                        self.after_value()
                    }
                    _ => {
                        rest = blank(rest)?;
                        state
                    }
                },
                State::Name | State::FirstName => match (byte, state) {
                    (b'"', _) => {
                        rest = after;
                        State::Text(Role::Name)
                    }
                    (b'}', State::FirstName) => {
                        rest = after;
                        self.nesting.close();
                        self.after_value()
                    }
                    _ => {
                        rest = blank(rest)?;
                        state
                    }
                },
                State::Colon => {
                    if byte == b':' {
                        rest = after;
                        State::Value
                    } else {
                        rest = blank(rest)?;
                        state
                    }
                }
                State::Value | State::FirstElement => {
                    let next = match (byte, state) {
                        (b'"', _) => State::Text(Role::Value),
                        (b'{', _) => self.open(true, rest)?,
                        (b'[', _) => self.open(false, rest)?,
                        (b'-', _) => State::Number(Digits::Minus),
                        (b'0', _) => State::Number(Digits::Zero),
                        (b'1'..=b'9', _) => State::Number(Digits::Integer),
                        (b't', _) => State::Literal(b"rue"),
                        (b'f', _) => State::Literal(b"alse"),
                        (b'n', _) => State::Literal(b"ull"),
                        (b']', State::FirstElement) => {
                            self.nesting.close();
                            self.after_value()
                        }
                        _ => {
                            rest = blank(rest)?;
                            continue;
                        }
                    };
                    rest = after;
                    next
                }
                State::Number(digits) => {
                    if let Some(next) = digits.next(byte) {
                        rest = after;
                        State::Number(next)
                    } else if digits.is_complete() && !byte.is_ascii_digit() {
                        self.after_value()
                    } else {
                        return Err((FaultKind::Syntax, rest));
                    }
                }
                State::Literal(expected) => match expected {
                    [first, others @ ..] if *first == byte => {
                        rest = after;
                        if others.is_empty() {
                            self.after_value()
                        } else {
                            State::Literal(others)
                        }
                    }
                    _ => return Err((FaultKind::Syntax, rest)),
                },
                State::Escape(role) => {
                    rest = match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' => after,
                        _ => return Err((FaultKind::Syntax, rest)),
                    };
                    if byte == b'u' {
                        State::Hexadecimal(role, 4)
                    } else {
                        State::Text(role)
                    }
                }
                State::Hexadecimal(role, left) => {
                    if !byte.is_ascii_hexdigit() {
                        return Err((FaultKind::Syntax, rest));
                    }
                    rest = after;
                    if left == 1 {
                        State::Text(role)
                    } else {
                        State::Hexadecimal(role, left - 1)
                    }
                }
                State::Done => {
                    self.state = state;
                    let foreign = skip_whitespace(rest);
                    return if foreign.is_empty() {
                        Ok(rest)
                    } else {
                        Err((FaultKind::TrailingData, foreign))
                    };
                }
            };
        }
        self.state = state;
        Ok(rest)
    }

    fn after_value(&self) -> State {
        if self.nesting.depth() == 0 {
            State::Done
        } else {
            State::Separator
        }
    }

    fn open<'a>(
        &mut self,
        is_object: bool,
        rest: &'a [u8],
    ) -> Result<State, (FaultKind, &'a [u8])> {
        if self.nesting.depth() >= self.depth_limit {
            return Err((FaultKind::TooDeep, rest));
        }
        self.nesting.open(is_object);
        Ok(if is_object {
            State::FirstName
        } else {
            State::FirstElement
        })
    }
}

/// Skips whitespace where nothing else is allowed; a fault if there is none.
#[inline]
fn blank(rest: &[u8]) -> Result<&[u8], (FaultKind, &[u8])> {
    match rest.first() {
        Some(byte) if is_whitespace(*byte) => Ok(skip_whitespace(rest)),
        _ => Err((FaultKind::Syntax, rest)),
    }
}
