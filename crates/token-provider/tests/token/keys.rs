//! The keys that a credential's assertions are signed with, as they are published.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use token_provider::{
    Assertion, AssertionAudience, ClientAuthentication, Definition, Grant, KeySource,
    SigningAlgorithm, SigningKey,
};

use crate::support::{definition, house_for, token};

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
