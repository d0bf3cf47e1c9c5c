//! Faults of clients, credentials and backends.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "clients: { a: {} }",
        &["1:12 the client `a` has no way to show who it is | give it `basic` or `api_key`"],
    ),
    (
        "clients: { a: { api_key: { sha256: abc } } }",
        &["1:36 not 64 hexadecimal digits | `manifold hash` prints the SHA-256 of a key"],
    ),
    (
        "clients: { a: { api_key: {} } }",
        &["1:17 `api_key` needs `sha256` | add `sha256: ..`"],
    ),
    (
        "clients: { a: { basic: { username: \"a:b\", password_hash: \"$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A\" } } }",
        &[
            "1:36 a user name must not hold a colon or a control character | RFC 7617 §2",
            "1:58 not an argon2id hash | `manifold hash` prints one",
        ],
    ),
    (
        "clients: { a: { basic: { username: a, password_hash: \"$argon2id$v=19$m=524288,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A\" } } }",
        &[
            "1:54 verifying this password hash would take too much memory or time | at most 256 MiB (`m=262144`) and 10 passes (`t=10`)",
        ],
    ),
    (
        "clients:\n  a: { api_key: { sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } }\n  b: { api_key: { sha256: \"9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } }",
        &["3:27 this API key is given twice | the first one is in line 2"],
    ),
    (
        "credentials: { a: {} }",
        &[
            "1:16 the credential `a` needs exactly one kind | keep one of `oauth2`, `bearer`, `basic`, `api_key` and `by_client`",
        ],
    ),
    (
        "credentials: { a: { api_key: { value: x } } }",
        &[
            "1:21 `api_key` needs exactly one of `header` and `query` | for example `api_key: { header: X-Key, value: \"${env:KEY}\" }`",
        ],
    ),
    (
        "credentials: { a: { basic: { username: x } } }",
        &[
            "1:21 `basic` needs `username` and `password`, or `token` alone | `token` is sent after `Basic ` as it is",
        ],
    ),
    (
        "credentials: { a: { oauth2: { token_url: http://sso.example/token, client_id: a, client_secret: b } } }",
        &[
            "1:42 the token URL is plain http to a host that is not loopback; the secret would travel in the clear | use https, or say `allow_plain_http: true` if the network in between is trusted",
        ],
    ),
    (
        "credentials: { a: { oauth2: { token_url: sso, client_id: a } } }",
        &[
            "1:21 `oauth2` needs `client_secret` | for example `client_secret: \"${env:NAME}\"`; a public client says `authentication: none`",
            "1:42 not an absolute URL | begin with `https://`, for example `https://host.example/path`",
        ],
    ),
    (
        "credentials: { a: { oauth2: { token_url: https://sso.example, client_id: a, client_secret: b, parameters: { scope: x } } } }",
        &[
            "1:116 the extra parameter `scope` is reserved | leave it out: a setting of its own decides it",
        ],
    ),
    (
        "credentials: { a: { oauth2: { token_url: https://sso.example, client_id: a, client_secret: b, authentication: none } } }",
        &["1:77 a client with `authentication: none` has no secret | leave out one of the two"],
    ),
    (
        "backends: { a: { url: https://a.example } }",
        &[
            "1:13 the backend `a` needs exactly one of `fhir` and `rest` | write `fhir: R4`, or `rest: {}` for JSON over HTTP",
        ],
    ),
    (
        "backends: { a: { fhir: R5, url: https://a.example } }",
        &["1:24 expected `R4` | write `R4`"],
    ),
    (
        "backends: { a: { rest: {}, url: \"https://u:p@a.example\" } }",
        &["1:33 a URL must not hold a user name or a password | define a credential with `basic`"],
    ),
    (
        "backends: { a: { rest: {}, url: \"https://a.example?x=1\", timeout: 0s, check: report } }",
        &[
            "1:33 a URL here must not have a query | leave out what follows `?`; calls and credentials have their own",
            "1:67 must be longer than zero | for example `3s`",
            "1:71 `check` goes with `fhir` only | leave it out",
        ],
    ),
    (
        "credentials: { c: { bearer: \"${env:LABS_KEY}\" } }\nbackends: { a: { rest: {}, url: http://a.example, credential: c, headers: { Authorization: x, Host: y, \"a b\": z } } }",
        &[
            "2:33 a credential would be sent over plain http | use https, or say `allow_plain_http: true` on this backend if the network in between is trusted",
            "2:77 the header `Authorization` is the backend's credential | leave it out: the credential sets it",
            "2:95 the header `Host` cannot be set | the connection itself decides it",
            "2:104 not the name of a header | letters, digits and `-`, for example `X-Tenant` (RFC 9110 §5.1)",
        ],
    ),
    (
        "credentials: { c: { bearer: \"${env:LABS_KEY}\" } }\nbackends: { a: { fhir: R4, url: https://a.example, credential: c, page_origins: [http://b.example, https://c.example/fhir, d] } }",
        &[
            "2:82 a credential would be sent over plain http | use https, or say `allow_plain_http: true` on this backend if the network in between is trusted",
            "2:100 an origin has no path | leave out the path: every link to this host and port is followed",
            "2:124 not an absolute URL | begin with `https://`, for example `https://host.example/path`",
        ],
    ),
    (
        "backends: { a: { rest: {}, url: https://a.example, page_origins: [https://b.example] } }",
        &["1:52 `page_origins` goes with `fhir` only | leave it out"],
    ),
];
