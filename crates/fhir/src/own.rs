//! Documents of our own as checked JSON. Must not be given a foreign type.

use json::CheckedJson;
use serde::Serialize;

/// The document. Strings, numbers, lists and structs of them cannot fail to serialise; were one to
/// fail, it would read `null`.
pub(crate) fn json<T: Serialize + ?Sized>(document: &T) -> CheckedJson {
    CheckedJson::serialize(document).unwrap_or_else(|_| CheckedJson::null())
}
