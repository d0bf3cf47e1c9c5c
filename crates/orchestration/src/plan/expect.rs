//! What a call's answer must be and how it is read. The same for every request, so that requests
//! share it.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

/// What counts as an answer, and how it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Expect {
    /// How the body is read.
    pub reading: Reading,
    /// The one resource that the answer must be.
    pub resource: Option<Resource>,
    /// Statuses that are success; empty: every 2xx but 206.
    pub success: Vec<u16>,
    /// Statuses that mean that the thing does not exist.
    pub absent: Vec<u16>,
    /// Headers that are kept for whoever refers to them, [`crate::Extra::headers`].
    pub keep_headers: Vec<HeaderName>,
    /// For how long its backend's cache keeps the answer of a read; `None`: it is not kept.
    pub cache: Option<Caching>,
}

/// How answers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caching {
    /// How long an answer is taken for what its backend would say.
    pub ttl: Duration,
    /// For how long after that it is taken when its backend fails.
    pub stale_if_error: Duration,
    /// What one client was answered is the answer for every other, too.
    pub shared: bool,
    /// How long a request may take for which several may wait: as long as its call.
    pub timeout: Duration,
}

/// How the body of an answer is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reading {
    /// One JSON document.
    #[default]
    Json,
    /// A search result in pages, read up to both caps into one.
    Pages {
        /// What is searched: an entry of another type that does not say what it is was included.
        searched: String,
        /// Most pages to read.
        pages: u32,
        /// Most entries to keep.
        entries: u32,
    },
    /// Bytes, passed on unread.
    Opaque {
        /// What is asked for.
        accept: HeaderValue,
        /// What may come: media types in lower case, `*/*` and `type/*` among them.
        media_types: Vec<String>,
    },
}

/// The one resource that an answer must be: another one under its name is harm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// Its type.
    pub kind: String,
    /// Which part of [`crate::Call::path`] is its id.
    pub id: usize,
    /// Which part of [`crate::Call::path`] is its version, where one is asked for.
    pub version: Option<usize>,
}

impl Reading {
    /// Whether a file of type `media_type` (with or without parameters) was asked for. JSON is its
    /// reader's business.
    #[must_use]
    pub fn takes(&self, media_type: &str) -> bool {
        let Self::Opaque { media_types, .. } = self else {
            return true;
        };
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        let group = essence.split('/').next().unwrap_or_default();
        media_types
            .iter()
            .any(|wanted| match wanted.strip_suffix("/*") {
                Some("*") => true,
                Some(wanted) => wanted == group,
                None => *wanted == essence,
            })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::Reading;

    #[test]
    fn a_file_is_taken_by_its_media_type_or_the_group_of_it() {
        let reading = |types: &[&str]| Reading::Opaque {
            accept: HeaderValue::from_static("*/*"),
            media_types: types.iter().map(|&kind| kind.to_owned()).collect(),
        };
        for (types, media_type, expected) in [
            (["application/pdf"], "Application/PDF; version=1.7", true),
            (["application/pdf"], "application/json", false),
            (["image/*"], "image/png", true),
            (["image/*"], "imagery/png", false),
            (["*/*"], "application/dicom", true),
            (["application/pdf"], "", false),
        ] {
            assert_eq!(reading(&types).takes(media_type), expected, "{media_type}");
        }
        assert!(Reading::Json.takes("text/plain"));
    }
}
