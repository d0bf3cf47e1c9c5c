//! Whom we call.

use std::path::Path;
use std::sync::Arc;

use backend::{Check, Dialect};
use network::Settings as Network;
use url::Url;

use super::{Found, credentials, headers, networks, positive, resilience, schemas, urls};
use crate::compiled::Backend;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{BackendSettings, CheckSettings, CredentialSettings, FhirVersion, File};

/// The backends without faults.
pub(crate) fn compile(
    file: &File,
    folder: &Path,
    network: Option<&Network>,
    report: &mut Report<'_>,
) -> Vec<Backend> {
    let mut backends = Vec::new();
    for (name, settings) in &file.backends {
        let place = Place::ROOT.key("backends").key(name);
        super::name(name, &place, report);
        let own = settings.network.as_ref();
        let network = networks::own(own, network, folder, &place, report);
        let backend = backend(name, settings, file, &place, report);
        backends.extend(backend.map(|backend| Backend { network, ..backend }));
    }
    backends
}

/// The credential of a backend, if it has one without faults.
pub(crate) fn credential<'a>(
    settings: &BackendSettings,
    file: &'a File,
) -> Option<&'a CredentialSettings> {
    settings
        .credential
        .as_ref()
        .and_then(|name| file.credentials.get(name))
}

/// All that a backend's credential may be, whoever asks.
pub(crate) fn credentials<'a>(
    settings: &BackendSettings,
    file: &'a File,
) -> Vec<&'a CredentialSettings> {
    let credential = credential(settings, file);
    match credential.and_then(|credential| credential.by_client.as_ref()) {
        Some(entries) => {
            let names = entries.values();
            names
                .filter_map(|name| file.credentials.get(name))
                .collect()
        }
        None => credential.into_iter().collect(),
    }
}

fn backend(
    name: &str,
    settings: &BackendSettings,
    file: &File,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Backend> {
    let url = urls::parse(&settings.url, &place.key("url"), report);
    let named = settings.credential.as_ref();
    let found = named.and_then(|name| {
        super::look_up(
            name,
            "credentials",
            file.credentials.keys(),
            &place.key("credential"),
            report,
        )
    });
    if let Some(url) = &url {
        in_the_clear(url, settings, &place.key("url"), report);
    }
    let page_origins = page_origins(settings, place, report);
    for (period, key) in [
        (settings.timeout, "timeout"),
        (settings.connect_timeout, "connect_timeout"),
    ] {
        positive(period, &place.key(key), report);
    }
    let read_timeout = settings.read_timeout.unwrap_or(settings.timeout);
    if let Some(period) = settings.read_timeout {
        positive(period, &place.key("read_timeout"), report);
    }
    for (size, key) in [
        (settings.max_body, "max_body"),
        (settings.max_cache, "max_cache"),
    ] {
        if size.0 == 0 {
            let place = place.key(key);
            report.fault(&place, "must be more than zero", "for example `16MiB`");
        }
    }
    let credential_headers = credentials::headers(&credentials(settings, file));
    let mut own_headers = Vec::new();
    for (header, value) in &settings.headers {
        let place = place.key("headers").key(header);
        let name = headers::outgoing(header, &credential_headers, &place, report);
        let value = headers::value(&value.0, &place, report);
        own_headers.extend(name.zip(value));
    }
    let dialect = dialect(name, settings, place, report);
    let resilience = resilience::compile(settings, place, report);
    let mut url = url?;
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&base);
    Some(Backend {
        alias: Arc::from(name),
        dialect: dialect?,
        url,
        credential: match (named, found) {
            (None, _) => None,
            (Some(_), Some(Found::Index(index))) => Some(index),
            (Some(_), _) => return None,
        },
        timeout: settings.timeout.0,
        connect_timeout: settings.connect_timeout.0,
        read_timeout: read_timeout.0,
        max_body: settings.max_body.0,
        max_cache: settings.max_cache.0,
        page_origins,
        headers: own_headers,
        token_rejected_statuses: settings.token_rejected_statuses.clone(),
        network: None,
        resilience,
    })
}

/// A credential is not sent where it can be read on the way, unless that is wanted.
fn in_the_clear(url: &Url, settings: &BackendSettings, place: &Place, report: &mut Report<'_>) {
    if settings.credential.is_some() && !settings.allow_plain_http && urls::is_in_the_clear(url) {
        report.fault(
            place,
            "a credential would be sent over plain http",
            "use https, or say `allow_plain_http: true` on this backend if the network in between is trusted",
        );
    }
}

fn page_origins(settings: &BackendSettings, place: &Place, report: &mut Report<'_>) -> Vec<Url> {
    let place = place.key("page_origins");
    if settings.rest.is_some() && !settings.page_origins.is_empty() {
        let message = "`page_origins` goes with `fhir` only";
        report.fault_at_key(&place, message, "leave it out");
    }
    let mut origins = Vec::new();
    for (index, text) in settings.page_origins.iter().enumerate() {
        let place = place.index(index);
        let Some(url) = urls::parse(text, &place, report) else {
            continue;
        };
        in_the_clear(&url, settings, &place, report);
        if url.path() != "/" {
            let help = "leave out the path: every link to this host and port is followed";
            report.fault(&place, "an origin has no path", help);
        }
        origins.push(url);
    }
    origins
}

fn dialect(
    name: &str,
    settings: &BackendSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Dialect> {
    if let Some(schema) = &settings.schema {
        let place = place.key("schema");
        schemas::compile(schema, &place, report);
        if settings.fhir.is_some() {
            report.fault_at_key(
                &place,
                "a FHIR backend's answers need no `schema`",
                "leave it out",
            );
        }
    }
    let check = match settings.check {
        CheckSettings::Off => Check::Off,
        CheckSettings::Report => Check::Report,
        CheckSettings::Refuse => Check::Refuse,
    };
    match (settings.fhir, &settings.rest) {
        (Some(FhirVersion::R4), None) => Some(Dialect::FhirR4 { check }),
        (None, Some(_)) => {
            if check != Check::Off {
                report.fault_at_key(
                    &place.key("check"),
                    "`check` goes with `fhir` only",
                    "leave it out",
                );
            }
            Some(Dialect::Rest)
        }
        _ => {
            report.fault(
                place,
                format!("the backend `{name}` needs exactly one of `fhir` and `rest`"),
                "write `fhir: R4`, or `rest: {}` for JSON over HTTP",
            );
            None
        }
    }
}
