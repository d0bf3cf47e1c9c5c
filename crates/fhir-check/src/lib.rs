//! The typed structural check of FHIR resources: does this JSON have the shape its release gives it?
//!
//! Knows `fhirbolt`, and is the only crate that may name it. It must not know bundles, HTTP, or
//! configuration, and it never returns the parsed resource: others' data is carried as bytes.
//!
//! What passes has only known elements, the required ones among them, each with the right JSON type.
//! Codes, dates, invariants, references and profiles are not looked at, and one object where an
//! array of objects belongs is let through.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod finding;
mod scan;
mod stack;
mod typed;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use finding::{FaultClass, Finding};

/// The largest resource that is checked, in bytes (4 MiB); a larger one is [`FaultClass::TooLarge`].
pub const MAX_RESOURCE_BYTES: usize = 4 * 1024 * 1024;

/// The deepest nesting of objects and arrays that is checked; more is [`FaultClass::TooDeep`].
///
/// Real resources stay below 20 levels.
pub const MAX_DEPTH: usize = 64;

/// A FHIR release that resources can be checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Release {
    /// FHIR R4, 4.0.1.
    R4,
}

/// Checks one resource against the structure of its type.
///
/// Give it each entry's resource of a Bundle by itself and add the index with
/// [`Finding::at_entry`]: the parser below knows no paths, and a whole Bundle would say only that
/// something in it is wrong.
///
/// This is work for a blocking pool: it reads 12 to 15 MB/s where this crate is compiled without
/// optimisation (the `dev` and `release` profiles), 50 to 70 MB/s in the `dist` profile.
///
/// # Errors
/// The first [`Finding`], without an entry. Nothing in it is a value from the resource.
pub fn check(release: Release, resource: &[u8]) -> Result<(), Finding> {
    if resource.len() > MAX_RESOURCE_BYTES {
        return Err(Finding::of(FaultClass::TooLarge));
    }
    // The typed parser stops after the first value: what follows it would pass unseen.
    serde_json::from_slice::<serde::de::IgnoredAny>(resource)
        .map_err(|_| Finding::of(FaultClass::Malformed))?;
    let scan = scan::scan(resource);
    if scan.depth > MAX_DEPTH {
        return Err(Finding::of(FaultClass::TooDeep));
    }
    if let Some(name) = scan.empty {
        return Err(Finding::named(FaultClass::EmptyElement, name));
    }
    stack::with_room_for(scan.depth, || match release {
        Release::R4 => typed::check_r4(resource),
    })
    .ok_or(Finding::of(FaultClass::Other))?
    .map_err(|error| finding::read(&error))
}
