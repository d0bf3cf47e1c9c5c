//! Faults of credentials by client, of networks and of published keys.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "clients: { portal: { api_key: { sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } } }
credentials:
  one: { bearer: \"${env:LABS_KEY}\" }
  inner: { by_client: { portal: one } }
  each: { by_client: { portl: one, portal: inner, robot: on } }
  empty: { by_client: {} }",
        &[
            "5:24 unknown client `portl` | did you mean `portal`?",
            "5:44 `inner` depends on the client itself | name a credential of another kind",
            "5:51 unknown client `robot` | known here: `portal`",
            "5:58 unknown credential `on` | did you mean `one`?",
            "6:12 `by_client` names no client | for example `by_client: { portal: ehr_portal }`",
        ],
    ),
    (
        "clients: { portal: { api_key: { sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } } }
credentials:
  one: { api_key: { header: X-One, value: \"${env:LABS_KEY}\" } }
  each: { by_client: { portal: one } }
backends: { a: { rest: {}, url: https://a.example, credential: each, headers: { X-One: b } } }
endpoints:
  - { get: /a, access: public, calls: { a: { backend: a, get: /a } } }",
        &[
            "5:81 the header `X-One` is the backend's credential | leave it out: the credential sets it",
            "7:55 this backend's credential depends on the client, and here everybody may ask | give the endpoint `access: { scopes: [..] }`, or the backend a credential for all",
        ],
    ),
    (
        "network: { only_this_ca: true, client_certificate: a.pem }",
        &[
            "1:1 `client_certificate` and `client_key` need each other | name the files of both; one file may hold both",
        ],
    ),
    (
        "network: { only_this_ca: true, proxy: { url: \"http://p.example:1/x\", exceptions: [\"a b\"] } }",
        &[
            "1:26 only_this_ca needs a `ca` | without one no server would be trusted",
            "1:46 the proxy's url has a path, query or fragment | it is `http://host:port` or `https://host:port`",
        ],
    ),
    (
        "backends: { a: { rest: {}, url: https://a.example, network: { proxy: { url: http://p.example, username: us } } } }",
        &[
            "1:63 `username` and `password` of a proxy need each other | give both, or neither",
        ],
    ),
    (
        "backends: { a: { rest: {}, url: https://a.example, network: { proxy: { url: http://p.example, exceptions: [\"a b\"] } } } }",
        &[
            "1:108 the proxy's exception `a b` is no host, `*.domain`, address, CIDR range or `*` | for example `*.internal`, `10.0.0.0/8` or `labs.example`",
        ],
    ),
    (
        "backends: { a: { rest: {}, url: https://a.example, network: { caa: x } } }",
        &["1:63 unknown key `caa` in `network` | did you mean `ca`?"],
    ),
    (
        "network: { proxy: { url: \"http://us:hunter2@p.example:1\" } }",
        &[
            "1:26 a proxy's URL must not hold a user name or a password | write `username` and `password` beside it",
        ],
    ),
    (
        "network: { proxy: { url: \"socks5://p.example:1\" } }",
        &[
            "1:26 a proxy has an http:// or https:// URL | for example `http://proxy.example:3128`",
        ],
    ),
    (
        "network: { ca: no/such.pem }",
        &[
            "1:16 ca `/CWD/no/such.pem` cannot be read: No such file or directory (os error 2) | a relative path starts at the folder of the configuration file",
        ],
    ),
    (
        "jwks: {}",
        &[
            "1:1 `jwks` needs `access` | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
        ],
    ),
];
