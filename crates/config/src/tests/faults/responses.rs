//! Faults of `response:`. It begins in line 14, after calls `a` and `b`.

use super::Row;

/// Members of `response` of a public `GET /x/{id}` with calls `a` and `b`.
pub(super) const RESPONSES: &[Row] = &[
    (
        "      jq: .calls.c.x",
        &[
            "14:11 there is no `.calls.c` (line 1, column 8 of the program) | known here: `a` and `b`",
        ],
    ),
    (
        "      jq: \".call.a | range(3)\"",
        &[
            "14:11 `range/1` is not offered (line 1, column 11 of the program) | CONFIGURATION.md lists what is: what could run for ever is not",
        ],
    ),
    (
        "      jq: \"{x: .call.a, y: .claims.sub, z: .body.x}\"",
        &[
            "14:16 the program's input has no `.call` | did you mean `calls`?",
            "14:28 there are no claims: everybody may call this endpoint | write `access: { scopes: [..] }`",
            "14:44 the endpoint reads no JSON body | declare `body: { schema: .. }` in the endpoint",
        ],
    ),
    (
        "      jq: \".calls.a | contain(.x)\"",
        &[
            "14:11 `contain/1` is not offered (line 1, column 12 of the program) | did you mean `contains`?",
        ],
    ),
    (
        "      jq: .\n      select: { x: \"{calls.a.x}\" }\n      drop: [a]",
        &[
            "15:7 `jq` makes the whole answer | leave out `select`, or `jq`",
            "16:7 `jq` makes the whole answer | leave out `drop`, or `jq`",
        ],
    ),
    (
        "      select: { problems: 1, x: \"{calls.c.x}\", y: [\"{calls.a.x // x}\", \"{nope}\"] }",
        &[
            "14:17 `problems` is the service's own member | give it another name",
            "14:34 unknown call `c` | known here: `a` and `b`",
            "14:53 what follows `//` is not JSON | for example `{calls.results.total // 0}`, or `\"none\"` in double quotes",
            "14:73 the route has no parameter `nope` | write it into the route, for example `/patients/{nope}`; other values are `{query.name}`, `{header.name}`, `{body}` and `{calls.name}`",
        ],
    ),
    (
        "      drop: [c]\n      rename: { a: b, d: problems }",
        &[
            "13:5 two members of the answer are called `b` | rename one of them",
            "14:14 unknown call `c` | known here: `a` and `b`",
            "15:26 `problems` is the service's own member | give it another name",
            "15:26 unknown call `d` | known here: `a` and `b`",
        ],
    ),
    (
        "      merge: { policy: concat, of: [a, a, c] }",
        &[
            "14:7 an answer that is an array has no room for other members | give the array a name with `as`, or leave out the others with `drop`",
            "14:40 `a` stands here twice | leave one out",
            "14:43 unknown call `c` | known here: `a` and `b`",
        ],
    ),
    (
        "      merge: { policy: concat, of: [a] }",
        &[
            "14:7 an answer that is an array has no room for other members | give the array a name with `as`, or leave out the others with `drop`",
        ],
    ),
    (
        "      merge: { policy: last }",
        &[
            "14:24 expected `namespace`, `first`, `error` or `concat` | write `namespace`, `first`, `error` or `concat`",
        ],
    ),
    (
        "      merge: { policy: namespace, as: both }\n      status: 204\n      status_from: c\n      headers: { Content-Type: x, bad name: y }\n      max_output: 0B\n      root: a",
        &[
            "14:7 `root` makes the whole answer | leave out `merge`, or `root`",
            "15:15 an answer with the status 204 has no body | 200 to 203 or 400 to 599, for example 200",
            "16:7 the answer has a `status` already | leave one out",
            "17:18 the header `Content-Type` is the service's own | give it another name",
            "17:35 not the name of a header | letters, digits and `-`, for example `X-Tenant` (RFC 9110 §5.1)",
            "18:19 must be more than zero | for example `1MiB`",
        ],
    ),
    (
        "      headers: { Cache-Control: no-cache, Age: 1, X-Content-Type-Options: x, RateLimit: y, Vary: X-A, ETag: z }",
        &[
            "14:18 the header `Cache-Control` is the service's own | write its value under the endpoint's `cache_control`",
            "14:43 the header `Age` is the service's own | give it another name",
            "14:51 the header `X-Content-Type-Options` is the service's own | give it another name",
            "14:78 the header `RateLimit` is the service's own | give it another name",
        ],
    ),
    (
        "      headers: { Expires: x, Pragma: x, Surrogate-Control: x, CDN-Cache-Control: x, Content-Range: x, Content-Security-Policy: x, traceparent: x }",
        &[
            "14:18 the header `Expires` is the service's own | give it another name",
            "14:30 the header `Pragma` is the service's own | give it another name",
            "14:41 the header `Surrogate-Control` is the service's own | give it another name",
            "14:63 the header `CDN-Cache-Control` is the service's own | give it another name",
            "14:85 the header `Content-Range` is the service's own | give it another name",
            "14:103 the header `Content-Security-Policy` is the service's own | give it another name",
            "14:131 the header `traceparent` is the service's own | give it another name",
        ],
    ),
    (
        "      status: 206",
        &[
            "14:15 an answer with the status 206 is a part, which no client has asked for | 200 to 203 or 400 to 599, for example 200",
        ],
    ),
    (
        "      status: 304",
        &[
            "14:15 an answer with the status 304 says that the client has it already | 200 to 203 or 400 to 599, for example 200",
        ],
    ),
    ("      status: 100", &["14:15 less than 200"]),
];
