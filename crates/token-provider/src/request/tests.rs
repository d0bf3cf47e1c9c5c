//! What goes out for each grant and each way to authenticate.
#![expect(clippy::unwrap_used, reason = "tests")]

use secrecy::ExposeSecret;

use super::*;
use crate::definition::BasicEncoding;

fn definition(client: ClientAuthentication) -> Definition {
    let url = "https://sso.example/realms/my.realm/token?a=1";
    Definition::new("ehr", url.parse().unwrap(), client)
}

fn public() -> ClientAuthentication {
    ClientAuthentication::None {
        client_id: "id".into(),
    }
}

fn request(definition: &Definition, change: impl FnOnce(&mut Occasion<'_>)) -> TokenRequest {
    let endpoint = match &definition.endpoint {
        crate::Endpoint::Token(url) => url.clone(),
        crate::Endpoint::Discover { .. } => unreachable!(),
    };
    let mut occasion = Occasion {
        endpoint: &endpoint,
        refresh: None,
        subject: None,
        actor: None,
        proof_key: None,
        now: SystemTime::UNIX_EPOCH + Duration::from_hours(500_000),
        timeout: Duration::from_secs(3),
    };
    change(&mut occasion);
    compose(definition, &occasion).unwrap()
}

fn post(definition: &Definition) -> (Option<String>, String) {
    let request = request(definition, |_| {});
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
        encoding: BasicEncoding::default(),
    };
    let expected = (
        Some("Basic aWQ6c2VjcmV0".to_owned()),
        "grant_type=client_credentials".to_owned(),
    );
    assert_eq!(post(&definition(basic)), expected);
    let body = "grant_type=client_credentials&client_id=my+id&client_secret=s%2B+%26%3D%25%D0%BF";
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
    let request = request(&definition(secret_post()), |_| {});
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
