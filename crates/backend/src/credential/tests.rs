//! Each kind of credential on the wire, and nowhere else.
#![expect(clippy::unwrap_used, reason = "tests")]

use http::{HeaderName, Method};
use network::ConnectionFault;
use secrecy::SecretString;

use super::Credential;
use crate::Dialect::Rest;
use crate::fake::{Network, Seen, Tokens, answer, exchange, failed, house, json, settings};
use crate::{Request, Settings};

const SECRET: &str = "MARKED-secret";

fn secret() -> SecretString {
    SecretString::from(SECRET)
}

async fn sent(credential: Credential, query: &str) -> Seen {
    let network = Network::new(|_, _| json(200, "{}"));
    let settings = Settings {
        credential,
        ..settings(Rest)
    };
    let mut call = exchange(Method::GET, "/weather");
    query.clone_into(&mut call.request.query);
    house(settings, &network).send(call).await;
    network.seen().remove(0)
}

fn all() -> Vec<Credential> {
    vec![
        Credential::bearer(&secret()).unwrap(),
        Credential::basic("user", &secret()).unwrap(),
        Credential::basic_token(&secret()).unwrap(),
        Credential::api_key_header(HeaderName::from_static("x-api-key"), &secret()).unwrap(),
        Credential::api_key_query("appid".to_owned(), secret()),
    ]
}

#[tokio::test(start_paused = true)]
async fn b14_b15_each_kind_stands_in_its_header() {
    let mut sent_headers = Vec::new();
    for credential in all() {
        let seen = sent(credential, "").await;
        for name in ["authorization", "x-api-key"] {
            let sensitive = seen
                .headers
                .get_all(name)
                .iter()
                .all(http::HeaderValue::is_sensitive);
            assert!(sensitive, "{name}");
            sent_headers.extend(seen.header(name));
        }
    }
    assert_eq!(
        sent_headers,
        [
            "Bearer MARKED-secret",
            "Basic dXNlcjpNQVJLRUQtc2VjcmV0",
            "Basic MARKED-secret",
            "MARKED-secret",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn b14_basic_is_utf8_and_a_colon_in_the_password_stays() {
    let credential = Credential::basic("łucja", &SecretString::from("a:ß")).unwrap();
    let seen = sent(credential, "").await;
    assert_eq!(seen.header("authorization"), ["Basic xYJ1Y2phOmE6w58="]);
}

#[tokio::test(start_paused = true)]
async fn a34_a_key_in_the_query_is_appended_to_what_the_call_asks_for() {
    for (query, expected) in [
        ("", "appid=MARKED-secret"),
        (
            "q=London%2C+UK&q=%7C",
            "q=London%2C+UK&q=%7C&appid=MARKED-secret",
        ),
    ] {
        let credential = Credential::api_key_query("appid".to_owned(), secret());
        assert_eq!(sent(credential, query).await.url.query(), Some(expected));
    }
    let odd = Credential::api_key_query("k&y".to_owned(), SecretString::from("a&b=c d+ł"));
    let seen = sent(odd, "").await;
    assert_eq!(seen.url.query(), Some("k%26y=a%26b%3Dc+d%2B%C5%82"));
}

#[test]
fn a_secret_that_cannot_stand_in_a_header_is_refused_and_not_quoted() {
    let broken = SecretString::from("MARKED\r\nX-Evil: 1");
    let name = HeaderName::from_static("x-api-key");
    for refused in [
        Credential::bearer(&broken),
        Credential::basic_token(&broken),
        Credential::api_key_header(name, &broken),
    ] {
        assert!(!format!("{:?}", refused.unwrap_err()).contains("MARKED"));
    }
    assert!(Credential::basic("a\r\nb", &broken).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a34_no_debug_form_shows_a_secret() {
    for credential in all().into_iter().chain([Tokens::willing().credential()]) {
        let text = format!("{credential:?}");
        assert!(text.starts_with("Credential("), "{text}");
        assert!(
            !text.contains("MARKED") && !text.contains("dXNlcjp"),
            "{text}"
        );
    }
    let request = Request {
        method: Method::GET,
        url: "https://h.example/Patient/MARKED?appid=MARKED"
            .parse()
            .unwrap(),
        headers: [(
            http::header::AUTHORIZATION,
            "Bearer MARKED".parse().unwrap(),
        )]
        .into_iter()
        .collect(),
        body: Some("MARKED".into()),
    };
    assert_eq!(format!("{request:?}"), "Request(GET Some(\"h.example\"))");
}

#[tokio::test(start_paused = true)]
async fn a34_no_failure_shows_a_secret_or_a_url_or_a_body() {
    use crate::TransportError::{Connection, Encoding, Reset, Silent};
    let echo = "MARKED-secret MARKED-body ehr.example";
    let answers = [
        Connection(ConnectionFault::Other),
        Connection(ConnectionFault::Tls),
        Reset,
        Silent,
        Encoding,
    ]
    .map(crate::fake::broken)
    .into_iter()
    .chain([200, 302, 400, 401, 404, 429, 500].map(|status| {
        answer(status, echo).header("location", "https://sso.example/?back=MARKED-secret")
    }));
    for answer in answers {
        for credential in all() {
            let answer = answer.clone();
            let network = Network::new(move |_, _| answer.clone());
            let settings = Settings {
                credential,
                ..settings(Rest)
            };
            let mut call = exchange(Method::GET, "/Patient/MARKED-patient");
            crate::fake::expecting(&mut call, |expect| expect.absent = [].into());
            let outcome = house(settings, &network).send(call).await;
            let text = format!("{:?} {outcome:?}", failed(&outcome).unwrap());
            assert!(
                !text.contains("MARKED") && !text.contains("example"),
                "{text}"
            );
        }
    }
}
