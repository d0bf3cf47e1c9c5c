//! Faults of OAuth 2.0 credentials: combinations that mean nothing, and keys that do not fit.

use super::Row;

/// What stands in `credentials.a.oauth2`, from column 31 on, besides `client_id: m`.
pub(super) const ROWS: &[Row] = &[
    (
        "",
        &[
            "1:21 `oauth2` needs `client_secret` | for example `client_secret: \"${env:NAME}\"`; a public client says `authentication: none`",
            "1:21 `oauth2` needs one of `token_url` and `issuer` | `token_url` is the token endpoint itself; `issuer` names the server, whose metadata say where it is",
        ],
    ),
    (
        "token_url: https://s.example, discovery: smart, client_secret: \"${env:LABS_KEY}\"",
        &["1:75 `discovery` goes with `issuer` without `token_url` only | leave it out"],
    ),
    (
        "issuer: http://s.example, client_secret: \"${env:LABS_KEY}\"",
        &[
            "1:53 the issuer must be an https URL (http only to loopback) without query, fragment or user information",
        ],
    ),
    (
        "token_url: https://s.example, client_secret: \"${env:LABS_KEY}\", private_key: \"${env:EC_KEY}\", key_id: a, fields: { a: b }, assertion_audience: issuer",
        &[
            "1:109 `private_key` goes with `authentication: private_key_jwt` and `grant: jwt_bearer` only | leave it out",
            "1:139 `key_id` goes with `authentication: private_key_jwt` and `grant: jwt_bearer` only | leave it out",
            "1:150 `fields` goes with `authentication: client_secret_json` only | leave it out",
            "1:168 `assertion_audience` goes with `authentication: private_key_jwt` only | leave it out",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, client_secret: \"${env:LABS_KEY}\", encoding: raw, private_key: \"${env:EC_KEY}\", algorithm: ES384",
        &[
            "1:108 `client_secret` goes with the authentications whose names begin with `client_secret` only | leave it out",
            "1:142 `encoding` goes with `authentication: client_secret_basic` only | leave it out",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt",
        &[
            "1:21 `oauth2` needs a private key | for example `private_key: \"${file:keys/hospital.pem}\"`, or `private_key_file: keys/hospital.pem`",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:LABS_KEY}\", algorithm: ES384",
        &[
            "1:121 no private key: it is not a PEM text with a private key | for example `private_key: \"${file:keys/hospital.pem}\"`, or `private_key_file: keys/hospital.pem`",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:EC_KEY}\"",
        &[
            "1:121 the key does not say its algorithm | add `algorithm: RS384` for an RSA key, `algorithm: ES384` for one on P-384",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:EC_KEY}\", algorithm: RS384",
        &[
            "1:149 not the algorithm of this key: the algorithm needs an RSA key of 2048 to 8192 bits, or a key on its curve | RS256, RS384, RS512 and PS256 take RSA keys, ES256 one on P-256, ES384 one on P-384",
        ],
    ),
    (
        "token_url: https://s.example, private_key: \"${env:EC_KEY}\", algorithm: ES384, key_id: a, assertion_audience: token_url",
        &[
            "1:75 `authentication: private_key_jwt` is missing | a private key signs assertions: add the line, or leave the key out",
        ],
    ),
    (
        "token_url: https://s.example, authentication: client_secret_jwt, client_secret: \"${env:LABS_KEY}\"",
        &[
            "1:91 expected `client_secret_basic`, `client_secret_post`, `client_secret_json`, `private_key_jwt`, `tls_client_auth` or `none` | it is not supported: write `private_key_jwt`, or `client_secret_basic` with the secret",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:RSA1024_KEY}\", algorithm: RS256",
        &[
            "1:121 the RSA key is too short | RSA keys begin at 2048 bits: have another one registered at the server",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:ESCAPED_KEY}\", algorithm: RS256",
        &[
            "1:121 no private key: its line ends are written as `\\n` | they must be line ends: `private_key_file: ..`, or a variable that holds several lines",
        ],
    ),
    (
        "token_url: https://s.example, client_secret: \"${env:LABS_KEY}\", scopes: [\"a b\"]",
        &["1:118 a scope must be one word | write several scopes as several elements of the list"],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:EC_KEY}\", algorithm: HS256",
        &[
            "1:149 expected `RS256`, `RS384`, `RS512`, `PS256`, `ES256` or `ES384` | did you mean `ES256`?",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key_file: no/such.pem, algorithm: ES384, key_id: fixed",
        &[
            "1:126 the key file `/CWD/no/such.pem` cannot be used: No such file or directory (os error 2) | a relative path starts at the folder of the configuration file",
            "1:157 `key_id` would stay when the key in the file changes, and servers remember keys by it | leave it out: the id is the `kid` of a JWK, or the thumbprint of a PEM key",
        ],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:EC_KEY}\", private_key_file: a.pem, algorithm: ES384",
        &["1:138 there is a `private_key` already | leave out one of the two"],
    ),
    (
        "token_url: https://s.example, authentication: private_key_jwt, private_key: \"${env:EC_KEY}\", algorithm: ES384, assertion_audience: issuer",
        &[
            "1:176 the credential has no `issuer` that could stand here | write what the server expects, for example `https://sso.example/realms/hospital`",
        ],
    ),
    (
        "token_url: https://s.example, authentication: tls_client_auth",
        &[
            "1:91 `tls_client_auth` needs a client certificate | add `network: { client_certificate: .., client_key: .. }`",
        ],
    ),
    (
        "token_url: https://s.example, authentication: none, grant: password",
        &[
            "1:104 this grant needs `password` | for example `password: \"${env:NAME}\"`",
            "1:104 this grant needs `username` | for example `username: anna`",
        ],
    ),
    (
        "token_url: https://s.example, authentication: none, username: anna, password: \"${env:LABS_KEY}\"",
        &[
            "1:97 `username` goes with `grant: password` only | leave it out",
            "1:113 `password` goes with `grant: password` only | leave it out",
        ],
    ),
    (
        "token_url: https://s.example, authentication: none, grant: refresh_token, assertion: {}",
        &[
            "1:104 this grant needs `refresh_token` | for example `refresh_token: \"${env:NAME}\"`",
            "1:119 `assertion` goes with `grant: jwt_bearer` only | leave it out",
        ],
    ),
    (
        "token_url: https://s.example, authentication: none, grant: jwt_bearer, private_key: \"${env:EC_KEY}\", algorithm: ES384, assertion: { lifetime: 2m, claims: { iss: x } }",
        &["1:206 the claim `iss` is reserved | leave it out: a setting of its own decides it"],
    ),
    (
        "token_url: https://s.example, authentication: none, grant: jwt_bearer, private_key: \"${env:EC_KEY}\", algorithm: ES384, assertion: { lifetime: 61m }",
        &["1:187 an assertion must live for one second to one hour | for example `5m`"],
    ),
    (
        "token_url: https://s.example, authentication: client_secret_json, client_secret: \"${env:LABS_KEY}\", fields: { client_id: scope }",
        &[
            "1:145 the JSON member `scope` is given twice or has no name | give each parameter a member of its own",
        ],
    ),
    (
        "token_url: https://s.example, grant: token_exchange, client_secret: \"${env:LABS_KEY}\"",
        &[
            "1:82 expected `client_credentials`, `password`, `refresh_token` or `jwt_bearer` | write `client_credentials`, `password`, `refresh_token` or `jwt_bearer`",
        ],
    ),
];
