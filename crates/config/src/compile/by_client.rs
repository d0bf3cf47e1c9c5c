//! Credentials that depend on who asks. A client that is not named gets nothing (B19): what that
//! means for endpoints is told at load.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Found, backends};
use crate::check::Checked;
use crate::compiled::CredentialKind;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{AccessSettings, EndpointEntry, File};

/// The credential of each client, by its index.
pub(crate) fn compile(
    entries: &IndexMap<String, String>,
    file: &File,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<CredentialKind> {
    if entries.is_empty() {
        report.fault_at_key(
            place,
            "`by_client` names no client",
            "for example `by_client: { portal: ehr_portal }`",
        );
    }
    let mut compiled = Some(Vec::new());
    for (client, credential) in entries {
        let at = place.key(client);
        known_client(client, file, &at, report);
        let found = super::look_up(
            credential,
            "credentials",
            file.credentials.keys(),
            &at,
            report,
        );
        let index = match found {
            Some(Found::Index(index)) => index,
            Some(Found::Faulty) | None => {
                compiled = None;
                continue;
            }
        };
        let chooses = file.credentials.get(credential);
        if chooses.is_some_and(|chosen| chosen.by_client.is_some()) {
            report.fault(
                &at,
                format!("`{credential}` depends on the client itself"),
                "name a credential of another kind",
            );
            compiled = None;
        }
        if let Some(list) = &mut compiled {
            list.push((Arc::from(client.as_str()), index));
        }
    }
    compiled.map(CredentialKind::ByClient)
}

fn known_client(client: &String, file: &File, place: &Place, report: &mut Report<'_>) {
    let known = report.names("clients");
    if file.clients.contains_key(client) || known.contains(&client.as_str()) {
        return;
    }
    let help = crate::suggest::help(client, known, "define it under `clients`");
    report.fault_at_key(place, format!("unknown client `{client}`"), help);
}

/// Tells of endpoints whose calls would fail for want of a client, or of an entry for one.
pub(crate) fn check(checked: &Checked, report: &mut Report<'_>) {
    for (endpoint, remains) in checked.file.endpoints.iter().zip(&checked.endpoints) {
        let place = Place::ROOT.key("endpoints").index(remains.index);
        for (name, call) in &endpoint.calls {
            let backend = checked.file.backends.get(&call.backend);
            let entries = backend
                .and_then(|backend| backends::credential(backend, &checked.file))
                .and_then(|credential| credential.by_client.as_ref());
            if let Some(entries) = entries {
                let at = place.key("calls").key(name).key("backend");
                check_call(endpoint, entries, &checked.file, &at, report);
            }
        }
    }
}

fn check_call(
    endpoint: &EndpointEntry,
    entries: &IndexMap<String, String>,
    file: &File,
    place: &Place,
    report: &mut Report<'_>,
) {
    match &endpoint.access {
        Some(AccessSettings::Public(_)) => report.fault(
            place,
            "this backend's credential depends on the client, and here everybody may ask",
            "give the endpoint `access: { scopes: [..] }`, or the backend a credential for all",
        ),
        Some(AccessSettings::Scoped(scoped)) => {
            let lacking = file.clients.iter().filter(|(name, client)| {
                scoped
                    .scopes
                    .iter()
                    .all(|scope| client.scopes.contains(scope))
                    && !entries.contains_key(*name)
            });
            for (name, _) in lacking {
                report.warn(
                    place,
                    format!(
                        "the client `{name}` may ask here, and has no credential for this backend"
                    ),
                    "name it under `by_client`, or its calls fail",
                );
            }
        }
        None => {}
    }
}
