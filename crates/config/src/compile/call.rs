//! One call of an endpoint: which backend, which request, what it may answer.

use std::sync::Arc;

use http::Method;
use orchestration::{
    BackendRef, BodyTemplate, Call, Effect, Expect, Need, Reading, Resource, Template,
};

use super::scope::Scope;
use super::{Found, backends, body, path, positive, query, schemas};
use crate::compiled::Member;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{BackendSettings, CallSettings, File, NeedSettings};

const DEFAULT_PAGES: u32 = 10;
const DEFAULT_ENTRIES: u32 = 1000;

/// `read` and `search` of a FHIR resource that does not exist, or no longer (FHIR R4, http.html#read).
const FHIR_ABSENT: [u16; 2] = [404, 410];

/// What the settings ask for.
enum Request<'a> {
    Read(&'a str),
    Search(&'a str),
    Rest(Method, &'static str, &'a str),
}

/// The call and its member, or `None` after a fault.
pub(crate) fn compile(
    name: &str,
    settings: &CallSettings,
    file: &File,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<(Call, Member)> {
    self::name(name, place, report);
    let found = super::look_up(
        &settings.backend,
        "backends",
        file.backends.keys(),
        &place.key("backend"),
        report,
    );
    let request = request(settings, place, report)?;
    // What does not depend on the backend is checked even when there is none.
    let backend = match found {
        Some(Found::Index(index)) => file
            .backends
            .get_index(index)
            .map(|(alias, backend)| (index, alias, backend)),
        Some(Found::Faulty) | None => None,
    };
    let fhir = match backend {
        Some((_, _, backend)) => backend.fhir.is_some(),
        None => !matches!(request, Request::Rest(..)),
    };
    let fits = match backend {
        Some((_, alias, _)) => fits(&request, settings, alias, fhir, place, report),
        None => false,
    };
    let credential = backend.and_then(|(_, _, backend)| backends::credential(backend, file));
    let path = rendered_path(&request, scope, place, report);
    let query = query::pairs(settings, fhir, credential, scope, place, report);
    let headers = query::headers(settings, credential, scope, place, report);
    let body = settings
        .body
        .as_ref()
        .map(|value| body::compile(value, scope, &place.key("body"), report));
    if let Some(timeout) = settings.timeout {
        positive(timeout, &place.key("timeout"), report);
    }
    if let Some(schema) = &settings.schema {
        schemas::compile(schema, &place.key("schema"), report);
    }
    let (index, alias, backend) = backend?;
    if !fits {
        return None;
    }
    let member = member(&request, settings, backend);
    let call = Call {
        name: Arc::from(name),
        backend: BackendRef {
            index,
            alias: Arc::from(alias.as_str()),
        },
        need: match settings.need {
            NeedSettings::Required => Need::Required,
            NeedSettings::Optional => Need::Optional,
        },
        effect: effect(&request),
        expect: Arc::new(Expect {
            reading: reading(&request, settings),
            resource: resource(&request),
            absent: absent(&request, settings),
            ..Expect::default()
        }),
        timeout: settings.timeout.unwrap_or(backend.timeout).0,
        write_timeout: backend.timeout.0,
        method: method(&request),
        path: path?,
        query,
        headers,
        body: match body {
            None => None,
            Some(body) => Some(BodyTemplate::Json {
                template: body?,
                media_type: "application/json",
            }),
        },
        when: Vec::new(),
        for_each: None,
        fallback: None,
        waits_for: Vec::new(),
        considers: Vec::new(),
    };
    Some((call, member))
}

/// A call's name is a member of the answer and part of expressions.
fn name(name: &str, place: &Place, report: &mut Report<'_>) {
    let start = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if name == "problems" {
        report.fault_at_key(
            place,
            "no call may be named `problems`",
            "that member tells what went wrong",
        );
    } else if !start
        || !name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_-".contains(character))
    {
        report.fault_at_key(
            place,
            format!("`{name}` cannot be the name of a call"),
            "begin with a letter or `_`, and go on with letters, digits, `_` or `-`",
        );
    }
}

fn request<'a>(
    settings: &'a CallSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Request<'a>> {
    let rest = [
        (Method::GET, "get", &settings.get),
        (Method::POST, "post", &settings.post),
        (Method::PUT, "put", &settings.put),
        (Method::PATCH, "patch", &settings.patch),
        (Method::DELETE, "delete", &settings.delete),
    ];
    let mut requests: Vec<Request<'a>> = Vec::new();
    requests.extend(settings.read.as_deref().map(Request::Read));
    requests.extend(settings.search.as_deref().map(Request::Search));
    for (method, key, path) in rest {
        requests.extend(path.as_deref().map(|path| Request::Rest(method, key, path)));
    }
    let number = requests.len();
    match requests.pop() {
        Some(request) if number == 1 => Some(request),
        _ => {
            report.fault_at_key(
                place,
                "a call is exactly one request",
                "for FHIR `read` or `search`; for REST one of `get`, `post`, `put`, `patch` and `delete`",
            );
            None
        }
    }
}

/// Whether the request and the settings around it fit the backend and each other.
fn fits(
    request: &Request<'_>,
    settings: &CallSettings,
    alias: &str,
    fhir: bool,
    place: &Place,
    report: &mut Report<'_>,
) -> bool {
    let before = report.faults.len();
    match request {
        Request::Rest(_, key, _) if fhir => report.fault_at_key(
            &place.key(key),
            format!("the backend `{alias}` speaks FHIR, and `{key}` is a REST call"),
            "write `read: \"Patient/{id}\"` or `search: Observation`",
        ),
        Request::Read(_) | Request::Search(_) if !fhir => report.fault_at_key(
            &place.key(if matches!(request, Request::Read(_)) {
                "read"
            } else {
                "search"
            }),
            format!("the backend `{alias}` speaks REST, and this is a FHIR call"),
            "write `get: /path`, or say `fhir: R4` in the backend",
        ),
        Request::Rest(..) | Request::Read(_) | Request::Search(_) => {}
    }
    let search = matches!(request, Request::Search(_));
    let rest = matches!(request, Request::Rest(..));
    let takes_body = matches!(request, Request::Rest(method, ..) if !matches!(*method, Method::GET | Method::DELETE));
    for (key, given, allowed, mend) in [
        (
            "pages",
            settings.pages.is_some(),
            search,
            "only a FHIR `search` has pages",
        ),
        (
            "entries",
            settings.entries.is_some(),
            search,
            "only a FHIR `search` has entries",
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
            takes_body,
            "only `post`, `put` and `patch` have a body",
        ),
        (
            "schema",
            settings.schema.is_some(),
            rest,
            "a FHIR answer is described by its resource type",
        ),
        (
            "absent",
            !settings.absent.is_empty(),
            !search,
            "a FHIR search that finds nothing is an empty Bundle",
        ),
    ] {
        if given && !allowed {
            report.fault_at_key(
                &place.key(key),
                format!("`{key}` has no meaning for this call"),
                mend,
            );
        }
    }
    report.faults.len() == before
}

fn method(request: &Request<'_>) -> Method {
    match request {
        Request::Read(_) | Request::Search(_) => Method::GET,
        Request::Rest(method, ..) => method.clone(),
    }
}

fn effect(request: &Request<'_>) -> Effect {
    if method(request) == Method::GET {
        Effect::Read
    } else {
        Effect::Write
    }
}

fn reading(request: &Request<'_>, settings: &CallSettings) -> Reading {
    match request {
        Request::Search(kind) => Reading::Pages {
            searched: (*kind).to_owned(),
            pages: settings.pages.unwrap_or(DEFAULT_PAGES),
            entries: settings.entries.unwrap_or(DEFAULT_ENTRIES),
        },
        Request::Read(_) | Request::Rest(..) => Reading::Json,
    }
}

/// A read's path is `/Type/` and the id.
fn resource(request: &Request<'_>) -> Option<Resource> {
    match request {
        Request::Read(path) => Some(Resource {
            kind: path.split('/').next()?.to_owned(),
            id: 1,
            version: None,
        }),
        Request::Search(_) | Request::Rest(..) => None,
    }
}

fn absent(request: &Request<'_>, settings: &CallSettings) -> Vec<u16> {
    let own: &[u16] = if matches!(request, Request::Read(_)) {
        &FHIR_ABSENT
    } else {
        &[]
    };
    let mut statuses: Vec<u16> = own.iter().chain(&settings.absent).copied().collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn member(request: &Request<'_>, settings: &CallSettings, backend: &BackendSettings) -> Member {
    match request {
        Request::Read(path) => {
            Member::Resource(path.split('/').next().unwrap_or_default().to_owned())
        }
        Request::Search(resource_type) => Member::Searchset((*resource_type).to_owned()),
        Request::Rest(..) => match settings.schema.as_ref().or(backend.schema.as_ref()) {
            Some(schema) => Member::Schema(schema.clone()),
            None => Member::Any,
        },
    }
}

fn rendered_path(
    request: &Request<'_>,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Template> {
    match request {
        Request::Read(path) => path::read(path, scope, &place.key("read"), report),
        Request::Search(resource_type) => {
            path::known_type(resource_type, &place.key("search"), report)
                .then(|| Template::literal(format!("/{resource_type}")))
        }
        Request::Rest(_, key, path) => path::rest(path, scope, &place.key(key), report),
    }
}
