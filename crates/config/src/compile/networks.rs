//! How servers are reached: paths made whole, and everything wrong with what stands there now.

use std::path::{Path, PathBuf};

use network::{ClientCertificate, Member, NetworkError, Proxy, Settings};

use url::Url;

use super::warn_of_literal;
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
    let Some(settings) = settings else {
        return default.cloned();
    };
    let place = owner.key("network");
    if let Some(default) = default {
        warn_of_dropped(settings, default, &place, report);
    }
    compile(settings, folder, &place, report)
}

/// One's own network takes the place of the top one, whole: what that has and this has not is gone.
fn warn_of_dropped(
    own: &NetworkSettings,
    default: &Settings,
    place: &Place,
    report: &mut Report<'_>,
) {
    let dropped = [
        ("ca", default.ca.is_some() && own.ca.is_none()),
        ("proxy", default.proxy.is_some() && own.proxy.is_none()),
        (
            "client_certificate",
            default.client.is_some() && own.client_certificate.is_none(),
        ),
    ];
    for (name, _) in dropped.iter().filter(|(_, is_dropped)| *is_dropped) {
        report.warn(
            place,
            format!("the `{name}` of the top `network` is not used here"),
            format!(
                "a `network` of one's own takes its place, whole: repeat `{name}` if it is wanted"
            ),
        );
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
    let client = compiled.client.as_ref();
    let files = client.map(|client| [&client.certificate, &client.key]);
    for file in compiled.ca.iter().chain(files.into_iter().flatten()) {
        report.reads(file);
    }
    let faults = compiled.faults();
    for fault in &faults {
        explain(fault, settings, place, report);
    }
    (faults.is_empty() && !compiled.is_default()).then_some(compiled)
}

fn proxy(settings: &ProxySettings, place: &Place, report: &mut Report<'_>) -> Option<Proxy> {
    let url = proxy_url(&settings.url, &place.key("url"), report);
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

/// The address of a proxy; the network judges the rest of it. Faults do not show it: it may hold a
/// password.
fn proxy_url(text: &str, place: &Place, report: &mut Report<'_>) -> Option<Url> {
    const HOW: &str = "for example `http://proxy.example:3128`";
    let parsed = Url::parse(text).ok();
    let (message, help) = match &parsed {
        Some(url) if !matches!(url.scheme(), "http" | "https") || url.host().is_none() => {
            ("a proxy has an http:// or https:// URL", HOW)
        }
        Some(url) if !url.username().is_empty() || url.password().is_some() => (
            "a proxy's URL must not hold a user name or a password",
            "write `username` and `password` beside it",
        ),
        Some(_) => return parsed,
        None => ("not an absolute URL", HOW),
    };
    report.fault(place, message, help);
    None
}

/// The network's own words, at the setting that they are about. They quote nothing of a file.
fn explain(
    error: &NetworkError,
    settings: &NetworkSettings,
    place: &Place,
    report: &mut Report<'_>,
) {
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
    match error {
        NetworkError::Unreadable {
            member,
            file,
            reason,
        } if reason.kind() == std::io::ErrorKind::NotFound => {
            report.fault(
                &at,
                format!("{member} `{}` cannot be read: {reason}", file.display()),
                "a relative path starts at the folder of the configuration file",
            );
            return;
        }
        NetworkError::ProxyException(text) => {
            let written = settings.proxy.iter().flat_map(|proxy| &proxy.exceptions);
            let index = written.enumerate().find(|(_, one)| *one == text);
            let at = index.map_or(at.clone(), |(index, _)| at.index(index));
            report.fault(
                &at,
                error.to_string(),
                "for example `*.internal`, `10.0.0.0/8` or `labs.example`",
            );
            return;
        }
        _ => {}
    }
    let words = error.to_string();
    let (message, help) = words.split_once("; ").unwrap_or((&words, ""));
    report.fault(&at, message, help);
}
