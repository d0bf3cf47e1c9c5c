//! The token provider's own rules, at the place that breaks them. Its messages name no values.

use token_provider::DefinitionError;

use super::super::access;
use super::Context;
use crate::report::Report;

pub(super) fn explain(error: &DefinitionError, context: &Context<'_>, report: &mut Report<'_>) {
    let settings = context.settings;
    if matches!(error, DefinitionError::Scope) {
        let place = context.key("scopes");
        if !access::has_faulty(&settings.scopes) {
            report.fault(&place, error.to_string(), "");
        }
        return;
    }
    let url = if settings.token_url.is_some() {
        "token_url"
    } else {
        "issuer"
    };
    let parameter = |name: &str| context.key("parameters").key(name);
    let assertion = |name: &str| context.key("assertion").key(name);
    let decided = "leave it out: a setting of its own decides it";
    let (place, help) = match error {
        DefinitionError::PlainHttp => (
            context.key(url),
            "use https, or say `allow_plain_http: true` if the network in between is trusted",
        ),
        DefinitionError::Scheme
        | DefinitionError::UserInformation
        | DefinitionError::Fragment
        | DefinitionError::Issuer => (context.key(url), ""),
        DefinitionError::EmptyClientId | DefinitionError::ColonInRawClientId => {
            (context.key("client_id"), "")
        }
        DefinitionError::EmptyClientSecret => (context.key("client_secret"), ""),
        DefinitionError::EmptyUserName => (context.key("username"), ""),
        DefinitionError::EmptyPassword => (context.key("password"), ""),
        DefinitionError::EmptyRefreshToken => (context.key("refresh_token"), ""),
        DefinitionError::EmptyAssertionParty => (
            context.key("assertion"),
            "give `issuer` and `subject` a text, or leave them out",
        ),
        DefinitionError::AssertionLife => (assertion("lifetime"), "for example `5m`"),
        DefinitionError::ReservedClaim(name) => (assertion("claims").key(name), decided),
        DefinitionError::ReservedParameter(name) | DefinitionError::RepeatedParameter(name) => {
            (parameter(name), decided)
        }
        DefinitionError::UnnamedParameter => (parameter(""), ""),
        DefinitionError::Member(_) => (
            context.key("fields"),
            "give each parameter a member of its own",
        ),
        DefinitionError::ZeroDuration if settings.timeout.0.is_zero() => {
            (context.key("timeout"), "for example `5s`")
        }
        DefinitionError::ZeroDuration => (context.key("default_lifetime"), "for example `5m`"),
        _ => (context.place.clone(), ""),
    };
    report.fault(&place, error.to_string(), help);
}
