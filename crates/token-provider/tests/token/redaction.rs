//! Marked secrets appear in no `Debug`, no `Display`, no log and no state.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use http::HeaderMap;
use token_provider::{
    Assertion, AssertionAudience, BasicEncoding, ClientAuthentication, Definition, Grant,
    KeySource, MetadataRequest, ReqwestTransport, SigningKey, Subject, TokenError, TokenRequest,
    TokenResponse, TransportError,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{
    House, Reply, Seen, broken, house_for, house_that_sees, pass, reply, seconds_from_now,
};

const SECRET: &str = "MARKED-secret";
const TOKEN: &str = "MARKED-token";
const PATIENT: &str = "MARKED-patient";

/// What the whole process logs, at TRACE. Not per test: tracing remembers per call site, across
/// threads, whether anybody listens.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn listen() -> &'static Self {
        static LOG: LazyLock<Log> = LazyLock::new(|| {
            let log = Log::default();
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(log.clone())
                .with_ansi(false)
                .init();
            log
        });
        &LOG
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The one line about this credential.
    pub(crate) fn only_line(&self, credential: &str) -> String {
        let text = self.text();
        let lines: Vec<_> = text
            .lines()
            .filter(|line| line.contains(credential))
            .collect();
        assert_eq!(lines.len(), 1);
        lines[0].to_owned()
    }

    pub(crate) fn assert_clean(&self) {
        let text = self.text();
        // The last is base64 of "id:MARKED".
        for needle in ["MARKED", "aWQ6TUFSS0VE"] {
            let line = text.lines().find(|line| line.contains(needle));
            assert_eq!(line, None);
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn key() -> Arc<dyn KeySource> {
    let jwk = include_str!("../keys/rsa.jwk.json").into();
    Arc::new(Arc::new(SigningKey::from_jwk(&jwk, None).unwrap()))
}

/// Parts of the private key above.
const KEY_PARTS: [&str; 2] = [r#""d":"#, "MII"];

fn clients() -> Vec<ClientAuthentication> {
    let client_id = || "id".to_owned();
    vec![
        ClientAuthentication::SecretBasic {
            client_id: client_id(),
            client_secret: SECRET.into(),
            encoding: BasicEncoding::FormUrlEncoded,
        },
        ClientAuthentication::SecretPost {
            client_id: client_id(),
            client_secret: SECRET.into(),
        },
        ClientAuthentication::SecretJson {
            client_id: client_id(),
            client_secret: SECRET.into(),
            members: [("audience".into(), "MARKED-member".into())].into(),
        },
        ClientAuthentication::PrivateKeyJwt {
            client_id: client_id(),
            key: key(),
            audience: AssertionAudience::TokenUrl,
        },
    ]
}

fn definition(client: ClientAuthentication) -> Definition {
    let url = format!("https://sso.example/token?key={SECRET}")
        .parse()
        .unwrap();
    let mut definition = Definition::new("ehr", url, client);
    definition.extra = vec![("pin".into(), SECRET.into())];
    definition.scopes = vec!["a".into(), "b".into()];
    definition
}

/// One definition for each client and each grant.
fn definitions() -> Vec<Definition> {
    let mut assertion = Assertion::new(key(), "MARKED-issuer");
    assertion.subject = "MARKED-subject".into();
    assertion.claims.insert("x".into(), "MARKED-claim".into());
    let grants = [
        Grant::Password {
            username: "MARKED-user".into(),
            password: "MARKED-password".into(),
        },
        Grant::RefreshToken {
            token: "MARKED-refresh".into(),
        },
        Grant::JwtBearer(Box::new(assertion)),
        Grant::TokenExchange(Box::default()),
    ];
    let bound = |mut definition: Definition| {
        definition.dpop = true;
        definition
    };
    let by_secret = || definition(clients().swap_remove(1));
    let grants = grants.map(|grant| Definition {
        grant,
        ..by_secret()
    });
    let clients = clients().into_iter().map(definition);
    clients.chain(grants).chain([bound(by_secret())]).collect()
}

fn replies() -> Vec<fn(usize, &Seen) -> Reply> {
    vec![
        |_, _| {
            reply(
                200,
                format!(
                    r#"{{"access_token":"{TOKEN}","scope":"a","patient":"{PATIENT}","refresh_token":"MARKED-next"}}"#
                ),
            )
        },
        |_, _| reply(200, format!(r#"{{"access_token":"{TOKEN} "}}"#)),
        |_, _| reply(200, format!("{TOKEN} {PATIENT}")),
        |_, _| {
            reply(
                200,
                format!(r#"{{"access_token":"t","token_type":"{SECRET}"}}"#),
            )
        },
        |_, _| {
            reply(
                401,
                format!(r#"{{"error":"{SECRET}","error_description":"{PATIENT}"}}"#),
            )
        },
        // Whatever was shown, as a code.
        |_, seen| {
            let names = [
                "refresh_token",
                "password",
                "subject_token",
                "client_secret",
            ];
            let shown = names.into_iter().find_map(|name| seen.parameter(name));
            let shown = shown.unwrap_or_else(|| SECRET.into());
            reply(400, format!(r#"{{"error":"bad:{shown}"}}"#))
        },
        |_, seen| match seen.parameter("refresh_token") {
            None => reply(
                200,
                r#"{"access_token":"t","expires_in":2,"refresh_token":"MARKED-next"}"#,
            ),
            Some(shown) => reply(400, format!(r#"{{"error":"{shown}"}}"#)),
        },
        |_, _| {
            let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"DPoP"}}"#);
            reply(200, body).header("dpop-nonce", "MARKED-nonce")
        },
        |_, _| reply(500, format!("<html>{SECRET}</html>")),
        |_, _| {
            reply(302, "").header(
                "location",
                &format!("https://u:{SECRET}@login.example/{TOKEN}?{PATIENT}"),
            )
        },
        |_, _| broken(TransportError::Interrupted),
    ]
}

/// Everything of a house that can be printed, after a few requests.
async fn print(house: &House) -> String {
    let mut printed = String::new();
    for _ in 0..3 {
        let result = match house.token().await {
            Err(TokenError::Subject(_)) => {
                let subject = Subject::new("MARKED-client".into(), None);
                printed += &format!("{subject:?}");
                house.source.token_for(subject, seconds_from_now(1.0)).await
            }
            result => result,
        };
        match result {
            Ok(token) => {
                let (mut headers, url) = (HeaderMap::new(), "https://a.example/".parse().unwrap());
                token
                    .authorize(&http::Method::GET, &url, &mut headers)
                    .unwrap();
                printed += &format!("{token:?} {headers:?}");
                house.source.reject(&token);
            }
            Err(error) => printed += &format!("{error:?} {error} {:?}", error.kind()),
        }
        pass(2.0).await;
    }
    let state = house.source.state();
    printed
        + &format!(
            "{state:?} {:?} {:?} {:?}",
            house.source,
            house.provider,
            house.heard.all()
        )
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_printed_or_logged_holds_a_secret_a_token_or_a_body() {
    let log = Log::listen();
    let mut printed = String::new();
    for definition in definitions() {
        for answer in replies() {
            printed += &format!(
                "{definition:?} {:?} {:?}",
                definition.client,
                definition.key()
            );
            match &definition.grant {
                Grant::JwtBearer(assertion) => printed += &format!("{assertion:?}"),
                Grant::TokenExchange(exchange) => printed += &format!("{exchange:?}"),
                _ => {}
            }
            printed += &print(&house_that_sees(definition.clone(), answer)).await;
        }
    }
    let assertions = ["eyJ", "ey0"];
    let mut needles = vec!["MARKED", "key=", "aWQ6", "https://"];
    needles.extend(KEY_PARTS.iter().chain(&assertions));
    for needle in needles {
        let before = printed
            .find(needle)
            .map(|at| &printed[at.saturating_sub(200)..]);
        let context = before.map(|text| text.chars().take(300).collect::<String>());
        assert_eq!(context, None, "{needle}");
    }
    for part in ["Key(..)", "Token { generation: ", "TokenProvider { cred"] {
        assert!(printed.contains(part), "{part}");
    }
    log.assert_clean();
    // The silence is not for want of talking.
    let logged = log.text();
    for part in [
        "fewer scopes granted than asked for",
        "the authorization server refuses the credential",
        "the token endpoint's answer cannot be used",
        "the token endpoint redirects",
        "status=302 host=\"login.example\"",
        "what=it is not a JSON object",
        "no token fetched",
        "a backend rejected the token",
        "token request failed, trying again",
    ] {
        assert!(logged.contains(part), "{part} not in {logged}");
    }
}

#[tokio::test(start_paused = true)]
async fn a19_the_log_names_the_credential_the_status_and_the_servers_code_once() {
    let log = Log::listen();
    let client = ClientAuthentication::None {
        client_id: "id".into(),
    };
    let mut definition = definition(client);
    definition.name = "logged once".into();
    let house = house_for(definition, |_| reply(400, r#"{"error":"invalid_scope"}"#));
    for _ in 0..3 {
        assert!(house.source.token(seconds_from_now(1.0)).await.is_err());
    }
    let line = log.only_line("logged once");
    for part in ["ERROR", "status=400", "code=invalid_scope"] {
        assert!(line.contains(part), "{part} not in {line}");
    }
}

#[test]
fn requests_responses_and_transports_print_no_secret() {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", SECRET.parse().unwrap());
    let url = format!("https://u:{SECRET}@sso.example/?a={SECRET}")
        .parse()
        .unwrap();
    let request = TokenRequest {
        url,
        headers: headers.clone(),
        body: SECRET.into(),
        timeout: std::time::Duration::ZERO,
    };
    let response = TokenResponse {
        status: http::StatusCode::OK,
        headers,
        body: SECRET.into(),
    };
    let metadata = MetadataRequest {
        url: format!("https://u:{SECRET}@sso.example/").parse().unwrap(),
        headers: HeaderMap::new(),
        timeout: std::time::Duration::ZERO,
    };
    let proxy = format!("http://u:{SECRET}@127.0.0.1:9");
    let transport =
        ReqwestTransport::configured(|builder| builder.proxy(reqwest::Proxy::all(proxy).unwrap()));
    let printed = format!(
        "{request:?} {metadata:?} {response:?} {:?}",
        transport.unwrap()
    );
    assert!(!printed.contains("MARKED"), "{printed}");
    assert!(printed.contains("sso.example"));
}
