//! What an answer of the token endpoint means: a token, or one typed failure. Pure: from bytes and
//! the time of the request to a verdict. Nothing of the body is kept but token, scope and code.

mod fields;
mod lifetime;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use url::Url;

use crate::definition::Definition;
use crate::error::{ErrorCode, Malformation, TokenError, Unavailability};
use crate::token::Granted;
use crate::transport::{BODY_LIMIT, TokenResponse, TransportError};
use fields::Fields;

/// One failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: TokenError,
    /// How long the server asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the same flight may try once more.
    pub(crate) repeatable: bool,
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        if error == TransportError::TooLarge {
            return Self::from(Malformation::TooLarge);
        }
        let repeatable = matches!(error, TransportError::Connect | TransportError::Interrupted);
        let error = TokenError::Unavailable {
            cause: Unavailability::Transport(error),
            retry_after: None,
        };
        Self {
            error,
            retry_after: None,
            repeatable,
        }
    }
}

impl From<Malformation> for Failure {
    fn from(what: Malformation) -> Self {
        Self {
            error: TokenError::Malformed { what },
            retry_after: None,
            repeatable: false,
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self {
            error,
            retry_after: None,
            repeatable: false,
        }
    }
}

/// Reads the answer to a request of `definition` sent at `sent` by the wall clock.
pub(crate) fn interpret(
    definition: &Definition,
    response: &TokenResponse,
    sent: SystemTime,
) -> Result<Granted, Failure> {
    let TokenResponse {
        status,
        headers,
        body,
    } = response;
    if status.is_redirection() {
        let host = redirect_host(&definition.token_url, headers);
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
            .and_then(|fields| error_code(definition, fields.get("error")));
        return Err(refusal(*status, code, retry_after(headers, sent)));
    }
    let fields = fields?;
    if let Some(error) = fields.get("error") {
        let code = error_code(definition, Some(error));
        return Err(refusal(*status, code, retry_after(headers, sent)));
    }
    check_type(fields.get("token_type"))?;
    Ok(Granted {
        authorization: authorization(fields.get("access_token"))?,
        scope: scope(fields.get("scope")),
        life: lifetime::of(&fields, sent, definition.default_lifetime),
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
        error,
        retry_after,
        repeatable: retry_after.is_none() && !throttled,
    }
}

/// The server's code, unless it echoes the client's secret.
fn error_code(definition: &Definition, error: Option<&Value>) -> Option<ErrorCode> {
    let code = error?.as_str()?;
    let echoes = definition
        .client
        .secret()
        .is_some_and(|secret| code.contains(secret.expose_secret()));
    if echoes { None } else { ErrorCode::new(code) }
}

fn check_type(token_type: Option<&Value>) -> Result<(), Malformation> {
    let Some(token_type) = token_type else {
        return Ok(());
    };
    let name = token_type.as_str().unwrap_or_default();
    if name.eq_ignore_ascii_case("bearer") || name.eq_ignore_ascii_case("bearertoken") {
        Ok(())
    } else if name.eq_ignore_ascii_case("dpop") {
        Err(Malformation::DpopToken)
    } else {
        Err(Malformation::TokenType)
    }
}

fn authorization(token: Option<&Value>) -> Result<HeaderValue, Malformation> {
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
    let value = Zeroizing::new(format!("Bearer {token}"));
    let mut value = HeaderValue::from_str(&value).map_err(|_| Malformation::TokenCharacters)?;
    value.set_sensitive(true);
    Ok(value)
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
