//! Authentication as a whole, and what the tests of its parts share.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use argon2::password_hash::CustomizedPasswordHasher as _;
use argon2::{Argon2, Params};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use config::{Access, ApiKey, Basic, Client};
use futures::future::join_all;
use problem::Code;
use secrecy::SecretString;

use super::{Authenticator, Denied, PasswordLimits, Passwords};

/// A hash that costs next to nothing to verify.
pub(super) fn hash(password: &str) -> SecretString {
    hash_with(password, Params::MIN_M_COST, 1)
}

/// A hash that takes long enough for something else to happen meanwhile.
pub(super) fn slow_hash(password: &str) -> SecretString {
    hash_with(password, 4096, 2)
}

fn hash_with(password: &str, memory: u32, passes: u32) -> SecretString {
    let parameters = Params::new(memory, passes, 1, None).unwrap();
    let hash = Argon2::default().hash_password_with_params(
        password.as_bytes(),
        b"salt of the test",
        parameters,
    );
    hash.unwrap().to_string().into()
}

pub(super) fn with_basic(name: &str, password: &str, scopes: &[&str]) -> Client {
    let basic = Basic {
        username: name.to_owned(),
        password_hash: hash(password),
    };
    Client {
        basic: Some(basic),
        ..client(name, scopes)
    }
}

pub(super) fn with_key(name: &str, header: &str, key: &str, scopes: &[&str]) -> Client {
    let key = ApiKey {
        header: header.parse().unwrap(),
        sha256: digest(&SHA256, key.as_bytes()).as_ref().try_into().unwrap(),
    };
    Client {
        api_keys: vec![key],
        ..client(name, scopes)
    }
}

fn client(name: &str, scopes: &[&str]) -> Client {
    let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    Client {
        name: name.into(),
        basic: None,
        api_keys: Vec::new(),
        scopes,
        limits: None,
    }
}

pub(super) fn scopes(names: &[&str]) -> Access {
    Access::Scopes(names.iter().map(|&name| name.to_owned()).collect())
}

fn authenticator() -> Authenticator {
    let clients = [
        with_basic("portal", "pä:ss", &["patients.read"]),
        with_key(
            "robot",
            "x-api-key",
            "robot-key",
            &["labs.read", "patients.read"],
        ),
        with_key("lab", "x-lab-key", "lab-key", &["labs.read"]),
    ];
    let limits = PasswordLimits {
        threads: 1,
        waiting: 8,
        per_name: 2,
        remembered: 16,
    };
    Authenticator::new(&clients, Passwords::new(limits).unwrap(), "Manifold")
}

fn request(headers: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    map
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

async fn outcome(access: &Access, headers: &[(&str, &str)]) -> Result<Option<String>, Denied> {
    let principal = authenticator()
        .authenticate(access, &request(headers))
        .await?;
    Ok(principal.map(|principal| principal.name().to_string()))
}

#[tokio::test]
async fn a27_right_basic_credentials_let_in_and_others_do_not() {
    let access = scopes(&["patients.read"]);
    let right = basic("portal", "pä:ss");
    assert_eq!(
        outcome(&access, &[("authorization", &right)]).await,
        Ok(Some("portal".to_owned()))
    );
    for wrong in [
        basic("portal", "pass"),
        basic("nobody", "pä:ss"),
        "Basic ???".to_owned(),
        "Bearer token".to_owned(),
    ] {
        assert_eq!(
            outcome(&access, &[("authorization", &wrong)]).await,
            Err(Denied::Wrong),
            "{wrong}"
        );
    }
    assert_eq!(outcome(&access, &[]).await, Err(Denied::Missing));
}

#[tokio::test]
async fn a28_a_right_api_key_lets_in_and_others_do_not() {
    let access = scopes(&["labs.read"]);
    assert_eq!(
        outcome(&access, &[("x-api-key", "robot-key")]).await,
        Ok(Some("robot".to_owned()))
    );
    assert_eq!(
        outcome(&access, &[("x-lab-key", "lab-key")]).await,
        Ok(Some("lab".to_owned()))
    );
    for (header, key) in [
        ("x-api-key", "lab-key"),
        ("x-api-key", ""),
        ("x-lab-key", "Lab-key"),
    ] {
        assert_eq!(outcome(&access, &[(header, key)]).await, Err(Denied::Wrong));
    }
}

#[tokio::test]
async fn a_credential_sent_twice_is_refused_even_if_it_is_right() {
    let right = basic("portal", "pä:ss");
    let twice: [&[(&str, &str)]; 2] = [
        &[("authorization", &right), ("authorization", &right)],
        &[("x-api-key", "robot-key"), ("x-api-key", "x")],
    ];
    for headers in twice {
        assert_eq!(outcome(&scopes(&[]), headers).await, Err(Denied::Wrong));
    }
}

#[tokio::test]
async fn of_several_right_credentials_the_first_with_the_scopes_is_the_caller() {
    let right = basic("portal", "pä:ss");
    let both = [("authorization", right.as_str()), ("x-lab-key", "lab-key")];
    let caller = outcome(&scopes(&[]), &both).await;
    assert_eq!(caller, Ok(Some("portal".into())));
    let caller = outcome(&scopes(&["labs.read"]), &both).await;
    assert_eq!(caller, outcome(&scopes(&["labs.read"]), &both[1..]).await);
    assert!(caller.is_ok());
    let denied = outcome(&scopes(&["nobody.has"]), &both).await;
    assert!(matches!(denied, Err(Denied::Forbidden { .. })));
}

#[tokio::test]
async fn one_wrong_credential_refuses_the_request_whatever_the_other_is() {
    let (right, wrong) = (basic("portal", "pä:ss"), basic("portal", "wrong"));
    let mixed: [&[(&str, &str)]; 2] = [
        &[("authorization", &right), ("x-api-key", "wrong")],
        &[("authorization", &wrong), ("x-api-key", "robot-key")],
    ];
    for headers in mixed {
        assert_eq!(outcome(&scopes(&[]), headers).await, Err(Denied::Wrong));
    }
}

#[tokio::test]
async fn c18_a_public_route_needs_nothing_and_ignores_bad_credentials() {
    assert_eq!(outcome(&Access::Public, &[]).await, Ok(None));
    assert_eq!(
        outcome(
            &Access::Public,
            &[("authorization", "Basic ???"), ("x-api-key", "x")]
        )
        .await,
        Ok(None)
    );
}

#[tokio::test]
async fn a_client_without_the_scopes_is_told_which_ones_it_lacks() {
    let access = scopes(&["patients.read", "labs.read", "labs.write"]);
    let denied = outcome(&access, &[("x-lab-key", "lab-key")])
        .await
        .unwrap_err();
    assert_eq!(
        denied,
        Denied::Forbidden {
            missing: "patients.read labs.write".to_owned()
        }
    );
    assert_eq!(denied.code(), Code::Forbidden);
    assert_eq!(
        outcome(&scopes(&[]), &[("x-lab-key", "lab-key")]).await,
        Ok(Some("lab".to_owned()))
    );
}

#[tokio::test]
async fn a27_one_challenge_per_scheme_that_could_succeed() {
    let authenticator = authenticator();
    let challenges = |access: &Access, script| {
        let challenges = authenticator.challenges(access, script);
        challenges
            .iter()
            .map(|value| value.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        challenges(&scopes(&["patients.read"]), false),
        [
            r#"Basic realm="Manifold", charset="UTF-8""#,
            r#"ApiKey realm="Manifold", header="x-api-key""#
        ]
    );
    assert_eq!(
        challenges(&scopes(&["patients.read"]), true),
        [
            r#"xBasic realm="Manifold", charset="UTF-8""#,
            r#"ApiKey realm="Manifold", header="x-api-key""#
        ]
    );
    assert!(challenges(&Access::Public, false).is_empty());
}

#[tokio::test]
async fn a_name_nobody_has_goes_the_way_of_a_wrong_password() {
    // So costly that the whole flood is there before the first guess has been verified.
    let client = Client {
        basic: Some(Basic {
            username: "portal".to_owned(),
            password_hash: hash_with("pä:ss", 32 * 1024, 4),
        }),
        ..client("portal", &[])
    };
    let limits = PasswordLimits {
        threads: 1,
        waiting: 8,
        per_name: 2,
        remembered: 16,
    };
    let authenticator = Authenticator::new(&[client], Passwords::new(limits).unwrap(), "Manifold");
    // More guesses than one name may have in the queue, all at once.
    let flood = |name: &'static str| {
        let authenticator = &authenticator;
        async move {
            let requests: Vec<_> = (0..5)
                .map(|number| {
                    request(&[("authorization", &basic(name, &format!("guess {number}")))])
                })
                .collect();
            let access = scopes(&[]);
            let outcomes = join_all(
                requests
                    .iter()
                    .map(|headers| authenticator.authenticate(&access, headers)),
            )
            .await;
            outcomes
                .into_iter()
                .map(|outcome| outcome.unwrap_err().code())
                .collect::<Vec<_>>()
        }
    };
    let expected = [
        Code::Unauthenticated,
        Code::Unauthenticated,
        Code::Overloaded,
        Code::Overloaded,
        Code::Overloaded,
    ];
    assert_eq!(flood("portal").await, expected);
    assert_eq!(flood("nobody").await, expected);
}

#[tokio::test]
async fn without_users_a_password_costs_nothing() {
    let limits = PasswordLimits {
        threads: 1,
        waiting: 0,
        per_name: 0,
        remembered: 1,
    };
    let clients = [with_key("robot", "x-api-key", "robot-key", &[])];
    let authenticator = Authenticator::new(&clients, Passwords::new(limits).unwrap(), "Manifold");
    let headers = request(&[("authorization", &basic("robot", "robot-key"))]);
    assert_eq!(
        authenticator
            .authenticate(&scopes(&[]), &headers)
            .await
            .unwrap_err(),
        Denied::Wrong
    );
}

#[tokio::test]
async fn a_hash_that_cannot_be_read_lets_nobody_in() {
    let broken = Basic {
        username: "portal".to_owned(),
        password_hash: "plain".into(),
    };
    let clients = [
        Client {
            basic: Some(broken),
            ..client("portal", &[])
        },
        with_basic("other", "x", &[]),
    ];
    let passwords = Passwords::new(PasswordLimits::default()).unwrap();
    let authenticator = Authenticator::new(&clients, passwords, "Manifold");
    let headers = request(&[("authorization", &basic("portal", "plain"))]);
    assert_eq!(
        authenticator
            .authenticate(&scopes(&[]), &headers)
            .await
            .unwrap_err(),
        Denied::Wrong
    );
}

#[tokio::test]
async fn nothing_a_client_sent_and_no_hash_shows_in_debug_or_errors() {
    let authenticator = authenticator();
    let shown = format!(
        "{authenticator:?} {:?}",
        Arc::clone(&authenticator.passwords)
    );
    assert_eq!(shown, "Authenticator(3 clients) Passwords");
    let headers = request(&[("authorization", &basic("portal", "s3cret-guess"))]);
    let denied = authenticator
        .authenticate(&scopes(&[]), &headers)
        .await
        .unwrap_err();
    assert!(!format!("{denied} {denied:?}").contains("s3cret"));
}
