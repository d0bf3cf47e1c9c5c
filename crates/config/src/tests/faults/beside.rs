//! A fault that hides no other: what stands beside it is judged all the same, once.

use super::super::lines;
use super::{Row, calls, check};

const ITEMS: &[Row] = &[
    (
        "backends: { p: { rest: {}, url: \"http://127.0.0.1:1?x=1\", timeout: 90, max_body: 0B } }\nendpoints:\n  - get: /a/{id}\n    access: public\n    calls: { a: { backend: p, get: \"/a/{idd}\" } }",
        &[
            "1:33 a URL here must not have a query | leave out what follows `?`; calls and credentials have their own",
            "1:68 expected a text, found a number | for example `250ms`, `3s` or `2m`",
            "1:82 must be more than zero | for example `16MiB`",
            "5:40 the route has no parameter `idd` | did you mean `{id}`?",
        ],
    ),
    (
        "backends: { p: { rest: , url: localhost }, q: { fhir: R5, url: localhost }, r: { rest: {}, url: 3, timeout: 0s }, s: { rest: {}, timeout: 0s } }",
        &[
            "1:18 expected a mapping, found nothing | write `{}`",
            "1:31 not an absolute URL | begin with `https://`, for example `https://host.example/path`",
            "1:55 expected `R4` | write `R4`",
            "1:64 not an absolute URL | begin with `https://`, for example `https://host.example/path`",
            "1:97 expected a text, found a number | for example `https://ehr.example/fhir`",
            "1:109 must be longer than zero | for example `3s`",
            "1:115 a backend needs `url` | for example `url: https://ehr.example/fhir`",
            "1:139 must be longer than zero | for example `3s`",
        ],
    ),
    // What the setting with the fault allows is not asked for.
    (
        "credentials: { c: { bearer: \"${env:LABS_KEY}\" } }\nbackends: { p: { rest: {}, url: http://p.example, credential: c, allow_plain_http: yes, timeout: 0s } }",
        &[
            "2:84 expected `true` or `false`, found a text",
            "2:98 must be longer than zero | for example `3s`",
        ],
    ),
    (
        "clients: { x: { basic: { username: u, password_hash: \"${env:LABS_KEY}\" }, scopes: r } }\ncredentials: { a: { oauth2: { token_url: sso, client_id: a, client_secret: \"${env:LABS_KEY}\", scopes: r } } }",
        &[
            "1:54 not a password hash in PHC form | `manifold hash` prints one",
            "1:83 expected a list, found a text | for example `[\"patients.read\"]`",
            "2:42 not an absolute URL | begin with `https://`, for example `https://host.example/path`",
            "2:103 expected a list, found a text | for example `[\"system/Patient.rs\"]`",
        ],
    ),
    (
        "backends:\n  garage: { rest: {}, url: https://garage.example }\n  garage: { rest: {}, url: https://people.example }\nendpoints: [ { get: /x, access: public, calls: { a: { backend: people, get: /a } } } ]",
        &[
            "3:3 the key `garage` is given twice | the first one is in line 2; keep one of them",
            "4:64 unknown backend `people` | known here: `garage`",
        ],
    ),
];

#[test]
fn a_setting_with_a_fault_hides_no_fault_of_the_others() {
    check(ITEMS, lines);
}

const ORDER: &[Row] = &[
    (
        "      car: { backend: labs, get: /a }\n      owner: { backend: labs, get: \"/{calls.owner.x}\" }\n      third: { backend: labs, get: \"/{calls.cra.x}\" }",
        &[
            "12:7 the call `owner` waits for itself | let it take its values from the client's request, or from another call",
            "13:38 unknown call `cra` | did you mean `car`?",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{calls.b.x}\", query: { x: \"{nope}\" } }\n      b: { backend: lasb, post: /b, body: [\"{calls.a.x} {nope}\"] }",
        &[
            "11:7 these calls wait for each other: `a` → `b` → `a` | let one of them take its values from the client's request",
            "11:61 the route has no parameter `nope` | write it into the route, for example `/patients/{nope}`; other values are `{query.name}`, `{header.name}`, `{body}` and `{calls.name}`",
            "12:21 unknown backend `lasb` | did you mean `labs`?",
            "12:57 the route has no parameter `nope` | write it into the route, for example `/patients/{nope}`; other values are `{query.name}`, `{header.name}`, `{body}` and `{calls.name}`",
        ],
    ),
    (
        "      a: { backend: labs, get: \"/{nope}\", need: optional }\n      b: { backend: labs, get: \"/{calls.a.x}\" }\n      c: { backend: labs, get: \"/{calls.d.x}\" }\n      d: { backend: labs, get: /d, need: maybe }",
        &[
            "11:34 the route has no parameter `nope` | write it into the route, for example `/patients/{nope}`; other values are `{query.name}`, `{header.name}`, `{body}` and `{calls.name}`",
            "12:7 `b` is required and waits for `a`, which is optional | make `a` required, or `b` optional",
            "14:42 expected `required` or `optional` | write `required` or `optional`",
        ],
    ),
];

#[test]
fn the_order_of_calls_is_judged_beside_their_own_faults() {
    check(ORDER, calls);
}

const EMPTY: &[Row] = &[
    (
        "      a: { backend: ehr, read: \"/Patient/{id}\" }\n      b: { backend: ehr, search: \"\" }",
        &[
            "11:32 the id of a read is one place or one FHIR id | write `Type/{id}`, for example `Patient/{id}`",
            "11:32 the resource type is missing | begin with it, for example `Patient` or `Observation`",
            "12:34 the resource type is missing | begin with it, for example `Patient` or `Observation`",
        ],
    ),
    // Of a path that is written for another kind of backend nothing is said but its places.
    (
        "      a: { backend: labs, read: \"/people/{ID}\" }\n      b: { backend: labs, search: \"\" }",
        &[
            "11:27 the backend `labs` speaks REST, and this is a FHIR call | write `get: /path`, or say `fhir: R4` in the backend",
            "11:42 the route has no parameter `ID` | did you mean `{id}`?",
            "12:27 the backend `labs` speaks REST, and this is a FHIR call | write `get: /path`, or say `fhir: R4` in the backend",
        ],
    ),
];

#[test]
fn what_is_empty_is_called_missing() {
    check(EMPTY, calls);
}
