//! Backends that there is no connection to: each row says why, and what mends that.

use testkit_network::{Authority, Certificate, ClientCertificates, TlsFront};

use super::*;

/// What is said of a backend at `url`, over the network of these settings.
async fn row(stubs: &StubSet, url: &str, network: &str) -> String {
    let lines = format!("ehr: {{ fhir: R4, url: '{url}/fhir', network: {{ {network} }} }}");
    let report = examined(configuration(stubs, &lines), SOON).await;
    let (verdict, text) = said(&report, "ehr");
    assert_eq!(verdict, Verdict::Wrong, "{text}");
    assert!(!report.is_fine());
    text
}

async fn front(stubs: &StubSet, certificate: &Certificate) -> TlsFront {
    let plain = stubs.server("r4").unwrap().address();
    TlsFront::start(plain, certificate, ClientCertificates::None).await
}

#[tokio::test]
async fn a_host_that_is_not_there_is_told_from_a_port_that_is_closed() {
    let stubs = StubSet::start(STUBS).unwrap();
    for (url, words) in [
        (
            "{nowhere}",
            ["it is refused", "check host and port in `url`"],
        ),
        // No name ends so (RFC 6761 §6.4).
        (
            "https://ehr.invalid",
            ["name cannot be resolved", "check the host in `url`"],
        ),
    ] {
        let text = row(&stubs, url, "").await;
        for word in words {
            assert!(text.contains(word), "{text}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_and_whose_it_is_to_mend() {
    let stubs = StubSet::start(STUBS).unwrap();
    let (folder, known) = (tempfile::TempDir::new().unwrap(), Authority::new());
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, known.pem()).unwrap();
    let trusting = format!("ca: '{}'", file.display());
    for (certificate, words) in [
        (
            Authority::new().issue(&["localhost"]),
            ["of an unknown authority", "network: { ca: … }"],
        ),
        (
            known.issue_expired(&["localhost"]),
            ["has expired", "renew its certificate"],
        ),
        (
            known.issue(&["other.example"]),
            ["for another host", "the certificate names in `url`"],
        ),
    ] {
        let front = front(&stubs, &certificate).await;
        let text = row(&stubs, &front.url(), &trusting).await;
        for word in words {
            assert!(text.contains(word), "{text}");
        }
    }
    // Nobody has asked for anything.
    assert!(stubs.server("r4").unwrap().requests().is_empty());
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_and_one_without_tls_are_told_apart() {
    let stubs = StubSet::start(STUBS).unwrap();
    let (folder, known) = (tempfile::TempDir::new().unwrap(), Authority::new());
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, known.pem()).unwrap();
    let trusting = format!("ca: '{}'", file.display());
    let plain = stubs.server("r4").unwrap();
    let clients = ClientCertificates::Of(&known);
    let mutual = TlsFront::start(plain.address(), &known.issue(&["localhost"]), clients).await;
    let text = row(&stubs, &mutual.url(), &trusting).await;
    assert!(text.contains("client_certificate:"), "{text}");
    let text = row(&stubs, &plain.url().replace("http:", "https:"), &trusting).await;
    assert!(text.contains("does not speak TLS"), "{text}");
}
