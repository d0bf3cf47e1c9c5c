//! Messages without the secrets that they might quote.
//!
//! Messages are fixed sentences; what they quote from the file stands in backticks. There, whatever
//! holds a secret is taken out. Elsewhere only what could not be a word of ours is: a password like
//! `client` would take half of a sentence with it, and show itself by that.

use crate::grammar::is_vocabulary;

/// Shorter values are taken out only where they are all that is quoted.
const LONG: usize = 4;
/// Values of this length are taken out even from within a word.
const VERY_LONG: usize = 8;

const CONCEALED: &str = "…";

/// `message` without the values of `secrets`, the longest of which come first.
pub(super) fn conceal(message: &str, secrets: &[String]) -> String {
    let mut concealed = message.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        if secret.contains('`') {
            concealed = concealed.replace(secret.as_str(), CONCEALED);
        }
    }
    let parts = concealed.split('`').enumerate().map(|(index, part)| {
        if index % 2 == 1 {
            quoted(part, secrets)
        } else {
            unquoted(part, secrets)
        }
    });
    parts.collect::<Vec<_>>().join("`")
}

/// `path` without those of its keys that are secrets, or hold one.
pub(super) fn conceal_keys(path: &str, secrets: &[String]) -> String {
    let long = secrets
        .iter()
        .filter(|secret| secret.chars().count() >= LONG && !is_vocabulary(secret));
    long.fold(path.to_owned(), |path, secret| {
        path.replace(secret.as_str(), CONCEALED)
    })
}

fn quoted(part: &str, secrets: &[String]) -> String {
    let mut part = part.to_owned();
    // The grammar's own words say nothing, even where they are somebody's password.
    for secret in secrets.iter().filter(|secret| !is_vocabulary(secret)) {
        let length = secret.chars().count();
        if part == *secret {
            CONCEALED.clone_into(&mut part);
        } else if length >= VERY_LONG {
            part = part.replace(secret.as_str(), CONCEALED);
        } else if length >= LONG {
            part = replace_words(&part, secret);
        }
    }
    part
}

fn unquoted(part: &str, secrets: &[String]) -> String {
    let could_be_ours = |secret: &str| {
        secret
            .chars()
            .all(|character| character.is_ascii_lowercase() || character == ' ')
    };
    secrets
        .iter()
        .filter(|secret| secret.chars().count() >= LONG && !could_be_ours(secret))
        .fold(part.to_owned(), |part, secret| {
            part.replace(secret.as_str(), CONCEALED)
        })
}

/// Takes `secret` out where it is not part of a longer word.
fn replace_words(text: &str, secret: &str) -> String {
    let in_word = |character: Option<char>| {
        character.is_some_and(|character| character.is_alphanumeric() || character == '_')
    };
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(secret) {
        let previous = before
            .chars()
            .next_back()
            .or_else(|| replaced.chars().next_back());
        let alone = !in_word(previous) && !in_word(after.chars().next());
        replaced.push_str(before);
        replaced.push_str(if alone { CONCEALED } else { secret });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::conceal;

    #[test]
    fn secrets_are_taken_out_of_what_is_quoted_and_our_own_words_stay() {
        for (secret, message, expected) in [
            (
                "hunter2",
                "unknown key `hunter2` in a client",
                "unknown key `…` in a client",
            ),
            ("hunter2", "the header `x-hunter2`", "the header `x-…`"),
            ("hunter2hunter2", "`xhunter2hunter2`", "`x…`"),
            (
                "the",
                "the client `portal` of `the`",
                "the client `portal` of `…`",
            ),
            (
                "secret",
                "`oauth2` needs `client_secret`",
                "`oauth2` needs `client_secret`",
            ),
            ("token", "did you mean `token`?", "did you mean `token`?"),
            (
                "abc",
                "known here: `abcd` and `abc`",
                "known here: `abcd` and `…`",
            ),
            ("P4ssw0rd", "not a path: P4ssw0rd", "not a path: …"),
            ("a`b`c", "unknown key `a`b`c` here", "unknown key `…` here"),
        ] {
            assert_eq!(conceal(message, &[secret.to_owned()]), expected);
        }
    }
}
