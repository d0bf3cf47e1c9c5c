//! What stands between a service and its servers in a guarded network, for tests: a certificate
//! authority, TLS in front of any server on loopback, an HTTP proxy.
//!
//! It is apart from the test kit, which is part of the service's demo and needs none of this. It must
//! know neither what the servers say nor the service.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "tests only: whatever fails here fails the test"
)]

mod authority;
mod proxy;
mod tls;

pub use authority::{Authority, Certificate};
pub use proxy::HttpProxy;
pub use tls::{ClientCertificates, TlsFront};

use tokio::task::JoinHandle;

/// A task that ends when its owner is dropped.
struct Guard(JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}
