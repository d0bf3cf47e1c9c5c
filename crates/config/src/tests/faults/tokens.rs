//! Faults of the store that replicas share tokens in.

use super::{Row, check, lines};

const KEY: &str = "0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b";

/// With `KEY` for a key of 32 bytes.
const ROWS: &[Row] = &[
    ("tokens: {}", &[]),
    (
        "tokens: { store: { redis: \"rediss://redis.example\", encryption_key: KEY } }",
        &[],
    ),
    (
        "tokens: { stor: {} }",
        &["1:11 unknown key `stor` in `tokens` | did you mean `store`?"],
    ),
    (
        "tokens: { store: { redis: somewhere, encryption_key: KEY } }",
        &["1:27 not an absolute URL | for example `rediss://redis.example:6379/0`"],
    ),
    (
        "tokens: { store: { redis: \"https://redis.example\", encryption_key: KEY } }",
        &[
            "1:27 the URL is neither redis:// nor rediss:// | for example `rediss://redis.example:6379/0`",
        ],
    ),
    (
        "tokens: { store: { redis: \"redis://:hidden@redis.example\", encryption_key: KEY } }",
        &[
            "1:27 the URL holds a user name or a password | write them as `username` and `password` beside it",
        ],
    ),
    (
        "tokens: { store: { redis: \"rediss://redis.example#insecure\", encryption_key: KEY } }",
        &["1:27 the URL has a query or a fragment | for example `rediss://redis.example:6379/0`"],
    ),
    (
        "tokens: { store: { redis: \"redis://localhost\", username: anna, encryption_key: KEY } }",
        &["1:58 a user name needs a password | write `password` beside it"],
    ),
    (
        "tokens: { store: { redis: \"redis://localhost\", prefix: \"a b\", encryption_key: KEY } }",
        &[
            "1:56 the prefix is not 1 to 64 letters, digits, `-`, `_`, `.` or `:` | for example `manifold`",
        ],
    ),
    (
        "tokens: { store: { redis: \"rediss://localhost\", ca: certificates/ca.pem, encryption_key: KEY } }",
        &[
            "1:53 the authorities are not PEM certificates | the text itself is meant: `${file:certificates/redis-ca.pem}`",
        ],
    ),
    (
        "tokens: { store: { redis: \"redis://localhost\", ca: x, encryption_key: KEY } }",
        &["1:52 authorities are for rediss:// only | use `rediss://`, or leave it out"],
    ),
    (
        "tokens: { store: { redis: \"redis://localhost\", encryption_key: abcd } }",
        &[
            "1:64 the encryption key is not 32 bytes in base64, nor 64 hexadecimal digits | `openssl rand -base64 32` prints one",
        ],
    ),
    (
        "tokens: { store: { redis: \"redis://localhost\", encryption_key: \"0000000000000000000000000000000000000000000000000000000000000000\" } }",
        &[
            "1:64 the encryption key is not random: all its bytes are the same | `openssl rand -base64 32` prints one",
        ],
    ),
];

#[test]
fn what_is_wrong_with_the_token_store_is_told_at_its_place() {
    check(ROWS, |text| lines(&text.replace("KEY", KEY)));
}

#[test]
fn a_password_that_travels_in_the_clear_and_secrets_in_the_file_are_warned_about() {
    let warnings = |url: &str| {
        let text = format!(
            "tokens: {{ store: {{ redis: \"{url}\", password: hidden-word, encryption_key: {KEY} }} }}"
        );
        let configuration = super::read(&text).unwrap();
        let shown = format!("{configuration:?}");
        assert!(
            !shown.contains("hidden-word") && !shown.contains(KEY),
            "{shown}"
        );
        (
            shown.matches("a secret is written in the file").count(),
            shown.matches("travels in the clear").count(),
        )
    };
    for (url, clear) in [
        ("redis://redis.example", 1),
        ("redis://192.0.2.1:6379", 1),
        ("rediss://redis.example", 0),
        ("redis://localhost", 0),
        ("redis://127.0.0.1/1", 0),
        ("redis://[::1]:6379", 0),
    ] {
        assert_eq!(warnings(url), (2, clear), "{url}");
    }
}
