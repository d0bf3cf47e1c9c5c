//! The keys that a credential's assertions are signed with, as they are published.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use token_provider::{
    Assertion, AssertionAudience, ClientAuthentication, Definition, Grant, KeyFile, KeyFileError,
    KeySource, SigningAlgorithm, SigningKey,
};

use crate::redaction::Log;
use crate::support::{definition, house_for, pass, token};

/// A key that somebody has replaced: the new one is found by a look.
struct Replaced {
    keys: [Arc<SigningKey>; 2],
    looked: AtomicBool,
}

impl Replaced {
    fn source(old: &str, new: &str) -> Arc<dyn KeySource> {
        let jwk = || include_str!("../keys/ec256.jwk.json").into();
        let key = |id: &str| {
            let key = SigningKey::from_jwk(&jwk(), Some(SigningAlgorithm::Es256)).unwrap();
            Arc::new(key.with_key_id(id))
        };
        Arc::new(Self {
            keys: [key(old), key(new)],
            looked: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl KeySource for Replaced {
    fn current(&self) -> Arc<SigningKey> {
        let index = usize::from(self.looked.load(Ordering::Relaxed));
        Arc::clone(&self.keys[index])
    }

    fn identity(&self) -> String {
        "replaced".into()
    }

    async fn look(&self) {
        self.looked.store(true, Ordering::Relaxed);
    }
}

async fn published(definition: Definition) -> Vec<String> {
    let house = house_for(definition, |n| token(n, 60));
    let keys = house.source.published_keys().await;
    keys.iter()
        .map(|key| key.key_id().unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_client_and_grant_are_published_as_they_are_now() {
    let client = ClientAuthentication::PrivateKeyJwt {
        client_id: "id".into(),
        key: Replaced::source("client-1", "client-2"),
        audience: AssertionAudience::TokenUrl,
    };
    let assertion = || Assertion::new(Replaced::source("grant-1", "grant-2"), "issuer");
    let grant = || Grant::JwtBearer(Box::new(assertion()));
    let by_secret = definition("ehr");
    let by_key = Definition {
        client,
        ..by_secret.clone()
    };
    assert_eq!(published(by_key.clone()).await, ["client-2"]);
    let with_grant = Definition {
        grant: grant(),
        ..by_secret.clone()
    };
    assert_eq!(published(with_grant).await, ["grant-2"]);
    let with_both = Definition {
        grant: grant(),
        ..by_key
    };
    assert_eq!(published(with_both).await, ["client-2", "grant-2"]);
    assert!(published(by_secret).await.is_empty());
}

const PEM: &str = include_str!("../keys/ec384.pkcs8.pem");

fn open(path: &Path) -> Result<KeyFile, KeyFileError> {
    KeyFile::open(path, Some(SigningAlgorithm::Es384))
}

#[tokio::test(start_paused = true)]
async fn a_key_file_that_cannot_be_used_is_told_of_once_for_what_is_in_it() {
    let log = Log::listen();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("told-of-once.pem");
    std::fs::write(&path, PEM).unwrap();
    let file = open(&path).unwrap();
    let told = async |contents: Option<&str>| {
        match contents {
            Some(contents) => std::fs::write(&path, contents).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        for _ in 0..3 {
            pass(1.0).await;
            file.look().await;
        }
        let text = log.text();
        let warnings = text
            .lines()
            .filter(|line| line.contains("WARN") && line.contains(&path.display().to_string()));
        warnings.count()
    };
    assert_eq!(told(Some("")).await, 1);
    assert_eq!(told(Some("half a key")).await, 2);
    assert_eq!(told(Some(PEM)).await, 2);
    assert_eq!(told(Some("half a key")).await, 3);
    assert_eq!(told(None).await, 4);
}

#[test]
fn a_key_file_has_at_most_64_kib() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.pem");
    let padded = |length: usize| {
        std::fs::write(&path, format!("{PEM}{}", "\n".repeat(length - PEM.len()))).unwrap();
        open(&path)
    };
    assert!(padded(64 * 1024).is_ok());
    let error = padded(64 * 1024 + 1).unwrap_err();
    assert_eq!(error.to_string(), "it is longer than 64 KiB");
}

#[test]
fn another_key_file_is_another_credential() {
    let folder = tempfile::tempdir().unwrap();
    let signed_by = |name: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, PEM).unwrap();
        let client = ClientAuthentication::PrivateKeyJwt {
            client_id: "id".into(),
            key: Arc::new(open(&path).unwrap()),
            audience: AssertionAudience::TokenUrl,
        };
        let definition = Definition {
            client,
            ..definition("ehr")
        };
        definition.key()
    };
    assert_eq!(signed_by("a.pem"), signed_by("a.pem"));
    assert_ne!(signed_by("a.pem"), signed_by("b.pem"));
}
