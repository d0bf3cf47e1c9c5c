//! One credential's token: fetched as the service fetches it, and what mends a refusal.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;
use token_provider::{
    ErrorCode, Malformation, State, TokenError, TokenSource, TokenState, TransportError,
    Unavailability,
};
use tokio::time::Instant;

use super::connection;
use super::report::{Diagnosis, Finding};

const KIND: &str = "token";

pub(super) async fn examine(source: &TokenSource, deadline: Instant) -> Finding {
    let began = Instant::now();
    let outcome = source.token(deadline).await;
    let took = began.elapsed();
    let diagnosis = match outcome {
        Ok(_) => granted(&source.state()),
        Err(error) => refused(&error),
    };
    diagnosis.about(KIND, source.name(), took)
}

/// For a credential that begins with a refresh token.
pub(super) fn withheld(name: &str) -> Finding {
    let diagnosis = Diagnosis::look(
        "not asked for, nor are its backends: its refresh token is the running service's",
        "read the credential's state at `/readyz` of the running service",
    );
    diagnosis.about(KIND, name, Duration::ZERO)
}

fn granted(state: &State) -> Diagnosis {
    match state.token {
        TokenState::Fresh { age, expires_in } => {
            // To the nearest second, as the server said it.
            let seconds = (age + expires_in).as_secs_f64().round();
            Diagnosis::fine(format!("a token for {seconds} s"))
        }
        _ => Diagnosis::look(
            "a token that is not worth keeping",
            "its life is a second or less: every request fetches another; raise the life of access tokens at the authorization server",
        ),
    }
}

/// The error in its own words, which are safe to show, and what to do.
fn refused(error: &TokenError) -> Diagnosis {
    // A code that the server did not give is none to read about.
    let words = error.to_string().replace(", error none", "");
    Diagnosis::wrong(words, mend(error))
}

fn mend(error: &TokenError) -> Cow<'static, str> {
    let mend = match error {
        TokenError::Rejected {
            status,
            server_code,
        } => refusal(*status, server_code.as_ref().map(ErrorCode::as_str)),
        TokenError::Redirected { .. } => {
            "a gatekeeper asks for a login: name the token endpoint itself in `token_url`, or let it pass"
        }
        TokenError::Malformed { what } => malformation(*what),
        TokenError::Unavailable { cause, .. } => return unavailability(cause),
        TokenError::Discovery { .. } => {
            "open the issuer's metadata in a browser: `issuer` is compared to the letter, and `discovery` says which document is read"
        }
        TokenError::Signing => "check `private_key` and whether it fits `algorithm`",
        TokenError::Subject(_) => {
            "the grant needs somebody on whose behalf it is asked: doctor has nobody"
        }
        TokenError::Deadline => {
            "the authorization server is slow: check it, or give more time with `--timeout`"
        }
        TokenError::RejectedAgain { .. } => "a backend does not accept the token: see there",
        // The error says what is wrong, and new ones will.
        _ => "mend the credential as it says",
    };
    mend.into()
}

/// By the codes of RFC 6749 §5.2 and those that products give beside them.
fn refusal(status: StatusCode, code: Option<&str>) -> &'static str {
    match code {
        // Keycloak says the second for a wrong secret too.
        Some("invalid_client" | "unauthorized_client") => {
            "check `client_id`, its secret or key, `authentication`, and that the client is enabled and may use this grant"
        }
        Some("invalid_scope") => {
            "check `scopes`: ask only for what is registered (`openid` is not for services)"
        }
        Some("invalid_grant") => {
            "check `username` and `password`, or the assertion, and that the account is set up and not locked: each try counts as one"
        }
        Some("invalid_target") => "check `audience` and `resources`",
        Some("access_denied") => {
            "allow the client this audience and these scopes at the authorization server; its realm or tenant may be disabled"
        }
        Some("unsupported_grant_type") => "check `grant`: the server does not offer it",
        Some("invalid_dpop_proof" | "use_dpop_nonce") => {
            "set `dpop: true` on the credential, and check the clock"
        }
        Some("invalid_request") => {
            "a parameter is missing: often `audience`, a scope, or `dpop: true`"
        }
        _ if status == StatusCode::NOT_FOUND => {
            "check `token_url`: there is no token endpoint at this address"
        }
        _ => "check `token_url`, `client_id`, its secret or key, and `authentication`",
    }
}

const fn malformation(what: Malformation) -> &'static str {
    match what {
        Malformation::Html => "check `token_url`: a web page answers there",
        Malformation::DpopToken | Malformation::NotDpop => {
            "the credential and the authorization server must agree on `dpop`"
        }
        _ => "check that `token_url` is a token endpoint",
    }
}

fn unavailability(cause: &Unavailability) -> Cow<'static, str> {
    match cause {
        Unavailability::Transport(TransportError::Connection(fault)) => {
            connection::mend(*fault, "`token_url` or `issuer`").into()
        }
        Unavailability::Transport(_) => {
            "the connection breaks: check the network in between".into()
        }
        _ => "the authorization server is in trouble: look there, then ask again".into(),
    }
}

#[cfg(test)]
mod tests {
    use network::ConnectionFault;

    use super::*;

    #[test]
    fn a_refusal_is_mended_by_what_the_server_says() {
        for (code, word) in [
            (Some("invalid_client"), "client_id"),
            (Some("unauthorized_client"), "client_id"),
            (Some("invalid_scope"), "scopes"),
            (Some("invalid_grant"), "password"),
            (Some("invalid_target"), "audience"),
            (Some("access_denied"), "allow"),
            (Some("unsupported_grant_type"), "grant"),
            (Some("use_dpop_nonce"), "dpop: true"),
            (Some("invalid_request"), "audience"),
            (Some("of our own"), "token_url"),
            (None, "token_url"),
        ] {
            let mend = refusal(StatusCode::BAD_REQUEST, code);
            assert!(mend.contains(word), "{code:?}: {mend}");
        }
        assert!(refusal(StatusCode::NOT_FOUND, None).contains("no token endpoint"));
    }

    #[test]
    fn a_connection_that_is_not_to_be_had_is_mended_in_the_network() {
        let unavailable = |error| TokenError::Unavailable {
            cause: Unavailability::Transport(error),
            retry_after: None,
        };
        let other = TransportError::Connection(ConnectionFault::OtherHost);
        assert!(mend(&unavailable(other)).contains("`token_url` or `issuer`"));
        assert!(mend(&unavailable(TransportError::Interrupted)).contains("in between"));
        let silent = TokenError::Rejected {
            status: StatusCode::BAD_REQUEST,
            server_code: None,
        };
        assert!(!refused(&silent).result.contains("none"));
    }
}
