//! Faults of what calls are made for, of what they send and of what the endpoint answers with. The
//! first call is in line 11.

use super::Row;

/// Calls of a public `GET /x/{id}`.
pub(super) const CALLS: &[Row] = &[
    (
        "      a: { backend: labs, get: /a, for_each: \"{calls.b.list}\" }\n      b: { backend: labs, get: \"/{item.id}\" }",
        &[
            "12:34 `{item.id}` needs a call that is made for each of a list | write `for_each: \"{calls.name.list}\"` in the call",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, for_each: \"x{id}\", concurrency: 0 }",
        &["11:68 less than 1"],
    ),
    (
        "      a: { backend: labs, get: /a, for_each: \"x{id}\" }\n      b: { backend: labs, get: /b, for_each: \"{id}\" }",
        &[
            "11:46 this is one place and nothing else | for example `{query.include}` or `{calls.orders.items}`",
            "12:46 this is never a list | a list comes from `{calls.name…}`, `{body…}` or `{claims…}`",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, concurrency: 2, max_items: 3 }",
        &[
            "11:36 `concurrency` has no meaning for this call | only a call with `for_each` is made more than once",
            "11:52 `max_items` has no meaning for this call | only a call with `for_each` has items",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, when: { value: \"{id}\" } }\n      b: { backend: labs, get: /a, when: [{ value: \"{id}\", equals: 1, exists: true }] }",
        &[
            "11:36 a condition is exactly one of `exists`, `equals`, `in` and `not_in` | for example `{ value: \"{query.include}\", equals: labs }`",
            "12:43 a condition is exactly one of `exists`, `equals`, `in` and `not_in` | for example `{ value: \"{query.include}\", equals: labs }`",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, when: { value: \"{calls.c.x}\", equal: 1 } }",
        &[
            "11:36 a condition is exactly one of `exists`, `equals`, `in` and `not_in` | for example `{ value: \"{query.include}\", equals: labs }`",
            "11:52 unknown call `c` | define it under `calls`",
            "11:66 unknown key `equal` in a condition | did you mean `equals`?",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, when: { value: \"{calls.b.x}\", exists: true } }\n      b: { backend: labs, get: /b, when: { value: \"{calls.a.x}\", exists: true } }",
        &[
            "11:7 these calls wait for each other: `a` → `b` → `a` | let one of them take its values from the client's request",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, fallback: [] }",
        &[
            "11:36 a required call that fails fails the answer, and shows no fallback | write `need: optional`",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, success: [200, 401, 404, 302], absent: [404] }",
        &[
            "11:51 401 is never success | list statuses of 2xx, or of 4xx apart from 401, 403, 407 and 429",
            "11:56 404 stands under `absent`, too | keep one of them",
            "11:61 302 is never success | list statuses of 2xx, or of 4xx apart from 401, 403, 407 and 429",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, keep_headers: [ETag, Set-Cookie, \"a b\"] }\n      b: { backend: labs, get: \"/{response_headers.a.location}/{response_headers.a.etag}/{status.c}\" }",
        &[
            "11:57 the header `set-cookie` is between the service and its backend | leave it out",
            "11:69 not the name of a header | for example `ETag`",
            "12:34 the call `a` does not keep the header `location` | write `keep_headers: [location]` in it",
            "12:90 unknown call `c` | known here: `a`",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, accept: [pdf, \"*/x\"] }",
        &[
            "11:45 not a media type | for example `application/pdf` or `image/*`, without parameters",
            "11:50 not a media type | for example `application/pdf` or `image/*`, without parameters",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, accept: [a/b] }\n      b: { backend: labs, get: \"/{calls.a.x}\" }",
        &[
            "12:34 `a` reads a file, which no template can look into | `{status.a}` and `{response_headers.a.…}` are there",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, accept: [a/b], need: optional }\n      b: { backend: labs, get: /b, accept: [a/b] }",
        &[
            "11:7 the file is the answer, and there is none without it | leave out `need: optional`",
            "12:36 the endpoint answers with the file of `a` already | an endpoint answers with one file: make two endpoints",
        ],
    ),
    (
        "      a: { backend: labs, post: /a, body: client }",
        &[
            "11:43 there is no body of the client's to pass on | declare `body` in the endpoint, for example with `media_types: [application/pdf]`",
        ],
    ),
    (
        "      a: { backend: labs, post: /a, body: {}, form: { a: 1 }, multipart: { b: { value: 1, base64: \"x{id}\" } } }",
        &["11:47 a request has one body | keep one of `body`, `form` and `multipart`"],
    ),
    (
        "      a: { backend: labs, post: /a, multipart: { b: { value: 1, base64: \"{id}\" }, c: { base64: \"x{id}\" }, d: { value: 1, type: x } } }",
        &[
            "11:50 a part holds exactly one of `value`, `base64` and `body` | for example `{ value: \"{body.note}\" }`",
            "11:96 this is one place and nothing else | for example `{body.content}`",
            "11:128 not a media type | for example `application/pdf` or `image/*`, without parameters",
        ],
    ),
    (
        "      a: { backend: labs, post: /a, form: { a: 1 }, headers: { Content-Type: text/plain } }",
        &[
            "11:64 the body decides its `Content-Type` | leave it out, or write the body under `body`",
        ],
    ),
    (
        "      a: { backend: labs, get: /a, method: post, effect: read, form: { a: 1 } }",
        &[
            "11:36 `method` has no meaning for this call | only a FHIR `search` can be sent either way",
            "11:50 `effect` has no meaning for this call | only what is sent by POST may or may not change something",
            "11:64 `form` has no meaning for this call | only `post`, `put` and `patch` have a form",
        ],
    ),
    (
        "      a: { backend: ehr, vread: \"Patient/{id}\" }\n      b: { backend: ehr, operation: \"Patient/{id}/everything\" }\n      c: { backend: ehr, operation: \"Patinet/$everything\" }\n      d: { backend: ehr, operation: \"Patient/a_b/$everything\" }",
        &[
            "11:33 a vread names a type, an id and a version | write `Type/{id}/_history/{version}`",
            "12:37 an operation ends with its name | write `$name`, `Type/$name` or `Type/{id}/$name`",
            "13:37 `Patinet` is not a resource type of FHIR R4 | did you mean `Patient`?",
            "14:37 the id of an operation is one place or one FHIR id | write `$name`, `Type/$name` or `Type/{id}/$name`",
        ],
    ),
];

/// Whole endpoints, from line 8 on.
pub(super) const ENDPOINTS: &[Row] = &[
    (
        "  - get: /x\n    access: public\n    answer: 1\n    calls: { a: { backend: labs, get: /a } }",
        &[
            "10:5 an endpoint with calls answers with their results | leave out `answer`, or `calls`",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    answer: {}\n    status: 204",
        &[
            "11:13 an answer with the status 204 has no body | 200 to 203 or 400 to 599, for example 200",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    status: 201\n    calls: { a: { backend: labs, get: /a } }",
        &["10:5 `status` is that of a fixed `answer` | leave it out: a call's own status decides"],
    ),
    (
        "  - get: /x\n    access: public\n    quorum: { of: [a, a, c], at_least: 2 }\n    calls: { a: { backend: labs, get: /a, need: required } }",
        &[
            "10:23 `a` stands here twice | leave one out",
            "10:26 unknown call `c` | known here: `a`",
            "11:49 a call of the quorum is not required by itself | leave out `need`, or take the call out of `quorum`",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    quorum: { of: [a], at_least: 2 }\n    calls: { a: { backend: labs, get: /a } }",
        &["10:34 more than the calls of `of`, which are 1 | the quorum could never be reached"],
    ),
    (
        "  - get: /x\n    access: public\n    calls: { a: { backend: labs, get: /a, need: optional, fallback: {} } }\n    response: { root: a }",
        &[
            "10:59 the fallback is never shown: the answer is not given in part | write `partial: header` in `response`, or leave it out",
        ],
    ),
    (
        "  - get: /x\n    access: public\n    location: /y\n    calls: { a: { backend: labs, get: /a } }",
        &["10:5 only an endpoint with one write has created one thing | leave it out"],
    ),
    (
        "  - post: /x\n    access: public\n    location: \"/y/{calls.a.id}\"\n    calls: { a: { backend: labs, post: /a } }",
        &["10:15 no endpoint answers GET there | add it, or leave `location` out"],
    ),
    (
        "  - post: /x\n    access: public\n    body: { media_types: [x], schema: {}, max: 1MiB }\n    calls: { a: { backend: labs, post: /a, body: client } }",
        &[
            "10:27 not a media type | for example `application/pdf` or `image/*`, without parameters",
            "10:31 `schema` describes JSON, and this body is passed on unread | leave it out, or leave out `media_types`",
        ],
    ),
    (
        "  - post: /x\n    access: public\n    body: { media_types: [a/b] }\n    calls: { a: { backend: labs, post: /a, body: \"{body.x}\" } }",
        &[
            "11:51 `{body.x}` needs a JSON body, and the endpoint passes it on unread | leave out `media_types` in the endpoint's `body`",
        ],
    ),
    (
        "  - get: /x/{item}\n    access: public\n    calls: { b: { backend: labs, get: /b }, a: { backend: labs, get: \"/{item}\", for_each: \"{calls.b}\" } }",
        &[
            "10:81 `{item}` is the element, and a parameter of the route | rename the parameter of the route",
        ],
    ),
];
