//! Whether the request and the settings around it fit the backend and each other.

use http::Method;

use super::request::Request;
use crate::place::Place;
use crate::report::Report;
use crate::settings::CallSettings;

/// A setting: whether it is given, whether it has a meaning here, and why not.
type Rule = (&'static str, bool, bool, &'static str);

/// `false` after a fault.
pub(super) fn check(
    request: &Request<'_>,
    settings: &CallSettings,
    alias: &str,
    fhir: bool,
    place: &Place,
    report: &mut Report<'_>,
) -> bool {
    let before = report.faults.len();
    let key = request.key();
    if fhir && !request.is_fhir() {
        report.fault_at_key(
            &place.key(key),
            format!("the backend `{alias}` speaks FHIR, and `{key}` is a REST call"),
            "write `read: \"Patient/{id}\"` or `search: Observation`",
        );
    }
    if !fhir && request.is_fhir() {
        report.fault_at_key(
            &place.key(key),
            format!("the backend `{alias}` speaks REST, and this is a FHIR call"),
            "write `get: /path`, or say `fhir: R4` in the backend",
        );
    }
    for (key, given, allowed, mend) in of_request(request, settings)
        .into_iter()
        .chain(of_answer(request, settings))
    {
        if given && !allowed {
            report.fault_at_key(
                &place.key(key),
                format!("`{key}` has no meaning for this call"),
                mend,
            );
        }
    }
    let bodies = [
        ("body", settings.body.is_some()),
        ("form", settings.form.is_some()),
        ("multipart", settings.multipart.is_some()),
    ];
    if let Some((key, _)) = bodies.iter().filter(|(_, given)| *given).nth(1) {
        report.fault_at_key(
            &place.key(key),
            "a request has one body",
            "keep one of `body`, `form` and `multipart`",
        );
    }
    report.faults.len() == before
}

fn of_request(request: &Request<'_>, settings: &CallSettings) -> [Rule; 9] {
    let search = matches!(request, Request::Search { .. });
    let operation = matches!(request, Request::Operation(_));
    let takes_body = matches!(request, Request::Rest(method, ..) if !matches!(*method, Method::GET | Method::DELETE));
    let posts = matches!(request, Request::Rest(method, ..) if *method == Method::POST)
        || (operation && settings.body.is_some());
    let each = settings.for_each.is_some();
    [
        (
            "method",
            settings.method.is_some(),
            search,
            "only a FHIR `search` can be sent either way",
        ),
        (
            "effect",
            settings.effect.is_some(),
            posts,
            "only what is sent by POST may or may not change something",
        ),
        (
            "raw",
            !settings.raw.is_empty(),
            search,
            "only the values of a FHIR `search` are escaped",
        ),
        (
            "body",
            settings.body.is_some(),
            takes_body || operation,
            "only `post`, `put`, `patch` and `operation` have a body",
        ),
        (
            "form",
            settings.form.is_some(),
            takes_body,
            "only `post`, `put` and `patch` have a form",
        ),
        (
            "multipart",
            settings.multipart.is_some(),
            takes_body,
            "only `post`, `put` and `patch` have parts",
        ),
        (
            "concurrency",
            settings.concurrency.is_some(),
            each,
            "only a call with `for_each` is made more than once",
        ),
        (
            "max_items",
            settings.max_items.is_some(),
            each,
            "only a call with `for_each` has items",
        ),
        (
            "for_each",
            each,
            settings.accept.is_empty(),
            "an answer is one file",
        ),
    ]
}

fn of_answer(request: &Request<'_>, settings: &CallSettings) -> [Rule; 8] {
    let search = matches!(request, Request::Search { .. });
    let operation = matches!(request, Request::Operation(_));
    let rest = !request.is_fhir();
    let paged = search || operation;
    let file = !settings.accept.is_empty();
    [
        (
            "pages",
            settings.pages.is_some(),
            paged && !file,
            "only a FHIR `search` has pages, or an `operation` that answers with a Bundle",
        ),
        (
            "entries",
            settings.entries.is_some(),
            paged && !file,
            "only a FHIR `search` has entries, or an `operation` that answers with a Bundle",
        ),
        (
            "schema",
            settings.schema.is_some(),
            rest && !file,
            "a FHIR answer is described by its resource type, a file by its media type",
        ),
        (
            "absent",
            !settings.absent.is_empty(),
            !search,
            "a FHIR search that finds nothing is an empty Bundle",
        ),
        (
            "success",
            !settings.success.is_empty(),
            rest || (operation && settings.pages.is_none() && settings.entries.is_none()),
            "a FHIR read or search succeeds with the resource",
        ),
        (
            "accept",
            file,
            !search,
            "a FHIR search answers with a Bundle",
        ),
        (
            "keep_headers",
            !settings.keep_headers.is_empty(),
            !search && settings.pages.is_none() && settings.entries.is_none(),
            "pages have headers of their own each",
        ),
        (
            "fallback",
            settings.fallback.is_some(),
            !file,
            "a file has no member in the answer",
        ),
    ]
}
