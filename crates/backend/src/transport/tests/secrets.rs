//! What the whole way to the socket logs at TRACE, the HTTP client's own events included.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use http::{HeaderName, StatusCode};
use secrecy::SecretString;
use serde_json::json;
use testkit::{Fault, Response};
use testkit_network::HttpProxy;

use super::{fetch_over, fine, get, is_fine, open, over, server, transport};
use crate::fake::{Log, exchange};
use crate::{Backend, BackendSet, Credential, Dialect, NoObserver, Settings};
use orchestration::Backends;

const SECRET: &str = "MARKED-secret";

fn credentials() -> [Credential; 4] {
    let secret = SecretString::from(SECRET);
    [
        Credential::bearer(&secret).unwrap(),
        Credential::basic("user", &secret).unwrap(),
        Credential::api_key_header(HeaderName::from_static("x-api-key"), &secret).unwrap(),
        Credential::api_key_query("appid".to_owned(), secret),
    ]
}

async fn call_everything() {
    for fault in [
        None,
        Some(Fault::Reset),
        Some(Fault::Status500),
        Some(Fault::Redirect),
        Some(Fault::Refused),
    ] {
        let server = server(Response::json(
            StatusCode::OK,
            &json!({"name": "MARKED-body"}),
        ));
        server.fault(fault).await.unwrap();
        for credential in credentials() {
            let mut settings = Settings {
                credential,
                ..crate::fake::settings(Dialect::Rest)
            };
            settings.url = server.url().parse().unwrap();
            let backend = Backend::new(settings, Arc::new(transport()), Arc::new(NoObserver));
            let set = BackendSet::new(vec![Arc::new(backend)]);
            let mut call = exchange(http::Method::GET, "/Patient/MARKED-patient");
            call.request.query = "name=MARKED-name".to_owned();
            set.send(call).await;
        }
    }
}

/// Through a proxy that takes our password and one that does not, in the clear and in a tunnel.
async fn call_through_proxies() {
    let server = server(fine());
    for password in ["MARKED-proxy", "another"] {
        let proxy = HttpProxy::start(Some(("us", password))).await;
        let network = open(&network::Settings {
            proxy: Some(network::Proxy {
                url: proxy.url().parse().unwrap(),
                credentials: Some(("us".into(), "MARKED-proxy".into())),
                exceptions: Vec::new(),
            }),
            ..network::Settings::default()
        });
        for scheme in ["http", "https"] {
            let port = server.address().port();
            let url = format!("{scheme}://ehr.example:{port}/Patient/MARKED-patient");
            let answer = fetch_over(&over(Some(network.clone())), get(&url)).await;
            assert_eq!(is_fine(&answer), scheme == "http" && password != "another");
        }
        assert_eq!(proxy.heads().len(), 2);
    }
}

#[tokio::test]
async fn a34_f34_no_log_line_holds_a_secret_a_path_a_query_or_a_body() {
    let log = Log::listen();
    tracing::trace!("the log is listened to");
    call_everything().await;
    call_through_proxies().await;
    assert!(log.text().contains("the log is listened to"));
    log.assert_clean();
}
