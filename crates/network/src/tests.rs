//! Networks over files that are written, broken and replaced. What goes over the wire is tested
//! where something is sent: in `backend` and in `token-provider`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod files;
mod identity;

use std::path::PathBuf;

use tempfile::TempDir;
use testkit_network::{Authority, Certificate};

use crate::{ClientCertificate, Settings};

/// A folder of files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    /// Settings with an authority and a client certificate.
    fn settings(&self, authority: &Authority, ours: &Certificate) -> Settings {
        Settings {
            ca: Some(self.write("ca.pem", authority.pem())),
            client: Some(ClientCertificate {
                certificate: self.write("us.pem", &ours.pem),
                key: self.write("us.key", &ours.key),
            }),
            ..Settings::default()
        }
    }
}
