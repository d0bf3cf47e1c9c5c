//! How some vendors' token endpoints demand and refuse, where that differs from RFC 6749. Each rule
//! names the page that documents it. Knows no token.

use std::fmt;
use std::str::FromStr;

use http::StatusCode;

use super::refusal::Refusal;

/// A vendor whose rules a server follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// Okta's API service applications. They demand `DPoP` unless told not to, first a proof, then
    /// one with their nonce:
    /// <https://support.okta.com/help/s/article/the-dpop-proof-jwt-header-is-missing>,
    /// <https://developer.okta.com/docs/guides/dpop/oktaresourceserver/main/>. Scopes of `OpenID`
    /// Connect are not for client credentials:
    /// <https://support.okta.com/help/s/article/cannot-request-openid-scopes-using-client-credentials>.
    /// A scope must be asked for, a custom one:
    /// <https://developer.okta.com/docs/guides/implement-grant-type/clientcreds/main/>. What no policy
    /// allows is `access_denied`:
    /// <https://support.okta.com/help/s/article/tokens-not-issued-with-lifetime-configured-in-access-rule-for-custom-authorization-server>.
    Okta,
    /// Auth0. A wrong secret is 401 `access_denied`:
    /// <https://github.com/auth0/node-auth0/issues/682>. An audience or a scope without a client
    /// grant is 403 `access_denied`: <https://github.com/auth0/auth0-python/issues/173>. The body may
    /// be JSON: <https://auth0.com/docs/api/authentication/client-credential-flow/get-token>.
    Auth0,
    /// Glewlwyd. Every refusal is 403 with nothing in it:
    /// <https://github.com/babelouest/glewlwyd/blob/master/docs/OAUTH2.md#client-credentials-grant>.
    Glewlwyd,
}

const OPENID_SCOPES: [&str; 7] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
    "device_sso",
];

impl Vendor {
    /// Every vendor.
    pub const ALL: [Self; 3] = [Self::Okta, Self::Auth0, Self::Glewlwyd];

    /// Returns the vendor's name, as declarations write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::Auth0 => "auth0",
            Self::Glewlwyd => "glewlwyd",
        }
    }

    /// Whether every request needs a proof with a nonce of the server.
    pub(super) const fn demands_proof(self) -> bool {
        matches!(self, Self::Okta)
    }

    /// Whether parameters may come as a JSON object.
    pub(super) const fn reads_json(self) -> bool {
        matches!(self, Self::Auth0)
    }

    /// What is refused before it is looked up.
    pub(super) fn forbids(self, scope: Option<&str>) -> Option<Refusal> {
        if self != Self::Okta {
            return None;
        }
        let asked = scope.unwrap_or_default();
        if asked.is_empty() {
            return Some(Refusal::new(
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
            ));
        }
        let openid = |scope: &str| OPENID_SCOPES.contains(&scope);
        asked.split(' ').any(openid).then(|| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "invalid_scope",
                "Cannot request 'openid' scopes using client credentials.",
            )
        })
    }

    /// The refusal in this vendor's words; `None`: nothing but the status.
    pub(super) fn word(self, refusal: Refusal) -> Refusal {
        let denied = |status, description| Refusal::new(status, "access_denied", description);
        match (self, refusal.code()) {
            (Self::Okta, "invalid_target") => denied(
                StatusCode::BAD_REQUEST,
                "Policy evaluation failed for this request, please check the policy configuration.",
            ),
            (Self::Auth0, "invalid_client") => denied(StatusCode::UNAUTHORIZED, "Unauthorized"),
            (Self::Auth0, "invalid_target" | "invalid_scope") => denied(
                StatusCode::FORBIDDEN,
                "Client has not been granted this audience or these scopes",
            ),
            (Self::Glewlwyd, _) => Refusal::silent(StatusCode::FORBIDDEN),
            (Self::Okta | Self::Auth0, _) => refusal,
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A text that names no vendor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no vendor is called `{0}`; the vendors are: okta, auth0, glewlwyd")]
pub struct UnknownVendor(String);

impl FromStr for Vendor {
    type Err = UnknownVendor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|vendor| vendor.name() == text);
        found.ok_or_else(|| UnknownVendor(text.to_owned()))
    }
}
