//! What is defined and never used: allowed, and probably not meant.

use std::collections::BTreeSet;

use crate::check::Checked;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{AccessSettings, CredentialSettings, File};

/// Warns of a configuration without endpoints, of unused backends and credentials, and of scopes that no client has.
pub(crate) fn warn(checked: &Checked, report: &mut Report<'_>) {
    let file = &checked.file;
    if file.endpoints.is_empty() {
        report.warn(
            &Place::ROOT.key("endpoints"),
            "there are no endpoints: every request is answered with 404",
            "say under `endpoints` what clients may call",
        );
    }
    let calls = file
        .endpoints
        .iter()
        .flat_map(|endpoint| endpoint.calls.values());
    let called: BTreeSet<&str> = calls.map(|call| call.backend.as_str()).collect();
    unused(
        "backends",
        "no call names this backend",
        file.backends.keys(),
        &called,
        report,
    );
    let mut named: BTreeSet<&str> = file
        .backends
        .values()
        .filter_map(|backend| backend.credential.as_deref())
        .collect();
    let entries = file
        .credentials
        .values()
        .filter_map(|credential| credential.by_client.as_ref());
    named.extend(entries.flat_map(|entries| entries.values().map(String::as_str)));
    unused(
        "credentials",
        "no backend names this credential",
        file.credentials.keys(),
        &named,
        report,
    );
    keys(file, report);

    let granted: BTreeSet<&str> = file
        .clients
        .values()
        .flat_map(|client| client.scopes.iter().map(String::as_str))
        .collect();
    let documents = file
        .documents
        .as_ref()
        .and_then(|documents| documents.access.as_ref());
    let rules = file
        .endpoints
        .iter()
        .zip(&checked.endpoints)
        .filter_map(|(endpoint, remains)| {
            Some((
                endpoint.access.as_ref()?,
                Place::ROOT.key("endpoints").index(remains.index),
            ))
        });
    let documents = documents.map(|access| (access, Place::ROOT.key("documents")));
    for (access, place) in rules.chain(documents) {
        let AccessSettings::Scoped(scoped) = access else {
            continue;
        };
        for (index, scope) in scoped.scopes.iter().enumerate() {
            if !granted.contains(scope.as_str()) {
                report.warn(
                    &place.key("access").key("scopes").index(index),
                    format!("no client has the scope `{scope}`"),
                    "give it to a client, or nobody can call this",
                );
            }
        }
    }
}

/// Public keys that are published and do not exist.
fn keys(file: &File, report: &mut Report<'_>) {
    let signs = |credential: &CredentialSettings| {
        let oauth2 = credential.oauth2.as_ref();
        oauth2
            .is_some_and(|oauth2| oauth2.private_key.is_some() || oauth2.private_key_file.is_some())
    };
    if file.jwks.is_some() && !file.credentials.values().any(signs) {
        report.warn(
            &Place::ROOT.key("jwks"),
            "no credential signs with a private key: the published set is empty",
            "remove it, or give a credential `authentication: private_key_jwt`",
        );
    }
}

fn unused<'a>(
    section: &str,
    message: &str,
    names: impl Iterator<Item = &'a String>,
    used: &BTreeSet<&str>,
    report: &mut Report<'_>,
) {
    for name in names.filter(|name| !used.contains(name.as_str())) {
        report.warn(
            &Place::ROOT.key(section).key(name),
            message,
            "remove it, or use it",
        );
    }
}
