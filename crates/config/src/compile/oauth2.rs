//! OAuth 2.0: from what is written to one definition of the token provider. A combination that means
//! nothing is a fault: whoever wrote it expects something that would not happen.

mod client;
mod explain;
mod grant;
mod keys;
mod strays;

use std::path::Path;
use std::sync::Arc;

use token_provider::{AssertionAudience, Definition, DiscoveryKind, Endpoint, KeySource};

use super::{access, urls};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{
    AuthenticationSettings, DiscoverySettings, File, GrantSettings, OAuth2Settings,
};

/// What the parts of a definition are compiled from.
struct Context<'a> {
    settings: &'a OAuth2Settings,
    place: &'a Place,
    folder: &'a Path,
    file: &'a File,
}

/// The definition of the credential `name`, or `None` after a fault.
pub(crate) fn compile(
    name: &str,
    settings: &OAuth2Settings,
    file: &File,
    folder: &Path,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Definition> {
    let context = Context {
        settings,
        place,
        folder,
        file,
    };
    if context.lacks_authentication() {
        let key = match settings.private_key {
            Some(_) => "private_key",
            None => "private_key_file",
        };
        report.fault_at_key(
            &context.key(key),
            "`authentication: private_key_jwt` is missing",
            "a private key signs assertions: add the line, or leave the key out",
        );
    }
    strays::check(&context, report);
    access::scopes(&settings.scopes, &place.key("scopes"), report);
    let endpoint = endpoint(&context, report);
    let key = context.signs().then(|| keys::source(&context, report));
    let client = client::compile(&context, key.as_ref(), report);
    let grant = grant::compile(&context, key.as_ref(), report);
    let mut definition = Definition::at(name, endpoint?, client?);
    definition.grant = grant?;
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
    definition.dpop = settings.dpop;
    match definition.validate() {
        Ok(()) => Some(definition),
        Err(error) => {
            explain::explain(&error, &context, report);
            None
        }
    }
}

/// A key that is asked for: `None` after a fault.
type Key = Option<Arc<dyn KeySource>>;

impl Context<'_> {
    fn key(&self, name: &str) -> Place {
        self.place.key(name)
    }

    /// Whether anything is signed with a private key of ours.
    fn signs(&self) -> bool {
        self.settings.authentication == AuthenticationSettings::PrivateKeyJwt
            || self.settings.grant == GrantSettings::JwtBearer
    }

    /// Whether there is a private key, and no secret and no word that it should be used.
    fn lacks_authentication(&self) -> bool {
        let settings = self.settings;
        let key = settings.private_key.is_some() || settings.private_key_file.is_some();
        key && !self.signs()
            && settings.client_secret.is_none()
            && settings.authentication == AuthenticationSettings::default()
    }

    /// Whether the server is one of SMART App Launch, by its discovery or by the form of the scopes.
    fn is_smart(&self) -> bool {
        let system = |scope: &String| scope.starts_with("system/");
        self.settings.discovery == Some(DiscoverySettings::Smart)
            || self.settings.scopes.iter().any(system)
    }

    /// Whom an assertion is meant for, as it is written at `place`.
    fn audience(
        &self,
        text: Option<&str>,
        place: &Place,
        report: &mut Report<'_>,
    ) -> AssertionAudience {
        match text {
            None | Some("token_url") => AssertionAudience::TokenUrl,
            Some("issuer") => match &self.settings.issuer {
                Some(issuer) if self.settings.discovery != Some(DiscoverySettings::Smart) => {
                    AssertionAudience::Exactly(issuer.clone())
                }
                _ => {
                    report.fault(
                        place,
                        "the credential has no `issuer` that could stand here",
                        "write what the server expects, for example `https://sso.example/realms/hospital`",
                    );
                    AssertionAudience::TokenUrl
                }
            },
            Some("") => {
                report.fault(place, "must not be empty", "for example `token_url`");
                AssertionAudience::TokenUrl
            }
            Some(text) => AssertionAudience::Exactly(text.to_owned()),
        }
    }
}

fn endpoint(context: &Context<'_>, report: &mut Report<'_>) -> Option<Endpoint> {
    let settings = context.settings;
    match (&settings.token_url, &settings.issuer) {
        // What is written wins over what is published.
        (Some(url), _) => urls::parse(url, &context.key("token_url"), report).map(Endpoint::Token),
        (None, Some(issuer)) => {
            let kind = match settings.discovery {
                None | Some(DiscoverySettings::Openid) => DiscoveryKind::OpenIdProvider,
                Some(DiscoverySettings::Oauth) => DiscoveryKind::AuthorizationServer,
                Some(DiscoverySettings::Smart) => DiscoveryKind::Smart,
            };
            urls::parse(issuer, &context.key("issuer"), report).map(|_| Endpoint::Discover {
                issuer: issuer.clone(),
                kind,
            })
        }
        (None, None) => {
            report.fault(
                context.place,
                "`oauth2` needs one of `token_url` and `issuer`",
                "`token_url` is the token endpoint itself; `issuer` names the server, whose metadata say where it is",
            );
            None
        }
    }
}
