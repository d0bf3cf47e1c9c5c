//! Faults of the text and of what concerns the whole process.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "server: {}\nserver: {}",
        &["2:1 the key `server` is given twice | the first one is in line 1; keep one of them"],
    ),
    (
        "a: &x 1",
        &[
            "1:4 anchors are not supported | write the value out, so that every place of the file can be read on its own",
        ],
    ),
    (
        "a: *x",
        &["1:4 aliases are not supported | write the value out; quote a text that begins with `*`"],
    ),
    (
        "server: { <<: {} }",
        &["1:11 merge keys are not supported | write the members out"],
    ),
    (
        "a: !!str x",
        &["1:4 tags are not supported | leave the tag out; quote what must be a text"],
    ),
    (
        "a: [",
        &[
            "2:1 this is not valid YAML | look at the indentation, the quotes and the brackets of this line and the one before",
        ],
    ),
    (
        "a:\n\tb: 1",
        &["2:2 a tab stands where YAML wants spaces | indent with spaces"],
    ),
    (
        "a\nb: 1",
        &[
            "2:2 a `:` where no key can stand | quote a text that holds `: `, and look at the indentation",
        ],
    ),
    (
        "--- {}\n--- {}",
        &[
            "2:1 a second document begins here | write one document per file, without `---` between parts",
        ],
    ),
    (
        "[]",
        &[
            "1:1 expected a mapping, found a list | its keys: `server`, `limits`, `clients`, `credentials`, `tokens`, `backends`, `network`, `jwks`, `documents`, `explain` and `endpoints`",
        ],
    ),
    (
        "nonsense",
        &[
            "1:1 expected a mapping, found a text | its keys: `server`, `limits`, `clients`, `credentials`, `tokens`, `backends`, `network`, `jwks`, `documents`, `explain` and `endpoints`",
        ],
    ),
    (
        "serve: {}",
        &["1:1 unknown key `serve` in the configuration | did you mean `server`?"],
    ),
    (
        "server:",
        &[
            "1:1 expected a mapping, found nothing | its keys: `listen`, `admin`, `workers`, `lame_duck`, `drain`, `head_timeout`, `body_timeout` and `name`",
        ],
    ),
    (
        "server: { drain: 3 }",
        &["1:18 expected a text, found a number | for example `250ms`, `3s` or `2m`"],
    ),
    (
        "server: { drain: soon, name: \"${env:MISSING}\" }",
        &[
            "1:18 not of the expected form | for example `250ms`, `3s` or `2m`",
            "1:31 the environment variable `MISSING` is not set | set `MISSING` before the start, or correct the name",
        ],
    ),
    (
        "server: { name: \"${file:no/such}\" }",
        &[
            "1:18 the file `/CWD/no/such` cannot be read: No such file or directory (os error 2) | a relative path starts at the folder of the configuration file",
        ],
    ),
    (
        "server: { head_timeout: 999ms, body_timeout: 1ms }",
        &["1:25 must be at least 1s: the clock that watches heads is no finer | for example `5s`"],
    ),
    (
        "server: { listen: localhost, admin: 127.0.0.1 }",
        &[
            "1:19 not an IP address with a port | for example `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`",
            "1:37 not an IP address with a port | for example `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`",
        ],
    ),
    (
        "documents: {}",
        &[
            "1:1 `documents` needs `access` | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
        ],
    ),
    (
        "documents: { access: pubic }",
        &["1:22 expected `public` | did you mean `public`?"],
    ),
    (
        "documents: { access: { scope: [a] } }",
        &[
            "1:14 `access` needs `scopes` | for example `scopes: [\"patients.read\"]`",
            "1:24 unknown key `scope` in `access` | did you mean `scopes`?",
        ],
    ),
    (
        "documents: { access: 3 }",
        &[
            "1:22 a value of another kind is expected here | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
        ],
    ),
];
