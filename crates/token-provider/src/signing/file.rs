//! A private key in a file, read again when the file changes. It must not know who else reads it.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use super::{KeyError, KeySource, SigningAlgorithm, SigningKey};

/// A key of 8192 bits has seven.
const LONGEST: u64 = 64 * 1024;

/// The file is looked at no more often: who asks in between gets what was found last.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a look may take before the key found last is used: a disk that hangs must not keep
/// requests.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a key that was replaced is still published: what was signed with it may be on its way,
/// and servers remember keys. Twice the life of a client's assertion.
const PUBLISHED_AFTER: Duration = Duration::from_mins(10);

/// A private key in a file: PEM, or a JWK. It is looked at when a signature is due, so that a new key
/// is used without a new definition; when what is there then cannot be used, the key before is.
///
/// The `kid` is that of the JWK, else the thumbprint (RFC 7638 §3): another key has another id.
///
/// Reads the disk at most once a second, only when asked, and on the runtime's blocking threads.
pub struct KeyFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    algorithm: Option<SigningAlgorithm>,
    held: Mutex<Held>,
    /// One look at a time: while a disk hangs, one thread does.
    looks: Arc<Semaphore>,
}

struct Held {
    current: Arc<SigningKey>,
    contents: blake3::Hash,
    /// Contents that cannot be used, and have been told of.
    refused: Option<blake3::Hash>,
    looked: Instant,
    before: Option<(Arc<SigningKey>, Instant)>,
}

/// Why a key file cannot be used. Holds nothing of what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("it cannot be read: {}", .0.kind())]
    Unreadable(#[source] io::Error),
    /// A folder, a pipe, a device: to read it may take for ever.
    #[error("it is not a regular file")]
    NotAFile,
    /// The file is too long to hold a key.
    #[error("it is longer than 64 KiB")]
    TooLong,
    /// The file holds no text.
    #[error("it is not a text")]
    NotText,
    /// The text holds no key that can be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl KeyFile {
    /// Reads the key at `path`. `algorithm` may be left out for a JWK that has an `alg`.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no key for the algorithm.
    pub fn open(
        path: impl Into<PathBuf>,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Self, KeyFileError> {
        let path = path.into();
        let text = read(&path)?;
        let held = Held {
            current: Arc::new(parse(&text, algorithm)?),
            contents: hash(&text),
            refused: None,
            looked: Instant::now(),
            before: None,
        };
        Ok(Self(Arc::new(Inner {
            path,
            algorithm,
            held: Mutex::new(held),
            looks: Arc::new(Semaphore::new(1)),
        })))
    }
}

impl Inner {
    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_due(&self) -> bool {
        self.lock().looked.elapsed() >= LOOK_EVERY
    }

    /// Another look at the file, if it is time for one. Blocks on the disk, without the lock.
    fn look(&self) {
        if !self.is_due() {
            return;
        }
        let read = read(&self.path);
        let mut held = self.lock();
        let now = Instant::now();
        held.looked = now;
        let text = match read {
            Ok(text) => text,
            Err(error) => {
                held.refuse(&self.path, blake3::hash(&[]), &error);
                return;
            }
        };
        let contents = hash(&text);
        if contents == held.contents {
            held.refused = None;
            return;
        }
        match parse(&text, self.algorithm) {
            Ok(key) => {
                let key_id = key.key_id().map(str::to_owned);
                let before = std::mem::replace(&mut held.current, Arc::new(key));
                held.before = Some((before, now));
                held.contents = contents;
                held.refused = None;
                tracing::info!(file = %self.path.display(), key_id, "the signing key has changed");
            }
            Err(error) => held.refuse(&self.path, contents, &error.into()),
        }
    }
}

impl Held {
    /// Tells of a file that cannot be used, once for the same contents.
    fn refuse(&mut self, path: &Path, contents: blake3::Hash, error: &KeyFileError) {
        if self.refused != Some(contents) {
            tracing::warn!(file = %path.display(), %error, "a changed signing key cannot be used, the one before stays in use");
        }
        self.refused = Some(contents);
    }
}

#[async_trait]
impl KeySource for KeyFile {
    fn current(&self) -> Arc<SigningKey> {
        Arc::clone(&self.0.lock().current)
    }

    fn identity(&self) -> String {
        let algorithm = self.0.algorithm.map(SigningAlgorithm::as_str);
        format!("file {} {algorithm:?}", self.0.path.display())
    }

    fn published(&self) -> Vec<Arc<SigningKey>> {
        let held = self.0.lock();
        let mut keys = vec![Arc::clone(&held.current)];
        if let Some((before, at)) = &held.before
            && at.elapsed() < PUBLISHED_AFTER
        {
            keys.push(Arc::clone(before));
        }
        keys
    }

    async fn look(&self) {
        if !self.0.is_due() {
            return;
        }
        let inner = Arc::clone(&self.0);
        let looked = async move {
            // It is never closed.
            let Ok(permit) = Arc::clone(&inner.looks).acquire_owned().await else {
                return;
            };
            let look = spawn_blocking(move || {
                inner.look();
                drop(permit);
            });
            if look.await.is_err() {
                tracing::error!("a signing key could not be looked at");
            }
        };
        if timeout(PATIENCE, looked).await.is_err() {
            tracing::warn!(
                file = %self.0.path.display(),
                "a signing key's file cannot be read in time, the key found last stays in use"
            );
        }
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyFile")
            .field("path", &self.0.path)
            .field("algorithm", &self.0.algorithm)
            .finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<SecretString, KeyFileError> {
    let mut bytes = Zeroizing::new(Vec::new());
    // Before it is opened: to open a pipe waits for somebody who writes.
    let about = std::fs::metadata(path).map_err(KeyFileError::Unreadable)?;
    if !about.is_file() {
        return Err(KeyFileError::NotAFile);
    }
    let file = std::fs::File::open(path).map_err(KeyFileError::Unreadable)?;
    let length = file.take(LONGEST + 1).read_to_end(&mut bytes);
    if length.map_err(KeyFileError::Unreadable)? as u64 > LONGEST {
        return Err(KeyFileError::TooLong);
    }
    let text = str::from_utf8(&bytes).map_err(|_| KeyFileError::NotText)?;
    Ok(SecretString::from(text))
}

fn hash(text: &SecretString) -> blake3::Hash {
    blake3::hash(text.expose_secret().as_bytes())
}

fn parse(text: &SecretString, algorithm: Option<SigningAlgorithm>) -> Result<SigningKey, KeyError> {
    let key = SigningKey::from_text(text, algorithm)?;
    if key.key_id().is_some() {
        return Ok(key);
    }
    let thumbprint = key.thumbprint();
    Ok(key.with_key_id(thumbprint))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD as STANDARD;

    use super::*;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keys");

    fn text(name: &str) -> String {
        std::fs::read_to_string(format!("{FOLDER}/{name}")).unwrap()
    }

    /// A file of this test alone.
    struct Place(tempfile::TempDir);

    impl Place {
        fn with(name: &str) -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            place.put(&text(name));
            place
        }

        fn path(&self) -> PathBuf {
            self.0.path().join("key.pem")
        }

        fn put(&self, text: &str) {
            std::fs::write(self.path(), text).unwrap();
        }

        fn open(&self) -> KeyFile {
            KeyFile::open(self.path(), Some(SigningAlgorithm::Es384)).unwrap()
        }
    }

    fn another() -> String {
        let curve = &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let pair = aws_lc_rs::signature::EcdsaKeyPair::generate(curve).unwrap();
        let der = STANDARD.encode(pair.to_pkcs8v1().unwrap());
        format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
    }

    #[tokio::test(start_paused = true)]
    async fn a_changed_file_is_the_next_key_and_both_are_published_for_a_while() {
        let place = Place::with("ec384.pkcs8.pem");
        let file = place.open();
        let identity = file.identity();
        let first = file.current();
        assert_eq!(first.key_id(), Some(first.thumbprint().as_str()));
        place.put(&another());
        file.look().await;
        assert_eq!(file.current().key_id(), first.key_id(), "not yet looked at");
        tokio::time::advance(LOOK_EVERY).await;
        file.look().await;
        let second = file.current();
        assert_ne!(second.key_id(), first.key_id());
        assert_eq!(file.identity(), identity);
        let published = |file: &KeyFile| {
            let keys = file.published().into_iter();
            keys.map(|key| key.thumbprint()).collect::<Vec<_>>()
        };
        assert_eq!(published(&file), [second.thumbprint(), first.thumbprint()]);
        tokio::time::advance(PUBLISHED_AFTER).await;
        assert_eq!(published(&file), [second.thumbprint()]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_cannot_be_used_changes_nothing() {
        let place = Place::with("ec384.pkcs8.pem");
        let file = place.open();
        let first = file.current().thumbprint();
        for broken in ["", "half a key", &text("rsa.pkcs8.pem")] {
            place.put(broken);
            tokio::time::advance(LOOK_EVERY).await;
            file.look().await;
            assert_eq!(file.current().thumbprint(), first, "{broken}");
        }
        std::fs::remove_file(place.path()).unwrap();
        tokio::time::advance(LOOK_EVERY).await;
        file.look().await;
        assert_eq!(file.current().thumbprint(), first);
        place.put(&another());
        tokio::time::advance(LOOK_EVERY).await;
        file.look().await;
        assert_ne!(file.current().thumbprint(), first);
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_pipe_in_the_place_of_the_file_keeps_nobody() {
        let place = Place::with("ec384.pkcs8.pem");
        let file = place.open();
        let first = file.current().thumbprint();
        std::fs::remove_file(place.path()).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(place.path())
            .status();
        assert!(made.unwrap().success());
        tokio::time::advance(LOOK_EVERY).await;
        file.look().await;
        assert_eq!(file.current().thumbprint(), first);
        let error = KeyFile::open(place.path(), None).unwrap_err();
        assert_eq!(error.to_string(), "it is not a regular file");
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_disk_hangs_the_key_found_last_is_used() {
        let place = Place::with("ec384.pkcs8.pem");
        let file = place.open();
        // A look that does not end.
        let _hung = Arc::clone(&file.0.looks).acquire_owned().await.unwrap();
        tokio::time::advance(LOOK_EVERY).await;
        let before = Instant::now();
        file.look().await;
        assert!(before.elapsed() <= PATIENCE * 2);
        assert_eq!(file.published().len(), 1);
    }

    #[test]
    fn what_is_no_key_at_first_is_an_error_that_shows_nothing() {
        let open = |name: &str| {
            KeyFile::open(format!("{FOLDER}/{name}"), Some(SigningAlgorithm::Es384))
                .unwrap_err()
                .to_string()
        };
        assert_eq!(open("nothing.pem"), "it cannot be read: entity not found");
        assert_eq!(
            open("encrypted.pem"),
            "the private key is encrypted: decrypt it first"
        );
        assert!(open("rsa.pkcs8.pem").starts_with("the algorithm needs"));
    }
}
