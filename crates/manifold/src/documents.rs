//! What the service says about itself: the `OpenAPI` document and the page that shows it.
//!
//! Built from the running configuration, so that it cannot disagree with it. Names of clients,
//! URLs, hashes and credentials stay out. Must not know requests or routing.

mod answers;
mod components;
mod examples;
mod explained;
mod failures;
mod mapped;
mod names;
mod operation;
mod problems;
mod resources;
mod schema;
mod security;
mod swagger;

use config::Configuration;
use serde_json::Value;
use utoipa::openapi::path::{HttpMethod, PathItem};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Paths, Server, Tag};

use components::Library;
use names::OperationNames;

pub(crate) use swagger::{CONTENT_SECURITY_POLICY, swagger};

/// The group of endpoints that name none.
const DEFAULT_TAG: &str = "endpoints";

/// The `OpenAPI` 3.1 document of a configuration; `version` is the service's. Equal configurations
/// give equal documents, byte for byte.
///
/// # Errors
/// When the document cannot be written as JSON, which no configuration brings about.
pub(crate) fn openapi(
    configuration: &Configuration,
    version: &str,
) -> Result<Value, serde_json::Error> {
    let mut library = Library::default();
    let mut names = OperationNames::default();
    let mut paths = Paths::new();
    for endpoint in &configuration.endpoints {
        let Some(method) = http_method(&endpoint.method) else {
            continue;
        };
        let name = names.name(endpoint);
        let operation = operation::operation(endpoint, &name, configuration, &mut library);
        let item = PathItem::new(method, operation);
        paths
            .paths
            .entry(endpoint.route.clone())
            .or_default()
            .merge_operations(item);
    }
    let tags = tags(configuration);
    schema::render(&document(configuration, version, paths, tags, library))
}

fn document(
    configuration: &Configuration,
    version: &str,
    paths: Paths,
    tags: Vec<Tag>,
    library: Library,
) -> OpenApi {
    let description = "Each endpoint asks several systems at once and answers with one document. An answer that \
                       lacks an optional part says so: `Manifold-Complete: false` and an entry in `problems`.";
    let info = InfoBuilder::new()
        .title(&configuration.server.name)
        .version(version)
        .description(Some(description));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(library.into_components())
        .tags((!tags.is_empty()).then_some(tags))
        .build()
}

fn tags(configuration: &Configuration) -> Vec<Tag> {
    let mut names: Vec<&str> = Vec::new();
    for endpoint in &configuration.endpoints {
        for tag in operation::tags(endpoint) {
            if !names.contains(&tag) {
                names.push(tag);
            }
        }
    }
    names.into_iter().map(Tag::new).collect()
}

/// The methods that `OpenAPI` 3.1 can describe.
fn http_method(method: &http::Method) -> Option<HttpMethod> {
    match method.as_str() {
        "GET" => Some(HttpMethod::Get),
        "POST" => Some(HttpMethod::Post),
        "PUT" => Some(HttpMethod::Put),
        "DELETE" => Some(HttpMethod::Delete),
        "PATCH" => Some(HttpMethod::Patch),
        "HEAD" => Some(HttpMethod::Head),
        "OPTIONS" => Some(HttpMethod::Options),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
