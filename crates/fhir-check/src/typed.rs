//! The one call into the typed model, and nothing else: it is what makes this crate slow to compile.
//!
//! Only [`DeserializationMode::Strict`] may ever stand here. The other two modes loop for ever on an
//! unknown element that holds an array.

use fhirbolt::{
    json,
    model::r4::Resource,
    serde::{DeserializationConfig, DeserializationMode},
};

/// Reads the resource into the R4 model and drops it.
///
/// # Errors
/// The parser's own error. Its text quotes values and must not leave this crate.
pub(crate) fn check_r4(resource: &[u8]) -> Result<(), serde_json::Error> {
    let config = DeserializationConfig {
        mode: DeserializationMode::Strict,
    };
    json::from_slice::<Resource>(resource, Some(config)).map(drop)
}
