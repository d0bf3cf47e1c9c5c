//! What opens, and what does not.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::definition::{ClientAuthentication, Grant};

fn sealing(digits: &str) -> Sealing {
    let key = EncryptionKey::parse(&digits.repeat(16).into()).unwrap();
    Sealing::new(&key).unwrap()
}

fn definition(secret: &str) -> Definition {
    let client = ClientAuthentication::SecretPost {
        client_id: "id".into(),
        client_secret: secret.into(),
    };
    Definition::new("ehr", "https://sso.example/token".parse().unwrap(), client)
}

fn name(sealing: &Sealing) -> StoreKey {
    sealing.name(&definition("secret"), None)
}

const TEXT: &[u8] = b"a token that nobody may read";

fn sealed(sealing: &Sealing) -> Bytes {
    let text = Zeroizing::new(TEXT.to_vec());
    sealing.seal(&name(sealing), text).unwrap()
}

#[test]
fn what_is_sealed_opens_in_another_process_with_the_same_key() {
    let sealed = sealed(&sealing("0a1b"));
    let other = sealing("0a1b");
    assert_eq!(*other.open(&name(&other), &sealed).unwrap(), TEXT);
    let readable = |word: &[u8]| sealed.windows(word.len()).any(|window| window == word);
    assert!(!readable(b"token"));
}

#[test]
fn no_two_sealings_of_the_same_text_are_equal() {
    let one = sealing("0a1b");
    assert_ne!(sealed(&one), sealed(&one));
}

#[test]
fn an_entry_of_another_key_or_version_is_foreign() {
    let (one, other) = (sealing("0a1b"), sealing("0a1c"));
    let entry = sealed(&one);
    assert_eq!(other.open(&name(&one), &entry), Err(Unopened::Foreign));
    let mut newer = entry.to_vec();
    newer[0] += 1;
    assert_eq!(one.open(&name(&one), &newer), Err(Unopened::Foreign));
    assert_eq!(one.open(&name(&one), b""), Err(Unopened::Foreign));
}

#[test]
fn an_entry_under_another_name_or_with_a_changed_byte_is_forged() {
    let one = sealing("0a1b");
    let entry = sealed(&one);
    let elsewhere = one.name(&definition("another"), None);
    assert_eq!(one.open(&elsewhere, &entry), Err(Unopened::Forged));
    for at in HEAD..entry.len() {
        let mut changed = entry.to_vec();
        changed[at] ^= 1;
        assert_eq!(one.open(&name(&one), &changed), Err(Unopened::Forged));
    }
    for length in HEAD..entry.len() {
        assert_eq!(
            one.open(&name(&one), &entry[..length]),
            Err(Unopened::Forged)
        );
    }
}

#[test]
fn a12_a_name_is_that_of_the_definition_and_the_subject_under_one_key() {
    let (one, other) = (sealing("0a1b"), sealing("0a1c"));
    let again = sealing("0a1b");
    assert_eq!(name(&one), name(&again));
    assert_ne!(name(&one), name(&other));
    let mut password = definition("secret");
    password.grant = Grant::Password {
        username: "anna".into(),
        password: "password".into(),
    };
    let subject = |token: &str| Subject::new(token.into(), None);
    let mut names = vec![
        one.probe(),
        name(&one),
        one.name(&definition("another"), None),
        one.name(&password, None),
        one.name(&definition("secret"), Some(&subject("anna"))),
        one.name(&definition("secret"), Some(&subject("boris"))),
    ];
    names.sort_unstable_by_key(|name| *name.as_bytes());
    names.dedup();
    assert_eq!(names.len(), 6);
}
