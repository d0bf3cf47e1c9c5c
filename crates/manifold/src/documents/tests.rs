//! The whole document.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod plans;

use std::sync::Arc;
use std::time::Duration;

use config::{
    Access, ApiKey, Backend, Basic, BodySettings, Check, Client, Configuration, Credential,
    CredentialKind, Dialect, EndpointSettings, Member, ParameterSettings, Server,
};
use http::{HeaderName, Method};
use orchestration::{BackendRef, Call, Effect, Expect, Need, ParameterName, Plan, Template};
use serde_json::{Value, json};

use super::openapi;

/// Stands in every place of a configuration that must not be shown.
const SECRET: &str = "s3cret-marker";

pub(super) fn endpoint(method: Method, route: &str) -> EndpointSettings {
    EndpointSettings {
        label: format!("{method} {route}").into(),
        method,
        route: route.to_owned(),
        access: Access::Scopes(vec!["patients.read".to_owned()]),
        limits: None,
        cache_control: None,
        summary: None,
        description: None,
        tags: Vec::new(),
        parameters: Vec::new(),
        body: None,
        patient: None,
        plan: Arc::default(),
        members: Vec::new(),
        answer: config::AnswerSettings::Members,
        location: None,
        claims: false,
    }
}

fn call(name: &str, need: Need, effect: Effect) -> Call {
    Call {
        name: name.into(),
        backend: BackendRef {
            index: 0,
            alias: "ehr".into(),
        },
        need,
        effect,
        expect: Arc::default(),
        timeout: Duration::from_secs(1),
        write_timeout: Duration::from_secs(1),
        method: Method::GET,
        path: Template::literal(format!("/{SECRET}")),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        when: Vec::new(),
        for_each: None,
        fallback: None,
        waits_for: Vec::new(),
        considers: Vec::new(),
    }
}

fn parameter(place: &'static str, name: &str, schema: Value) -> ParameterSettings {
    ParameterSettings {
        name: ParameterName {
            place,
            name: name.to_owned(),
        },
        required: place == "path",
        schema,
        default: None,
        description: Some(format!("The {name}.")),
        example: None,
    }
}

fn summary() -> EndpointSettings {
    let mut including = call("encounters", Need::Optional, Effect::Read);
    including.query.push((
        "_include".to_owned(),
        Template::literal("Encounter:patient"),
    ));
    let calls = vec![
        call("patient", Need::Required, Effect::Read),
        call("vitals", Need::Optional, Effect::Read),
        including,
        call("results", Need::Optional, Effect::Read),
        call("anything", Need::Optional, Effect::Read),
    ];
    EndpointSettings {
        summary: Some("A patient at a glance".to_owned()),
        description: Some("Everything a ward asks for first.".to_owned()),
        tags: vec!["patients".to_owned()],
        parameters: vec![
            ParameterSettings {
                example: Some(json!("p-1")),
                ..parameter(
                    "path",
                    "id",
                    json!({ "type": "string", "pattern": "^[a-z0-9-]+$", "not": { "const": "all" } }),
                )
            },
            ParameterSettings {
                default: Some("10".to_owned()),
                ..parameter(
                    "query",
                    "count",
                    json!({ "type": "integer", "minimum": 1, "maximum": 50 }),
                )
            },
            parameter(
                "header",
                "X-Purpose",
                json!({ "$ref": "#/$defs/purpose", "$defs": { "purpose": { "type": "string", "enum": ["care", "billing"] } } }),
            ),
        ],
        plan: Arc::new(Plan {
            calls,
            budget: Duration::from_secs(3),
            quorum: None,
        }),
        members: vec![
            Member::Resource("Patient".to_owned()),
            Member::Searchset("Observation".to_owned()),
            Member::Searchset("Encounter".to_owned()),
            Member::Schema(json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "required": ["value"],
                "properties": { "value": { "type": "number" }, "unit": { "$ref": "#/$defs/unit" } },
                "$defs": { "unit": { "type": "string" } },
            })),
            Member::Any,
        ],
        ..endpoint(Method::GET, "/patients/{id}/summary")
    }
}

fn order() -> EndpointSettings {
    EndpointSettings {
        access: Access::Scopes(vec!["labs.write".to_owned()]),
        body: Some(BodySettings {
            media_types: Vec::new(),
            schema: json!({ "type": "object", "required": ["test"], "properties": { "test": { "type": "string" }, "amount": { "type": "number", "multipleOf": 0.1 } } }),
            required: true,
            max: 65_536,
            selected: false,
            example: Some(json!({ "test": "2345-7" })),
        }),
        plan: Arc::new(Plan {
            calls: vec![call("order", Need::Required, Effect::Write)],
            budget: Duration::from_secs(3),
            quorum: None,
        }),
        members: vec![Member::Resource("ServiceRequest".to_owned())],
        ..endpoint(Method::POST, "/orders")
    }
}

fn client(name: &str, scopes: &[&str]) -> Client {
    let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    Client {
        name: format!("{name}-{SECRET}").into(),
        basic: None,
        api_keys: Vec::new(),
        scopes,
        limits: None,
    }
}

fn configuration() -> Configuration {
    let basic = Basic {
        username: SECRET.to_owned(),
        password_hash: SECRET.into(),
    };
    let key = ApiKey {
        header: HeaderName::from_static("x-api-key"),
        sha256: [7; 32],
    };
    Configuration {
        limits: None,
        explain: None,
        token_store: None,
        server: Server {
            listen: ([127, 0, 0, 1], 0).into(),
            admin: None,
            workers: 1,
            lame_duck: Duration::ZERO,
            drain: Duration::ZERO,
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(5),
            name: "Ward services".to_owned(),
        },
        clients: vec![
            Client {
                basic: Some(basic),
                ..client("portal", &["patients.read"])
            },
            Client {
                api_keys: vec![key],
                ..client("robot", &["patients.read", "labs.write"])
            },
        ],
        credentials: vec![Credential {
            name: "labs".into(),
            kind: CredentialKind::ApiKeyQuery {
                name: "appid".to_owned(),
                value: SECRET.into(),
            },
            network: None,
        }],
        backends: vec![Backend {
            alias: "ehr".into(),
            dialect: Dialect::Rest,
            url: format!("https://{SECRET}.example/").parse().unwrap(),
            credential: Some(0),
            timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(1),
            read_timeout: Duration::from_secs(1),
            max_body: 1,
            max_cache: 1,
            headers: Vec::new(),
            token_rejected_statuses: Vec::new(),
            network: None,
            resilience: config::Resilience::default(),
        }],
        jwks: None,
        documents: Some(Access::Public),
        warnings: Vec::new(),
        endpoints: vec![
            summary(),
            order(),
            EndpointSettings {
                access: Access::Public,
                ..endpoint(Method::GET, "/hello")
            },
            EndpointSettings {
                access: Access::Scopes(vec!["nobody.has".to_owned()]),
                ..endpoint(Method::DELETE, "/hello")
            },
        ],
    }
}

fn document() -> Value {
    openapi(&configuration(), "0.1.0").unwrap()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn the_document_is_openapi_3_1_and_the_same_every_time() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["info"]["title"], "Ward services");
    assert_eq!(document["servers"], json!([{ "url": "/" }]));
    for _ in 0..5 {
        assert_eq!(document.to_string(), self::document().to_string());
    }
}

#[test]
fn a34_no_secret_no_url_and_no_client_is_in_the_document() {
    assert!(!document().to_string().contains(SECRET));
}

/// The codes with which an operation may fail, by status.
fn codes(document: &Value, path: &str, method: &str) -> Vec<String> {
    let responses = document["paths"][path][method]["responses"].as_object();
    let failures = responses.unwrap().iter().filter_map(|(status, response)| {
        let pointer = response["$ref"].as_str()?.strip_prefix('#')?;
        let examples =
            &document.pointer(pointer)?["content"]["application/problem+json"]["examples"];
        let codes: Vec<&str> = examples.as_object()?.keys().map(String::as_str).collect();
        let agree = examples.as_object()?.iter().all(|(code, example)| {
            example["value"]["code"] == **code
                && example["value"]["status"].as_u64() == status.parse().ok()
        });
        assert!(agree, "{path} {status}");
        Some(format!("{status} {}", codes.join(" ")))
    });
    failures.collect()
}

#[test]
fn each_operation_has_every_response_it_may_give_and_no_other() {
    let document = document();
    assert_eq!(
        codes(&document, "/patients/{id}/summary", "get"),
        [
            "400 invalid_parameter",
            "401 unauthenticated",
            "403 forbidden",
            "406 not_acceptable",
            "429 upstream_throttled",
            "500 internal",
            "502 upstream_connect upstream_login_page upstream_redirect upstream_refused upstream_reset upstream_status upstream_tls upstream_too_large upstream_unreadable",
            "503 overloaded",
            "504 deadline",
        ]
    );
    assert_eq!(
        codes(&document, "/orders", "post"),
        [
            "400 invalid_body invalid_parameter",
            "401 unauthenticated",
            "403 forbidden",
            "406 not_acceptable",
            "413 payload_too_large",
            "415 unsupported_media_type",
            "429 upstream_throttled",
            "500 internal",
            "502 upstream_connect upstream_login_page upstream_redirect upstream_refused upstream_reset upstream_status upstream_tls upstream_too_large upstream_unreadable write_unknown",
            "503 overloaded",
            "504 deadline write_unknown",
        ]
    );
    assert_eq!(
        codes(&document, "/hello", "get"),
        [
            "400 invalid_parameter",
            "406 not_acceptable",
            "500 internal",
            "503 overloaded",
        ]
    );
    assert_eq!(
        statuses(&document["paths"]["/orders"]["post"])[..3],
        ["200", "201", "202"]
    );
    let unauthenticated = &document["components"]["responses"]["Problem401"];
    assert!(unauthenticated["headers"]["WWW-Authenticate"].is_object());
    let overloaded = &document["components"]["responses"]["Problem503"];
    assert!(overloaded["headers"]["Retry-After"].is_object());
}

#[test]
fn what_calls_and_their_backends_add_is_listed_where_they_are_called() {
    let mut configuration = configuration();
    let definition = token_provider::Definition::new(
        "labs",
        "https://sso.example/token".parse().unwrap(),
        token_provider::ClientAuthentication::None {
            client_id: "manifold".to_owned(),
        },
    );
    configuration.credentials[0].kind = CredentialKind::OAuth2(Box::new(definition));
    configuration.backends[0].dialect = Dialect::FhirR4 {
        check: Check::Refuse,
    };
    configuration.backends[0].url = "http://127.0.0.1:1/".parse().unwrap();
    let mut following = call("following", Need::Required, Effect::Read);
    following.waits_for = vec![0];
    following.expect = Arc::new(Expect {
        absent: vec![404],
        ..Expect::default()
    });
    let first = call("first", Need::Required, Effect::Read);
    configuration.endpoints = vec![EndpointSettings {
        plan: Arc::new(Plan {
            calls: vec![first, following],
            budget: Duration::from_secs(3),
            quorum: None,
        }),
        members: vec![Member::Any, Member::Any],
        access: Access::Scopes(Vec::new()),
        ..endpoint(Method::GET, "/both")
    }];
    let document = openapi(&configuration, "0.1.0").unwrap();
    assert_eq!(
        codes(&document, "/both", "get"),
        [
            "400 invalid_parameter",
            "401 unauthenticated",
            "404 not_found",
            "406 not_acceptable",
            "429 upstream_throttled",
            "500 internal",
            "502 mapping upstream_auth_config upstream_check upstream_connect upstream_login_page upstream_redirect upstream_refused upstream_reset upstream_status upstream_too_large upstream_unreadable",
            "503 overloaded upstream_auth_unavailable upstream_throttled",
            "504 deadline",
        ]
    );
}

#[test]
fn security_names_the_schemes_that_can_succeed() {
    let document = document();
    let paths = &document["paths"];
    assert_eq!(
        paths["/patients/{id}/summary"]["get"]["security"],
        json!([{ "UsernameAndPassword": [] }, { "ApiKeyIn_x-api-key": [] }])
    );
    assert_eq!(
        paths["/orders"]["post"]["security"],
        json!([{ "ApiKeyIn_x-api-key": [] }])
    );
    assert_eq!(paths["/hello"]["get"]["security"], json!([]));
    assert_eq!(
        paths["/hello"]["delete"]["security"],
        json!([{ "UsernameAndPassword": [] }, { "ApiKeyIn_x-api-key": [] }])
    );
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (
            &schemes["UsernameAndPassword"]["type"],
            &schemes["UsernameAndPassword"]["scheme"]
        ),
        (&json!("http"), &json!("basic"))
    );
    assert_eq!(
        (
            &schemes["ApiKeyIn_x-api-key"]["in"],
            &schemes["ApiKeyIn_x-api-key"]["name"]
        ),
        (&json!("header"), &json!("x-api-key"))
    );
    let description = paths["/orders"]["post"]["description"].as_str().unwrap();
    assert_eq!(description, "Requires the scope `labs.write`.");
}

#[test]
fn parameters_are_as_configured() {
    let document = document();
    let parameters = &document["paths"]["/patients/{id}/summary"]["get"]["parameters"];
    assert_eq!(
        parameters[0],
        json!({
            "name": "id", "in": "path", "description": "The id.", "required": true,
            "schema": { "type": "string", "pattern": "^[a-z0-9-]+$", "not": { "const": "all" } },
            "example": "p-1",
        })
    );
    assert_eq!(
        parameters[1]["schema"],
        json!({ "type": "integer", "minimum": 1, "maximum": 50, "default": 10 })
    );
    assert_eq!(
        parameters[2]["schema"]["$ref"],
        "#/components/schemas/GetPatientsByIdSummaryXPurposeParameter"
    );
    let written = &document["paths"]["/orders"]["post"]["parameters"];
    assert_eq!(written[0]["name"], "Idempotency-Key");
}

#[test]
fn an_answer_has_a_member_per_call_and_null_where_it_is_optional() {
    let document = document();
    let answer = &document["components"]["schemas"]["GetPatientsByIdSummaryAnswer"];
    assert_eq!(
        answer["required"],
        json!(["patient", "vitals", "encounters", "results", "anything"])
    );
    let properties = &answer["properties"];
    assert_eq!(
        properties["patient"],
        json!({ "$ref": "#/components/schemas/FhirPatient" })
    );
    assert_eq!(
        properties["vitals"],
        json!({ "anyOf": [{ "$ref": "#/components/schemas/FhirObservationSearchset" }, { "type": "null" }] })
    );
    assert_eq!(
        properties["encounters"]["anyOf"][0]["$ref"],
        "#/components/schemas/FhirResourceSearchset"
    );
    let results = &document["components"]["schemas"]["GetPatientsByIdSummaryResults"];
    assert_eq!(
        results["properties"]["unit"]["$ref"],
        "#/components/schemas/GetPatientsByIdSummaryResultsUnit"
    );
    assert!(results.get("$schema").is_none());
    let patient = &document["components"]["schemas"]["FhirPatient"];
    assert_eq!(patient["properties"]["resourceType"]["const"], "Patient");
    assert_eq!(
        patient["externalDocs"]["url"],
        "https://hl7.org/fhir/R4/patient.html"
    );
}

#[test]
fn a_complete_and_a_partial_answer_are_shown() {
    let document = document();
    let response = &document["paths"]["/patients/{id}/summary"]["get"]["responses"]["200"];
    let examples = &response["content"]["application/json"]["examples"];
    let members = |example: &str| {
        examples[example]["value"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        members("complete"),
        "patient vitals encounters results anything"
    );
    assert_eq!(
        members("partial"),
        "patient vitals encounters results anything problems"
    );
    assert_eq!(examples["partial"]["value"]["vitals"], Value::Null);
    assert!(
        response["headers"]["Manifold-Complete"].is_object()
            && response["headers"]["X-Request-Id"].is_object()
    );
}

#[test]
fn every_code_is_in_the_problems_schema() {
    let document = document();
    let codes = document["components"]["schemas"]["Code"]["enum"]
        .as_array()
        .unwrap();
    assert!(
        problem::Code::ALL
            .iter()
            .all(|code| codes.contains(&json!(code.as_str())))
    );
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(target) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = target.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{target}");
                }
                members.values().for_each(|value| walk(value, document));
            }
            Value::Array(elements) => elements.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn every_example_is_valid_against_its_schema() {
    fn walk(value: &Value, document: &Value) {
        if let (Some(schema), Some(examples)) = (
            value.get("schema"),
            value.get("examples").and_then(Value::as_object),
        ) {
            let whole = json!({ "$ref": schema["$ref"], "components": document["components"] });
            let validator = jsonschema::options().offline().build(&whole).unwrap();
            for (name, example) in examples {
                let errors: Vec<_> = validator
                    .iter_errors(&example["value"])
                    .map(|error| error.to_string())
                    .collect();
                assert!(errors.is_empty(), "{name}: {errors:?}");
            }
        }
        match value {
            Value::Object(members) => members.values().for_each(|value| walk(value, document)),
            Value::Array(elements) => elements.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}
