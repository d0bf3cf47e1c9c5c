//! The token request of a definition: URL, headers and form. It must not know how it is sent.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;

use super::{ClientAuthentication, Definition, Grant, client};
use crate::transport::TokenRequest;

/// The request for a token (RFC 6749 §4.4.2), to be answered within `timeout`.
pub(crate) fn compose(definition: &Definition, timeout: Duration) -> TokenRequest {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    if let ClientAuthentication::SecretBasic {
        client_id,
        client_secret,
        encoding,
    } = &definition.client
    {
        let basic = client::basic(client_id, client_secret, *encoding);
        // Base64 is always a valid header value, so that this never leaves the header out.
        if let Ok(mut value) = HeaderValue::from_str(&basic) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
    }
    TokenRequest {
        url: definition.token_url.clone(),
        headers,
        body: form(definition),
        timeout,
    }
}

fn form(definition: &Definition) -> SecretString {
    let mut form = Serializer::new(String::new());
    form.append_pair(
        "grant_type",
        match definition.grant {
            Grant::ClientCredentials => "client_credentials",
        },
    );
    match &definition.client {
        ClientAuthentication::SecretBasic { .. } => {}
        ClientAuthentication::SecretPost {
            client_id,
            client_secret,
        } => {
            form.append_pair("client_id", client_id);
            form.append_pair("client_secret", client_secret.expose_secret());
        }
        ClientAuthentication::None { client_id } => {
            form.append_pair("client_id", client_id);
        }
    }
    // Keycloak answers 400 to an empty `scope=`.
    if !definition.scopes.is_empty() {
        form.append_pair("scope", &definition.scopes.join(" "));
    }
    if let Some(audience) = &definition.audience {
        form.append_pair("audience", audience);
    }
    for resource in &definition.resources {
        form.append_pair("resource", resource);
    }
    form.extend_pairs(&definition.extra);
    SecretString::from(form.finish())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn definition(client: ClientAuthentication) -> Definition {
        Definition::new(
            "ehr",
            "https://sso.example/realms/my.realm/token?a=1"
                .parse()
                .unwrap(),
            client,
        )
    }

    fn post(definition: &Definition) -> (Option<String>, String) {
        let request = compose(definition, Duration::from_secs(5));
        let authorization = request.headers.get(AUTHORIZATION).map(|value| {
            assert!(value.is_sensitive());
            value.to_str().unwrap().to_owned()
        });
        (authorization, request.body.expose_secret().to_owned())
    }

    fn secret_post() -> ClientAuthentication {
        ClientAuthentication::SecretPost {
            client_id: "my id".into(),
            client_secret: "s+ &=%п".into(),
        }
    }

    #[test]
    fn a03_the_client_authenticates_itself_by_exactly_one_method() {
        let basic = ClientAuthentication::SecretBasic {
            client_id: "id".into(),
            client_secret: "secret".into(),
            encoding: super::super::BasicEncoding::default(),
        };
        let expected = (
            Some("Basic aWQ6c2VjcmV0".to_owned()),
            "grant_type=client_credentials".to_owned(),
        );
        assert_eq!(post(&definition(basic)), expected);
        let body =
            "grant_type=client_credentials&client_id=my+id&client_secret=s%2B+%26%3D%25%D0%BF";
        assert_eq!(post(&definition(secret_post())), (None, body.to_owned()));
        let public = ClientAuthentication::None {
            client_id: "id".into(),
        };
        assert_eq!(
            post(&definition(public)),
            (
                None,
                "grant_type=client_credentials&client_id=id".to_owned()
            )
        );
    }

    #[test]
    fn the_request_asks_for_json_at_the_url_as_it_was_given() {
        let request = compose(&definition(secret_post()), Duration::from_secs(3));
        assert_eq!(
            request.url.as_str(),
            "https://sso.example/realms/my.realm/token?a=1"
        );
        assert_eq!(request.headers.get(ACCEPT).unwrap(), "application/json");
        assert_eq!(
            request.headers.get(CONTENT_TYPE).unwrap(),
            "application/x-www-form-urlencoded"
        );
        assert_eq!(request.timeout, Duration::from_secs(3));
    }

    #[test]
    fn a04_scopes_go_out_as_one_space_joined_parameter_or_not_at_all() {
        let public = || {
            definition(ClientAuthentication::None {
                client_id: "id".into(),
            })
        };
        let scopes = vec!["system/Patient.rs".into(), "openid".into()];
        let body = post(&Definition { scopes, ..public() }).1;
        assert_eq!(
            body,
            "grant_type=client_credentials&client_id=id&scope=system%2FPatient.rs+openid"
        );
        assert!(!post(&public()).1.contains("scope"));
    }

    #[test]
    fn c25_c27_audience_resources_and_extras_go_out_verbatim_in_the_form() {
        let mut definition = definition(ClientAuthentication::None {
            client_id: "id".into(),
        });
        definition.audience = Some("https://api.example/ ".into());
        definition.resources = vec!["urn:a".into(), "urn:b".into()];
        definition.extra = vec![("tenant".into(), "x y".into())];
        let expected = "grant_type=client_credentials&client_id=id&audience=https%3A%2F%2Fapi.example%2F+\
                        &resource=urn%3Aa&resource=urn%3Ab&tenant=x+y";
        assert_eq!(post(&definition).1, expected);
    }
}
