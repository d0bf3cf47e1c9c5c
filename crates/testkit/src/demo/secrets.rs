//! The credentials of a demo: fresh ones for each start, or given ones. Never shown by `Debug`.

use secrecy::SecretString;

use crate::error::Error;
use crate::random;

/// How a service in front of the demo's backends authenticates.
#[derive(Debug, Clone)]
pub struct DemoSecrets {
    /// The OAuth client for the FHIR server.
    pub hospital_client_id: String,
    /// Its secret.
    pub hospital_client_secret: SecretString,
    /// The OAuth client for the laboratory.
    pub labs_client_id: String,
    /// Its secret.
    pub labs_client_secret: SecretString,
    /// The insurer's API key.
    pub insurer_key: SecretString,
    /// The weather service's API key.
    pub weather_key: SecretString,
}

impl DemoSecrets {
    /// Returns fixed client ids with secrets and keys that nobody has seen before.
    ///
    /// # Errors
    /// [`Error::Random`] when the operating system gives no random bytes.
    pub fn random() -> Result<Self, Error> {
        let secret = || random::text().map(SecretString::from);
        Ok(Self {
            hospital_client_id: "manifold-hospital".to_owned(),
            hospital_client_secret: secret()?,
            labs_client_id: "manifold-labs".to_owned(),
            labs_client_secret: secret()?,
            insurer_key: secret()?,
            weather_key: secret()?,
        })
    }
}
