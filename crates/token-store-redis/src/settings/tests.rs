//! Which settings are refused.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn settings(url: &str) -> Settings {
    Settings::new(url.parse().unwrap())
}

fn fault(settings: &Settings) -> Option<SettingsError> {
    settings.validate().err()
}

#[test]
fn a_url_says_where_and_nothing_else() {
    use SettingsError::{Database, Host, QueryOrFragment, Scheme, UserInformation};
    for (url, expected) in [
        ("redis://127.0.0.1", None),
        ("redis://redis.example:6380/15", None),
        ("rediss://[::1]:6379/", None),
        ("https://redis.example", Some(Scheme)),
        ("valkey://redis.example", Some(Scheme)),
        ("redis:///0", Some(Host)),
        ("redis://anna@redis.example", Some(UserInformation)),
        ("redis://:secret@redis.example", Some(UserInformation)),
        ("rediss://redis.example#insecure", Some(QueryOrFragment)),
        (
            "redis://redis.example?protocol=resp3",
            Some(QueryOrFragment),
        ),
        ("redis://redis.example/tokens", Some(Database)),
        ("redis://redis.example/0/1", Some(Database)),
    ] {
        assert_eq!(fault(&settings(url)), expected, "{url}");
    }
}

#[test]
fn a_user_needs_a_password_and_a_prefix_is_short_and_plain() {
    let mut one = settings("redis://redis.example");
    one.username = Some("anna".into());
    assert_eq!(fault(&one), Some(SettingsError::Password));
    one.password = Some("secret".into());
    assert_eq!(fault(&one), None);
    for prefix in ["", "two words", "{a}", "line\n", &"a".repeat(65)] {
        one.prefix = prefix.to_owned();
        assert_eq!(fault(&one), Some(SettingsError::Prefix), "{prefix}");
    }
}

#[test]
fn authorities_are_certificates_and_need_tls() {
    for (url, expected) in [
        ("redis://redis.example", SettingsError::CaWithoutTls),
        ("rediss://redis.example", SettingsError::Ca),
    ] {
        for ca in [
            "",
            "no certificate",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let mut one = settings(url);
            one.ca = Some(ca.into());
            assert_eq!(fault(&one), Some(expected), "{url} {ca}");
        }
    }
}

#[test]
fn debug_shows_no_secret() {
    let mut one = settings("redis://redis.example");
    one.username = Some("the-user".into());
    one.password = Some("the-password".into());
    let text = format!("{one:?}");
    assert!(!text.contains("the-"), "{text}");
}
