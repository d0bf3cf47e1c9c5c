//! The grammar of a declaration. Refuses what it does not know, and says where.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::authorization_server::{Oddity, Vendor};
use crate::error::Error;
use crate::fault::Fault;

const AUTHORIZATION_SERVER: &str = "_authorization_server";
const DEFAULT_LIFETIME_SECONDS: u64 = 300;

/// A whole declaration.
pub(super) struct Declared {
    pub(super) backends: BTreeMap<String, DeclaredBackend>,
    pub(super) authorization_server: Option<DeclaredAuthorizationServer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredBackend {
    pub(super) routes: Vec<DeclaredRoute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredRoute {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) query: BTreeMap<String, String>,
    #[serde(default = "default_status")]
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Box<RawValue>>,
    pub(super) body_text: Option<String>,
    pub(super) body_base64: Option<String>,
    #[serde(default)]
    pub(super) delay_ms: u64,
    #[serde(default, deserialize_with = "by_name")]
    pub(super) fault: Option<Fault>,
    #[serde(default)]
    pub(super) bearer: bool,
    pub(super) times: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredAuthorizationServer {
    pub(super) clients: BTreeMap<String, DeclaredClient>,
    #[serde(default = "default_lifetime")]
    pub(super) lifetime_s: u64,
    #[serde(default, deserialize_with = "by_name")]
    pub(super) vendor: Option<Vendor>,
    #[serde(default, deserialize_with = "by_name")]
    pub(super) oddity: Option<Oddity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredClient {
    pub(super) secret: String,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
}

impl Declared {
    /// Reads a declaration.
    ///
    /// # Errors
    /// [`Error::Declaration`] with the name of the server that is declared wrongly.
    pub(super) fn parse(json: &str) -> Result<Self, Error> {
        let mut parts: BTreeMap<String, &RawValue> = parse_part("backends", json)?;
        let authorization_server = parts.remove(AUTHORIZATION_SERVER);
        let authorization_server = authorization_server
            .map(|part| parse_owned(AUTHORIZATION_SERVER, part))
            .transpose()?;
        let backends = parts.into_iter().map(|(name, part)| {
            let backend = parse_owned(&name, part)?;
            Ok((name, backend))
        });
        Ok(Self {
            backends: backends.collect::<Result<_, Error>>()?,
            authorization_server,
        })
    }
}

fn parse_owned<T: DeserializeOwned>(place: &str, part: &RawValue) -> Result<T, Error> {
    parse_part(place, part.get())
}

fn parse_part<'json, T: Deserialize<'json>>(place: &str, json: &'json str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|source| Error::Declaration {
        place: place.to_owned(),
        source,
    })
}

fn by_name<'de, D: serde::Deserializer<'de>, T: FromStr<Err: Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map(Some).map_err(serde::de::Error::custom)
}

fn default_status() -> u16 {
    200
}

fn default_lifetime() -> u64 {
    DEFAULT_LIFETIME_SECONDS
}
