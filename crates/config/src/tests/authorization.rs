//! Every way to be authorised, as it is compiled.

use std::path::{Path, PathBuf};

use token_provider::{
    AssertionAudience, ClientAuthentication, Definition, DiscoveryKind, Endpoint, Grant,
    SigningAlgorithm,
};

use super::{KEYS, lines, read};
use crate::{Access, Configuration, CredentialKind, parse};

/// The definition of a credential whose `oauth2` holds this, with the warnings.
fn define(oauth2: &str) -> (Definition, Vec<String>) {
    let text = format!("credentials: {{ a: {{ oauth2: {{ client_id: m, {oauth2} }} }} }}");
    let configuration = read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let warnings = configuration.warnings.iter();
    let warnings = warnings
        .map(|warning| warning.message.clone())
        .filter(|message| !message.contains("no backend names"))
        .filter(|message| !message.contains("no endpoints"))
        .collect();
    (definition(&configuration).clone(), warnings)
}

fn definition(configuration: &Configuration) -> &Definition {
    match &configuration.credentials[0].kind {
        CredentialKind::OAuth2(definition) => definition,
        other => panic!("{other:?}"),
    }
}

const SECRET: &str = "client_secret: \"${env:HOSPITAL_SECRET}\"";
const SIGNED: &str =
    "authentication: private_key_jwt, private_key: \"${env:EC_KEY}\", algorithm: ES384";

#[test]
fn a15_a_token_url_wins_over_what_the_issuer_publishes() {
    let (definition, warnings) = define(&format!(
        "token_url: https://s.example/token, issuer: https://s.example, {SIGNED}, key_id: a, assertion_audience: issuer"
    ));
    assert!(matches!(definition.endpoint, Endpoint::Token(url) if url.path() == "/token"));
    let ClientAuthentication::PrivateKeyJwt { audience, .. } = definition.client else {
        panic!()
    };
    let issuer = "https://s.example".to_owned();
    assert_eq!(audience, AssertionAudience::Exactly(issuer));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn a15_the_token_endpoint_is_a_url_or_found_through_its_issuer() {
    use DiscoveryKind::{AuthorizationServer, OpenIdProvider, Smart};
    for (written, expected) in [
        ("", OpenIdProvider),
        ("discovery: openid, ", OpenIdProvider),
        ("discovery: oauth, ", AuthorizationServer),
        ("discovery: smart, ", Smart),
    ] {
        let (definition, _) = define(&format!("issuer: https://s.example/a/, {written}{SECRET}"));
        let Endpoint::Discover { issuer, kind } = definition.endpoint else {
            panic!("{written}");
        };
        assert_eq!((issuer.as_str(), kind), ("https://s.example/a/", expected));
    }
}

#[test]
fn every_client_authentication_is_compiled() {
    let (basic, _) = define(&format!("token_url: https://s.example, {SECRET}"));
    assert!(matches!(
        basic.client,
        ClientAuthentication::SecretBasic { .. }
    ));
    let (json, _) = define(&format!(
        "token_url: https://s.example, authentication: client_secret_json, fields: {{ client_id: clientId }}, {SECRET}"
    ));
    let ClientAuthentication::SecretJson { members, .. } = json.client else {
        panic!()
    };
    assert_eq!(members["client_id"], "clientId");
    let (none, _) = define("token_url: https://s.example, authentication: none");
    assert!(matches!(none.client, ClientAuthentication::None { .. }));
}

#[test]
fn f49_a_private_key_signs_under_its_id_for_the_audience_that_is_written() {
    let issuer = "issuer: https://s.example/realm";
    for (audience, expected) in [
        ("", AssertionAudience::TokenUrl),
        ("assertion_audience: token_url", AssertionAudience::TokenUrl),
        (
            "assertion_audience: issuer",
            AssertionAudience::Exactly("https://s.example/realm".into()),
        ),
        (
            "assertion_audience: urn:x",
            AssertionAudience::Exactly("urn:x".into()),
        ),
    ] {
        let (definition, warnings) =
            define(&format!("{issuer}, {SIGNED}, key_id: 2026-11, {audience}"));
        let ClientAuthentication::PrivateKeyJwt { key, audience, .. } = definition.client else {
            panic!()
        };
        assert_eq!(audience, expected);
        assert_eq!(key.current().key_id(), Some("2026-11"));
        assert_eq!(key.current().algorithm(), SigningAlgorithm::Es384);
        assert_eq!(warnings, Vec::<String>::new());
    }
}

#[test]
fn f49_a_key_without_an_id_is_called_by_its_thumbprint_and_that_is_told() {
    let (definition, warnings) = define(&format!("token_url: https://s.example, {SIGNED}"));
    let ClientAuthentication::PrivateKeyJwt { key, .. } = definition.client else {
        panic!()
    };
    let thumbprint = key.current().thumbprint();
    assert_eq!(key.current().key_id(), Some(thumbprint.as_str()));
    assert_eq!(
        warnings,
        [format!(
            "the key has no id: its thumbprint `{thumbprint}` is sent as `kid`"
        )]
    );
    let text = format!(
        "jwks: {{ access: public }}\ncredentials: {{ a: {{ oauth2: {{ client_id: m, token_url: https://s.example, {SIGNED} }} }} }}"
    );
    let configuration = read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(configuration.jwks, Some(Access::Public));
    // That nobody names it, and that nothing is served.
    assert_eq!(configuration.warnings.len(), 2);
}

#[test]
fn f49_a_key_file_is_found_beside_the_configuration_and_stays_one_source() {
    let text = "credentials: { a: { oauth2: { client_id: m, token_url: https://s.example, authentication: private_key_jwt, private_key_file: ec384.pkcs8.pem, algorithm: ES384 } } }";
    let configuration = parse("manifold.yaml", text, Path::new(KEYS), &|_| None)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let ClientAuthentication::PrivateKeyJwt { key, .. } = &definition(&configuration).client else {
        panic!()
    };
    assert!(key.identity().contains("ec384.pkcs8.pem"));
    assert_eq!(
        key.current().key_id(),
        Some(key.current().thumbprint().as_str())
    );
}

#[test]
fn smart_servers_expect_rs384_or_es384() {
    let key = |algorithm: &str, file: &str| {
        format!(
            "authentication: private_key_jwt, key_id: a, private_key: \"${{env:{file}}}\", algorithm: {algorithm}"
        )
    };
    let at_smart = |key: &str| {
        define(&format!(
            "issuer: https://s.example, discovery: smart, {key}"
        ))
        .1
    };
    let at_token_url = |key: &str| {
        define(&format!(
            "token_url: https://s.example, scopes: [system/*.rs], {key}"
        ))
        .1
    };
    let warned = ["SMART servers need not verify `RS256`"];
    assert_eq!(at_smart(&key("RS256", "RSA_KEY")), warned);
    assert_eq!(at_token_url(&key("RS256", "RSA_KEY")), warned);
    for (algorithm, file) in [("RS384", "RSA_KEY"), ("ES384", "EC_KEY")] {
        let key = key(algorithm, file);
        assert_eq!(at_smart(&key), Vec::<String>::new());
        assert_eq!(at_token_url(&key), Vec::<String>::new());
    }
}

#[test]
fn b01_a_user_of_a_public_client_is_compiled_and_warned_about() {
    let (definition, warnings) = define(
        "token_url: https://s.example, authentication: none, grant: password, username: анна, password: \"${env:HOSPITAL_SECRET}\"",
    );
    let Grant::Password { username, .. } = definition.grant else {
        panic!()
    };
    assert_eq!(username, "анна");
    assert!(
        warnings.len() == 1 && warnings[0].contains("RFC 9700 §2.4"),
        "{warnings:?}"
    );
    let (definition, warnings) = define(
        "token_url: https://s.example, authentication: none, grant: refresh_token, refresh_token: \"${env:HOSPITAL_SECRET}\"",
    );
    assert!(matches!(definition.grant, Grant::RefreshToken { .. }));
    assert!(
        warnings.len() == 1 && warnings[0].contains("RFC 9700"),
        "{warnings:?}"
    );
}

#[test]
fn an_assertion_as_the_grant_takes_what_is_written_and_the_client_for_the_rest() {
    let grant = |assertion: &str| {
        let key = "private_key: \"${env:EC_KEY}\", algorithm: ES384, key_id: a";
        let (definition, _) = define(&format!(
            "token_url: https://s.example, authentication: none, grant: jwt_bearer, dpop: true, {key}{assertion}"
        ));
        assert!(definition.dpop);
        match definition.grant {
            Grant::JwtBearer(assertion) => assertion,
            other => panic!("{other:?}"),
        }
    };
    let plain = grant("");
    assert_eq!((plain.issuer.as_str(), plain.subject.as_str()), ("m", "m"));
    assert_eq!(plain.audience, AssertionAudience::TokenUrl);
    let full = grant(
        ", assertion: { issuer: i, subject: s, audience: urn:a, lifetime: 1m, claims: { scope: read, n: 1 } }",
    );
    assert_eq!((full.issuer.as_str(), full.subject.as_str()), ("i", "s"));
    assert_eq!(full.audience, AssertionAudience::Exactly("urn:a".into()));
    assert_eq!(full.life.as_secs(), 60);
    assert_eq!(full.claims["scope"], "read");
}

#[test]
fn b19_credentials_by_client_are_resolved_and_a_client_without_one_is_told_of() {
    let text = "
clients:
  portal: { api_key: { sha256: \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" }, scopes: [read] }
  robot: { api_key: { sha256: \"0086d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" }, scopes: [read] }
  other: { api_key: { sha256: \"1186d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" } }
credentials:
  mine: { bearer: \"${env:LABS_KEY}\" }
  each: { by_client: { portal: mine } }
backends: { a: { rest: {}, url: https://a.example, credential: each } }
endpoints: [ { get: /a, access: { scopes: [read] }, calls: { a: { backend: a, get: /a } } } ]
";
    let configuration = read(text).unwrap_or_else(|faults| panic!("{faults}"));
    let CredentialKind::ByClient(entries) = &configuration.credentials[1].kind else {
        panic!()
    };
    assert_eq!(entries.as_slice(), [("portal".into(), 0)]);
    let warnings: Vec<_> = configuration
        .warnings
        .iter()
        .map(|warning| warning.message.as_str())
        .collect();
    assert_eq!(
        warnings,
        ["the client `robot` may ask here, and has no credential for this backend"]
    );
}

#[test]
fn a_network_of_its_own_replaces_that_of_the_configuration_whole() {
    let text = "
network: { proxy: { url: http://p.example:3128, username: us, password: \"${env:LABS_KEY}\", exceptions: [\"*.internal\"] } }
credentials:
  a: { oauth2: { token_url: https://s.example, client_id: m, client_secret: \"${env:LABS_KEY}\" } }
  b: { oauth2: { token_url: https://s.example, client_id: m, client_secret: \"${env:LABS_KEY}\", network: {} } }
backends:
  a: { rest: {}, url: https://a.example }
  b: { rest: {}, url: https://a.example, network: {} }
";
    let configuration = read(text).unwrap_or_else(|faults| panic!("{faults}"));
    for network in [
        &configuration.credentials[0].network,
        &configuration.backends[0].network,
    ] {
        let proxy = network.as_ref().unwrap().proxy.as_ref().unwrap();
        assert_eq!(proxy.exceptions, ["*.internal"]);
        assert!(proxy.credentials.is_some());
    }
    assert!(configuration.credentials[1].network.is_none());
    assert!(configuration.backends[1].network.is_none());
    assert!(!format!("{configuration:?}").contains("env-key-0815"));
}

#[test]
fn certificates_are_read_at_load_and_their_faults_are_told_at_their_settings() {
    let folder = PathBuf::from(KEYS);
    let text = "network: { ca: public.pem, client_certificate: rsa.pkcs8.pem, client_key: rsa.pkcs8.pem }\nbackends: { a: { rest: {}, url: https://a.example, network: { ca: no-such.pem } } }";
    let faults = parse("manifold.yaml", text, &folder, &|_| None).unwrap_err();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.path.as_str(), fault.line))
        .collect();
    assert_eq!(
        found,
        [
            ("network.ca", 1),
            ("network.client_certificate", 1),
            ("backends.a.network.ca", 2)
        ]
    );
    assert_eq!(lines("network: {}"), Vec::<String>::new());
}
