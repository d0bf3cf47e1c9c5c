//! The answer of an endpoint that says how it is made.

use config::{EndpointSettings, Mapped};
use mapping::{Body, Partial, Status};
use orchestration::Effect;
use serde_json::{Map, Value, json};
use utoipa::openapi::{Content, ContentBuilder};

use super::components::Library;
use super::names::pascal;
use super::{examples, problems, schema};

const ANSWER: &str = "The answer.";

/// The statuses that a mapped answer may have; `None`: those of any answer.
pub(super) fn statuses(
    endpoint: &EndpointSettings,
    mapped: &Mapped,
) -> Option<Vec<(u16, &'static str)>> {
    let call = match mapped.mapping.status? {
        Status::Fixed(status) => return Some(vec![(status, ANSWER)]),
        Status::Of(call) => endpoint.plan.calls.get(call)?,
    };
    let own = call.expect.success.iter().copied();
    let mut statuses: Vec<u16> = own.filter(|status| Status::is_passed_on(*status)).collect();
    if call.expect.success.is_empty() {
        statuses.extend(match call.effect {
            Effect::Read => vec![],
            Effect::Write => vec![201, 202],
        });
    }
    if !statuses.contains(&200) {
        statuses.insert(0, 200);
    }
    Some(
        statuses
            .into_iter()
            .map(|status| (status, ANSWER))
            .collect(),
    )
}

/// The body: as the configuration declares it, else open.
pub(super) fn content(
    endpoint: &EndpointSettings,
    mapped: &Mapped,
    name: &str,
    library: &mut Library,
) -> Content {
    let partly = mapped.mapping.partial == Partial::Problems;
    let Some(configured) = &mapped.schema else {
        let schema = match &mapped.mapping.body {
            Body::Select(mapping::Node::Object(_)) => open_object(endpoint, partly, library),
            Body::Program(_) | Body::Select(_) | Body::Members(_) | Body::Root(_) => {
                json!({ "description": "As the service's configuration makes it of the backends' answers." })
            }
        };
        return ContentBuilder::new()
            .schema(Some(schema::verbatim(schema)))
            .build();
    };
    let example = examples::example_of(configured);
    let mut configured = configured.clone();
    if partly
        && may_be_partial(endpoint)
        && configured.get("type") == Some(&json!("object"))
        && let Some(keywords) = configured.as_object_mut()
    {
        let properties = keywords.entry("properties");
        let properties = properties.or_insert_with(|| Value::Object(Map::new()));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(problems::MEMBER.to_owned(), list(library));
        }
    }
    let component = format!("{}Answer", pascal(name));
    library.configured_schema(&component, configured);
    ContentBuilder::new()
        .schema(Some(schema::reference_to(&component)))
        .example(example)
        .build()
}

fn open_object(endpoint: &EndpointSettings, partly: bool, library: &mut Library) -> Value {
    let mut object = json!({
        "type": "object",
        "description": "As the service's configuration makes it of the backends' answers.",
    });
    if partly
        && may_be_partial(endpoint)
        && let Some(keywords) = object.as_object_mut()
    {
        keywords.insert(
            "properties".to_owned(),
            json!({ problems::MEMBER: list(library) }),
        );
    }
    object
}

/// Whether a part may be missing: an optional one, or one that stops at a cap.
fn may_be_partial(endpoint: &EndpointSettings) -> bool {
    !endpoint.plan.calls.is_empty()
}

fn list(library: &mut Library) -> Value {
    let problem = problems::call_problem(library);
    json!({ "type": "array", "items": problem, "description": problems::MEMBER_MEANS })
}

/// The headers that a mapped answer may carry, besides those of every answer.
pub(super) fn headers(mapped: &Mapped) -> impl Iterator<Item = &str> {
    mapped.mapping.headers.iter().map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests;
