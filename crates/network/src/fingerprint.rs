//! One hash over all settings. Each field is preceded by its length, so that no two lists of fields
//! run together into the same bytes.

use std::path::Path;

use crate::settings::{ClientCertificate, Proxy, Settings};

pub(crate) fn of(settings: &Settings) -> [u8; 32] {
    // Exhaustive on purpose: a field that is added and not hashed does not compile.
    let Settings {
        ca,
        only_this_ca,
        client,
        proxy,
    } = settings;
    let mut hasher = blake3::Hasher::new();
    path(&mut hasher, ca.as_deref());
    field(&mut hasher, &[u8::from(*only_this_ca)]);
    field(&mut hasher, &[u8::from(client.is_some())]);
    if let Some(ClientCertificate { certificate, key }) = client {
        path(&mut hasher, Some(certificate));
        path(&mut hasher, Some(key));
    }
    field(&mut hasher, &[u8::from(proxy.is_some())]);
    if let Some(proxy) = proxy {
        let Proxy {
            url,
            credentials: _,
            exceptions,
        } = proxy;
        field(&mut hasher, url.as_str().as_bytes());
        field(&mut hasher, &[u8::from(proxy.credentials.is_some())]);
        let (username, password) = proxy.exposed().unwrap_or_default();
        field(&mut hasher, username.as_bytes());
        field(&mut hasher, password.as_bytes());
        for exception in exceptions {
            field(&mut hasher, exception.as_bytes());
        }
    }
    hasher.finalize().into()
}

fn path(hasher: &mut blake3::Hasher, path: Option<&Path>) {
    field(hasher, &[u8::from(path.is_some())]);
    let bytes = path.map(|path| path.as_os_str().as_encoded_bytes());
    field(hasher, bytes.unwrap_or_default());
}

fn field(hasher: &mut blake3::Hasher, bytes: &[u8]) {
    hasher.update(&(bytes.len() as u128).to_le_bytes());
    hasher.update(bytes);
}
