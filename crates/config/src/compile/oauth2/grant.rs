//! How tokens are obtained.

use secrecy::SecretString;
use token_provider::{Assertion, Grant};

use super::super::warn_of_literal;
use super::{Context, Key};
use crate::report::Report;
use crate::settings::{AssertionSettings, GrantSettings, Secret};

pub(super) fn compile(
    context: &Context<'_>,
    key: Option<&Key>,
    report: &mut Report<'_>,
) -> Option<Grant> {
    match context.settings.grant {
        GrantSettings::ClientCredentials => Some(Grant::ClientCredentials),
        GrantSettings::Password => password(context, report),
        GrantSettings::RefreshToken => refresh_token(context, report),
        GrantSettings::JwtBearer => jwt_bearer(context, key, report),
    }
}

fn password(context: &Context<'_>, report: &mut Report<'_>) -> Option<Grant> {
    let settings = context.settings;
    report.warn(
        &context.key("grant"),
        "tokens for a user's name and password: RFC 9700 §2.4 advises against it",
        "where the server offers it, use `client_credentials`",
    );
    let password = secret(settings.password.as_ref(), "password", context, report);
    let Some(username) = &settings.username else {
        missing("username", "for example `username: anna`", context, report);
        return None;
    };
    Some(Grant::Password {
        username: username.clone(),
        password: password?,
    })
}

fn refresh_token(context: &Context<'_>, report: &mut Report<'_>) -> Option<Grant> {
    // Replicas keep its successors in what they share.
    if context.file.tokens.store.is_none() {
        report.warn(
            &context.key("grant"),
            "a refresh token from outside: a server that rotates them (RFC 9700 §2.2.2) takes this one once, and its successors do not outlive the process",
            "keep them with `tokens: { store: .. }`, or use `client_credentials` where the server offers it",
        );
    }
    let token = context.settings.refresh_token.as_ref();
    let token = secret(token, "refresh_token", context, report)?;
    Some(Grant::RefreshToken { token })
}

fn jwt_bearer(context: &Context<'_>, key: Option<&Key>, report: &mut Report<'_>) -> Option<Grant> {
    let settings = context.settings;
    let defaults = AssertionSettings::default();
    let written = settings.assertion.as_ref().unwrap_or(&defaults);
    let place = context.key("assertion");
    let audience = context.audience(written.audience.as_deref(), &place.key("audience"), report);
    let Some(issuer) = written.issuer.as_ref().or(settings.client_id.as_ref()) else {
        report.fault(
            context.place,
            "the assertion has no issuer",
            "give `client_id`, or `assertion: { issuer: .. }`",
        );
        return None;
    };
    let mut assertion = Assertion::new(key?.clone()?, issuer);
    if let Some(subject) = &written.subject {
        assertion.subject.clone_from(subject);
    }
    assertion.audience = audience;
    assertion.life = written.lifetime.0;
    assertion.claims.clone_from(&written.claims);
    Some(Grant::JwtBearer(Box::new(assertion)))
}

/// A secret that the grant cannot do without.
fn secret(
    written: Option<&Secret>,
    name: &str,
    context: &Context<'_>,
    report: &mut Report<'_>,
) -> Option<SecretString> {
    let Some(written) = written else {
        let help = format!("for example `{name}: \"${{env:NAME}}\"`");
        missing(name, &help, context, report);
        return None;
    };
    warn_of_literal(&context.key(name), report);
    Some(written.0.clone())
}

fn missing(name: &str, help: &str, context: &Context<'_>, report: &mut Report<'_>) {
    report.fault(
        &context.key("grant"),
        format!("this grant needs `{name}`"),
        help,
    );
}
