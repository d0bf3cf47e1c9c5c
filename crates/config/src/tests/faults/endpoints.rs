//! Faults of endpoints; the endpoint begins in line 8.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    // A value of the wrong kind hides no other fault, and makes none up.
    (
        "  - get: /x/{id}\n    access: publc\n    budget: 3\n    calls:\n      a: { backend: labs, get: /a, need: optionl, fallback: 1 }\n      b: { backend: stok, get: \"/b/{calls.a.x}\" }\n      c: { backend: labs, get: \"/c/{ID}\" }",
        &[
            "9:13 expected `public` | did you mean `public`?",
            "10:13 expected a text, found a number | for example `250ms`, `3s` or `2m`",
            "12:42 expected `required` or `optional` | did you mean `optional`?",
            "13:21 unknown backend `stok` | known here: `ehr` and `labs`",
            "14:36 the route has no parameter `ID` | did you mean `{id}`?",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    quorum: { of: a, at_least: 1 }\n    parameters: { query: { q: { required: 3 }, r: text } }\n    calls:\n      a: { get: /a }\n      b: { backend: stok, get: \"/b/{query.q}/{query.r}\" }",
        &[
            "10:19 expected a list, found a text | for example `[\"north\",\"south\",\"east\"]`",
            "11:43 expected `true` or `false`, found a number",
            "11:51 expected a mapping, found a text | its keys: `schema`, `required`, `default`, `description` and `example`",
            "13:7 a call needs `backend` | add `backend: ..`",
            "14:21 unknown backend `stok` | known here: `ehr` and `labs`",
        ],
    ),
    (
        "  - get: /x\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "8:5 an endpoint needs `access` | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
        ],
    ),
    (
        "  - access: public\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "8:5 an endpoint needs exactly one method with its route | for example `get: /patients/{id}/summary`; one of `get`, `post`, `put`, `patch` and `delete`",
        ],
    ),
    (
        "  - get: /x\n    access: public",
        &[
            "8:5 an endpoint needs at least one call, or an `answer` | add it under `calls`, or say under `answer` what it always answers with",
        ],
    ),
    (
        "  - get: /livez\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
        &["8:10 the route `/livez` is the service's own | choose another route"],
    ),
    (
        "  - get: /docs/x\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
        &["8:10 the route `/docs` is the service's own | choose another route"],
    ),
    (
        "  - get: x\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
        &["8:10 a route begins with `/` | for example `/patients/{id}/summary`"],
    ),
    (
        "  - get: /x/{a}{b}\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "8:13 not the name of a parameter | begin with a letter or `_`, and go on with letters, digits, `_` or `-`; one segment each",
        ],
    ),
    (
        "  - get: /x/{body}/../{a}/{a}\n    access: public\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "8:13 a parameter of a route cannot be called `body` | `{body…}` means something else in templates; for example `{body_id}`",
            "8:20 a route has no segment `..` | leave it out",
            "8:23 the parameter `a` stands twice | rename one",
        ],
    ),
    (
        "  - { get: \"/x/{a}\", access: public, calls: { a: { backend: labs, get: /a } } }\n  - { get: \"/x/{b}\", access: public, calls: { a: { backend: labs, get: /a } } }",
        &[
            "9:12 this route matches the same requests as `/x/{a}` in line 8 | remove one of them, or make them differ in a literal segment",
        ],
    ),
    (
        "  - get: /x/{id}\n    access: public\n    parameters: { path: { di: {} } }\n    calls: { a: { backend: labs, get: /a } }",
        &["10:27 the route has no parameter `di` | known here: `id`"],
    ),
    (
        "  - get: /x\n    access: private\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "9:13 this is no access rule | write `access: { scopes: [..] }`, or `access: public` to let everybody in",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    parameters: { query: { n: { schema: { type: integer }, default: 1.0 } } }\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "10:69 a client could not send this as an integer | write an integer without fraction and exponent, a number of at most 64 characters within the range of a double",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    parameters: { query: { n: { schema: { type: integr } }, m: { schema: { type: array } }, k: { schema: { type: integer }, default: ten }, r: { schema: { $ref: \"https://x.example\" } } } }\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "10:49 a parameter is a scalar | write `string`, `integer`, `number` or `boolean`",
            "10:82 a parameter is a scalar | write `string`, `integer`, `number` or `boolean`",
            "10:134 breaks its own schema: expected a whole number, found a text",
            "10:162 a `$ref` must stay within its schema | copy what it points to under `$defs` and refer to it as `#/$defs/name`",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    parameters: { header: { Authorization: {}, \"a b\": {} } }\n    body: {}\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "10:29 the header `authorization` shows who a client is and is never passed on | use a header of its own; backends have credentials",
            "10:48 not the name of a header | letters, digits and `-`, for example `X-Tenant` (RFC 9110 §5.1)",
            "11:5 a GET has no body | use `post`, or parameters of the query",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    budget: 0s\n    patient: \"{query.p}\"\n    parameters: { query: { p: {} } }\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "10:13 must be longer than zero | for example `3s`",
            "11:15 `{query.p}` may be missing here | declare the query parameter `p` with `required: true` or a `default`",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    patient: \"${env:LABS_KEY}\"\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "10:15 `${…}` is not allowed in endpoints | an endpoint names backends only: put the value into the backend or its credential",
        ],
    ),
];
