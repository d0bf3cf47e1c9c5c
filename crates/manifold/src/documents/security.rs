//! How an operation is authenticated to: the schemes that the 401 would name.

use config::{Access, Configuration};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

use super::components::Library;
use super::explained;
use crate::authenticate::{Scheme, usable_schemes};

/// What a page that asks for credentials calls the scheme: it says what to type.
const BASIC: &str = "UsernameAndPassword";

/// One requirement per scheme that can succeed. Where access is public there is none, or one that
/// nothing meets too, where a client may say who it is for the sake of an explanation.
pub(super) fn requirements(
    access: &Access,
    configuration: &Configuration,
    library: &mut Library,
) -> Vec<SecurityRequirement> {
    let clients = &configuration.clients;
    let is_optional = *access == Access::Public && explained::is_offered(configuration);
    let schemes = if is_optional {
        usable_schemes(clients, &Access::Scopes(Vec::new()))
    } else {
        usable_schemes(clients, access)
    };
    let own = schemes
        .iter()
        .map(|scheme| SecurityRequirement::new(declare(scheme, library), Vec::<String>::new()));
    let nothing = is_optional.then(SecurityRequirement::default);
    nothing.into_iter().chain(own).collect()
}

/// Who may call, as a sentence.
pub(super) fn sentence(access: &Access) -> String {
    match access {
        Access::Public => "Open to everybody.".to_owned(),
        Access::Scopes(scopes) => match scopes.as_slice() {
            [] => "Requires a known client.".to_owned(),
            [only] => format!("Requires the scope `{only}`."),
            several => format!("Requires the scopes `{}`.", several.join("`, `")),
        },
    }
}

fn declare(scheme: &Scheme, library: &mut Library) -> String {
    match scheme {
        Scheme::Basic => {
            let description = "User name and password (RFC 7617), in UTF-8.";
            let http = HttpBuilder::new()
                .scheme(HttpAuthScheme::Basic)
                .description(Some(description))
                .build();
            library.security_scheme(BASIC, SecurityScheme::Http(http));
            BASIC.to_owned()
        }
        Scheme::ApiKey(header) => {
            let name = component_name(header.as_str());
            let description = format!(
                "A key issued by the operator, sent in the header `{}`.",
                header.as_str()
            );
            let value = ApiKeyValue::with_description(header.as_str(), &description);
            library.security_scheme(&name, SecurityScheme::ApiKey(ApiKey::Header(value)));
            name
        }
    }
}

/// Component names have letters, digits, `.`, `-` and `_` (`OpenAPI` 3.1, Components Object).
fn component_name(header: &str) -> String {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    format!(
        "ApiKeyIn_{}",
        header.replace(|character| !allowed(character), "_")
    )
}
