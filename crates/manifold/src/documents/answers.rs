//! The successful responses of an endpoint: whole and partial.

use std::iter::zip;

use config::{AnswerSettings, EndpointSettings, Member};
use orchestration::{Call, Effect, Need, Reading};
use serde_json::{Map, Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::{Content, ContentBuilder, RefOr, Response, ResponseBuilder};

use super::components::Library;
use super::names::pascal;
use super::{examples, mapped, problems, resources, schema};

const NO_FILE: &str = "There is no file.";

/// The statuses an endpoint's success may have: 200, and what its one write may say instead.
pub(super) fn statuses(endpoint: &EndpointSettings) -> Vec<(u16, &'static str)> {
    if let AnswerSettings::Fixed(fixed) = &endpoint.answer {
        return vec![(fixed.status, "Always the same.")];
    }
    if let AnswerSettings::File(_) = endpoint.answer {
        return vec![(200, "The file."), (204, NO_FILE)];
    }
    if let AnswerSettings::Mapped(answer) = &endpoint.answer
        && let Some(statuses) = mapped::statuses(endpoint, answer)
    {
        return statuses;
    }
    let mut statuses = vec![(200, "The answer.")];
    let calls = endpoint.plan.calls.iter();
    if calls.filter(|call| call.effect == Effect::Write).count() == 1 {
        statuses.extend([
            (201, "The answer; the backend has created something."),
            (
                202,
                "The answer; the backend has accepted the request and not yet carried it out.",
            ),
        ]);
    }
    statuses
}

/// A successful response. `name` is the operation's.
pub(super) fn response(
    endpoint: &EndpointSettings,
    name: &str,
    (status, description): (u16, &str),
    library: &mut Library,
) -> Response {
    let mut response = ResponseBuilder::new().description(description);
    let contents = match status {
        204 => Vec::new(),
        _ => contents(endpoint, name, library),
    };
    for (media_type, content) in contents {
        response = response.content(media_type, content);
    }
    if status == 201 && endpoint.location.is_some() {
        let path = json!({ "type": "string", "format": "uri-reference" });
        let header = problems::header("Where the service shows what has been created.", path);
        response = response.header("Location", header);
    }
    if let AnswerSettings::Mapped(answer) = &endpoint.answer {
        for name in mapped::headers(answer) {
            let header = problems::header("Where a backend sent it.", json!({ "type": "string" }));
            response = response.header(name, header);
        }
    }
    if endpoint.cache_control.is_some() {
        response = response.header("ETag", entity_tag());
    }
    let kept = |call: &orchestration::Call| call.expect.cache.is_some();
    if endpoint.plan.calls.iter().any(kept) {
        let seconds = json!({ "type": "integer", "minimum": 0 });
        let header = problems::header(
            "How many seconds ago the oldest part was read, where one is kept.",
            seconds,
        );
        response = response.header("Age", header);
    }
    response
        .header(
            "Manifold-Complete",
            problems::header(
                "`false` when an optional part is missing: see `problems`.",
                json!({ "type": "boolean" }),
            ),
        )
        .header("X-Request-Id", problems::request_id())
        .build()
}

/// What a client is told that has the answer already.
pub(super) fn not_modified() -> Response {
    ResponseBuilder::new()
        .description("The client has the answer that `If-None-Match` names.")
        .header("ETag", entity_tag())
        .header("X-Request-Id", problems::request_id())
        .build()
}

fn entity_tag() -> utoipa::openapi::Header {
    let what = "Names the answer, for `If-None-Match`; a partial one has none.";
    problems::header(what, json!({ "type": "string" }))
}

/// The answer under each media type that it may have.
fn contents(
    endpoint: &EndpointSettings,
    name: &str,
    library: &mut Library,
) -> Vec<(String, Content)> {
    let json = "application/json".to_owned();
    match &endpoint.answer {
        AnswerSettings::Members => vec![(json, content(endpoint, name, library))],
        AnswerSettings::Mapped(answer) => {
            vec![(json, mapped::content(endpoint, answer, name, library))]
        }
        AnswerSettings::Fixed(fixed) => {
            let example = serde_json::from_slice(&fixed.body.bytes()).unwrap_or_default();
            let schema = schema::verbatim(json!({ "type": type_of(&example) }));
            let content = ContentBuilder::new()
                .schema(Some(schema))
                .example(Some(example))
                .build();
            vec![(json, content)]
        }
        AnswerSettings::File(file) => {
            let call = endpoint.plan.calls.get(file.call);
            let types = match call.map(|call| &call.expect.reading) {
                Some(Reading::Opaque { media_types, .. }) => media_types.as_slice(),
                Some(Reading::Json | Reading::Pages { .. }) | None => &[],
            };
            types
                .iter()
                .map(|kind| (kind.clone(), file_content()))
                .collect()
        }
    }
}

/// Bytes, as generators of clients know them.
pub(super) fn file_content() -> Content {
    let schema = schema::verbatim(json!({ "type": "string", "format": "binary" }));
    ContentBuilder::new().schema(Some(schema)).build()
}

/// The JSON Schema type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn content(endpoint: &EndpointSettings, name: &str, library: &mut Library) -> Content {
    let component = format!("{}Answer", pascal(name));
    library.schema(&component, |library| answer_schema(endpoint, name, library));
    let shown = [
        ("complete", complete(endpoint)),
        ("partial", partial(endpoint)),
    ];
    let shown = shown
        .into_iter()
        .filter_map(|(name, example)| Some((name, RefOr::T(example?))));
    ContentBuilder::new()
        .schema(Some(schema::reference_to(&component)))
        .examples_from_iter(shown)
        .build()
}

fn members(endpoint: &EndpointSettings) -> impl Iterator<Item = (&Call, &Member)> {
    zip(&endpoint.plan.calls, &endpoint.members)
}

fn answer_schema(endpoint: &EndpointSettings, name: &str, library: &mut Library) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (call, member) in members(endpoint) {
        let schema = member_schema(call, member, name, library);
        let mut forms = match (&call.for_each, member) {
            (None, _) => vec![schema],
            (Some(_), Member::Any) => vec![json!({ "type": "array", "items": schema })],
            (Some(_), _) => {
                let element = json!({ "anyOf": [schema, { "type": "null" }] });
                vec![json!({ "type": "array", "items": element })]
            }
        };
        if may_be_null(call, endpoint) {
            forms.push(json!({ "type": "null" }));
        }
        if let Some(fallback) = &call.fallback {
            let fallback = serde_json::from_slice(&fallback.bytes()).unwrap_or_default();
            forms.push(json!({ "type": type_of(&fallback), "description": "The fallback." }));
        }
        let schema = match (forms.pop(), forms.is_empty(), member) {
            (Some(only), true, _) => only,
            (Some(_), false, Member::Any) if call.for_each.is_none() => any(),
            (last, _, _) => {
                forms.extend(last);
                json!({ "anyOf": forms })
            }
        };
        properties.insert(call.name.to_string(), schema);
        required.push(call.name.to_string());
    }
    if !required.is_empty() {
        let problem = problems::call_problem(library);
        properties.insert(
            problems::MEMBER.to_owned(),
            json!({ "type": "array", "items": problem, "description": problems::MEMBER_MEANS }),
        );
    }
    let mut answer = json!({ "type": "object", "description": "One member per call.", "properties": properties });
    if let Some(keywords) = answer.as_object_mut()
        && !required.is_empty()
    {
        keywords.insert("required".to_owned(), json!(required));
    }
    answer
}

/// Whether the member is `null` where nothing is missing, or where a problem says why.
fn may_be_null(call: &Call, endpoint: &EndpointSettings) -> bool {
    // A write may succeed without a body.
    let own = call.need == Need::Optional || call.effect == Effect::Write || !call.when.is_empty();
    let mut first = call.waits_for.iter();
    own || first.any(|index| {
        let first = endpoint.plan.calls.get(*index);
        first.is_some_and(|first| may_be_null(first, endpoint))
    })
}

fn any() -> Value {
    json!({ "description": "As the backend sent it." })
}

fn member_schema(call: &Call, member: &Member, name: &str, library: &mut Library) -> Value {
    match member {
        Member::Any => any(),
        Member::Schema(configured) => {
            let component = format!("{}{}", pascal(name), pascal(&call.name));
            library.configured_schema(&component, configured.clone())
        }
        Member::Resource(kind) => resources::resource(kind, library),
        Member::Searchset(kind) => resources::searchset(resources::entry_kind(kind, call), library),
    }
}

fn member_example(member: &Member) -> Option<Value> {
    match member {
        Member::Any => Some(json!({})),
        Member::Schema(schema) => examples::example_of(schema),
        Member::Resource(kind) => Some(examples::resource(kind)),
        Member::Searchset(kind) => Some(examples::searchset(kind)),
    }
}

/// A call's member to show.
fn shown(call: &Call, member: &Member) -> Option<Value> {
    let one = member_example(member)?;
    Some(match call.for_each {
        Some(_) => json!([one]),
        None => one,
    })
}

fn complete(endpoint: &EndpointSettings) -> Option<Example> {
    let members: Option<Map<_, _>> = members(endpoint)
        .map(|(call, member)| Some((call.name.to_string(), shown(call, member)?)))
        .collect();
    Some(show("Every call succeeded", members?))
}

/// As if the first optional call had failed.
fn partial(endpoint: &EndpointSettings) -> Option<Example> {
    let (missing, _) = members(endpoint).find(|(call, _)| call.need == Need::Optional)?;
    let shown = members(endpoint).map(|(call, member)| {
        let value = if call.name == missing.name {
            let fallback = call.fallback.as_ref();
            fallback
                .and_then(|fallback| serde_json::from_slice(&fallback.bytes()).ok())
                .unwrap_or_default()
        } else {
            self::shown(call, member)?
        };
        Some((call.name.to_string(), value))
    });
    let mut shown: Map<_, _> = shown.collect::<Option<_>>()?;
    let problem = problems::call_problem_example(missing);
    shown.insert("problems".to_owned(), json!([problem]));
    Some(show("An optional call failed", shown))
}

fn show(summary: &str, members: Map<String, Value>) -> Example {
    ExampleBuilder::new()
        .summary(summary)
        .value(Some(Value::Object(members)))
        .build()
}
