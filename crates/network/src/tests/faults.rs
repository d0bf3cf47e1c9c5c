//! What cannot be used is said with its place and its mend, and without its contents.

use testkit_network::Authority;
use url::Url;

use super::Folder;
use crate::{ClientCertificate, Member, NetworkError, Networks, Proxy, Settings};

/// The only fault of settings that cannot be opened either.
#[track_caller]
fn fault(settings: &Settings) -> NetworkError {
    assert!(Networks::default().open(settings).is_err());
    let mut faults = settings.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_mend() {
    let folder = Folder::new();
    let (authority, other) = (Authority::new(), Authority::new());
    let ours = authority.issue(&["us.example"]);
    let good = || folder.settings(&authority, &ours);
    assert!(good().faults().is_empty());
    let encrypted = ours.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let broken = authority.pem().replace("-----END", "----END");
    let not_one = "-----BEGIN CERTIFICATE-----\nTUFSS0VE\n-----END CERTIFICATE-----\n";
    let cases = [
        ("ca.pem", "MARKED", Member::Ca, "holds no certificate"),
        ("ca.pem", &broken, Member::Ca, "no whole PEM file"),
        (
            "ca.pem",
            &(authority.pem() + not_one),
            Member::Ca,
            "certificate 2 cannot be used",
        ),
        (
            "us.pem",
            &ours.key,
            Member::ClientCertificate,
            "holds no certificate",
        ),
        (
            "us.pem",
            not_one,
            Member::ClientCertificate,
            "certificate 1 cannot be used",
        ),
        (
            "us.pem",
            &other.issue(&["us.example"]).pem,
            Member::ClientKey,
            "is not the key of client_certificate",
        ),
        (
            "us.key",
            &ours.pem,
            Member::ClientKey,
            "holds no private key",
        ),
        (
            "us.key",
            &encrypted,
            Member::ClientKey,
            "decrypt it with `openssl pkey`",
        ),
        (
            "us.key",
            "-----BEGIN PRIVATE KEY-----\nTUFSS0VE\n-----END PRIVATE KEY-----\n",
            Member::ClientKey,
            "RSA from 2048 bits",
        ),
    ];
    for (name, text, member, words) in cases {
        let settings = good();
        folder.write(name, text);
        let fault = fault(&settings);
        let message = fault.to_string();
        assert_eq!(fault.member(), Some(member), "{message}");
        assert!(
            message.contains(words) && message.contains(name),
            "{message}"
        );
        for secret in ["MARKED", "TUFSS0VE"] {
            assert!(!message.contains(secret) && !format!("{fault:?}").contains(secret));
        }
    }
}

#[test]
fn all_faults_are_found_at_once() {
    let missing = |name: &str| std::path::PathBuf::from(format!("/nowhere/{name}"));
    let settings = Settings {
        ca: Some(missing("ca.pem")),
        only_this_ca: true,
        client: Some(ClientCertificate {
            certificate: missing("us.pem"),
            key: missing("us.key"),
        }),
        proxy: Some(proxy("socks5://proxy.example:1080", &[])),
    };
    let faults = settings.faults();
    let members: Vec<_> = faults.iter().filter_map(NetworkError::member).collect();
    let expected = [
        Member::Ca,
        Member::ClientCertificate,
        Member::ClientKey,
        Member::ProxyUrl,
    ];
    assert_eq!(members, expected);
    let text = faults.first().unwrap().to_string();
    assert!(text.contains("`/nowhere/ca.pem` cannot be read"), "{text}");
    let only = Settings {
        only_this_ca: true,
        ..Settings::default()
    };
    assert_eq!(fault(&only).member(), Some(Member::OnlyThisCa));
}

fn proxy(url: &str, exceptions: &[&str]) -> Proxy {
    Proxy {
        url: Url::parse(url).unwrap(),
        credentials: None,
        exceptions: exceptions.iter().map(|one| (*one).to_owned()).collect(),
    }
}

fn with(proxy: Proxy) -> Settings {
    Settings {
        proxy: Some(proxy),
        ..Settings::default()
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_before_it_is_used() {
    for (url, member) in [
        ("socks5://proxy.example:1080", Member::ProxyUrl),
        ("http://us:MARKED@proxy.example:3128", Member::ProxyUrl),
        ("http://proxy.example:3128/path", Member::ProxyUrl),
        ("http://proxy.example:3128/?q=MARKED", Member::ProxyUrl),
    ] {
        let fault = fault(&with(proxy(url, &[])));
        assert_eq!(fault.member(), Some(member), "{url}");
        assert!(!fault.to_string().contains("MARKED"));
    }
    for username in ["", "a:b"] {
        let mut proxy = proxy("http://proxy.example:3128", &[]);
        proxy.credentials = Some((username.to_owned(), "MARKED".into()));
        let fault = fault(&with(proxy));
        assert_eq!(fault.member(), Some(Member::ProxyCredentials));
    }
    for exception in [
        "",
        "10.0.0.0/33",
        "10.0.0/8",
        "host:80",
        "a b",
        "a,b",
        "*x.example",
        "https://a",
        "::/129",
    ] {
        let fault = fault(&with(proxy("http://proxy.example:3128", &[exception])));
        assert_eq!(fault.member(), Some(Member::ProxyExceptions), "{exception}");
    }
    let good = [
        "*",
        "*.internal",
        ".internal",
        "internal",
        "10.0.0.0/8",
        "127.0.0.1",
        "fd00::/8",
        "::1",
    ];
    let settings = with(proxy("https://proxy.example", &good));
    assert!(settings.faults().is_empty(), "{:?}", settings.faults());
}
