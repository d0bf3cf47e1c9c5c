//! Backends and a token endpoint of a guarded network: a private authority, client certificates that
//! change while requests are served, a proxy with a password.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::{join, join_all};
use tempfile::TempDir;
use testkit::DemoStub;
use testkit_network::{Authority, Certificate, ClientCertificates, HttpProxy, TlsFront};

use crate::support::{Running, World, eventually, traces};

const PATIENT: &str = r#"
credentials:
  hospital: { oauth2: { token_url: "${env:TOKEN_URL}", client_id: manifold-hospital, client_secret: "${env:HOSPITAL_SECRET}", scopes: [system/Patient.rs] } }
backends:
  ehr: { fhir: R4, url: "${env:EHR_URL}", credential: hospital }
endpoints:
  - get: /patients/{id}
    access: { scopes: [read] }
    calls: { patient: { backend: ehr, read: "Patient/{id}" } }
"#;

/// The demo's hospital, which lets in those with a certificate of its authority and nobody else.
struct Hospital {
    world: World,
    authority: Authority,
    folder: TempDir,
    sso: TlsFront,
    ehr: TlsFront,
}

/// What resolves nowhere: only the proxy knows the way. What is on this machine never goes by a proxy.
const AWAY: &str = "hospital.example";

impl Hospital {
    async fn build() -> Self {
        let world = World::start(crate::flow::SUMMARY);
        let authority = Authority::new();
        let certificate = authority.issue(&["localhost", AWAY]);
        let guarded = |stub| {
            let clients = ClientCertificates::Of(&authority);
            TlsFront::start(world.server(stub).address(), &certificate, clients)
        };
        let sso = guarded(DemoStub::AuthorizationServer).await;
        let ehr = guarded(DemoStub::Ehr).await;
        Self {
            folder: TempDir::new().unwrap(),
            world,
            authority,
            sso,
            ehr,
        }
    }

    fn show(&self, ours: &Certificate) {
        for (name, text) in [
            ("ca.pem", &self.authority.pem()),
            ("us.pem", &ours.pem),
            ("us.key", &ours.key),
        ] {
            std::fs::write(self.folder.path().join(name), text).unwrap();
        }
    }

    /// The service with everything going out by `network`, further members of which stand in `more`.
    fn start(&self, more: &str) -> Running {
        self.start_at("localhost", more)
    }

    /// The same, with the systems called `host`.
    fn start_at(&self, host: &str, more: &str) -> Running {
        let folder = self.folder.path().display();
        let network = format!(
            "\nnetwork: {{ ca: {folder}/ca.pem, only_this_ca: true, client_certificate: {folder}/us.pem, client_key: {folder}/us.key{more} }}\n"
        );
        let mut variables = self.world.variables.clone();
        for (name, value) in &mut variables {
            let (stub, front) = match name.as_str() {
                "TOKEN_URL" => (DemoStub::AuthorizationServer, &self.sso),
                "EHR_URL" => (DemoStub::Ehr, &self.ehr),
                _ => continue,
            };
            let url = front.url().replace("localhost", host);
            *value = value.replace(&self.world.server(stub).url(), &url);
        }
        Running::start(&format!("{PATIENT}{network}"), &variables)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_changes_while_requests_are_served_costs_none_of_them() {
    let hospital = Hospital::build().await;
    let before = hospital.authority.issue(&["us.example"]);
    let after = hospital.authority.issue(&["us.example"]);
    hospital.show(&before);
    let service = Arc::new(hospital.start(""));
    service.get("/patients/pat-001").await.expect(200);
    assert_eq!(hospital.sso.shown(), [Some(before.der())]);
    assert_eq!(hospital.ehr.shown(), [Some(before.der())]);

    let stop = AtomicBool::new(false);
    let traffic = (0..4).map(|_| async {
        let mut answered = 0_usize;
        // Not as fast as it goes: other tests measure time on the same processors.
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        while !stop.load(Ordering::Relaxed) {
            pace.tick().await;
            service.get("/patients/pat-001").await.expect(200);
            answered += 1;
        }
        answered
    });
    let change = async {
        hospital.show(&after);
        // Nobody tells the service: it looks by itself.
        eventually("a connection with the new certificate", async || {
            hospital
                .ehr
                .shown()
                .contains(&Some(after.der()))
                .then_some(())
        })
        .await;
        stop.store(true, Ordering::Relaxed);
    };
    let (answered, ()) = join(join_all(traffic), change).await;
    assert!(answered.iter().all(|answered| *answered > 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_told_no_more_than_where_to_and_its_password_is_told_nobody() {
    let hospital = Hospital::build().await;
    hospital.show(&hospital.authority.issue(&["us.example"]));
    let password = "Marked-network-password";
    let proxy = HttpProxy::start(Some(("ward", password))).await;
    let url = proxy.url();
    let service = hospital.start_at(AWAY, &format!(
        r#", proxy: {{ url: "{url}", username: ward, password: {password}, exceptions: ["*.internal"] }}"#
    ));
    service.get("/patients/pat-001").await.expect(200);
    let heads = proxy.heads();
    let ports = [&hospital.sso, &hospital.ehr].map(|front| front.address().port());
    let expected = ports.map(|port| format!("CONNECT {AWAY}:{port} HTTP/1.1"));
    let asked: Vec<_> = heads
        .iter()
        .map(|head| head.lines().next().unwrap())
        .collect();
    assert_eq!(asked, expected);
    assert!(!heads.concat().contains("pat-001"));
    for stub in [DemoStub::AuthorizationServer, DemoStub::Ehr] {
        for request in hospital.world.server(stub).requests() {
            assert_eq!(request.header("proxy-authorization"), None);
        }
    }
    let told = [
        service.metrics().await,
        service.operator("/readyz").await.text().to_owned(),
        service.access_log.text(),
        traces().text(),
    ];
    // Base64 of `ward:Marked`.
    for secret in [password, "d2FyZDpNYXJrZW"] {
        assert!(told.iter().all(|text| !text.contains(secret)), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_certificate_the_hospital_says_nothing_and_nothing_is_sent() {
    let hospital = Hospital::build().await;
    hospital.show(&Authority::new().issue(&["us.example"]));
    let service = hospital.start("");
    let answer = service.get("/patients/pat-001").await.expect(503);
    assert_eq!(answer.code(), "upstream_auth_unavailable");
    for stub in [DemoStub::AuthorizationServer, DemoStub::Ehr] {
        assert!(hospital.world.server(stub).requests().is_empty());
    }
    assert!(hospital.sso.shown().is_empty());
}
