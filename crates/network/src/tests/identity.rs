//! What makes two networks one, and what does not show.

use std::path::PathBuf;

use crate::{ClientCertificate, Proxy, Settings};

fn proxied(change: impl FnOnce(&mut Proxy)) -> Settings {
    let mut proxy = Proxy {
        url: "http://proxy.example:3128".parse().unwrap(),
        credentials: Some(("us".into(), "MARKED".into())),
        exceptions: vec!["internal".into()],
    };
    change(&mut proxy);
    Settings {
        proxy: Some(proxy),
        ..Settings::default()
    }
}

#[test]
fn any_difference_makes_another_network_the_proxy_s_password_too() {
    let file = |name: &str| Some(PathBuf::from(name));
    let all = [
        Settings::default(),
        Settings {
            ca: file("a"),
            ..Settings::default()
        },
        Settings {
            ca: file("b"),
            ..Settings::default()
        },
        Settings {
            ca: file("a"),
            only_this_ca: true,
            ..Settings::default()
        },
        Settings {
            client: Some(ClientCertificate {
                certificate: "a".into(),
                key: "b".into(),
            }),
            ..Settings::default()
        },
        Settings {
            client: Some(ClientCertificate {
                certificate: "ab".into(),
                key: "".into(),
            }),
            ..Settings::default()
        },
        proxied(|_| ()),
        proxied(|proxy| proxy.url = "http://proxy.example:3129".parse().unwrap()),
        proxied(|proxy| proxy.credentials = None),
        proxied(|proxy| proxy.credentials = Some(("us".into(), "other".into()))),
        proxied(|proxy| proxy.credentials = Some(("usM".into(), "ARKED".into()))),
        proxied(|proxy| proxy.exceptions.clear()),
        proxied(|proxy| proxy.exceptions = vec!["inter".into(), "nal".into()]),
    ];
    for (at, one) in all.iter().enumerate() {
        for (other_at, other) in all.iter().enumerate() {
            assert_eq!(one == other, at == other_at, "{one:?} {other:?}");
        }
    }
    assert!(Settings::default().is_default());
    assert!(!proxied(|_| ()).is_default());
}

#[test]
fn a34_the_proxy_s_name_and_password_are_never_shown() {
    let settings = proxied(|_| ());
    let text = format!("{settings:?}");
    assert!(text.contains("proxy.example"), "{text}");
    assert!(!text.contains("MARKED") && !text.contains("us\""), "{text}");
    let network = crate::Networks::default().open(&settings).unwrap();
    assert!(!format!("{network:?}").contains("MARKED"));
}
