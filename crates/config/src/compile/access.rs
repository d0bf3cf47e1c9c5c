//! Who may use something. No access rule, no endpoint.

use crate::check::ACCESS_HELP;
use crate::compiled::Access;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{AccessSettings, PublicAccess};

/// The access rule of `owner`, which must have one.
pub(crate) fn compile(
    settings: Option<&AccessSettings>,
    owner: &Place,
    report: &mut Report<'_>,
) -> Option<Access> {
    match settings {
        None => {
            report.fault(
                owner,
                format!("{} needs `access`", owner.kind()),
                ACCESS_HELP,
            );
            None
        }
        Some(AccessSettings::Public(PublicAccess::Public)) => Some(Access::Public),
        Some(AccessSettings::Scoped(scoped)) => {
            scopes(&scoped.scopes, &owner.key("access").key("scopes"), report);
            Some(Access::Scopes(scoped.scopes.clone()))
        }
    }
}

/// Whether [`scopes`] tells of one.
pub(crate) fn has_faulty(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| !is_word(scope))
}

fn is_word(scope: &str) -> bool {
    let apart = |character: char| character.is_whitespace() || character.is_control();
    !scope.is_empty() && !scope.contains(apart)
}

/// A fault for each scope that could not stand in a list separated by spaces (RFC 6749 §3.3).
pub(crate) fn scopes(scopes: &[String], place: &Place, report: &mut Report<'_>) {
    for (index, scope) in scopes.iter().enumerate() {
        if !is_word(scope) {
            report.fault(
                &place.index(index),
                "a scope must be one word",
                "write several scopes as several elements of the list",
            );
        }
    }
}
