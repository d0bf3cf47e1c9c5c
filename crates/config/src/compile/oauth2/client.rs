//! Who we are at the token endpoint. Exactly one way of saying so.

use token_provider::{BasicEncoding, ClientAuthentication};

use super::super::warn_of_literal;
use super::{Context, Key};
use crate::report::Report;
use crate::settings::{AuthenticationSettings as Authentication, EncodingSettings, GrantSettings};

pub(super) fn compile(
    context: &Context<'_>,
    key: Option<&Key>,
    report: &mut Report<'_>,
) -> Option<ClientAuthentication> {
    let settings = context.settings;
    let client_id = client_id(context, report);
    let secret_place = context.key("client_secret");
    if settings.client_secret.is_some() {
        warn_of_literal(&secret_place, report);
    }
    let secret = settings
        .client_secret
        .as_ref()
        .map(|secret| secret.0.clone());
    match (settings.authentication, secret) {
        (Authentication::ClientSecretBasic, Some(client_secret)) => {
            let encoding = match settings.encoding {
                None | Some(EncodingSettings::FormUrlencoded) => BasicEncoding::FormUrlEncoded,
                Some(EncodingSettings::Raw) => BasicEncoding::Raw,
            };
            Some(ClientAuthentication::SecretBasic {
                client_id: client_id?,
                client_secret,
                encoding,
            })
        }
        (Authentication::ClientSecretPost, Some(client_secret)) => {
            Some(ClientAuthentication::SecretPost {
                client_id: client_id?,
                client_secret,
            })
        }
        (Authentication::ClientSecretJson, Some(client_secret)) => {
            let members = settings.fields.iter();
            Some(ClientAuthentication::SecretJson {
                client_id: client_id?,
                client_secret,
                members: members
                    .map(|(name, member)| (name.clone(), member.clone()))
                    .collect(),
            })
        }
        (
            Authentication::ClientSecretBasic
            | Authentication::ClientSecretPost
            | Authentication::ClientSecretJson,
            None,
        ) if context.lacks_authentication() => None,
        (
            Authentication::ClientSecretBasic
            | Authentication::ClientSecretPost
            | Authentication::ClientSecretJson,
            None,
        ) => {
            report.fault(
                context.place,
                "`oauth2` needs `client_secret`",
                "for example `client_secret: \"${env:NAME}\"`; a public client says `authentication: none`",
            );
            None
        }
        (Authentication::PrivateKeyJwt, _) => {
            let place = context.key("assertion_audience");
            let written = settings.assertion_audience.as_deref();
            let audience = context.audience(written, &place, report);
            Some(ClientAuthentication::PrivateKeyJwt {
                client_id: client_id?,
                key: key?.clone()?,
                audience,
            })
        }
        (Authentication::TlsClientAuth, _) => Some(ClientAuthentication::TlsClientAuth {
            client_id: client_id?,
        }),
        (Authentication::None, None) => Some(ClientAuthentication::None {
            client_id: client_id?,
        }),
        (Authentication::None, Some(_)) => {
            report.fault_at_key(
                &secret_place,
                "a client with `authentication: none` has no secret",
                "leave out one of the two",
            );
            None
        }
    }
}

fn client_id(context: &Context<'_>, report: &mut Report<'_>) -> Option<String> {
    let settings = context.settings;
    if let Some(client_id) = &settings.client_id {
        return Some(client_id.clone());
    }
    // The assertion says who its issuer is, so that a client need not (RFC 7523 §2.1).
    if settings.authentication == Authentication::None && settings.grant == GrantSettings::JwtBearer
    {
        return Some(String::new());
    }
    report.fault(
        context.place,
        "`oauth2` needs `client_id`",
        "for example `client_id: manifold`",
    );
    None
}
