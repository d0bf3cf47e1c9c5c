//! TLS in front of a server that speaks in the clear.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::{Authority, Certificate, Guard};

/// Whose certificates a server asks its clients for.
#[derive(Clone, Copy)]
pub enum ClientCertificates<'a> {
    /// It does not ask.
    None,
    /// None but those of this authority are let in.
    Of(&'a Authority),
}

/// TLS in front of a server. Dropping it closes its connections.
pub struct TlsFront {
    address: SocketAddr,
    shown: Arc<Mutex<Vec<Option<CertificateDer<'static>>>>>,
    _task: Guard,
}

impl TlsFront {
    /// Listens on loopback, proves itself by `certificate`, and passes on to `server` what it hears.
    ///
    /// # Panics
    /// When there is no socket to be had.
    pub async fn start(
        server: SocketAddr,
        certificate: &Certificate,
        clients: ClientCertificates<'_>,
    ) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            ClientCertificates::None => builder.with_no_client_auth(),
            ClientCertificates::Of(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let chain = vec![certificate.der()];
        let settings = builder.with_single_cert(chain, certificate.key_der());
        let acceptor = TlsAcceptor::from(Arc::new(settings.unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shown = Arc::<Mutex<Vec<_>>>::default();
        let seen = Arc::clone(&shown);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, acceptor.clone(), server, Arc::clone(&seen)));
            }
        });
        Self {
            address,
            shown,
            _task: Guard(task),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://localhost:<port>`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// For each connection that came about, in order: the certificate that the client showed.
    #[must_use]
    pub fn shown(&self) -> Vec<Option<CertificateDer<'static>>> {
        self.shown.lock().unwrap().clone()
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    server: SocketAddr,
    shown: Arc<Mutex<Vec<Option<CertificateDer<'static>>>>>,
) {
    // A handshake that fails is the client's affair.
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let certificate = certificates.and_then(|chain| chain.first()).cloned();
    shown
        .lock()
        .unwrap()
        .push(certificate.map(CertificateDer::into_owned));
    if let Ok(mut server) = TcpStream::connect(server).await {
        copy_bidirectional(&mut stream, &mut server).await.ok();
    }
}
