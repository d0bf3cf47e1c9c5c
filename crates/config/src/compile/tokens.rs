//! Where tokens are kept.

use std::sync::Arc;

use token_provider::{EncryptionKey, EncryptionKeyError};
use token_store_redis::{Settings, SettingsError};
use url::{Host, Url};

use super::warn_of_literal;
use crate::compiled::TokenStore;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{StoreSettings, TokensSettings};

const URL_EXAMPLE: &str = "for example `rediss://redis.example:6379/0`";

/// The store that replicas share, if there is one and it has no faults.
pub(crate) fn compile(settings: &TokensSettings, report: &mut Report<'_>) -> Option<TokenStore> {
    let place = Place::ROOT.key("tokens").key("store");
    let settings = settings.store.as_ref()?;
    let encryption_key = encryption_key(settings, &place.key("encryption_key"), report);
    Some(TokenStore {
        redis: redis(settings, &place, report)?,
        encryption_key: Arc::new(encryption_key?),
    })
}

fn encryption_key(
    settings: &StoreSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<EncryptionKey> {
    warn_of_literal(place, report);
    match EncryptionKey::parse(&settings.encryption_key.0) {
        Ok(key) => Some(key),
        Err(error @ (EncryptionKeyError::Form | EncryptionKeyError::NotRandom)) => {
            let message = error.to_string().replacen("it", "the encryption key", 1);
            report.fault(place, message, "`openssl rand -base64 32` prints one");
            None
        }
    }
}

fn redis(settings: &StoreSettings, place: &Place, report: &mut Report<'_>) -> Option<Settings> {
    if settings.password.is_some() {
        warn_of_literal(&place.key("password"), report);
    }
    let Ok(url) = Url::parse(&settings.redis) else {
        report.fault(&place.key("redis"), "not an absolute URL", URL_EXAMPLE);
        return None;
    };
    let mut redis = Settings::new(url);
    redis.username.clone_from(&settings.username);
    redis.password = settings.password.as_ref().map(|secret| secret.0.clone());
    redis.prefix.clone_from(&settings.prefix);
    redis.ca = settings.ca.clone().map(String::into_bytes);
    if let Err(error) = redis.validate() {
        let (key, help) = mend(error);
        report.fault(&place.key(key), error.to_string(), help);
        return None;
    }
    if redis.is_plain() && redis.password.is_some() && !is_loopback(&redis.url) {
        report.warn(
            &place.key("redis"),
            "the password of the token store travels in the clear",
            "use `rediss://`, or a network in between that is trusted",
        );
    }
    Some(redis)
}

/// The key that breaks the rule, and how to mend it.
fn mend(error: SettingsError) -> (&'static str, &'static str) {
    match error {
        SettingsError::UserInformation => {
            ("redis", "write them as `username` and `password` beside it")
        }
        SettingsError::Password => ("username", "write `password` beside it"),
        SettingsError::Prefix => ("prefix", "for example `manifold`"),
        SettingsError::CaWithoutTls => ("ca", "use `rediss://`, or leave it out"),
        SettingsError::Ca => (
            "ca",
            "the text itself is meant: `${file:certificates/redis-ca.pem}`",
        ),
        _ => ("redis", URL_EXAMPLE),
    }
}

fn is_loopback(url: &Url) -> bool {
    // `redis` is no scheme that the URL standard knows: its hosts are not parsed as addresses.
    let host = url.host_str().unwrap_or_default();
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}
