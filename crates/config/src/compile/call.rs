//! One call of an endpoint: which backend, which request, what it may answer.

use std::sync::Arc;

use json::CheckedJson;
use orchestration::{BackendRef, BodyTemplate, Call, Expect, Need, Template};

use super::scope::Scope;
use super::{Found, backends, path, payload, positive, query, schemas};
use crate::compiled::Member;
use crate::place::Place;
use crate::report::{Report, Setting, Told};
use crate::settings::{CallSettings, File, NeedSettings};

mod cache;
mod expect;
mod fits;
mod repeat;
mod request;

use request::Request;

/// The call and its member, or `None` after a fault. `quorum`: it is one of those of which only some
/// must succeed.
pub(crate) fn compile(
    name: &str,
    settings: &CallSettings,
    quorum: bool,
    (file, scope): (&File, Scope<'_>),
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
    let request = request::compile(settings, place, report)?;
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
        None => request.is_fhir(),
    };
    let fits = match backend {
        Some((_, alias, _)) => fits::check(&request, settings, alias, fhir, place, report),
        None => false,
    };
    let need = need(settings, quorum);
    if quorum && need == Need::Required {
        report.fault(
            &place.key("need"),
            "a call of the quorum is not required by itself",
            "leave out `need`, or take the call out of `quorum`",
        );
    }
    let when = repeat::conditions(settings, scope, place, report);
    let for_each = repeat::for_each(settings, scope, place, report);
    let present = repeat::present(&when);
    let scope = Scope {
        item: settings.for_each.is_some(),
        present: &present,
        ..scope
    };
    let credentials = match backend {
        Some((_, _, backend)) => backends::credentials(backend, file),
        None => Vec::new(),
    };
    let path = if fhir == request.is_fhir() {
        rendered_path(&request, &scope, place, report)
    } else {
        path::places(request.text(), &scope, &place.key(request.key()), report);
        None
    };
    let mut query = query::pairs(settings, fhir, &credentials, &scope, place, report);
    let headers = query::headers(settings, &credentials, &scope, place, report);
    let mut body = payload::compile(settings, fhir, &scope, place, report);
    if request.is_posted_search() {
        body = Ok(Some(BodyTemplate::Form(std::mem::take(&mut query))));
    }
    let effect = request.effect(settings);
    let credential = backend.and_then(|(_, _, backend)| backends::credential(backend, file));
    let timeout = settings.timeout.or_else(|| Some(backend?.2.timeout));
    let cache = cache::compile(settings, effect, (credential, timeout), place, report);
    let expect = expect::compile(&request, settings, place, report);
    let fallback = fallback(settings, need, place, report);
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
    let member = expect::member(&request, settings, backend);
    let mut call = Call {
        name: Arc::from(name),
        backend: BackendRef {
            index,
            alias: Arc::from(alias.as_str()),
        },
        need,
        effect,
        expect: Arc::new(Expect { cache, ..expect? }),
        timeout: timeout?.0,
        write_timeout: backend.timeout.0,
        method: request.method(settings),
        path: path?,
        query,
        headers,
        body: body.ok()?,
        when: when.into_iter().collect::<Option<_>>()?,
        for_each: for_each.ok()?,
        fallback: fallback.ok()?,
        waits_for: Vec::new(),
        considers: Vec::new(),
    };
    (call.waits_for, call.considers) = super::order::awaited(&call);
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

/// Whether the answer makes sense without the call. `quorum`: it is one of those of which only some
/// must succeed.
pub(crate) const fn need(settings: &CallSettings, quorum: bool) -> Need {
    match settings.need {
        Some(NeedSettings::Required) => Need::Required,
        None if !quorum => Need::Required,
        Some(NeedSettings::Optional) | None => Need::Optional,
    }
}

fn fallback(
    settings: &CallSettings,
    need: Need,
    place: &Place,
    report: &mut Report<'_>,
) -> Setting<CheckedJson> {
    let Some(value) = &settings.fallback else {
        return Ok(None);
    };
    let place = place.key("fallback");
    if need == Need::Required {
        report.fault_at_key(
            &place,
            "a required call that fails fails the answer, and shows no fallback",
            "write `need: optional`",
        );
    }
    payload::constant(value, &place, report)
        .map(Some)
        .ok_or(Told)
}

fn rendered_path(
    request: &Request<'_>,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Template> {
    let place = place.key(request.key());
    match request {
        Request::Read(path) => path::read(path, scope, &place, report),
        Request::Vread(path) => path::vread(path, scope, &place, report),
        Request::Operation(path) => path::operation(path, scope, &place, report),
        Request::Search { kind, posted } => {
            let below = if *posted { "/_search" } else { "" };
            path::known_type(kind, &place, report)
                .then(|| Template::literal(format!("/{kind}{below}")))
        }
        Request::Rest(_, _, path) => path::rest(path, scope, &place, report),
    }
}
