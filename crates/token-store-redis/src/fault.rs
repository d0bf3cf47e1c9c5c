//! What an error of the Redis client means.

use std::error::Error;
use std::io;
use std::sync::Arc;

use redis::{ErrorKind, RedisError};
use token_provider::StoreError;

const LONGEST_CODE: usize = 32;
/// What a server says to whoever has not logged in.
const UNAUTHENTICATED: &str = "Authentication required";

pub(crate) fn of(error: &RedisError) -> StoreError {
    if error.is_timeout() {
        return StoreError::TimedOut;
    }
    if is_tls(error) {
        return StoreError::Tls;
    }
    if let Some(code) = code(error) {
        return StoreError::Refused(code.into());
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => StoreError::Refused("WRONGPASS".into()),
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType | ErrorKind::Client => {
            StoreError::Malformed
        }
        _ => StoreError::Unreachable,
    }
}

/// The word that begins an error reply, such as `WRONGPASS`. What follows may name users and keys.
fn code(error: &RedisError) -> Option<&str> {
    // The client keeps the code of a refused `SELECT` to itself.
    if error
        .detail()
        .is_some_and(|text| text.starts_with(UNAUTHENTICATED))
    {
        return Some("NOAUTH");
    }
    let code = error.code()?;
    let fine = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    (code.len() <= LONGEST_CODE && code.bytes().all(fine)).then_some(code)
}

/// Whether rustls is among the causes.
fn is_tls(error: &RedisError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        // The client wraps causes in a reference count, which is an error of its own.
        if let Some(shared) = error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
            cause = Some(&**shared);
            continue;
        }
        // An `io::Error` passes over what it wraps when asked for its source.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = wrapped
            .map(|wrapped| -> &(dyn Error + 'static) { wrapped })
            .or_else(|| error.source());
    }
    false
}
