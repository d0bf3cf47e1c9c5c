//! Where tokens are fetched: a URL, or where to find it. Only how to write the address of a metadata
//! document is known here, not what stands in one.

use url::Url;

/// Where tokens are fetched. `Debug` is that of [`Definition`](super::Definition): hosts only.
#[derive(Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// At this token endpoint (RFC 6749 §3.2): nothing is discovered.
    Token(Url),
    /// At the token endpoint that the server's metadata names. They are read before the first fetch
    /// and once an hour.
    Discover {
        /// The issuer, exactly as the metadata write it, trailing slash included; for
        /// [`DiscoveryKind::Smart`] the base below which they stand.
        issuer: String,
        /// Which document is read.
        kind: DiscoveryKind,
    },
}

/// Which metadata document names the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DiscoveryKind {
    /// `/.well-known/oauth-authorization-server`, put between host and path (RFC 8414 §3.1).
    AuthorizationServer,
    /// `/.well-known/openid-configuration` after the issuer (OIDC Discovery §4).
    OpenIdProvider,
    /// `/.well-known/smart-configuration` after a base URL (SMART App Launch §8). Its `issuer` is
    /// that of identity tokens, not the base, and is not compared.
    Smart,
}

impl Endpoint {
    /// The host that is asked first.
    pub(crate) fn host(&self) -> Option<String> {
        let host = |url: &Url| url.host_str().map(String::from);
        match self {
            Self::Token(url) => host(url),
            Self::Discover { issuer, .. } => Url::parse(issuer).ok().as_ref().and_then(host),
        }
    }
}

impl DiscoveryKind {
    /// The name of the kind in a definition's identity.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationServer => "oauth-authorization-server",
            Self::OpenIdProvider => "openid-configuration",
            Self::Smart => "smart-configuration",
        }
    }

    /// The document's address; `None` when `issuer` is no URL.
    pub(crate) fn document(self, issuer: &str) -> Option<Url> {
        let mut url = Url::parse(issuer).ok()?;
        let path = url.path().trim_end_matches('/').to_owned();
        let name = self.as_str();
        url.set_path(&match self {
            Self::AuthorizationServer => format!("/.well-known/{name}{path}"),
            Self::OpenIdProvider | Self::Smart => format!("{path}/.well-known/{name}"),
        });
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f48_the_document_stands_where_its_kind_puts_it() {
        use DiscoveryKind::{AuthorizationServer, OpenIdProvider, Smart};
        for (kind, issuer, document) in [
            (
                AuthorizationServer,
                "https://sso.example",
                "https://sso.example/.well-known/oauth-authorization-server",
            ),
            (
                AuthorizationServer,
                "https://sso.example/a/b/",
                "https://sso.example/.well-known/oauth-authorization-server/a/b",
            ),
            (
                OpenIdProvider,
                "https://sso.example/realms/my.realm",
                "https://sso.example/realms/my.realm/.well-known/openid-configuration",
            ),
            (
                OpenIdProvider,
                "https://tenant.example/",
                "https://tenant.example/.well-known/openid-configuration",
            ),
            (
                Smart,
                "https://ehr.example/fhir/",
                "https://ehr.example/fhir/.well-known/smart-configuration",
            ),
        ] {
            let found = kind.document(issuer).map(String::from);
            assert_eq!(found.as_deref(), Some(document));
        }
        assert_eq!(Smart.document("ehr"), None);
    }
}
