//! What clients may call.

use std::sync::Arc;

use http::Method;
use orchestration::{Call, Plan, Source};

use super::route::Routes;
use super::scope::{DeclaredAs, Scope, pieces};
use super::template::Piece;
use super::{
    access, caching, limits, media_types, order, parameters, positive, response, route, schemas,
};
use crate::check::{Checked, Slips};
use crate::compiled::{Access, AnswerSettings, BodySettings, EndpointSettings};
use crate::place::Place;
use crate::report::{Report, Told};
use crate::settings::{DeclaredBody, EndpointEntry, File};

mod answer;
mod calls;

/// The endpoints without faults.
pub(crate) fn compile(checked: &Checked, report: &mut Report<'_>) -> Vec<EndpointSettings> {
    let mut routes = Routes::default();
    let mut endpoints = Vec::new();
    for (settings, remains) in checked.file.endpoints.iter().zip(&checked.endpoints) {
        let place = Place::ROOT.key("endpoints").index(remains.index);
        endpoints.extend(endpoint(
            (settings, &remains.slips),
            &checked.file,
            &mut routes,
            &place,
            report,
        ));
    }
    // With faults elsewhere the route that is meant may be missing here.
    if report.faults.is_empty() {
        locations(checked, &routes, report);
    }
    endpoints
}

/// A fault for each `location` at which no endpoint answers.
fn locations(checked: &Checked, routes: &Routes, report: &mut Report<'_>) {
    for (settings, remains) in checked.file.endpoints.iter().zip(&checked.endpoints) {
        let Some(text) = settings.location.as_deref() else {
            continue;
        };
        let pieces = super::template::split(text).unwrap_or_default();
        let outline: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(literal) => literal,
                Piece::Expression(_) => "x",
            })
            .collect();
        if !routes.lead(&Method::GET, &outline) {
            report.fault(
                &Place::ROOT
                    .key("endpoints")
                    .index(remains.index)
                    .key("location"),
                "no endpoint answers GET there",
                "add it, or leave `location` out",
            );
        }
    }
}

fn endpoint(
    (settings, slips): (&EndpointEntry, &Slips),
    file: &File,
    routes: &mut Routes,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<EndpointSettings> {
    let rule = settings.access.as_ref();
    let access = (!slips.has("access")).then(|| access::compile(rule, place, report));
    let access = access.flatten();
    let (method, key, route) = method(settings, place, report)?;
    let route_place = place.key(key);
    let names = route::parameters(route, &route_place, report);
    if names.is_some() {
        routes.add(&method, route, &route_place, report);
    }
    let names = names?;
    let parameters = parameters::compile(
        &names,
        &settings.parameters,
        file,
        &place.key("parameters"),
        report,
    );
    let mut body = settings
        .body
        .as_ref()
        .map(|body| self::body(body, &method, &place.key("body"), report));
    let declared_as = declared_as(body.as_ref());
    positive(settings.budget, &place.key("budget"), report);
    let limits = limits::compile(settings.limits.as_ref(), place, report);
    let cache_control = settings
        .cache_control
        .as_deref()
        .and_then(|text| caching::compile(text, &method, access.as_ref(), place, report));

    let scope = Scope {
        parameters: &parameters,
        body: declared_as,
        claims: access != Some(Access::Public),
        calls: &settings.calls,
        item: false,
        present: &[],
        own: None,
    };
    let patient = settings
        .patient
        .as_deref()
        .map(|text| patient(text, &scope, &place.key("patient"), report));
    let calls_place = place.key("calls");
    let fixed = answer::fixed(settings, place, report);
    let quorum = answer::quorum(settings, place, report);
    let (calls, members) = calls::compile((settings, slips), file, scope, &calls_place, report)?;
    if slips.has("response") || slips.has("quorum") {
        return None;
    }
    let location = answer::location(settings, &calls, scope, place, report);
    let mapped = response::compile(settings, &calls, scope, place, report);
    let answer = match fixed {
        Ok(None) => match mapped {
            Ok(None) => answer::of_calls(&calls, &calls_place, report),
            Ok(Some(mapped)) => Some(AnswerSettings::Mapped(mapped)),
            Err(Told) => None,
        },
        Ok(fixed) => fixed,
        Err(Told) => None,
    };
    let of_calls = |is_one: fn(&Source) -> bool| {
        let mut paths = location.iter().flatten();
        calls.iter().any(|call| reads(call, is_one)) || paths.any(|path| path.sources().any(is_one))
    };
    let mapped = match &answer {
        Some(AnswerSettings::Mapped(mapped)) => Some(mapped),
        _ => None,
    };
    let claims = of_calls(is_claim) || mapped.is_some_and(|mapped| mapped.claims);
    if let Some(body) = &mut body {
        body.selected = of_calls(is_part_of_body) || mapped.is_some_and(|mapped| mapped.body);
    }
    Some(EndpointSettings {
        label: Arc::from(format!("{method} {route}")),
        method,
        route: route.to_owned(),
        access: access?,
        limits,
        cache_control,
        summary: settings.summary.clone(),
        description: settings.description.clone(),
        tags: settings.tags.clone(),
        parameters,
        body,
        patient: match patient {
            None => None,
            Some(patient) => Some(patient?),
        },
        plan: Arc::new(Plan {
            calls,
            budget: settings.budget.0,
            quorum: quorum.ok()?,
        }),
        answer: answer?,
        location: location.ok()?,
        claims,
        members,
    })
}

/// Whether a value of the call, or one that decides on it, is of a kind.
fn reads(call: &Call, is_one: fn(&Source) -> bool) -> bool {
    let mut found = call.when.iter().any(|when| is_one(&when.source));
    order::each_source(call, &mut |source| found |= is_one(source));
    found
}

fn is_claim(source: &Source) -> bool {
    matches!(source, Source::Claim(_))
}

/// Whether the source is the client's body, but not the whole of it.
pub(crate) fn is_part_of_body(source: &Source) -> bool {
    matches!(source, Source::Body(path) if !path.steps().is_empty())
}

fn method<'a>(
    settings: &'a EndpointEntry,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<(Method, &'static str, &'a str)> {
    let all = [
        (Method::GET, "get", &settings.get),
        (Method::POST, "post", &settings.post),
        (Method::PUT, "put", &settings.put),
        (Method::PATCH, "patch", &settings.patch),
        (Method::DELETE, "delete", &settings.delete),
    ];
    let mut given: Vec<_> = all
        .into_iter()
        .filter_map(|(method, key, route)| Some((method, key, route.as_deref()?)))
        .collect();
    let number = given.len();
    let last = given.pop();
    if number == 1 {
        return last;
    }
    report.fault(
        place,
        "an endpoint needs exactly one method with its route",
        "for example `get: /patients/{id}/summary`; one of `get`, `post`, `put`, `patch` and `delete`",
    );
    None
}

fn declared_as(body: Option<&BodySettings>) -> DeclaredAs {
    match body {
        None => DeclaredAs::Nothing,
        Some(body) if body.media_types.is_empty() => DeclaredAs::Json,
        Some(_) => DeclaredAs::Bytes,
    }
}

fn body(
    settings: &DeclaredBody,
    method: &Method,
    place: &Place,
    report: &mut Report<'_>,
) -> BodySettings {
    if *method == Method::GET {
        report.fault_at_key(
            place,
            "a GET has no body",
            "use `post`, or parameters of the query",
        );
    }
    if settings.max.0 == 0 {
        report.fault(
            &place.key("max"),
            "must be more than zero",
            "for example `1MiB`",
        );
    }
    // The empty schema, which everything fits.
    let any = || serde_json::Value::Object(serde_json::Map::new());
    let schema = settings.schema.clone().unwrap_or_else(any);
    if let Some(validator) = schemas::compile(&schema, &place.key("schema"), report)
        && let Some(example) = &settings.example
    {
        schemas::check_value(&validator, example, &place.key("example"), report);
    }
    let bytes = !settings.media_types.is_empty();
    for (key, given) in [
        ("schema", settings.schema.is_some()),
        ("example", settings.example.is_some()),
    ] {
        if bytes && given {
            report.fault_at_key(
                &place.key(key),
                format!("`{key}` describes JSON, and this body is passed on unread"),
                "leave it out, or leave out `media_types`",
            );
        }
    }
    let media_types = media_types(&settings.media_types, &place.key("media_types"), report);
    BodySettings {
        media_types: media_types.unwrap_or_default(),
        schema,
        required: settings.required,
        max: settings.max.0,
        selected: false,
        example: settings.example.clone(),
    }
}

/// The index of the parameter that says whose data this is: there in every request.
fn patient(text: &str, scope: &Scope<'_>, place: &Place, report: &mut Report<'_>) -> Option<usize> {
    if let [Piece::Expression(expression)] = pieces(text, place, report)?.as_slice() {
        let source = scope.source(expression, false, place, report)?;
        if let Source::Parameter(index) = source {
            return Some(index);
        }
    }
    report.fault(
        place,
        "`patient` is one parameter of the path, the query or a header",
        "for example `patient: \"{id}\"`",
    );
    None
}
