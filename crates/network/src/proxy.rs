//! From a proxy's settings to the HTTP client's.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use reqwest::NoProxy;
use secrecy::zeroize::Zeroizing;

use crate::error::NetworkError;
use crate::settings::Proxy;

/// Never behind a proxy: secrets may go there in the clear because nobody is in between. The client
/// knows an address of version 4 that is written as one of version 6 for the latter only.
const LOOPBACK: [&str; 4] = ["127.0.0.0/8", "::1", "::ffff:127.0.0.0/104", "localhost"];

/// Whether `proxy` can be used.
pub(crate) fn check(proxy: &Proxy) -> Result<(), NetworkError> {
    build(proxy).map(|_| ())
}

/// `proxy` as the client takes it.
pub(crate) fn build(proxy: &Proxy) -> Result<reqwest::Proxy, NetworkError> {
    let url = &proxy.url;
    let fault = if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        Some("has another scheme")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("holds a name or password, which belong in `username` and `password`")
    } else if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        Some("has a path, query or fragment")
    } else {
        None
    };
    if let Some(fault) = fault {
        return Err(NetworkError::ProxyUrl(fault));
    }
    let exceptions = proxy.exceptions.iter().map(|one| exception(one));
    let mut exceptions = exceptions.collect::<Result<Vec<_>, _>>()?;
    exceptions.extend(LOOPBACK.map(String::from));
    let exceptions = exceptions.join(",");
    let mut built = reqwest::Proxy::all(url.clone())
        .map_err(NetworkError::Client)?
        .no_proxy(NoProxy::from_string(&exceptions));
    if let Some(authorization) = authorization(proxy)? {
        built = built.custom_http_auth(authorization);
    }
    Ok(built)
}

/// The value of `Proxy-Authorization`: Basic in UTF-8 (RFC 7617 §2.1).
fn authorization(proxy: &Proxy) -> Result<Option<HeaderValue>, NetworkError> {
    let Some((username, password)) = proxy.exposed() else {
        return Ok(None);
    };
    if username.is_empty() || username.contains(':') {
        return Err(NetworkError::ProxyCredentials(
            "username is empty or has a colon, which Basic cannot carry",
        ));
    }
    let pair = Zeroizing::new(format!("{username}:{password}"));
    let mut value = Zeroizing::new(String::from("Basic "));
    BASE64_STANDARD.encode_string(pair.as_bytes(), &mut value);
    let value = HeaderValue::from_str(&value);
    let mut value =
        value.map_err(|_| NetworkError::ProxyCredentials("password cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// An exception in the words of `NO_PROXY`.
fn exception(text: &str) -> Result<String, NetworkError> {
    let is_domain = |text: &str| {
        let name = text.strip_prefix('.').unwrap_or(text);
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let plain = text
        .strip_prefix('*')
        .filter(|rest| rest.starts_with('.'))
        .unwrap_or(text);
    // The client takes what is no range for a name, which would match nothing.
    let is_range = plain.split_once('/').is_some_and(|(address, length)| {
        let longest = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|length| length <= longest)
    });
    if plain == "*" {
        // The client's own asterisk is for names only.
        Ok("*,0.0.0.0/0,::/0".to_owned())
    } else if is_range || plain.parse::<IpAddr>().is_ok() || is_domain(plain) {
        Ok(plain.to_owned())
    } else {
        Err(NetworkError::ProxyException(text.to_owned()))
    }
}
