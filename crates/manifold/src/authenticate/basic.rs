//! Basic credentials as they stand in an `Authorization` header (RFC 7617 §2).
//!
//! Must not know users: it decodes, it does not judge.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

/// A user name and a password in UTF-8, wiped when dropped.
pub(super) struct Credentials {
    text: Zeroizing<Vec<u8>>,
    colon: usize,
}

impl Credentials {
    /// Reads `Basic` and base64 of `name:password`; the scheme's case does not matter and the
    /// password may hold colons. `None` for another scheme, malformed base64, text that is not
    /// UTF-8, control characters (RFC 7617 §2 forbids them) and text without a colon.
    pub(super) fn decode(header: &[u8]) -> Option<Self> {
        let (scheme, rest) = header.split_at_checked(b"Basic ".len())?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return None;
        }
        let text = Zeroizing::new(STANDARD.decode(rest.trim_ascii()).ok()?);
        let characters = std::str::from_utf8(&text).ok()?;
        if characters.chars().any(char::is_control) {
            return None;
        }
        let colon = characters.find(':')?;
        Some(Self { text, colon })
    }

    /// What stands before the first colon.
    pub(super) fn username(&self) -> &str {
        self.text
            .get(..self.colon)
            .and_then(|name| std::str::from_utf8(name).ok())
            .unwrap_or_default()
    }

    /// What stands after the first colon.
    pub(super) fn password(&self) -> &[u8] {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(header: &str) -> Option<(String, String)> {
        let credentials = Credentials::decode(header.as_bytes())?;
        let password = String::from_utf8_lossy(credentials.password()).into_owned();
        Some((credentials.username().to_owned(), password))
    }

    #[test]
    fn a27_utf_8_and_colons_in_the_password_work() {
        for (name, password) in [
            ("portal", "pass:wo:rd"),
            ("zoë", "пароль £"),
            ("test", ""),
            ("", "x"),
        ] {
            for scheme in ["Basic", "basic", "BASIC"] {
                let header = format!("{scheme} {}", STANDARD.encode(format!("{name}:{password}")));
                assert_eq!(
                    decode(&header),
                    Some((name.to_owned(), password.to_owned()))
                );
            }
        }
    }

    #[test]
    fn anything_malformed_is_refused() {
        let control = format!("Basic {}", STANDARD.encode("a:b\u{0}"));
        let latin = format!("Basic {}", STANDARD.encode(b"a:\xe4"));
        let colonless = format!("Basic {}", STANDARD.encode("portal"));
        for header in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!",
            "Bearer YTpi",
            "Basic YTpi YTpi",
            "BasicYTpi",
            "Basic YTpi=",
            "Bäsic YTpi",
            &control,
            &latin,
            &colonless,
        ] {
            assert_eq!(decode(header), None, "{header}");
        }
    }
}
