//! What the files of a network held when they were last read, in the form in which the HTTP client
//! takes it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::zeroize::Zeroizing;

use crate::error::{Member, NetworkError};
use crate::settings::{ClientCertificate, Settings};
use crate::{pem, proxy};

/// A hash of all files' contents.
pub(crate) type Contents = blake3::Hash;

/// Checked, and known to make a client.
pub(crate) struct Material {
    pub(crate) generation: u64,
    pub(crate) contents: Contents,
    authorities: Vec<Certificate>,
    only_these: bool,
    identity: Option<Identity>,
    proxy: Option<reqwest::Proxy>,
}

/// The files as they are.
struct Files {
    ca: Option<Zeroizing<Vec<u8>>>,
    /// The certificate and its key.
    client: Option<[Zeroizing<Vec<u8>>; 2]>,
}

impl Files {
    fn read(settings: &Settings) -> Result<Self, NetworkError> {
        let ca = settings.ca.as_ref();
        let ca = ca.map(|file| pem::read(Member::Ca, file)).transpose()?;
        let client = settings.client.as_ref().map(|files| {
            let certificate = pem::read(Member::ClientCertificate, &files.certificate)?;
            Ok([certificate, pem::read(Member::ClientKey, &files.key)?])
        });
        let client = client.transpose()?;
        Ok(Self { ca, client })
    }

    fn hash(&self) -> Contents {
        let mut hasher = blake3::Hasher::new();
        for file in self.ca.iter().chain(self.client.iter().flatten()) {
            hasher.update(&(file.len() as u128).to_le_bytes());
            hasher.update(file);
        }
        hasher.finalize()
    }
}

impl Material {
    /// What is wrong with each file; all of them, not the first.
    pub(crate) fn faults(settings: &Settings) -> Vec<NetworkError> {
        let mut faults = Vec::new();
        if settings.only_this_ca && settings.ca.is_none() {
            faults.push(NetworkError::NoAuthority);
        }
        if let Some(file) = &settings.ca {
            let read = pem::read(Member::Ca, file);
            faults.extend(read.and_then(|text| pem::authorities(file, &text)).err());
        }
        if let Some(files) = &settings.client {
            let certificate = pem::read(Member::ClientCertificate, &files.certificate);
            let key = pem::read(Member::ClientKey, &files.key);
            match (certificate, key) {
                (Ok(certificate), Ok(key)) => {
                    faults.extend(pem::identity(files, &certificate, &key).err());
                }
                (certificate, key) => faults.extend(certificate.err().into_iter().chain(key.err())),
            }
        }
        faults
    }

    /// The contents of the files now; cheaper than [`Self::read`].
    pub(crate) fn contents(settings: &Settings) -> Result<Contents, NetworkError> {
        Files::read(settings).map(|files| files.hash())
    }

    /// Reads and checks everything, and builds a client to see that it can be done.
    pub(crate) fn read(settings: &Settings, generation: u64) -> Result<Self, NetworkError> {
        if settings.only_this_ca && settings.ca.is_none() {
            return Err(NetworkError::NoAuthority);
        }
        let files = Files::read(settings)?;
        let authorities = match (&settings.ca, &files.ca) {
            (Some(file), Some(text)) => pem::authorities(file, text)?,
            _ => Vec::new(),
        };
        let authorities = authorities.iter().map(|one| Certificate::from_der(one));
        let identity = match (&settings.client, &files.client) {
            (Some(client), Some([certificate, key])) => Some(identity(client, certificate, key)?),
            _ => None,
        };
        let material = Self {
            generation,
            contents: files.hash(),
            authorities: authorities
                .collect::<Result<_, _>>()
                .map_err(NetworkError::Client)?,
            only_these: settings.only_this_ca,
            identity,
            proxy: settings.proxy.as_ref().map(proxy::build).transpose()?,
        };
        // The client takes the process's provider; an error says that one is installed already.
        aws_lc_rs::default_provider().install_default().ok();
        let trial = material.configure(reqwest::Client::builder().no_proxy());
        trial.build().map_err(NetworkError::Client)?;
        Ok(material)
    }

    pub(crate) fn configure(&self, builder: ClientBuilder) -> ClientBuilder {
        let mut builder = if self.only_these {
            builder.tls_certs_only(self.authorities.iter().cloned())
        } else {
            builder.tls_certs_merge(self.authorities.iter().cloned())
        };
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        builder
    }
}

/// The client takes one PEM text with nothing in it but certificates and one key; files hold more.
fn identity(
    files: &ClientCertificate,
    certificate: &[u8],
    key: &[u8],
) -> Result<Identity, NetworkError> {
    let (chain, key) = pem::identity(files, certificate, key)?;
    let mut text = Zeroizing::new(String::new());
    for one in &chain {
        section(&mut text, "CERTIFICATE", CertificateDer::as_ref(one));
    }
    let label = match &key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    section(&mut text, label, key.secret_der());
    Identity::from_pem(text.as_bytes()).map_err(NetworkError::Client)
}

fn section(text: &mut String, label: &str, der: &[u8]) {
    text.extend(["-----BEGIN ", label, "-----\n"]);
    BASE64_STANDARD.encode_string(der, text);
    text.extend(["\n-----END ", label, "-----\n"]);
}
