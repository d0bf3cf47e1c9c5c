//! The stored hash of a password: a PHC string, parsed once.
//!
//! Must not know whose it is.

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use secrecy::{ExposeSecret as _, SecretString};

/// An argon2 hash with its parameters and salt.
pub(crate) struct StoredHash {
    hash: PasswordHash,
    digest: [u8; 32],
}

impl StoredHash {
    /// Parses a PHC string of an argon2 variant; `None` if it is none or has no hash in it.
    pub(crate) fn read(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret();
        let hash = PasswordHash::new(text).ok()?;
        argon2::Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        argon2::Params::try_from(&hash).ok()?;
        (hash.salt.is_some() && hash.hash.is_some()).then(|| Self {
            digest: *blake3::hash(text.as_bytes()).as_bytes(),
            hash,
        })
    }

    /// A hash that costs as much to verify as this one and that no password has: salt and output
    /// are random. `None` when the system has no random bytes.
    pub(crate) fn decoy(&self) -> Option<Self> {
        let mut random = [0; 64];
        getrandom::fill(&mut random).ok()?;
        let (digest, output) = random.split_first_chunk::<32>()?;
        let length = self
            .hash
            .hash
            .as_ref()
            .map_or(output.len(), Output::len)
            .min(output.len());
        let hash = PasswordHash {
            salt: Some(Salt::new(digest.get(..16)?).ok()?),
            hash: Some(Output::new(output.get(..length)?).ok()?),
            ..self.hash.clone()
        };
        Some(Self {
            hash,
            digest: *digest,
        })
    }

    /// Memory times passes: what verifying it costs, for comparison.
    pub(crate) fn cost(&self) -> u64 {
        argon2::Params::try_from(&self.hash).map_or(0, |parameters| {
            u64::from(parameters.m_cost()) * u64::from(parameters.t_cost())
        })
    }

    /// Stands for the hash in the memory's key.
    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether `password` has this hash. Blocks for as long as argon2 takes.
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        Argon2::default()
            .verify_password(password, &self.hash)
            .is_ok()
    }
}

impl std::fmt::Debug for StoredHash {
    /// Without the hash.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StoredHash")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::StoredHash;
    use crate::authenticate::tests::hash;

    #[test]
    fn a_stored_hash_knows_its_password() {
        let stored = StoredHash::read(&hash("pässword")).unwrap();
        assert!(stored.verify("pässword".as_bytes()));
        assert!(!stored.verify(b"password"));
    }

    #[test]
    fn a_decoy_costs_the_same_and_has_no_password() {
        let stored = StoredHash::read(&hash("password")).unwrap();
        let decoy = stored.decoy().unwrap();
        assert_eq!(decoy.cost(), stored.cost());
        assert_eq!(decoy.hash.params, stored.hash.params);
        assert!(!decoy.verify(b"password"));
        assert_ne!(decoy.digest(), stored.digest());
    }

    #[test]
    fn what_is_no_argon2_hash_is_not_read() {
        for text in [
            "",
            "plain",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$pbkdf2$i=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        ] {
            assert!(StoredHash::read(&text.into()).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_hash() {
        let secret = hash("password");
        assert_eq!(
            format!("{:?}", StoredHash::read(&secret).unwrap()),
            "StoredHash"
        );
    }
}
