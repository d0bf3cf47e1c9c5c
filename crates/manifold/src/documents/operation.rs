//! One endpoint as an operation: what it takes and what it may answer.

use config::{BodySettings, Configuration, EndpointSettings, ParameterSettings};
use orchestration::Effect;
use serde_json::{Value, json};
use utoipa::openapi::path::{
    Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{ContentBuilder, RefOr, Required, Responses};

use super::components::Library;
use super::names::pascal;
use super::{DEFAULT_TAG, answers, explained, failures, problems, schema, security};

/// The operation of one endpoint; `name` is unique among all.
pub(super) fn operation(
    endpoint: &EndpointSettings,
    name: &str,
    configuration: &Configuration,
    library: &mut Library,
) -> Operation {
    let parameters = parameters(endpoint, name, configuration, library);
    let body = endpoint
        .body
        .as_ref()
        .map(|body| request_body(body, name, library));
    let security = security::requirements(&endpoint.access, configuration, library);
    OperationBuilder::new()
        .operation_id(Some(name))
        .summary(Some(endpoint.summary.as_deref().unwrap_or(&endpoint.label)))
        .description(Some(description(endpoint)))
        .tags(Some(tags(endpoint).map(str::to_owned).collect::<Vec<_>>()))
        .parameters((!parameters.is_empty()).then_some(parameters))
        .request_body(body)
        .securities(Some(security))
        .responses(responses(endpoint, name, configuration, library))
        .build()
}

/// The groups of an endpoint, at least one.
pub(super) fn tags(endpoint: &EndpointSettings) -> impl Iterator<Item = &str> {
    let default = endpoint.tags.is_empty().then_some(DEFAULT_TAG);
    endpoint.tags.iter().map(String::as_str).chain(default)
}

fn description(endpoint: &EndpointSettings) -> String {
    let access = security::sentence(&endpoint.access);
    match &endpoint.description {
        Some(description) => format!("{}\n\n{access}", description.trim_end()),
        None => access,
    }
}

fn responses(
    endpoint: &EndpointSettings,
    name: &str,
    configuration: &Configuration,
    library: &mut Library,
) -> Responses {
    let explained = explained::is_offered(configuration);
    let mut responses = Responses::new();
    for (status, description) in answers::statuses(endpoint) {
        let mut response = answers::response(endpoint, name, (status, description), library);
        if explained {
            explained::complete(&mut response, name, library);
        }
        responses
            .responses
            .insert(status.to_string(), RefOr::T(response));
    }
    if endpoint.cache_control.is_some() {
        let known = answers::not_modified();
        responses
            .responses
            .insert("304".to_owned(), RefOr::T(known));
    }
    for (status, failures) in failures::of(endpoint, configuration) {
        responses.responses.insert(
            status.to_string(),
            problems::response(status, &failures, explained, library),
        );
    }
    responses
}

fn parameters(
    endpoint: &EndpointSettings,
    name: &str,
    configuration: &Configuration,
    library: &mut Library,
) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = endpoint
        .parameters
        .iter()
        .map(|settings| parameter(settings, name, library))
        .collect();
    let writes = endpoint
        .plan
        .calls
        .iter()
        .any(|call| call.effect == Effect::Write);
    let of_ours = [
        (writes, idempotency_key()),
        (endpoint.cache_control.is_some(), if_none_match()),
    ];
    for (is_read, header) in of_ours {
        let is_same = |declared: &Parameter| {
            declared.parameter_in == ParameterIn::Header
                && declared.name.eq_ignore_ascii_case(&header.name)
        };
        if is_read && !parameters.iter().any(is_same) {
            parameters.push(header);
        }
    }
    if explained::is_offered(configuration) {
        parameters.push(explained::parameter());
    }
    parameters
}

fn idempotency_key() -> Parameter {
    let what = "Backends get a key made of it, so that they can tell a repetition.";
    header("Idempotency-Key", what)
}

/// [`crate::caching`].
fn if_none_match() -> Parameter {
    let what = "The `ETag` of the answer that the client has, or several (RFC 9110 §13.1.2).";
    header("If-None-Match", what)
}

/// A header that the service reads itself.
fn header(name: &str, what: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(what))
        .schema(Some(schema::verbatim(
            json!({ "type": "string", "minLength": 1 }),
        )))
        .build()
}

fn parameter(settings: &ParameterSettings, operation: &str, library: &mut Library) -> Parameter {
    let place = match settings.name.place {
        "path" => ParameterIn::Path,
        "query" => ParameterIn::Query,
        _ => ParameterIn::Header,
    };
    let required = settings.required || place == ParameterIn::Path;
    let configured = with_default(
        schema::without_identity(settings.schema.clone()),
        settings.default.as_deref(),
    );
    let configured = if schema::refers_to_itself(&configured) {
        let component = format!(
            "{}{}Parameter",
            pascal(operation),
            pascal(&settings.name.name)
        );
        library.configured_schema(&component, configured)
    } else {
        configured
    };
    ParameterBuilder::new()
        .name(&settings.name.name)
        .parameter_in(place)
        .required(if required {
            Required::True
        } else {
            Required::False
        })
        .description(settings.description.as_deref())
        .schema(Some(schema::verbatim(configured)))
        .example(settings.example.clone())
        .build()
}

/// The schema with the value that is used when the client leaves the parameter out, as the type
/// that the schema names.
fn with_default(mut schema: Value, default: Option<&str>) -> Value {
    if let (Some(text), Value::Object(keywords)) = (default, &mut schema) {
        let is_string = keywords.get("type").is_none_or(|kind| kind == "string");
        let parsed = (!is_string)
            .then(|| serde_json::from_str(text).ok())
            .flatten();
        keywords.insert(
            "default".to_owned(),
            parsed.unwrap_or_else(|| Value::String(text.to_owned())),
        );
    }
    schema
}

fn request_body(settings: &BodySettings, operation: &str, library: &mut Library) -> RequestBody {
    let mut body = RequestBodyBuilder::new();
    for media_type in &settings.media_types {
        body = body.content(media_type, answers::file_content());
    }
    if settings.media_types.is_empty() {
        let component = format!("{}Body", pascal(operation));
        library.configured_schema(&component, settings.schema.clone());
        let content = ContentBuilder::new()
            .schema(Some(schema::reference_to(&component)))
            .example(settings.example.clone())
            .build();
        body = body.content("application/json", content);
    }
    body.description(Some(format!("At most {} bytes.", settings.max)))
        .required(Some(if settings.required {
            Required::True
        } else {
            Required::False
        }))
        .build()
}
