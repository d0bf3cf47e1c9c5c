//! How backends are authorised to.

use std::sync::Arc;

use http::HeaderName;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use token_provider::{BasicEncoding, ClientAuthentication, Definition, DefinitionError};

use super::{access, headers, urls, warn_of_literal};
use crate::compiled::{Credential, CredentialKind};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{
    ApiKeyCredentialSettings, AuthenticationSettings, BasicCredentialSettings, CredentialSettings,
    EncodingSettings, File, OAuth2Settings,
};

/// The credentials without faults.
pub(crate) fn compile(file: &File, report: &mut Report<'_>) -> Vec<Credential> {
    let mut credentials = Vec::new();
    for (name, settings) in &file.credentials {
        let place = Place::ROOT.key("credentials").key(name);
        super::name(name, &place, report);
        let kind = kind(name, settings, &place, report);
        credentials.extend(kind.map(|kind| Credential {
            name: Arc::from(name.as_str()),
            kind,
        }));
    }
    credentials
}

/// The header that a credential sets, as far as it can be told.
pub(crate) fn header(settings: &CredentialSettings) -> Option<HeaderName> {
    match &settings.api_key {
        Some(key) => key
            .header
            .as_ref()
            .and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok()),
        None => Some(AUTHORIZATION),
    }
}

fn kind(
    name: &str,
    settings: &CredentialSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<CredentialKind> {
    match settings {
        CredentialSettings {
            oauth2: Some(oauth2),
            bearer: None,
            basic: None,
            api_key: None,
        } => definition(name, oauth2, &place.key("oauth2"), report),
        CredentialSettings {
            oauth2: None,
            bearer: Some(token),
            basic: None,
            api_key: None,
        } => {
            let place = place.key("bearer");
            sendable(&token.0, &place, report).map(CredentialKind::Bearer)
        }
        CredentialSettings {
            oauth2: None,
            bearer: None,
            basic: Some(settings),
            api_key: None,
        } => basic(settings, &place.key("basic"), report),
        CredentialSettings {
            oauth2: None,
            bearer: None,
            basic: None,
            api_key: Some(settings),
        } => api_key(settings, &place.key("api_key"), report),
        _ => {
            report.fault(
                place,
                format!("the credential `{name}` needs exactly one kind"),
                "keep one of `oauth2`, `bearer`, `basic` and `api_key`",
            );
            None
        }
    }
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

fn definition(
    name: &str,
    settings: &OAuth2Settings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<CredentialKind> {
    let url = urls::parse(&settings.token_url, &place.key("token_url"), report);
    access::scopes(&settings.scopes, &place.key("scopes"), report);
    let client = authentication(settings, place, report);
    let mut definition = Definition::new(name, url?, client?);
    definition.scopes.clone_from(&settings.scopes);
    definition.audience.clone_from(&settings.audience);
    definition.resources.clone_from(&settings.resources);
    definition.extra = settings
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.0.clone()))
        .collect();
    definition.fetch_timeout = settings.timeout.0;
    definition.default_lifetime = settings.default_lifetime.0;
    definition.allow_plain_http = settings.allow_plain_http;
    match definition.validate() {
        Ok(()) => Some(CredentialKind::OAuth2(Box::new(definition))),
        Err(error) => {
            explain(&error, settings, place, report);
            None
        }
    }
}

fn authentication(
    settings: &OAuth2Settings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<ClientAuthentication> {
    let client_id = settings.client_id.clone();
    let secret_place = place.key("client_secret");
    if settings.client_secret.is_some() {
        warn_of_literal(&secret_place, report);
    }
    if settings.encoding.is_some()
        && settings.authentication != AuthenticationSettings::ClientSecretBasic
    {
        report.fault_at_key(
            &place.key("encoding"),
            "`encoding` goes with `authentication: client_secret_basic` only",
            "leave it out",
        );
    }
    let secret = settings
        .client_secret
        .as_ref()
        .map(|secret| secret.0.clone());
    match (settings.authentication, secret) {
        (AuthenticationSettings::ClientSecretBasic, Some(client_secret)) => {
            let encoding = match settings.encoding {
                None | Some(EncodingSettings::FormUrlencoded) => BasicEncoding::FormUrlEncoded,
                Some(EncodingSettings::Raw) => BasicEncoding::Raw,
            };
            Some(ClientAuthentication::SecretBasic {
                client_id,
                client_secret,
                encoding,
            })
        }
        (AuthenticationSettings::ClientSecretPost, Some(client_secret)) => {
            Some(ClientAuthentication::SecretPost {
                client_id,
                client_secret,
            })
        }
        (AuthenticationSettings::None, None) => Some(ClientAuthentication::None { client_id }),
        (AuthenticationSettings::None, Some(_)) => {
            report.fault_at_key(
                &secret_place,
                "a client with `authentication: none` has no secret",
                "leave out one of the two",
            );
            None
        }
        (
            AuthenticationSettings::ClientSecretBasic | AuthenticationSettings::ClientSecretPost,
            None,
        ) => {
            report.fault(
                place,
                "`oauth2` needs `client_secret`",
                "for example `client_secret: \"${env:NAME}\"`; a public client says `authentication: none`",
            );
            None
        }
    }
}

/// The token provider's own rules, at the place that breaks them. Its messages name no values.
fn explain(
    error: &DefinitionError,
    settings: &OAuth2Settings,
    place: &Place,
    report: &mut Report<'_>,
) {
    let parameter = |name: &str| place.key("parameters").key(name);
    let (place, help) = match error {
        DefinitionError::PlainHttp => (
            place.key("token_url"),
            "use https, or say `allow_plain_http: true` if the network in between is trusted",
        ),
        DefinitionError::Scheme | DefinitionError::UserInformation | DefinitionError::Fragment => {
            (place.key("token_url"), "")
        }
        DefinitionError::EmptyClientId | DefinitionError::ColonInRawClientId => {
            (place.key("client_id"), "")
        }
        DefinitionError::EmptyClientSecret => (place.key("client_secret"), ""),
        DefinitionError::Scope => (place.key("scopes"), ""),
        DefinitionError::ReservedParameter(name) | DefinitionError::RepeatedParameter(name) => (
            parameter(name),
            "leave it out: a setting of its own decides it",
        ),
        DefinitionError::UnnamedParameter => (parameter(""), ""),
        DefinitionError::ZeroDuration if settings.timeout.0.is_zero() => {
            (place.key("timeout"), "for example `5s`")
        }
        DefinitionError::ZeroDuration => (place.key("default_lifetime"), "for example `5m`"),
        _ => (place.clone(), ""),
    };
    report.fault(&place, error.to_string(), help);
}
