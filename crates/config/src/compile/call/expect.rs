//! What a call's answer must be, how it is read, and what its member looks like.

use http::{HeaderName, HeaderValue};
use orchestration::{Expect, Reading, Resource};

use super::request::Request;
use crate::compiled::Member;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{BackendSettings, CallSettings};

const DEFAULT_PAGES: u32 = 10;
const DEFAULT_ENTRIES: u32 = 1000;

/// `read` and `search` of a FHIR resource that does not exist, or no longer (FHIR R4, http.html#read).
const FHIR_ABSENT: [u16; 2] = [404, 410];

/// Statuses with a meaning of their own: they are about the credential, or about asking again.
const NEVER_SUCCESS: [u16; 4] = [401, 403, 407, 429];

/// Headers that hold secrets of the connection between us and the backend.
const NEVER_KEPT: [&str; 4] = [
    "authentication-info",
    "set-cookie",
    "set-cookie2",
    "www-authenticate",
];

/// What the answer must be, or `None` after a fault.
pub(super) fn compile(
    request: &Request<'_>,
    settings: &CallSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Expect> {
    let before = report.faults.len();
    for (index, status) in settings.success.iter().enumerate() {
        let place = place.key("success").index(index);
        if NEVER_SUCCESS.contains(status) || (300..400).contains(status) {
            report.fault(
                &place,
                format!("{status} is never success"),
                "list statuses of 2xx, or of 4xx apart from 401, 403, 407 and 429",
            );
        }
        if settings.absent.contains(status) {
            report.fault(
                &place,
                format!("{status} stands under `absent`, too"),
                "keep one of them",
            );
        }
    }
    let keep_headers = settings
        .keep_headers
        .iter()
        .enumerate()
        .filter_map(|(index, name)| kept(name, &place.key("keep_headers").index(index), report))
        .collect();
    let reading = reading(request, settings, place, report);
    (report.faults.len() == before).then_some(Expect {
        reading: reading?,
        resource: resource(request, settings),
        success: settings.success.clone(),
        absent: absent(request, settings),
        keep_headers,
        cache: None,
    })
}

fn kept(name: &str, place: &Place, report: &mut Report<'_>) -> Option<HeaderName> {
    let header = HeaderName::from_bytes(name.as_bytes()).ok();
    match &header {
        None => report.fault(place, "not the name of a header", "for example `ETag`"),
        Some(header) if NEVER_KEPT.contains(&header.as_str()) => report.fault(
            place,
            format!("the header `{header}` is between the service and its backend"),
            "leave it out",
        ),
        Some(_) => {}
    }
    header
}

fn reading(
    request: &Request<'_>,
    settings: &CallSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Reading> {
    if !settings.accept.is_empty() {
        let place = place.key("accept");
        let media_types = crate::compile::media_types(&settings.accept, &place, report)?;
        let accept = HeaderValue::from_str(&media_types.join(", ")).ok()?;
        return Some(Reading::Opaque {
            accept,
            media_types,
        });
    }
    let searched = match request {
        Request::Search { kind, .. } => *kind,
        Request::Operation(path) if settings.pages.or(settings.entries).is_some() => {
            kind(path).unwrap_or_default()
        }
        Request::Read(_) | Request::Vread(_) | Request::Operation(_) | Request::Rest(..) => {
            return Some(Reading::Json);
        }
    };
    Some(Reading::Pages {
        searched: searched.to_owned(),
        pages: settings.pages.unwrap_or(DEFAULT_PAGES),
        entries: settings.entries.unwrap_or(DEFAULT_ENTRIES),
    })
}

/// The resource type in a FHIR path.
fn kind(path: &str) -> Option<&str> {
    path.split('/')
        .next()
        .filter(|first| !first.starts_with('$'))
}

/// A read's path is `/Type/` and the id; a vread's goes on with `/_history/` and the version.
fn resource(request: &Request<'_>, settings: &CallSettings) -> Option<Resource> {
    let (path, version) = match request {
        Request::Read(path) => (path, None),
        Request::Vread(path) => (path, Some(3)),
        Request::Search { .. } | Request::Operation(_) | Request::Rest(..) => return None,
    };
    // A file is not the resource that describes it.
    let kind = kind(path).filter(|_| settings.accept.is_empty())?;
    Some(Resource {
        kind: kind.to_owned(),
        id: 1,
        version,
    })
}

fn absent(request: &Request<'_>, settings: &CallSettings) -> Vec<u16> {
    let own: &[u16] = if matches!(request, Request::Read(_) | Request::Vread(_)) {
        &FHIR_ABSENT
    } else {
        &[]
    };
    let mut statuses: Vec<u16> = own.iter().chain(&settings.absent).copied().collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

/// What the call's member looks like; of a list, what one element of it does.
pub(super) fn member(
    request: &Request<'_>,
    settings: &CallSettings,
    backend: &BackendSettings,
) -> Member {
    match request {
        Request::Read(path) | Request::Vread(path) => {
            Member::Resource(kind(path).unwrap_or_default().to_owned())
        }
        Request::Search { kind, .. } => Member::Searchset((*kind).to_owned()),
        Request::Operation(_) if settings.pages.or(settings.entries).is_some() => {
            Member::Searchset("Resource".to_owned())
        }
        // What it answers with is the operation's own business.
        Request::Operation(_) => Member::Any,
        Request::Rest(..) => match settings.schema.as_ref().or(backend.schema.as_ref()) {
            Some(schema) => Member::Schema(schema.clone()),
            None => Member::Any,
        },
    }
}
