//! JSON checked once as it arrives and carried as bytes.
//!
//! [`Checker`] looks at every byte of a body exactly once, while it is being read, and yields a
//! [`CheckedJson`]: the same bytes, not copied, known to be one complete JSON value (RFC 8259).
//! [`members`], [`elements`] and [`Path`] find values in those bytes without building a tree, and
//! [`Splice`] joins checked values into a new one without copying the large ones.
//!
//! Numbers, escapes, duplicate names and the order of members are never touched: what a backend
//! wrote is what a client reads. This crate must not know HTTP, FHIR or where bytes come from.
//!
//! ```
//! use bytes::Bytes;
//! use json::{Checker, Limits, Path, Splice};
//!
//! let mut checker = Checker::new(Limits::default());
//! checker.feed(Bytes::from_static(b"{ \"value\": 1."))?;
//! checker.feed(Bytes::from_static(b"00, \"unit\": \"mg\" }"))?;
//! let dose = checker.finish()?;
//! assert_eq!(dose.select(&Path::parse("value")?)?.bytes(), "1.00");
//!
//! let mut answer = Splice::object();
//! answer.member("dose", dose);
//! assert_eq!(answer.finish().bytes(), r#"{"dose":{ "value": 1.00, "unit": "mg" }}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod checked;
mod fault;
mod kind;
mod scan;
mod select;
mod slices;
mod splice;

pub use check::Checker;
pub use checked::{CheckedElements, CheckedJson, CheckedMembers};
pub use fault::{Fault, FaultKind, Limits};
pub use kind::{Kind, kind};
pub use select::path::{Missing, MissingReason, Path, PathFault, PathFaultKind, Step};
pub use select::text::string;
pub use select::{Elements, Members, elements, member, members};
pub use splice::key::Key;
pub use splice::{Array, Object, Splice};
