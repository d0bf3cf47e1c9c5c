//! How backends are authorised to.

use std::path::Path;
use std::sync::Arc;

use http::HeaderName;
use http::header::AUTHORIZATION;
use network::Settings as Network;
use secrecy::{ExposeSecret, SecretString};

use super::{by_client, headers, networks, oauth2, warn_of_literal};
use crate::compiled::{Credential, CredentialKind};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{
    ApiKeyCredentialSettings, AuthenticationSettings, BasicCredentialSettings, CredentialSettings,
    File, OAuth2Settings,
};

/// What all credentials are compiled with.
struct Context<'a> {
    file: &'a File,
    folder: &'a Path,
    /// How token endpoints are reached whose credential does not say.
    network: Option<&'a Network>,
}

/// The credentials without faults. When there is no fault at all, they are all of the file's.
pub(crate) fn compile(
    file: &File,
    folder: &Path,
    network: Option<&Network>,
    report: &mut Report<'_>,
) -> Vec<Credential> {
    let context = Context {
        file,
        folder,
        network,
    };
    let mut credentials = Vec::new();
    for (name, settings) in &file.credentials {
        let place = Place::ROOT.key("credentials").key(name);
        super::name(name, &place, report);
        credentials.extend(credential(name, settings, &context, &place, report));
    }
    credentials
}

/// The headers that credentials set, as far as they can be told.
pub(crate) fn headers(credentials: &[&CredentialSettings]) -> Vec<HeaderName> {
    let own = |settings: &&CredentialSettings| match &settings.api_key {
        Some(key) => {
            let name = key.header.as_ref();
            name.and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        }
        None => Some(AUTHORIZATION),
    };
    credentials.iter().filter_map(own).collect()
}

fn credential(
    name: &str,
    settings: &CredentialSettings,
    context: &Context<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Credential> {
    let CredentialSettings {
        oauth2,
        bearer,
        basic,
        api_key,
        by_client,
    } = settings;
    let mut network = None;
    let kind = match (oauth2, bearer, basic, api_key, by_client) {
        (Some(settings), None, None, None, None) => {
            let place = place.key("oauth2");
            let (file, folder) = (context.file, context.folder);
            let definition = oauth2::compile(name, settings, file, folder, &place, report);
            network = self::network(settings, context, &place, report);
            definition.map(|definition| CredentialKind::OAuth2(Box::new(definition)))
        }
        (None, Some(token), None, None, None) => {
            let place = place.key("bearer");
            sendable(&token.0, &place, report).map(CredentialKind::Bearer)
        }
        (None, None, Some(settings), None, None) => {
            self::basic(settings, &place.key("basic"), report)
        }
        (None, None, None, Some(settings), None) => {
            self::api_key(settings, &place.key("api_key"), report)
        }
        (None, None, None, None, Some(entries)) => {
            by_client::compile(entries, context.file, &place.key("by_client"), report)
        }
        _ => {
            report.fault(
                place,
                format!("the credential `{name}` needs exactly one kind"),
                "keep one of `oauth2`, `bearer`, `basic`, `api_key` and `by_client`",
            );
            None
        }
    };
    Some(Credential {
        name: Arc::from(name),
        kind: kind?,
        network,
    })
}

/// How the token endpoint is reached.
fn network(
    settings: &OAuth2Settings,
    context: &Context<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Network> {
    let own = settings.network.as_ref();
    let network = networks::own(own, context.network, context.folder, place, report);
    let written = own.or(context.file.network.as_ref());
    let shows_one = written.is_some_and(|network| network.client_certificate.is_some());
    if settings.authentication == AuthenticationSettings::TlsClientAuth && !shows_one {
        report.fault(
            &place.key("authentication"),
            "`tls_client_auth` needs a client certificate",
            "add `network: { client_certificate: .., client_key: .. }`",
        );
    }
    network
}

/// A secret that is sent in a header as it is.
fn sendable(secret: &SecretString, place: &Place, report: &mut Report<'_>) -> Option<SecretString> {
    warn_of_literal(place, report);
    headers::value(secret.expose_secret(), place, report).map(|_| secret.clone())
}

fn basic(
    settings: &BasicCredentialSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<CredentialKind> {
    match settings {
        BasicCredentialSettings {
            username: Some(username),
            password: Some(password),
            token: None,
        } => {
            if username.contains(':') {
                report.fault(
                    &place.key("username"),
                    "a user name must not hold a colon",
                    "RFC 7617 §2",
                );
            }
            warn_of_literal(&place.key("password"), report);
            Some(CredentialKind::Basic {
                username: username.clone(),
                password: password.0.clone(),
            })
        }
        BasicCredentialSettings {
            username: None,
            password: None,
            token: Some(token),
        } => sendable(&token.0, &place.key("token"), report).map(CredentialKind::BasicToken),
        _ => {
            report.fault_at_key(
                place,
                "`basic` needs `username` and `password`, or `token` alone",
                "`token` is sent after `Basic ` as it is",
            );
            None
        }
    }
}

fn api_key(
    settings: &ApiKeyCredentialSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<CredentialKind> {
    let value = settings.value.0.clone();
    match (&settings.header, &settings.query) {
        (Some(header), None) => {
            let name = headers::name(header, &place.key("header"), report);
            let value = sendable(&value, &place.key("value"), report);
            Some(CredentialKind::ApiKeyHeader {
                name: name?,
                value: value?,
            })
        }
        (None, Some(query)) => {
            warn_of_literal(&place.key("value"), report);
            if query.is_empty() {
                report.fault(
                    &place.key("query"),
                    "must not be empty",
                    "for example `appid`",
                );
            }
            Some(CredentialKind::ApiKeyQuery {
                name: query.clone(),
                value,
            })
        }
        _ => {
            report.fault_at_key(
                place,
                "`api_key` needs exactly one of `header` and `query`",
                "for example `api_key: { header: X-Key, value: \"${env:KEY}\" }`",
            );
            None
        }
    }
}
