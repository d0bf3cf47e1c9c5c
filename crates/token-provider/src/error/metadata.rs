//! Which metadata an error speaks of.

use std::fmt;
use std::sync::Arc;

/// The metadata that were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Metadata {
    /// The URL of the document, made of the issuer as it is configured. Holds no secret.
    pub url: String,
    /// The issuer in the document, where it is another one than the configured one and fit for a log.
    pub issuer: Option<String>,
    /// The issuer as it is configured.
    pub configured: String,
}

impl Metadata {
    const LONGEST: usize = 256;

    /// Keeps `issuer`, which the server wrote, if it has the characters of a URL and is not long.
    pub(crate) fn new(url: String, configured: &str, issuer: Option<&str>) -> Arc<Self> {
        let fit = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'`');
        let fits = |text: &&str| text.len() <= Self::LONGEST && text.bytes().all(fit);
        Arc::new(Self {
            url,
            issuer: issuer.filter(fits).map(str::to_owned),
            configured: configured.to_owned(),
        })
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "read from `{}`", self.url)?;
        if let Some(issuer) = &self.issuer {
            let configured = &self.configured;
            write!(formatter, ", issuer `{issuer}`, configured `{configured}`")?;
        }
        Ok(())
    }
}
