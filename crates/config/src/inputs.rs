//! What a configuration was read from, and whether that has changed since: the files themselves, those
//! that its `${file:…}` insert, which files a folder holds, and of a faulty one the certificates and keys
//! that it names. (Of one that is used these are looked after by those who use them.)
//!
//! Contents are compared, not clocks: neither a clock nor the way in which a file was replaced (an
//! editor's rename, a mounted volume's swapped link) hides a change, and on a network's file system,
//! which announces nothing, it is found as well. It must not know what the files mean.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use blake3::Hash;

use crate::interpolate::{FILE_LIMIT, open};
use crate::load::{SIZE_LIMIT, files_of};

/// What was read, by its hash. Equal ones were read from equal files.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    root: PathBuf,
    /// The texts of the configuration; `None`: could not be read.
    texts: BTreeMap<PathBuf, Option<Hash>>,
    /// The files that texts insert: secrets, mostly.
    values: Seen,
    /// The files that a faulty configuration names.
    named: Seen,
}

/// Files that hold a value, by their hash.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen(BTreeMap<PathBuf, Option<Hash>>);

impl Seen {
    /// Notes what stands in the file now.
    pub(crate) fn look(&mut self, path: &Path) {
        let contents = contents(open(path), FILE_LIMIT);
        self.0.insert(path.to_owned(), contents);
    }

    /// The same files as they are now.
    fn again(&self) -> Self {
        let mut again = Self::default();
        self.0.keys().for_each(|path| again.look(path));
        again
    }
}

impl Inputs {
    /// Nothing read yet of the configuration at `root`.
    pub(crate) fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            ..Self::default()
        }
    }

    /// The file or folder that was asked for.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn note_text(&mut self, path: &Path, text: Option<&str>) {
        let text = text.filter(|text| text.len() <= SIZE_LIMIT);
        self.texts.insert(path.to_owned(), text.map(hash));
    }

    pub(crate) fn note_value(&mut self, path: &Path, text: Option<&str>) {
        self.values.0.insert(path.to_owned(), text.map(hash));
    }

    /// The configuration is faulty, and names these files.
    pub(crate) fn note_named(&mut self, named: Seen) {
        self.named = named;
    }

    /// The same files as they are now. Blocks on the disk.
    #[must_use]
    pub fn look(&self) -> Self {
        let texts = if self.root.is_dir() {
            files_of(&self.root).unwrap_or_default()
        } else {
            vec![self.root.clone()]
        };
        let text = |path: PathBuf| {
            let contents = contents(open(&path), SIZE_LIMIT as u64);
            (path, contents)
        };
        Self {
            root: self.root.clone(),
            texts: texts.into_iter().map(text).collect(),
            values: self.values.again(),
            named: self.named.again(),
        }
    }

    /// Names the configuration's text: twelve hexadecimal digits, equal on all replicas that run it.
    /// Inserted values are no part of it: whoever knows the text could try what a short secret is.
    #[must_use]
    pub fn revision(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for text in self.texts.values().flatten() {
            hasher.update(text.as_bytes());
        }
        hasher.finalize().to_hex().chars().take(12).collect()
    }
}

/// Without the hashes: those of secrets must not be shown.
impl std::fmt::Debug for Seen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Without the hashes, too.
impl std::fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Inputs")
            .field("texts", &self.texts.keys())
            .field("values", &self.values)
            .field("named", &self.named)
            .finish_non_exhaustive()
    }
}

fn hash(text: &str) -> Hash {
    blake3::hash(text.as_bytes())
}

/// What stands in a file now; `None`, as a load notes it: it cannot be read, holds no text, or more
/// than `limit` bytes. Were the two to differ, a change would be seen for ever.
fn contents(file: std::io::Result<File>, limit: u64) -> Option<Hash> {
    let mut text = String::new();
    // Reading `/dev/zero` must end.
    let read = file.ok()?.take(limit + 1).read_to_string(&mut text).ok()?;
    (u64::try_from(read).ok()? <= limit).then(|| hash(&text))
}

#[cfg(test)]
mod tests;
