//! The pages of a search as a backend sends them, and one Bundle from them.
//!
//! Must not know how pages are fetched. Entries are carried as bytes: nothing in one is rewritten.

mod collect;
mod page;

pub use collect::{Collected, Collection, Incomplete, Wanted, collect};
pub use page::{Entry, Mode, NotASearchset, Page, page};
