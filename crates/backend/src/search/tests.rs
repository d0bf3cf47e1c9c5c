//! Searches over pages.
