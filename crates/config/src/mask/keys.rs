//! Which settings hold secrets, and which are known to hold none.

/// Keys of `clients` and `credentials` whose values are no secrets; all others are masked there.
pub(super) const PUBLIC_KEYS: [&str; 30] = [
    "algorithm",
    "allow_plain_http",
    "assertion_audience",
    "audience",
    "authentication",
    "ca",
    "client_certificate",
    "client_id",
    "client_key",
    "default_lifetime",
    "discovery",
    "dpop",
    "encoding",
    "exceptions",
    "fields",
    "grant",
    "header",
    "issuer",
    "key_id",
    "lifetime",
    "only_this_ca",
    "private_key_file",
    "query",
    "resources",
    "scopes",
    "sha256",
    "timeout",
    "token_url",
    "url",
    "username",
];

/// Keys of `clients` and `credentials` under which the same holds.
pub(super) const GUARDED_KEYS: [&str; 7] = [
    "api_key",
    "api_keys",
    "assertion",
    "basic",
    "network",
    "oauth2",
    "proxy",
];

/// Keys that hold a secret wherever they stand.
pub(super) const SECRET_KEYS: [&str; 11] = [
    "password",
    "password_hash",
    "secret",
    "client_secret",
    "token",
    "value",
    "bearer",
    "authorization",
    "api_key",
    "key",
    "x-api-key",
];
