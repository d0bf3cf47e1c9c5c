//! What goes out for each grant and each way to authenticate.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::clock::Clock;
use crate::definition::{
    Assertion, AssertionAudience, BasicEncoding, Endpoint, Exchange, Grant, TokenType,
};
use crate::signing::{SigningAlgorithm, SigningKey};

fn definition(client: ClientAuthentication) -> Definition {
    let url = "https://sso.example/realms/my.realm/token?a=1";
    Definition::new("ehr", url.parse().unwrap(), client)
}

fn public() -> ClientAuthentication {
    ClientAuthentication::None {
        client_id: "id".into(),
    }
}

fn request<'a>(definition: &'a Definition, change: impl FnOnce(&mut Occasion<'a>)) -> TokenRequest {
    let Endpoint::Token(endpoint) = &definition.endpoint else {
        unreachable!()
    };
    let mut occasion = Occasion {
        endpoint,
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

fn with_grant(grant: Grant) -> Definition {
    Definition {
        grant,
        ..definition(public())
    }
}

fn key() -> Arc<SigningKey> {
    let pem = include_str!("../../tests/keys/ec384.sec1.pem").into();
    let key = SigningKey::from_pem(&pem, SigningAlgorithm::Es384).unwrap();
    Arc::new(key.with_key_id("k1"))
}

/// The parameter of a form.
fn parameter(request: &TokenRequest, name: &str) -> Option<String> {
    let body = request.body.expose_secret().to_owned();
    url::form_urlencoded::parse(body.as_bytes())
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

/// Header and claims of a signed token.
fn parts(token: &str) -> (Value, Value) {
    let part =
        |text: &str| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let mut all = token.split('.');
    (part(all.next().unwrap()), part(all.next().unwrap()))
}

#[test]
fn b01_b02_b03_a_public_client_sends_name_password_and_id_and_no_secret() {
    let password = with_grant(Grant::Password {
        username: "анна+&=% x".into(),
        password: "п+ &=%".into(),
    });
    let request = request(&password, |_| {});
    let expected = "grant_type=password&username=%D0%B0%D0%BD%D0%BD%D0%B0%2B%26%3D%25+x\
                    &password=%D0%BF%2B+%26%3D%25&client_id=id";
    assert_eq!(request.body.expose_secret(), expected);
    assert_eq!(request.headers.get(AUTHORIZATION), None);
    assert_eq!(request.url.path(), "/realms/my.realm/token");
}

#[test]
fn b05_a_renewal_shows_the_refresh_token_and_asks_for_no_scope() {
    let mut password = with_grant(Grant::Password {
        username: "anna".into(),
        password: "secret".into(),
    });
    password.scopes = vec!["a".into()];
    password.audience = Some("api".into());
    let token = "r+1".into();
    let renewal = request(&password, |occasion| occasion.refresh = Some(&token));
    assert_eq!(
        renewal.body.expose_secret(),
        "grant_type=refresh_token&refresh_token=r%2B1&client_id=id&audience=api"
    );
    let mut given = with_grant(Grant::RefreshToken { token: "r1".into() });
    given.scopes = vec!["a".into()];
    let request = request(&given, |occasion| occasion.refresh = Some(&token));
    assert_eq!(parameter(&request, "scope").as_deref(), Some("a"));
}

#[test]
fn c25_c26_c27_the_same_request_goes_out_as_a_json_object() {
    let members = [("audience".to_owned(), "aud".to_owned())];
    let mut json = definition(ClientAuthentication::SecretJson {
        client_id: "id".into(),
        client_secret: "s\"+ &п".into(),
        members: members.into(),
    });
    json.audience = Some("https://api.example/ ".into());
    json.resources = vec!["urn:a".into(), "urn:b".into(), "urn:c".into()];
    json.scopes = vec!["a".into(), "b".into()];
    let request = request(&json, |_| {});
    assert_eq!(
        request.headers.get(CONTENT_TYPE).unwrap(),
        "application/json"
    );
    assert_eq!(request.headers.get(AUTHORIZATION), None);
    let body: Value = serde_json::from_str(request.body.expose_secret()).unwrap();
    assert_eq!(
        body,
        json!({
            "grant_type": "client_credentials",
            "client_id": "id",
            "client_secret": "s\"+ &п",
            "scope": "a b",
            "aud": "https://api.example/ ",
            "resource": ["urn:a", "urn:b", "urn:c"],
        })
    );
}

#[test]
fn f49_a_client_assertion_is_new_in_each_request_and_lives_for_less_than_five_minutes() {
    let signed = definition(ClientAuthentication::PrivateKeyJwt {
        client_id: "id".into(),
        key: Arc::new(key()),
        audience: AssertionAudience::TokenUrl,
    });
    let (one, other) = (request(&signed, |_| {}), request(&signed, |_| {}));
    assert_eq!(
        parameter(&one, "client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    assert_eq!(parameter(&one, "client_id"), None);
    let (header, claims) = parts(&parameter(&one, "client_assertion").unwrap());
    assert_eq!(header, json!({ "typ": "JWT", "alg": "ES384", "kid": "k1" }));
    let (_, others) = parts(&parameter(&other, "client_assertion").unwrap());
    assert_ne!(claims["jti"], others["jti"]);
    assert_eq!(
        claims,
        json!({
            "iss": "id", "sub": "id",
            "aud": "https://sso.example/realms/my.realm/token?a=1",
            "iat": 1_800_000_000, "exp": 1_800_000_120, "jti": claims["jti"],
        })
    );
}

#[test]
fn an_assertion_as_the_grant_says_what_is_configured_for_whom_it_is_configured() {
    let mut assertion = Assertion::new(Arc::new(key()), "service@example");
    assertion.subject = "anna".into();
    assertion.audience = AssertionAudience::Exactly("https://sso.example/".into());
    assertion.claims.insert("scope".into(), "read".into());
    let mut bearer = with_grant(Grant::JwtBearer(Box::new(assertion)));
    bearer.client = ClientAuthentication::None {
        client_id: String::new(),
    };
    assert_eq!(bearer.validate(), Ok(()));
    let request = request(&bearer, |_| {});
    assert_eq!(
        parameter(&request, "grant_type").as_deref(),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer")
    );
    assert_eq!(parameter(&request, "client_id"), None);
    let (_, claims) = parts(&parameter(&request, "assertion").unwrap());
    assert_eq!(
        claims,
        json!({
            "iss": "service@example", "sub": "anna", "scope": "read",
            "aud": "https://sso.example/",
            "iat": 1_800_000_000, "exp": 1_800_000_300, "jti": claims["jti"],
        })
    );
}

#[test]
fn an_exchange_names_subject_and_requested_type() {
    let exchange = Exchange {
        requested: Some(TokenType::Jwt),
        ..Exchange::default()
    };
    let mut exchanging = with_grant(Grant::TokenExchange(Box::new(exchange)));
    exchanging.audience = Some("ehr".into());
    let subject = Subject {
        token_type: TokenType::Other("urn:x".into()),
        ..Subject::new("s+1".into(), None)
    };
    let request = request(&exchanging, |occasion| occasion.subject = Some(&subject));
    let expected = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
                    &subject_token=s%2B1&subject_token_type=urn%3Ax\
                    &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt\
                    &client_id=id&audience=ehr";
    assert_eq!(request.body.expose_secret(), expected);
}

#[test]
fn a_client_known_by_its_certificate_sends_its_id_and_nothing_else() {
    let mtls = definition(ClientAuthentication::TlsClientAuth {
        client_id: "id".into(),
    });
    let expected = "grant_type=client_credentials&client_id=id".to_owned();
    assert_eq!(post(&mtls), (None, expected));
}

#[test]
fn a_bound_token_is_asked_for_with_a_proof() {
    let key = ProofKey::generate(Clock::new(Arc::new(crate::SystemClock))).unwrap();
    let request = request(&definition(public()), |occasion| {
        occasion.proof_key = Some(&key);
    });
    let proof = request.headers.get(dpop::PROOF).unwrap();
    assert!(proof.is_sensitive());
    let (header, claims) = parts(proof.to_str().unwrap());
    assert_eq!(header["typ"], "dpop+jwt");
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["jwk"]["kty"], "EC");
    assert_eq!(header["jwk"]["d"], Value::Null);
    assert_eq!(
        claims,
        json!({
            "jti": claims["jti"], "htm": "POST", "iat": 1_800_000_000,
            "htu": "https://sso.example/realms/my.realm/token",
        })
    );
}
