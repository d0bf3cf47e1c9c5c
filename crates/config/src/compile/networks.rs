//! How servers are reached: paths made whole, and everything wrong with what stands there now.

use std::path::{Path, PathBuf};

use network::{ClientCertificate, Member, NetworkError, Proxy, Settings};

use super::{urls, warn_of_literal};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{File, NetworkSettings, ProxySettings};

/// The network of the whole configuration: for everything that has none of its own. `None`: nothing
/// is set, or it is faulty.
pub(crate) fn default(file: &File, folder: &Path, report: &mut Report<'_>) -> Option<Settings> {
    let settings = file.network.as_ref()?;
    compile(settings, folder, &Place::ROOT.key("network"), report)
}

/// The network of what stands at `owner`: its own, else `default`.
pub(crate) fn own(
    settings: Option<&NetworkSettings>,
    default: Option<&Settings>,
    folder: &Path,
    owner: &Place,
    report: &mut Report<'_>,
) -> Option<Settings> {
    match settings {
        Some(settings) => compile(settings, folder, &owner.key("network"), report),
        None => default.cloned(),
    }
}

/// A path of the configuration, which starts at the folder of the file.
pub(crate) fn path(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join(text);
    std::path::absolute(&path).unwrap_or(path)
}

fn compile(
    settings: &NetworkSettings,
    folder: &Path,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Settings> {
    let client = match (&settings.client_certificate, &settings.client_key) {
        (Some(certificate), Some(key)) => Some(ClientCertificate {
            certificate: path(folder, certificate),
            key: path(folder, key),
        }),
        (None, None) => None,
        _ => {
            report.fault_at_key(
                place,
                "`client_certificate` and `client_key` need each other",
                "name the files of both; one file may hold both",
            );
            return None;
        }
    };
    let proxy = match &settings.proxy {
        Some(proxy) => Some(self::proxy(proxy, &place.key("proxy"), report)?),
        None => None,
    };
    let compiled = Settings {
        ca: settings.ca.as_deref().map(|ca| path(folder, ca)),
        only_this_ca: settings.only_this_ca,
        client,
        proxy,
    };
    let faults = compiled.faults();
    for fault in &faults {
        explain(fault, place, report);
    }
    (faults.is_empty() && !compiled.is_default()).then_some(compiled)
}

fn proxy(settings: &ProxySettings, place: &Place, report: &mut Report<'_>) -> Option<Proxy> {
    let url = urls::parse(&settings.url, &place.key("url"), report);
    if settings.password.is_some() {
        warn_of_literal(&place.key("password"), report);
    }
    let credentials = match (&settings.username, &settings.password) {
        (Some(username), Some(password)) => Some((username.clone(), password.0.clone())),
        (None, None) => None,
        _ => {
            report.fault_at_key(
                place,
                "`username` and `password` of a proxy need each other",
                "give both, or neither",
            );
            return None;
        }
    };
    Some(Proxy {
        url: url?,
        credentials,
        exceptions: settings.exceptions.clone(),
    })
}

/// The network's own words, at the setting that they are about. They quote nothing of a file.
fn explain(error: &NetworkError, place: &Place, report: &mut Report<'_>) {
    let at = match error.member() {
        None => place.clone(),
        Some(
            member @ (Member::Ca
            | Member::OnlyThisCa
            | Member::ClientCertificate
            | Member::ClientKey),
        ) => place.key(member.as_str()),
        Some(member) => place.key("proxy").key(member.as_str()),
    };
    let words = error.to_string();
    let (message, help) = words.split_once("; ").unwrap_or((&words, ""));
    report.fault(&at, message, help);
}
