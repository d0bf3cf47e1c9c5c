//! What a client may send besides the body.

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use orchestration::ParameterName;
use serde_json::{Map, Value, json};

use super::{headers, schemas};
use crate::compiled::ParameterSettings;
use crate::place::Place;
use crate::report::Report;
use crate::scalar::ScalarKind;
use crate::settings::{DeclaredParameter, DeclaredParameters, File};
use crate::suggest;

const SCALARS: [&str; 4] = ["string", "integer", "number", "boolean"];

/// The parameters of an endpoint: those of the route in its order, then the query's, then headers.
pub(crate) fn compile(
    route: &[String],
    declared: &DeclaredParameters,
    file: &File,
    place: &Place,
    report: &mut Report<'_>,
) -> Vec<ParameterSettings> {
    let mut parameters = Vec::new();
    let unnamed = DeclaredParameter::default();
    for name in route {
        let settings = declared.path.get(name).unwrap_or(&unnamed);
        let place = place.key("path").key(name);
        if settings.required == Some(false) || settings.default.is_some() {
            report.fault_at_key(
                &place,
                "a parameter of the route is always there",
                "leave out `required` and `default`",
            );
        }
        parameters.push(parameter("path", name, settings, &place, report));
    }
    for name in declared.path.keys().filter(|name| !route.contains(name)) {
        let help = suggest::help(
            name,
            route.iter().map(String::as_str),
            "this route has no parameters",
        );
        report.fault_at_key(
            &place.key("path").key(name),
            format!("the route has no parameter `{name}`"),
            help,
        );
    }
    for (name, settings) in &declared.query {
        let place = place.key("query").key(name);
        if name.is_empty() {
            report.fault_at_key(&place, "a parameter needs a name", "");
        }
        parameters.push(parameter("query", name, settings, &place, report));
    }
    for (name, settings) in &declared.header {
        let place = place.key("header").key(name);
        if let Some(header) = headers::name(name, &place, report) {
            client_secret_header(&header, file, &place, report);
        }
        let twice = |known: &ParameterSettings| {
            known.name.place == "header" && known.name.name.eq_ignore_ascii_case(name)
        };
        if parameters.iter().any(twice) {
            report.fault_at_key(
                &place,
                format!("the header `{name}` is declared twice"),
                "keep one of them",
            );
        }
        parameters.push(parameter("header", name, settings, &place, report));
    }
    parameters
}

/// How a client shows who it is never reaches a backend.
fn client_secret_header(header: &HeaderName, file: &File, place: &Place, report: &mut Report<'_>) {
    let keys = file
        .clients
        .values()
        .flat_map(|client| client.api_key.iter().chain(&client.api_keys));
    let is_key = keys
        .map(|key| &key.header)
        .any(|name| name.eq_ignore_ascii_case(header.as_str()));
    if is_key || *header == AUTHORIZATION || *header == COOKIE {
        report.fault_at_key(
            place,
            format!("the header `{header}` shows who a client is and is never passed on"),
            "use a header of its own; backends have credentials",
        );
    }
}

fn parameter(
    place_name: &'static str,
    name: &str,
    settings: &DeclaredParameter,
    place: &Place,
    report: &mut Report<'_>,
) -> ParameterSettings {
    let before = report.faults.len();
    let schema = schema(place_name, settings, place, report);
    if report.faults.len() == before
        && let Some(validator) = schemas::compile(&schema, &place.key("schema"), report)
    {
        for (value, key) in [
            (&settings.default, "default"),
            (&settings.example, "example"),
        ] {
            if let Some(value) = value {
                schemas::check_value(&validator, value, &place.key(key), report);
            }
        }
        if report.faults.len() == before {
            check_spelling(&schema, settings, place, report);
        }
    }
    if settings.required == Some(true) && settings.default.is_some() {
        report.warn(
            &place.key("default"),
            "the default of a required parameter is never used",
            "leave out `default` or `required`",
        );
    }
    ParameterSettings {
        name: ParameterName {
            place: place_name,
            name: name.to_owned(),
        },
        required: place_name == "path" || settings.required == Some(true),
        schema,
        default: settings.default.as_ref().map(text),
        description: settings.description.clone(),
        example: settings.example.clone(),
    }
}

/// A default goes the way of a client's text: `1.0` is an integer to JSON Schema and not to a client.
fn check_spelling(
    schema: &Value,
    settings: &DeclaredParameter,
    place: &Place,
    report: &mut Report<'_>,
) {
    let kinds = ScalarKind::all_of(schema);
    let Some(default) = settings.default.as_ref().map(text) else {
        return;
    };
    let reads = |kind: &ScalarKind| *kind == ScalarKind::String || kind.reads_bare(&default);
    if !kinds.iter().any(reads) {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        report.fault(
            &place.key("default"),
            format!("a client could not send this as {}", names.join(" or ")),
            "write an integer without fraction and exponent, a number of at most 64 characters within the range of a double",
        );
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The declared schema, with the type made explicit; a path parameter is never empty.
fn schema(
    place_name: &str,
    settings: &DeclaredParameter,
    place: &Place,
    report: &mut Report<'_>,
) -> Value {
    let mut members = match &settings.schema {
        Some(Value::Object(members)) => members.clone(),
        None => Map::new(),
        Some(_) => {
            report.fault(
                &place.key("schema"),
                "the schema of a parameter is a mapping",
                "for example `{ type: string }`",
            );
            Map::new()
        }
    };
    let kind = members.entry("type").or_insert_with(|| json!("string"));
    let is_string = *kind == "string";
    if !kind.as_str().is_some_and(|kind| SCALARS.contains(&kind)) {
        report.fault(
            &place.key("schema").key("type"),
            "a parameter is a scalar",
            "write `string`, `integer`, `number` or `boolean`",
        );
    }
    if place_name == "path" && is_string {
        members.entry("minLength").or_insert_with(|| json!(1));
    }
    Value::Object(members)
}
