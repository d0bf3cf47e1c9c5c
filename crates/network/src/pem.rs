//! Files of certificates and keys.

use std::io::Read;
use std::path::Path;

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use secrecy::zeroize::Zeroizing;

use crate::error::{Member, NetworkError};
use crate::settings::ClientCertificate;

/// A system's whole bundle has a quarter of a mebibyte.
const LONGEST: u64 = 4 * 1024 * 1024;

/// What a file holds.
pub(crate) fn read(member: Member, file: &Path) -> Result<Zeroizing<Vec<u8>>, NetworkError> {
    let unreadable = |reason| NetworkError::Unreadable {
        member,
        file: file.to_owned(),
        reason,
    };
    let mut bytes = Zeroizing::new(Vec::new());
    // Before it is opened: to open a pipe waits for somebody who writes.
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        let file = file.to_owned();
        return Err(NetworkError::NotAFile { member, file });
    }
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    let read = opened.take(LONGEST + 1).read_to_end(&mut bytes);
    if read.map_err(unreadable)? as u64 > LONGEST {
        let file = file.to_owned();
        return Err(NetworkError::TooLong { member, file });
    }
    Ok(bytes)
}

/// The certificates of a PEM file, one at least.
pub(crate) fn certificates(
    member: Member,
    file: &Path,
    text: &[u8],
) -> Result<Vec<CertificateDer<'static>>, NetworkError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match found {
        Ok(found) if found.is_empty() => Err(NetworkError::NoCertificate {
            member,
            file: file.to_owned(),
        }),
        Ok(found) => Ok(found),
        Err(_) => Err(NetworkError::NotPem {
            member,
            file: file.to_owned(),
        }),
    }
}

/// As [`certificates`], each of them fit to trust others by.
pub(crate) fn authorities(
    file: &Path,
    text: &[u8],
) -> Result<Vec<CertificateDer<'static>>, NetworkError> {
    let found = certificates(Member::Ca, file, text)?;
    for (number, one) in (1..).zip(&found) {
        let taken = RootCertStore::empty().add(one.clone());
        taken.map_err(|_| NetworkError::Certificate {
            member: Member::Ca,
            file: file.to_owned(),
            number,
        })?;
    }
    Ok(found)
}

/// The certificate of `files` and its key, which fit each other.
pub(crate) fn identity(
    files: &ClientCertificate,
    certificate: &[u8],
    key: &[u8],
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), NetworkError> {
    let ClientCertificate {
        certificate: file,
        key: key_file,
    } = files;
    let chain = certificates(Member::ClientCertificate, file, certificate)?;
    let found = match PrivateKeyDer::from_pem_slice(key) {
        Ok(found) => found,
        Err(PemError::NoItemsFound) if is_encrypted(key) => {
            return Err(NetworkError::EncryptedKey {
                file: key_file.clone(),
            });
        }
        Err(PemError::NoItemsFound) => {
            return Err(NetworkError::NoKey {
                file: key_file.clone(),
            });
        }
        Err(_) => {
            return Err(NetworkError::NotPem {
                member: Member::ClientKey,
                file: key_file.clone(),
            });
        }
    };
    let provider = aws_lc_rs::default_provider();
    match CertifiedKey::from_der(chain.clone(), found.clone_key(), &provider) {
        Ok(_) => Ok((chain, found)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(NetworkError::Mismatch {
            certificate: file.clone(),
            key: key_file.clone(),
        }),
        Err(rustls::Error::InvalidCertificate(_)) => Err(NetworkError::Certificate {
            member: Member::ClientCertificate,
            file: file.clone(),
            number: 1,
        }),
        // Of PKCS #1 files only the header says that they are encrypted.
        Err(_) if is_encrypted(key) => Err(NetworkError::EncryptedKey {
            file: key_file.clone(),
        }),
        Err(_) => Err(NetworkError::Key {
            file: key_file.clone(),
        }),
    }
}

fn is_encrypted(key: &[u8]) -> bool {
    let holds = |words: &[u8]| key.windows(words.len()).any(|window| window == words);
    holds(b"ENCRYPTED PRIVATE KEY") || holds(b"Proc-Type: 4,ENCRYPTED")
}
