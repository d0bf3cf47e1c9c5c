//! Settings beside others with which they mean nothing.

use super::Context;
use crate::report::Report;
use crate::settings::{AuthenticationSettings as Authentication, GrantSettings as Grant};

/// A fault for each setting that would not be used.
pub(super) fn check(context: &Context<'_>, report: &mut Report<'_>) {
    let settings = context.settings;
    let (authentication, grant) = (settings.authentication, settings.grant);
    // With the authentication that is missing and told of, they would be used.
    let lacking = context.lacks_authentication();
    let signs = context.signs() || lacking;
    let has_secret = matches!(
        authentication,
        Authentication::ClientSecretBasic
            | Authentication::ClientSecretPost
            | Authentication::ClientSecretJson
    );
    let signing = "`authentication: private_key_jwt` and `grant: jwt_bearer`";
    // Name, whether it is there, whether it is used, with what it goes.
    let rules = [
        (
            "discovery",
            settings.discovery.is_some(),
            settings.issuer.is_some() && settings.token_url.is_none(),
            "`issuer` without `token_url`",
        ),
        (
            "encoding",
            settings.encoding.is_some(),
            authentication == Authentication::ClientSecretBasic,
            "`authentication: client_secret_basic`",
        ),
        (
            "fields",
            !settings.fields.is_empty(),
            authentication == Authentication::ClientSecretJson,
            "`authentication: client_secret_json`",
        ),
        (
            "client_secret",
            settings.client_secret.is_some(),
            // Without any authentication there are words of its own for it.
            has_secret || authentication == Authentication::None,
            "the authentications whose names begin with `client_secret`",
        ),
        (
            "private_key",
            settings.private_key.is_some(),
            signs,
            signing,
        ),
        (
            "private_key_file",
            settings.private_key_file.is_some(),
            signs,
            signing,
        ),
        ("key_id", settings.key_id.is_some(), signs, signing),
        ("algorithm", settings.algorithm.is_some(), signs, signing),
        (
            "assertion_audience",
            settings.assertion_audience.is_some(),
            lacking || authentication == Authentication::PrivateKeyJwt,
            "`authentication: private_key_jwt`",
        ),
        (
            "username",
            settings.username.is_some(),
            grant == Grant::Password,
            "`grant: password`",
        ),
        (
            "password",
            settings.password.is_some(),
            grant == Grant::Password,
            "`grant: password`",
        ),
        (
            "refresh_token",
            settings.refresh_token.is_some(),
            grant == Grant::RefreshToken,
            "`grant: refresh_token`",
        ),
        (
            "assertion",
            settings.assertion.is_some(),
            grant == Grant::JwtBearer,
            "`grant: jwt_bearer`",
        ),
    ];
    for (name, given, used, with) in rules {
        if given && !used {
            report.fault_at_key(
                &context.key(name),
                format!("`{name}` goes with {with} only"),
                "leave it out",
            );
        }
    }
}
