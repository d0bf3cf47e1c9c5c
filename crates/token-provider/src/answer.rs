//! What an answer of the token endpoint means: a token, or one typed failure. Pure: from bytes and
//! the time of the request to a verdict. Nothing of the body is kept but tokens, scope and code.

mod failure;
mod fields;
mod lifetime;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use url::Url;

use crate::error::{ErrorCode, Malformation, TokenError, Unavailability};
use crate::session::Renewal;
use crate::token::Granted;
use crate::transport::{BODY_LIMIT, TokenResponse};
pub(crate) use failure::Failure;
use fields::Fields;

/// What is known of a request when its answer comes.
pub(crate) struct Expected<'a> {
    pub(crate) endpoint: &'a Url,
    /// How long a token is taken to live when the server does not say.
    pub(crate) default_lifetime: Duration,
    /// Whether the token was asked to be bound to a key.
    pub(crate) bound: bool,
    /// What was shown and must not come back in an error code.
    pub(crate) secrets: &'a [&'a str],
}

/// Reads the answer to a request sent at `sent` by the wall clock.
pub(crate) fn interpret(
    expected: &Expected<'_>,
    response: &TokenResponse,
    sent: SystemTime,
) -> Result<Granted, Failure> {
    let TokenResponse {
        status,
        headers,
        body,
    } = response;
    if status.is_redirection() {
        let host = redirect_host(expected.endpoint, headers);
        return Err(TokenError::Redirected {
            status: *status,
            host,
        }
        .into());
    }
    if body.len() > BODY_LIMIT {
        return Err(Malformation::TooLarge.into());
    }
    let fields = Fields::read(headers, body);
    if !status.is_success() {
        let code = fields
            .ok()
            .and_then(|fields| error_code(expected, fields.get("error")));
        return Err(refusal(*status, code, retry_after(headers, sent)));
    }
    let fields = fields?;
    if let Some(error) = fields.get("error") {
        let code = error_code(expected, Some(error));
        return Err(refusal(*status, code, retry_after(headers, sent)));
    }
    let scheme = scheme(fields.get("token_type"), expected.bound)?;
    Ok(Granted {
        authorization: authorization(scheme, fields.get("access_token"))?,
        scope: scope(fields.get("scope")),
        life: lifetime::of(&fields, sent, expected.default_lifetime),
        renewal: renewal(&fields),
    })
}

/// The scopes that were asked for and not granted; none when the server does not say (RFC 6749
/// §5.1: then it granted what was asked for).
pub(crate) fn missing_scopes<'a>(asked: &'a [String], granted: Option<&str>) -> Vec<&'a str> {
    let Some(granted) = granted else {
        return Vec::new();
    };
    let lacks = |scope: &&str| !granted.split_ascii_whitespace().any(|one| one == *scope);
    asked.iter().map(String::as_str).filter(lacks).collect()
}

fn refusal(
    status: StatusCode,
    server_code: Option<ErrorCode>,
    retry_after: Option<Duration>,
) -> Failure {
    let said = server_code.as_ref().map_or("", ErrorCode::as_str);
    let throttled = status == StatusCode::TOO_MANY_REQUESTS;
    let transient = status.is_server_error()
        || throttled
        || status == StatusCode::REQUEST_TIMEOUT
        || matches!(
            said,
            "temporarily_unavailable" | "server_error" | "slow_down"
        );
    if !transient {
        return TokenError::Rejected {
            status,
            server_code,
        }
        .into();
    }
    let cause = Unavailability::Status {
        status,
        server_code,
    };
    let error = TokenError::Unavailable {
        cause,
        retry_after: None,
    };
    Failure {
        retry_after,
        repeatable: retry_after.is_none() && !throttled,
        ..Failure::from(error)
    }
}

/// The server's code, unless it echoes a secret.
fn error_code(expected: &Expected<'_>, error: Option<&Value>) -> Option<ErrorCode> {
    let code = error?.as_str()?;
    let echoes = expected.secrets.iter().any(|secret| code.contains(secret));
    if echoes { None } else { ErrorCode::new(code) }
}

/// The scheme by which the token is sent, which must be the one that was asked for.
fn scheme(token_type: Option<&Value>, bound: bool) -> Result<&'static str, Malformation> {
    let name = token_type.map_or("bearer", |name| name.as_str().unwrap_or_default());
    if name.eq_ignore_ascii_case("bearer") || name.eq_ignore_ascii_case("bearertoken") {
        if bound {
            Err(Malformation::NotDpop)
        } else {
            Ok("Bearer")
        }
    } else if name.eq_ignore_ascii_case("dpop") {
        if bound {
            Ok("DPoP")
        } else {
            Err(Malformation::DpopToken)
        }
    } else {
        Err(Malformation::TokenType)
    }
}

fn authorization(scheme: &str, token: Option<&Value>) -> Result<HeaderValue, Malformation> {
    let token = token
        .ok_or(Malformation::NoToken)?
        .as_str()
        .ok_or(Malformation::TokenNotText)?;
    if token.is_empty() {
        return Err(Malformation::NoToken);
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Malformation::TokenCharacters);
    }
    let value = Zeroizing::new(format!("{scheme} {token}"));
    let mut value = HeaderValue::from_str(&value).map_err(|_| Malformation::TokenCharacters)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A refresh token with its life; Keycloak's `refresh_expires_in: 0` says that there is none, or
/// that it does not expire.
fn renewal(fields: &Fields) -> Option<Renewal> {
    let token = fields.get("refresh_token")?.as_str()?;
    (!token.is_empty()).then(|| Renewal {
        token: SecretString::from(token),
        life: lifetime::of_refresh_token(fields),
    })
}

/// A string, or an array of strings as some servers write it.
fn scope(scope: Option<&Value>) -> Option<Box<str>> {
    match scope? {
        Value::String(scope) => Some(scope.as_str().into()),
        Value::Array(scopes) => {
            let scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).collect();
            Some(scopes.join(" ").into())
        }
        _ => None,
    }
}

fn redirect_host(token_url: &Url, headers: &HeaderMap) -> Option<Arc<str>> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    token_url.join(location).ok()?.host_str().map(Arc::from)
}

/// Seconds or an HTTP date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests;
