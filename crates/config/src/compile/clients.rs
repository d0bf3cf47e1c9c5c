//! Who may call, and that no two of them are told apart by nothing.

use std::collections::HashMap;
use std::sync::Arc;

use argon2::{Params, PasswordHash};
use http::HeaderName;
use secrecy::ExposeSecret;

use super::{access, headers, limits};
use crate::compiled::{ApiKey, Basic, Client};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{ApiKeySettings, BasicLoginSettings, File};

/// In KiB. More would let a few requests take the machine's memory.
const MEMORY_LIMIT: u32 = 256 * 1024;
const PASSES_LIMIT: u32 = 10;

/// What has been seen, by its place: two clients must not look alike.
#[derive(Default)]
struct Seen {
    usernames: HashMap<String, Place>,
    keys: HashMap<[u8; 32], Place>,
}

/// The clients without faults.
pub(crate) fn compile(file: &File, report: &mut Report<'_>) -> Vec<Client> {
    let mut seen = Seen::default();
    let mut clients = Vec::new();
    for (name, settings) in &file.clients {
        let place = Place::ROOT.key("clients").key(name);
        super::name(name, &place, report);
        access::scopes(&settings.scopes, &place.key("scopes"), report);
        let basic = settings
            .basic
            .as_ref()
            .and_then(|basic| login(basic, &place.key("basic"), &mut seen, report));
        let single = settings
            .api_key
            .iter()
            .map(|key| (key, place.key("api_key")));
        let several = settings
            .api_keys
            .iter()
            .enumerate()
            .map(|(index, key)| (key, place.key("api_keys").index(index)));
        let mut api_keys = Vec::new();
        for (key, place) in single.chain(several) {
            api_keys.extend(api_key(key, &place, &mut seen, report));
        }
        if settings.basic.is_none() && settings.api_key.is_none() && settings.api_keys.is_empty() {
            report.fault(
                &place,
                format!("the client `{name}` has no way to show who it is"),
                "give it `basic` or `api_key`",
            );
        }
        clients.push(Client {
            name: Arc::from(name.as_str()),
            basic,
            api_keys,
            scopes: settings.scopes.clone(),
            limits: limits::compile(settings.limits.as_ref(), &place, report),
        });
    }
    clients
}

fn login(
    settings: &BasicLoginSettings,
    place: &Place,
    seen: &mut Seen,
    report: &mut Report<'_>,
) -> Option<Basic> {
    let at = place.key("username");
    if settings.username.contains(':') || settings.username.contains(char::is_control) {
        report.fault(
            &at,
            "a user name must not hold a colon or a control character",
            "RFC 7617 §2",
        );
    }
    if let Some(first) = seen.usernames.insert(settings.username.clone(), at.clone()) {
        let help = format!("the first one is in {}", report.line(&first, &at));
        report.fault(&at, "two clients have this user name", help);
    }
    let password_hash = settings.password_hash.0.clone();
    if let Err((message, help)) = check_hash(password_hash.expose_secret()) {
        report.fault(&place.key("password_hash"), message, help);
        return None;
    }
    Some(Basic {
        username: settings.username.clone(),
        password_hash,
    })
}

/// A hash that cannot be verified, or would cost more than a request may.
fn check_hash(text: &str) -> Result<(), (&'static str, &'static str)> {
    const HOW: &str = "`manifold hash` prints one";
    let hash = PasswordHash::new(text).map_err(|_| ("not a password hash in PHC form", HOW))?;
    if hash.algorithm != argon2::ARGON2ID_IDENT {
        return Err(("not an argon2id hash", HOW));
    }
    if hash.salt.is_none() || hash.hash.is_none() {
        return Err(("a password hash without salt or hash", HOW));
    }
    let parameters = Params::try_from(&hash)
        .map_err(|_| ("an argon2id hash with parameters out of range", HOW))?;
    if parameters.m_cost() > MEMORY_LIMIT || parameters.t_cost() > PASSES_LIMIT {
        return Err((
            "verifying this password hash would take too much memory or time",
            "at most 256 MiB (`m=262144`) and 10 passes (`t=10`)",
        ));
    }
    Ok(())
}

fn api_key(
    settings: &ApiKeySettings,
    place: &Place,
    seen: &mut Seen,
    report: &mut Report<'_>,
) -> Option<ApiKey> {
    let header = headers::name(&settings.header, &place.key("header"), report);
    if header == Some(HeaderName::from_static("authorization")) {
        report.fault(
            &place.key("header"),
            "`Authorization` carries no API key",
            "for example `X-API-Key`",
        );
    }
    let at = place.key("sha256");
    let Some(sha256) = digest(&settings.sha256) else {
        report.fault(
            &at,
            "not 64 hexadecimal digits",
            "`manifold hash` prints the SHA-256 of a key",
        );
        return None;
    };
    if let Some(first) = seen.keys.insert(sha256, at.clone()) {
        let help = format!("the first one is in {}", report.line(&first, &at));
        report.fault(&at, "this API key is given twice", help);
    }
    Some(ApiKey {
        header: header?,
        sha256,
    })
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map_while(|digit| digit.to_digit(16)?.try_into().ok())
        .collect();
    if digits.len() != 64 || text.chars().count() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |value, digit| (value << 4) | digit);
    }
    Some(bytes)
}
