//! Private authorities and client certificates, and their files changing under traffic.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use network::{ClientCertificate, ConnectionFault, Settings};
use tempfile::TempDir;
use testkit::{Handler, Reply, Server};
use testkit_network::{Authority, Certificate, ClientCertificates, TlsFront};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::{fetch, fetch_over, fine, get, is_fine, open, over, server, unconnected};

/// Longer than anything takes that goes well.
const LONG: Duration = Duration::from_mins(1);

/// A folder of files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    fn trusting(&self, authority: &Authority) -> Settings {
        Settings {
            ca: Some(self.write("ca.pem", &authority.pem())),
            ..Settings::default()
        }
    }

    fn showing(&self, authority: &Authority, ours: &Certificate) -> Settings {
        Settings {
            client: Some(ClientCertificate {
                certificate: self.write("us.pem", &ours.pem),
                key: self.write("us.key", &ours.key),
            }),
            ..self.trusting(authority)
        }
    }
}

#[tokio::test]
async fn a_server_of_a_private_authority_is_trusted_by_its_file_alone() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let plain = server(fine());
    let certificate = authority.issue(&["localhost"]);
    let front = TlsFront::start(plain.address(), &certificate, ClientCertificates::None).await;
    assert_eq!(
        fetch(get(&front.url())).await,
        unconnected(ConnectionFault::UnknownAuthority)
    );
    let trusting = [false, true].map(|only_this_ca| {
        let settings = Settings {
            only_this_ca,
            ..folder.trusting(&authority)
        };
        over(Some(open(&settings)))
    });
    for transport in &trusting {
        assert!(is_fine(&fetch_over(transport, get(&front.url())).await));
        // By address it is another server.
        let address = format!("https://{}", front.address());
        let answer = fetch_over(transport, get(&address)).await;
        assert_eq!(answer, unconnected(ConnectionFault::OtherHost));
    }
    let other = over(Some(open(&folder.trusting(&Authority::new()))));
    let answer = fetch_over(&other, get(&front.url())).await;
    assert_eq!(answer, unconnected(ConnectionFault::UnknownAuthority));
    // Connections of one network are not used by another, nor by none.
    assert_eq!(
        fetch(get(&front.url())).await,
        unconnected(ConnectionFault::UnknownAuthority)
    );
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks_for_one() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let plain = server(fine());
    let certificate = authority.issue(&["localhost"]);
    let clients = ClientCertificates::Of(&authority);
    let front = TlsFront::start(plain.address(), &certificate, clients).await;
    let ours = authority.issue(&["us.example"]);
    let transport = over(Some(open(&folder.showing(&authority, &ours))));
    assert!(is_fine(&fetch_over(&transport, get(&front.url())).await));
    assert_eq!(front.shown(), [Some(ours.der())]);
    assert_eq!(plain.requests().len(), 1);

    // None, or one of somebody else: the request has not been seen, and a write may be sent again.
    let without = over(Some(open(&folder.trusting(&authority))));
    let strange = Folder::new();
    let theirs = Authority::new().issue(&["us.example"]);
    let strange = over(Some(open(&strange.showing(&authority, &theirs))));
    for transport in [without, strange] {
        let answer = fetch_over(&transport, get(&front.url())).await;
        assert_eq!(answer, unconnected(ConnectionFault::ClientCertificate));
    }
    assert_eq!((front.shown().len(), plain.requests().len()), (1, 1));
}

/// Holds back its answer to `/held`.
struct Holding(Arc<Notify>);

#[async_trait]
impl Handler for Holding {
    async fn handle(&self, request: testkit::Request) -> Reply {
        if request.path == "/held" {
            self.0.notified().await;
        }
        fine().into()
    }
}

#[tokio::test]
async fn a_changed_certificate_is_shown_from_the_next_connection_on_and_no_request_fails() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let release = Arc::new(Notify::new());
    let plain = Server::start(0, Arc::new(Holding(Arc::clone(&release)))).unwrap();
    let certificate = authority.issue(&["localhost"]);
    let clients = ClientCertificates::Of(&authority);
    let front = TlsFront::start(plain.address(), &certificate, clients).await;
    let (before, after) = (authority.issue(&["us"]), authority.issue(&["us"]));
    let network = open(&folder.showing(&authority, &before));
    let transport = over(Some(network.clone()));

    let held = tokio::spawn({
        let (transport, url) = (transport.clone(), format!("{}/held", front.url()));
        async move { fetch_over(&transport, get(&url)).await }
    });
    let stop = AtomicBool::new(false);
    let traffic = (0..8).map(|_| async {
        let mut answers = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            answers.push(fetch_over(&transport, get(&front.url())).await);
        }
        answers
    });
    let change = async {
        while plain.count("/held") == 0 || plain.count("/") < 20 {
            tokio::task::yield_now().await;
        }
        assert!(front.shown().iter().all(|one| *one == Some(before.der())));
        folder.write("us.pem", &after.pem);
        // The pair does not fit yet: what was read before stays in use.
        assert!(!network.look());
        folder.write("us.key", &after.key);
        assert!(network.look());
        let answered = plain.count("/");
        while !front.shown().contains(&Some(after.der())) || plain.count("/") < answered + 20 {
            tokio::task::yield_now().await;
        }
        stop.store(true, Ordering::Relaxed);
    };
    let both = futures::future::join(join_all(traffic), change);
    let (traffic, ()) = timeout(LONG, both).await.unwrap();
    let answers: Vec<_> = traffic.into_iter().flatten().collect();
    assert!(answers.len() >= 40 && answers.iter().all(is_fine));
    // A request that was under way ends over the connection that it began on.
    release.notify_one();
    assert!(is_fine(&held.await.unwrap()));
    let shown = front.shown();
    let first_after = shown.iter().position(|one| *one == Some(after.der()));
    let later = shown.get(first_after.unwrap()..).unwrap();
    assert!(later.iter().all(|one| *one == Some(after.der())));
}
