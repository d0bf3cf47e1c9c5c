//! Faults of calls; the first call is in line 11.

use super::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "      problems: { backend: labs, get: /a }",
        &["11:7 no call may be named `problems` | that member tells what went wrong"],
    ),
    (
        "      a.b: { backend: labs, get: /a }",
        &[
            "11:7 `a.b` cannot be the name of a call | begin with a letter or `_`, and go on with letters, digits, `_` or `-`",
        ],
    ),
    (
        "      a: { backend: labs }",
        &[
            "11:7 a call is exactly one request | for FHIR `read`, `vread`, `search` or `operation`; for REST one of `get`, `post`, `put`, `patch` and `delete`",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, post: /b }",
        &[
            "11:7 a call is exactly one request | for FHIR `read`, `vread`, `search` or `operation`; for REST one of `get`, `post`, `put`, `patch` and `delete`",
        ],
    ),
    (
        "      a: { backend: labs, read: \"Patient/{id}\" }",
        &[
            "11:27 the backend `labs` speaks REST, and this is a FHIR call | write `get: /path`, or say `fhir: R4` in the backend",
        ],
    ),
    (
        "      a: { backend: ehr, get: /Patient }",
        &[
            "11:26 the backend `ehr` speaks FHIR, and `get` is a REST call | write `read: \"Patient/{id}\"` or `search: Observation`",
        ],
    ),
    (
        "      a: { backend: ehr, read: \"Patinet/{id}\" }",
        &["11:32 `Patinet` is not a resource type of FHIR R4 | did you mean `Patient`?"],
    ),
    (
        "      a: { backend: ehr, read: Patient/a_b }",
        &[
            "11:32 the id of a read is one place or one FHIR id | write `Type/{id}`, for example `Patient/{id}`",
        ],
    ),
    (
        "      a: { backend: ehr, read: Patient }",
        &["11:32 a read names a type and an id | write `Type/{id}`, for example `Patient/{id}`"],
    ),
    (
        "      a: { backend: ehr, search: observation }",
        &["11:34 `observation` is not a resource type of FHIR R4 | did you mean `Observation`?"],
    ),
    (
        "      a: { backend: ehr, search: Observation, raw: [code], absent: [404] }",
        &[
            "11:53 the call has no query parameter `code` | the call has no `query`",
            "11:60 `absent` has no meaning for this call | a FHIR search that finds nothing is an empty Bundle",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, pages: 3, body: {} }",
        &[
            "11:36 `pages` has no meaning for this call | only a FHIR `search` has pages, or an `operation` that answers with a Bundle",
            "11:46 `body` has no meaning for this call | only `post`, `put`, `patch` and `operation` have a body",
        ],
    ),
    (
        "      a: { backend: labs, get: a?b#c }",
        &[
            "11:32 a path begins with `/` | it is appended to the URL of the backend",
            "11:33 a path holds no `?` | write the query under `query:`",
            "11:35 a path holds no `#` | a request has no fragment: leave it out",
        ],
    ),
    (
        "      a: { backend: labs, get: /a/../b/%2E%2e/%zz }",
        &[
            "11:35 a path has no segment `..` | leave it out",
            "11:40 `%` without two hexadecimal digits | write `%25` for a literal `%`",
            "11:40 a path has no segment `%2E%2e` | leave it out",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{claims.sub}/{body.x}/{foo.x}/{query.x}\" }",
        &[
            "11:34 there are no claims: everybody may call this endpoint | write `access: { scopes: [..] }`",
            "11:47 `{body.x}` needs the client's body, and the endpoint declares none | declare `body: { schema: .. }` in the endpoint",
            "11:56 `foo` is not a place that values come from | `{id}` is a parameter of the route; others begin with `query.`, `header.`, `body`, `claims.`, `calls.`, `status.` or `response_headers.`",
            "11:64 no query parameter `x` is declared | declare it: `parameters: { query: { x: {} } }`",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{id\" }",
        &["11:34 `{` without its `}` | write `{{` and `}}` for literal braces"],
    ),
    (
        "      a: { backend: labs, get: \"/{id}}\" }",
        &["11:37 `}` without its `{` | write `{{` and `}}` for literal braces"],
    ),
    (
        "      a: { backend: labs, get: \"/{calls.a.id}\" }",
        &[
            "11:7 the call `a` waits for itself | let it take its values from the client's request, or from another call",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{calls.b[x]}\" }\n      b: { backend: labs, get: /b }",
        &[
            "11:34 not a path: expected an index such as `[0]` or a quoted name such as `[\"name\"]` | for example `identifier[0].value`, or `[\"name with spaces\"]`",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{calls.b.id}\" }\n      b: { backend: labs, get: \"/{calls.a.id}\" }",
        &[
            "11:7 these calls wait for each other: `a` → `b` → `a` | let one of them take its values from the client's request",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{calls.b.id}\" }\n      b: { backend: labs, get: /b, need: optional }",
        &[
            "11:7 `a` is required and waits for `b`, which is optional | make `b` required, or `a` optional",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, query: { appid: x }, headers: { Connection: close }, timeout: 0s }",
        &[
            "11:45 the query parameter `appid` is the backend's credential | leave it out: the credential sets it",
            "11:68 the header `Connection` cannot be set | the connection itself decides it",
            "11:98 must be longer than zero | for example `3s`",
        ],
    ),
    (
        "      a: { backend: ehr, read: \"Patient/{id}\", headers: { authorization: x } }",
        &[
            "11:59 the header `authorization` is the backend's credential | leave it out: the credential sets it",
        ],
    ),
];
