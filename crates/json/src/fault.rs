//! What a body may cost and why one is refused.
//!
//! Must not know the body: a fault carries a position and a reason, never a byte of the content,
//! because the content is somebody's health record and faults are logged.

/// What a body may cost before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that may be fed, whitespace around the value included.
    pub bytes: usize,
    /// The most containers (objects and arrays) that may be open at once: with 128, a value nested
    /// in 128 containers passes and the 129th opening bracket is the fault. 0 admits scalars only.
    pub depth: usize,
}

impl Limits {
    /// Bytes a body may have by default: 16 MiB.
    pub const DEFAULT_BYTES: usize = 16 * 1024 * 1024;
    /// Containers that may be open at once by default.
    pub const DEFAULT_DEPTH: usize = 128;
    /// For documents of our own: their size is ours to answer for.
    pub(crate) const OWN: Self = Self {
        bytes: usize::MAX,
        depth: Self::DEFAULT_DEPTH,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: Self::DEFAULT_BYTES,
            depth: Self::DEFAULT_DEPTH,
        }
    }
}

/// Why a body is not JSON that may be passed on, and where.
///
/// The same body has the same fault however it was cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct Fault {
    /// The reason.
    pub kind: FaultKind,
    /// Bytes from the start of the body to the first one that cannot be accepted; the length of
    /// the body for [`FaultKind::Empty`] and [`FaultKind::Truncated`].
    pub offset: usize,
}

/// The reasons for which a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FaultKind {
    /// There is nothing but whitespace.
    #[error("the body has no JSON value")]
    Empty,
    /// The body ends inside the value.
    #[error("the JSON value is cut off")]
    Truncated,
    /// A byte stands where RFC 8259 does not allow it. A byte order mark is one (§8.1).
    #[error("the body breaks the JSON grammar")]
    Syntax,
    /// More containers are open at once than [`Limits::depth`] allows.
    #[error("the JSON value is nested too deep")]
    TooDeep,
    /// The body has more bytes than [`Limits::bytes`].
    #[error("the body is too large")]
    TooLarge,
    /// A string holds bytes that are not UTF-8 (RFC 8259 §8.1, RFC 3629).
    #[error("a JSON string is not valid UTF-8")]
    InvalidUtf8,
    /// Something other than whitespace follows the value.
    #[error("data follows the JSON value")]
    TrailingData,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_why_and_where_and_nothing_else() {
        let fault = Fault {
            kind: FaultKind::Truncated,
            offset: 12,
        };
        assert_eq!(fault.to_string(), "the JSON value is cut off at byte 12");
    }

    #[test]
    fn the_default_limits_are_16_mebibytes_and_128_containers() {
        let limits = Limits::default();
        assert_eq!((limits.bytes, limits.depth), (16_777_216, 128));
    }
}
