//! `manifold hash`: secrets in, what a configuration keeps of them out.

use std::io::Read;
use std::process::ExitCode;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use aws_lc_rs::digest::{SHA256, digest};
use clap::{Args, ValueEnum};
use secrecy::zeroize::Zeroizing;

use super::{Failed, say, tell};

#[derive(Debug, Args)]
pub(super) struct HashArguments {
    /// What to hash
    kind: Kind,
    /// Make a random secret instead of reading one from standard input
    #[arg(long)]
    generate: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A password: argon2id, for `password_hash`
    Password,
    /// An API key: SHA-256, for `sha256`
    Key,
}

pub(super) fn hash(arguments: &HashArguments) -> Result<ExitCode, Failed> {
    let secret = if arguments.generate {
        generate()?
    } else {
        read()?
    };
    let hash = match arguments.kind {
        Kind::Password => password(&secret)?,
        Kind::Key => key(&secret),
    };
    if arguments.generate {
        say(&format!("secret, shown once: {}", secret.as_str()));
    }
    tell(&hash)
}

/// An argon2id PHC string with the parameters that OWASP recommends (19 MiB, 2 passes, 1 lane).
pub(super) fn password(secret: &str) -> Result<String, Failed> {
    let hash = Argon2::default().hash_password(secret.as_bytes());
    Ok(hash
        .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))?
        .to_string())
}

/// SHA-256 in hexadecimal. Enough for keys, which are long and random.
pub(super) fn key(secret: &str) -> String {
    use std::fmt::Write;
    digest(&SHA256, secret.as_bytes())
        .as_ref()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            write!(hex, "{byte:02x}").ok();
            hex
        })
}

/// 192 random bits.
fn generate() -> Result<Zeroizing<String>, Failed> {
    use base64::Engine;
    let mut bytes = Zeroizing::new([0; 24]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|_| anyhow::anyhow!("the system has no random bytes"))?;
    Ok(Zeroizing::new(
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes.as_slice()),
    ))
}

/// The secret: typed twice and not shown where standard input is a terminal, else its one line.
fn read() -> Result<Zeroizing<String>, Failed> {
    use std::io::IsTerminal;
    if std::io::stdin().is_terminal() {
        let typed = Zeroizing::new(rpassword::prompt_password("secret (not shown): ")?);
        let again = Zeroizing::new(rpassword::prompt_password("once more: ")?);
        return typed_twice(typed, &again);
    }
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text)?;
    one_line(&text)
}

fn typed_twice(typed: Zeroizing<String>, again: &str) -> Result<Zeroizing<String>, Failed> {
    if typed.is_empty() || typed.as_str() != again {
        let why = if typed.is_empty() {
            "nothing was typed"
        } else {
            "the two are not the same"
        };
        return Err(anyhow::anyhow!("{why}: no hash was made").into());
    }
    Ok(typed)
}

/// The line without its end.
fn one_line(text: &str) -> Result<Zeroizing<String>, Failed> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains('\n') {
        return Err(anyhow::anyhow!("standard input must hold one secret in one line").into());
    }
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Zeroizing, one_line, typed_twice};

    #[test]
    fn a_secret_is_one_line_or_typed_twice_alike() {
        for (text, expected) in [
            ("demo-key\n", Some("demo-key")),
            (" pass word \r\n", Some(" pass word ")),
            ("", None),
            ("\n", None),
            ("two\nlines\n", None),
        ] {
            let line = one_line(text).ok();
            assert_eq!(line.as_ref().map(|line| line.as_str()), expected);
        }
        for (typed, again, accepted) in [("a", "a", true), ("a", "b", false), ("", "", false)] {
            let typed = Zeroizing::new(typed.to_owned());
            assert_eq!(typed_twice(typed, again).is_ok(), accepted);
        }
    }
}
