//! Answers to a granted request that are not as RFC 6749 §5.1 has them, each seen at some server.
//! Knows no request: only what was granted.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Response;

/// What was granted.
pub(super) struct Granted {
    pub(super) token: String,
    pub(super) token_type: &'static str,
    pub(super) lifetime: Duration,
    pub(super) scopes: Vec<String>,
}

impl Granted {
    /// The answer by the book.
    pub(super) fn members(&self) -> Value {
        let mut body = json!({
            "access_token": self.token,
            "token_type": self.token_type,
            "expires_in": self.lifetime.as_secs(),
        });
        if !self.scopes.is_empty() {
            set(&mut body, "scope", self.scopes.join(" "));
        }
        body
    }
}

macro_rules! oddities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// One way in which a token endpoint answers a granted request differently.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Oddity { $($(#[$doc])* $variant,)+ }

        impl Oddity {
            /// Every oddity, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the oddity's name, as declarations write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

oddities! {
    /// `expires_in` is a string, as in Oracle's
    /// <https://docs.oracle.com/en-us/iaas/tools/dotnet/96.1.0/api/Oci.IdentitydataplaneService.Models.ClientCredentialsResponse.html>.
    ExpiresInText = "expires-in-text";
    /// `expires_in` has a fraction.
    ExpiresInFraction = "expires-in-fraction";
    /// `expires_in` is left out, which RFC 6749 §5.1 allows.
    ExpiresInMissing = "expires-in-missing";
    /// `expires_in` is 0.
    ExpiresInZero = "expires-in-zero";
    /// `expires_in` is negative.
    ExpiresInNegative = "expires-in-negative";
    /// `expires_in` is a hundred years.
    ExpiresInHuge = "expires-in-huge";
    /// `expires_on` in Unix seconds, as text, instead of `expires_in`: Azure's managed identities,
    /// <https://learn.microsoft.com/en-us/javascript/api/@azure/arm-managedapplications/managedidentitytoken>.
    ExpiresOn = "expires-on";
    /// `expires_at` in Unix seconds instead of `expires_in`.
    ExpiresAt = "expires-at";
    /// `.expires` as an HTTP date instead of `expires_in`: ASP.NET,
    /// <https://learn.microsoft.com/en-us/aspnet/web-api/overview/security/individual-accounts-in-web-api>.
    DotExpires = "dot-expires";
    /// `token_type` in lower case: RFC 6749 §5.1 has it compared without regard to case.
    TokenTypeLower = "token-type-lower";
    /// `token_type` is `BearerToken`: Apigee,
    /// <http://apigee.com/docs/api/api_methods/109-get-an-access-token>.
    TokenTypeBearerToken = "token-type-bearertoken";
    /// No `token_type`, which RFC 6749 §5.1 requires.
    TokenTypeMissing = "token-type-missing";
    /// `token_type` is `DPoP`, asked for or not (RFC 9449 §5).
    TokenTypeDpop = "token-type-dpop";
    /// `token_type` is `mac` (draft-ietf-oauth-v2-http-mac).
    TokenTypeMac = "token-type-mac";
    /// `token_type` is `N_A` (RFC 8693 §2.2.1).
    TokenTypeNone = "token-type-n-a";
    /// 200 with an error: GitHub,
    /// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>.
    ErrorInSuccess = "error-in-success";
    /// 200 without `access_token`.
    NoToken = "no-token";
    /// `access_token` is a number.
    TokenIsNumber = "token-is-number";
    /// `access_token` ends in CR and LF.
    TokenWithLineEnd = "token-with-line-end";
    /// The answer is form-encoded: GitHub's default,
    /// <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>.
    FormEncoded = "form-encoded";
    /// The status is 201.
    Status201 = "status-201";
    /// The status is 203, as a proxy that changes answers makes it (RFC 9110 §15.3.4).
    Status203 = "status-203";
    /// The scope is dropped with 200 (RFC 6749 §3.3): oidc-provider,
    /// <https://github.com/panva/node-oidc-provider>.
    ScopeDropped = "scope-dropped";
    /// 403 with nothing in it: Glewlwyd,
    /// <https://github.com/babelouest/glewlwyd/blob/master/docs/OAUTH2.md#client-credentials-grant>.
    Empty403 = "empty-403";
    /// 503 with a web page, as load balancers answer.
    Html503 = "html-503";
    /// 302 to a login page even for `Accept: application/json`: oauth2-proxy,
    /// <https://oauth2-proxy.github.io/oauth2-proxy/features/endpoints>.
    LoginRedirect = "login-redirect";
}

const A_CENTURY_SECONDS: u64 = 3_155_760_000;

impl Oddity {
    /// The answer to what was granted.
    pub(super) fn answer(self, granted: &Granted) -> Response {
        let mut body = granted.members();
        let mut status = StatusCode::OK;
        match self {
            Self::ExpiresInText => {
                set(
                    &mut body,
                    "expires_in",
                    granted.lifetime.as_secs().to_string(),
                );
            }
            Self::ExpiresInFraction => {
                set(
                    &mut body,
                    "expires_in",
                    granted.lifetime.as_secs_f64() + 0.5,
                );
            }
            Self::ExpiresInMissing => remove(&mut body, "expires_in"),
            Self::ExpiresInZero => set(&mut body, "expires_in", 0),
            Self::ExpiresInNegative => set(&mut body, "expires_in", -60),
            Self::ExpiresInHuge => set(&mut body, "expires_in", A_CENTURY_SECONDS),
            Self::ExpiresOn => instead(&mut body, "expires_on", end(granted).to_string()),
            Self::ExpiresAt => instead(&mut body, "expires_at", end(granted)),
            Self::DotExpires => {
                let date = httpdate::fmt_http_date(SystemTime::now() + granted.lifetime);
                instead(&mut body, ".expires", date);
            }
            Self::TokenTypeLower => {
                set(
                    &mut body,
                    "token_type",
                    granted.token_type.to_ascii_lowercase(),
                );
            }
            Self::TokenTypeBearerToken => set(&mut body, "token_type", "BearerToken"),
            Self::TokenTypeMissing => remove(&mut body, "token_type"),
            Self::TokenTypeDpop => set(&mut body, "token_type", "DPoP"),
            Self::TokenTypeMac => set(&mut body, "token_type", "mac"),
            Self::TokenTypeNone => set(&mut body, "token_type", "N_A"),
            Self::ErrorInSuccess => {
                body = json!({ "error": "incorrect_client_credentials", "error_description": "passed are incorrect" });
            }
            Self::NoToken => remove(&mut body, "access_token"),
            Self::TokenIsNumber => set(&mut body, "access_token", 17),
            Self::TokenWithLineEnd => {
                set(&mut body, "access_token", format!("{}\r\n", granted.token));
            }
            Self::FormEncoded => return form(&body),
            Self::Status201 => status = StatusCode::CREATED,
            Self::Status203 => status = StatusCode::NON_AUTHORITATIVE_INFORMATION,
            Self::ScopeDropped => set(&mut body, "scope", dropped(&granted.scopes)),
            Self::Empty403 => return Response::empty(StatusCode::FORBIDDEN),
            Self::Html503 => {
                let page = "<html><body>Service Unavailable</body></html>";
                return Response::new(StatusCode::SERVICE_UNAVAILABLE, "text/html", page);
            }
            Self::LoginRedirect => {
                return Response::empty(StatusCode::FOUND)
                    .with_header("Location", "https://login.example/oauth2/start?rd=%2Ftoken");
            }
        }
        success(status, &body)
    }
}

/// A success that no cache keeps (RFC 6749 §5.1).
pub(super) fn success(status: StatusCode, body: &Value) -> Response {
    Response::json(status, body)
        .with_header("Cache-Control", "no-store")
        .with_header("Pragma", "no-cache")
}

fn form(body: &Value) -> Response {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in body.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        form.append_pair(name, &text);
    }
    let media_type = "application/x-www-form-urlencoded; charset=utf-8";
    Response::new(StatusCode::OK, media_type, form.finish())
}

/// All but the last.
fn dropped(scopes: &[String]) -> String {
    let kept = scopes.split_last().map(|(_, kept)| kept.join(" "));
    kept.unwrap_or_default()
}

fn end(granted: &Granted) -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default().as_secs() + granted.lifetime.as_secs()
}

fn set(body: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

fn remove(body: &mut Value, name: &str) {
    if let Some(members) = body.as_object_mut() {
        members.remove(name);
    }
}

fn instead(body: &mut Value, name: &str, value: impl Into<Value>) {
    remove(body, "expires_in");
    set(body, name, value);
}

/// A text that names no oddity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no oddity is called `{0}`; the oddities are: {known}", known = Oddity::ALL.iter().map(|oddity| oddity.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownOddity(String);

impl FromStr for Oddity {
    type Err = UnknownOddity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|oddity| oddity.name() == text);
        found.copied().ok_or_else(|| UnknownOddity(text.to_owned()))
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
