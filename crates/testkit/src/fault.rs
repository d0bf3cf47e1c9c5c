//! The closed list of faults a stub can play. Names only: what each does is in `fault/play.rs`,
//! when it is on in `fault/board.rs`.

mod board;
mod gzip_bomb;
mod play;

use std::fmt;
use std::str::FromStr;

pub(crate) use self::board::FaultBoard;
pub use self::board::{FaultRule, FaultSettings};
pub(crate) use self::play::play;

/// One way for a server to fail. Its name, in text, is the variant in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `slow`: the right answer, after ten seconds.
    Slow,
    /// `stall-head`: the request is read and never answered.
    StallHead,
    /// `stall-body`: head and half of the body, then nothing.
    StallBody,
    /// `drip`: the head at once, then a byte of the body every 200 ms.
    Drip,
    /// `reset`: the connection is reset before the head.
    Reset,
    /// `reset-body`: the connection is reset in the middle of the body.
    ResetBody,
    /// `refused`: the port refuses connections. It concerns the listener, so it can only be on for
    /// the whole server; a [`FaultRule`] with it resets the connection instead.
    Refused,
    /// `status-500`.
    Status500,
    /// `status-503`, with `Retry-After: 7`.
    Status503,
    /// `status-429`, with `Retry-After: 7`.
    Status429,
    /// `status-404`.
    Status404,
    /// `status-400`, with an error body in the server's dialect.
    Status400,
    /// `echo`: 400 with an error body that repeats the request's target and `Authorization`.
    Echo,
    /// `status-401`, although the credential is right, and without a challenge.
    Status401,
    /// `status-403`.
    Status403,
    /// `redirect`: 302 to a login page on another origin.
    Redirect,
    /// `html`: 200 with a login page.
    Html,
    /// `empty`: 200 without a body.
    Empty,
    /// `no-json`: 200 with plain text.
    NoJson,
    /// `truncated`: the body ends before the announced length, then the connection closes.
    Truncated,
    /// `truncated-json`: right framing around half of a JSON text.
    TruncatedJson,
    /// `oversized`: valid JSON of many MiB, streamed.
    Oversized,
    /// `deep`: 100,000 nested arrays.
    Deep,
    /// `bad-utf8`: a JSON string that is not UTF-8.
    BadUtf8,
    /// `gzip-bomb`: valid JSON, some hundred KB compressed, hundreds of MiB decoded.
    GzipBomb,
    /// `garbage`: bytes that are not HTTP.
    Garbage,
    /// `bad-content-length`: a length that is no number.
    BadContentLength,
    /// `huge-header`: a header of one MiB.
    HugeHeader,
}

/// A text that names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault is called `{0}`; the faults are: {known}", known = known_names())]
pub struct UnknownFault(pub String);

impl Fault {
    /// Every fault, in the order of the documentation.
    pub const ALL: [Self; 28] = [
        Self::Slow,
        Self::StallHead,
        Self::StallBody,
        Self::Drip,
        Self::Reset,
        Self::ResetBody,
        Self::Refused,
        Self::Status500,
        Self::Status503,
        Self::Status429,
        Self::Status404,
        Self::Status400,
        Self::Echo,
        Self::Status401,
        Self::Status403,
        Self::Redirect,
        Self::Html,
        Self::Empty,
        Self::NoJson,
        Self::Truncated,
        Self::TruncatedJson,
        Self::Oversized,
        Self::Deep,
        Self::BadUtf8,
        Self::GzipBomb,
        Self::Garbage,
        Self::BadContentLength,
        Self::HugeHeader,
    ];

    /// Returns the fault's name, as [`FromStr`] reads it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::StallHead => "stall-head",
            Self::StallBody => "stall-body",
            Self::Drip => "drip",
            Self::Reset => "reset",
            Self::ResetBody => "reset-body",
            Self::Refused => "refused",
            Self::Status500 => "status-500",
            Self::Status503 => "status-503",
            Self::Status429 => "status-429",
            Self::Status404 => "status-404",
            Self::Status400 => "status-400",
            Self::Echo => "echo",
            Self::Status401 => "status-401",
            Self::Status403 => "status-403",
            Self::Redirect => "redirect",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::NoJson => "no-json",
            Self::Truncated => "truncated",
            Self::TruncatedJson => "truncated-json",
            Self::Oversized => "oversized",
            Self::Deep => "deep",
            Self::BadUtf8 => "bad-utf8",
            Self::GzipBomb => "gzip-bomb",
            Self::Garbage => "garbage",
            Self::BadContentLength => "bad-content-length",
            Self::HugeHeader => "huge-header",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|fault| fault.name() == text);
        found.ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

impl TryFrom<String> for Fault {
    type Error = UnknownFault;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

fn known_names() -> String {
    Fault::ALL.map(Fault::name).join(", ")
}

#[cfg(test)]
mod tests;
