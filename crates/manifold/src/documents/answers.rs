//! The successful responses of an endpoint: whole and partial.

use std::iter::zip;

use config::{EndpointSettings, Member};
use orchestration::{Call, Effect, Need};
use serde_json::{Map, Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::{Content, ContentBuilder, RefOr, Response, ResponseBuilder};

use super::components::Library;
use super::names::pascal;
use super::{examples, problems, resources, schema};

/// The statuses an endpoint's success may have: 200, and what its one write may say instead.
pub(super) fn statuses(endpoint: &EndpointSettings) -> &'static [(u16, &'static str)] {
    const READ: &[(u16, &str)] = &[(200, "The answer.")];
    const WRITE: &[(u16, &str)] = &[
        (200, "The answer."),
        (201, "The answer; the backend has created something."),
        (
            202,
            "The answer; the backend has accepted the request and not yet carried it out.",
        ),
    ];
    let writes = endpoint
        .plan
        .calls
        .iter()
        .filter(|call| call.effect == Effect::Write)
        .count();
    if writes == 1 { WRITE } else { READ }
}

/// A successful response. `name` is the operation's.
pub(super) fn response(
    endpoint: &EndpointSettings,
    name: &str,
    description: &str,
    library: &mut Library,
) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content(endpoint, name, library))
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
        // A write may succeed without a body.
        let nullable = call.need == Need::Optional || call.effect == Effect::Write;
        let schema = match (nullable, member) {
            (false, _) | (true, Member::Any) => schema,
            (true, _) => json!({ "anyOf": [schema, { "type": "null" }] }),
        };
        properties.insert(call.name.to_string(), schema);
        required.push(call.name.to_string());
    }
    if !required.is_empty() {
        let problem = problems::call_problem(library);
        properties.insert(
            "problems".to_owned(),
            json!({ "type": "array", "items": problem, "description": "One entry per missing or incomplete part; absent when there is none." }),
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

fn member_schema(call: &Call, member: &Member, name: &str, library: &mut Library) -> Value {
    match member {
        Member::Any => json!({ "description": "As the backend sent it." }),
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

fn complete(endpoint: &EndpointSettings) -> Option<Example> {
    let members: Option<Map<_, _>> = members(endpoint)
        .map(|(call, member)| Some((call.name.to_string(), member_example(member)?)))
        .collect();
    Some(show("Every call succeeded", members?))
}

/// As if the first optional call had failed.
fn partial(endpoint: &EndpointSettings) -> Option<Example> {
    let (missing, _) = members(endpoint).find(|(call, _)| call.need == Need::Optional)?;
    let shown = members(endpoint).map(|(call, member)| {
        let value = if call.name == missing.name {
            Value::Null
        } else {
            member_example(member)?
        };
        Some((call.name.to_string(), value))
    });
    let mut shown: Map<_, _> = shown.collect::<Option<_>>()?;
    let problem = problems::call_problem_example(&missing.name, &missing.backend.alias);
    shown.insert("problems".to_owned(), json!([problem]));
    Some(show("An optional call failed", shown))
}

fn show(summary: &str, members: Map<String, Value>) -> Example {
    ExampleBuilder::new()
        .summary(summary)
        .value(Some(Value::Object(members)))
        .build()
}
