//! From settings to the compiled configuration: every rule that concerns meaning. All faults are
//! collected; a name that belongs to a faulty item is known all the same.

mod access;
mod backends;
mod body;
mod by_client;
mod caching;
mod call;
mod clients;
mod credentials;
mod endpoints;
mod explain;
mod headers;
mod limits;
mod networks;
mod oauth2;
mod order;
mod parameters;
mod path;
mod payload;
mod query;
mod resilience;
mod response;
mod route;
mod schemas;
mod scope;
mod server;
mod template;
mod tokens;
mod urls;
mod usage;

use std::path::Path;

use crate::check::Checked;
use crate::compiled::Configuration;
use crate::place::Place;
use crate::report::Report;
use crate::suggest;

/// The configuration, if nothing is wrong with it; what is wrong is in the report. Relative paths
/// start at `folder`.
pub(crate) fn compile(
    checked: &Checked,
    folder: &Path,
    report: &mut Report<'_>,
) -> Option<Configuration> {
    let file = &checked.file;
    let server = server::compile(&file.server, report);
    let limits = limits::compile(file.limits.as_ref(), &Place::ROOT, report);
    let clients = clients::compile(file, report);
    let network = networks::default(file, folder, report);
    let credentials = credentials::compile(file, folder, network.as_ref(), report);
    let token_store = tokens::compile(&file.tokens, report);
    let backends = backends::compile(file, folder, network.as_ref(), report);
    let jwks = file
        .jwks
        .as_ref()
        .and_then(|jwks| access::compile(jwks.access.as_ref(), &Place::ROOT.key("jwks"), report));
    let documents = file.documents.as_ref().and_then(|documents| {
        access::compile(
            documents.access.as_ref(),
            &Place::ROOT.key("documents"),
            report,
        )
    });
    let endpoints = endpoints::compile(checked, report);
    let explain = explain::compile(checked, report);
    by_client::check(checked, report);
    usage::warn(checked, report);
    if !report.faults.is_empty() {
        return None;
    }
    Some(Configuration {
        server: server?,
        limits,
        explain,
        clients,
        credentials,
        token_store,
        backends,
        jwks,
        documents,
        endpoints,
        warnings: Vec::new(),
    })
}

/// A fault unless `name` can stand in metrics, logs and templates.
fn name(name: &str, place: &Place, report: &mut Report<'_>) {
    let fine =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    let start = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !start || !name.chars().all(fine) {
        report.fault_at_key(
            place,
            format!("`{name}` cannot be a name"),
            "begin with a letter or `_`, and go on with letters, digits, `_`, `-` or `.`",
        );
    }
}

/// What the name at a place leads to.
enum Found {
    /// The item of this index.
    Index(usize),
    /// An item that has faults of its own.
    Faulty,
}

/// Looks `name` up among the `items` of a section; an unknown one is a fault at `place`.
fn look_up<'a>(
    name: &str,
    section: &str,
    mut items: impl Iterator<Item = &'a String>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Found> {
    if let Some(index) = items.position(|item| item == name) {
        return Some(Found::Index(index));
    }
    let known = report.names(section);
    if known.contains(&name) {
        return Some(Found::Faulty);
    }
    let kind = section.strip_suffix('s').unwrap_or(section);
    let help = suggest::help(
        name,
        known,
        &format!("there is no {kind} yet: define it under `{section}`"),
    );
    report.fault(place, format!("unknown {kind} `{name}`"), help);
    None
}

/// Media types in lower case, ranges such as `image/*` among them; `None` after a fault.
fn media_types(texts: &[String], place: &Place, report: &mut Report<'_>) -> Option<Vec<String>> {
    let all = texts.iter().enumerate();
    let all: Vec<_> = all
        .map(|(index, text)| media_type(text, &place.index(index), report))
        .collect();
    all.into_iter().collect()
}

/// A media type in lower case (RFC 9110 §8.3.1), or a range of them; `None` after a fault.
fn media_type(text: &str, place: &Place, report: &mut Report<'_>) -> Option<String> {
    let token = |text: &str| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        text == "*" || (!text.is_empty() && text.bytes().all(fine))
    };
    match text.split_once('/') {
        Some((group, kind)) if token(group) && token(kind) && (group != "*" || kind == "*") => {
            Some(text.to_ascii_lowercase())
        }
        _ => {
            report.fault(
                place,
                "not a media type",
                "for example `application/pdf` or `image/*`, without parameters",
            );
            None
        }
    }
}

/// A fault unless the period is longer than zero.
fn positive(period: crate::settings::Period, place: &Place, report: &mut Report<'_>) {
    if period.0.is_zero() {
        report.fault(place, "must be longer than zero", "for example `3s`");
    }
}

/// A warning when a secret is written in the file.
fn warn_of_literal(place: &Place, report: &mut Report<'_>) {
    if report.is_literal(place) {
        report.warn(
            place,
            "a secret is written in the file",
            "write `${env:NAME}` or `${file:path}` instead",
        );
    }
}
