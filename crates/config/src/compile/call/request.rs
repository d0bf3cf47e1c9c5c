//! Which request a call is.

use http::Method;
use orchestration::Effect;

use crate::place::Place;
use crate::report::Report;
use crate::settings::{CallSettings, EffectSettings, SearchMethod};

/// What the settings ask for.
pub(super) enum Request<'a> {
    Read(&'a str),
    Vread(&'a str),
    Search { kind: &'a str, posted: bool },
    Operation(&'a str),
    Rest(Method, &'static str, &'a str),
}

/// The one request of `settings`.
pub(super) fn compile<'a>(
    settings: &'a CallSettings,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Request<'a>> {
    let rest = [
        (Method::GET, "get", &settings.get),
        (Method::POST, "post", &settings.post),
        (Method::PUT, "put", &settings.put),
        (Method::PATCH, "patch", &settings.patch),
        (Method::DELETE, "delete", &settings.delete),
    ];
    let posted = settings.method == Some(SearchMethod::Post);
    let mut requests: Vec<Request<'a>> = Vec::new();
    requests.extend(settings.read.as_deref().map(Request::Read));
    requests.extend(settings.vread.as_deref().map(Request::Vread));
    let search = settings.search.as_deref();
    requests.extend(search.map(|kind| Request::Search { kind, posted }));
    requests.extend(settings.operation.as_deref().map(Request::Operation));
    for (method, key, path) in rest {
        requests.extend(path.as_deref().map(|path| Request::Rest(method, key, path)));
    }
    let number = requests.len();
    match requests.pop() {
        Some(request) if number == 1 => Some(request),
        _ => {
            report.fault_at_key(
                place,
                "a call is exactly one request",
                "for FHIR `read`, `vread`, `search` or `operation`; for REST one of `get`, `post`, `put`, `patch` and `delete`",
            );
            None
        }
    }
}

impl Request<'_> {
    /// The key under which it is written.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Vread(_) => "vread",
            Self::Search { .. } => "search",
            Self::Operation(_) => "operation",
            Self::Rest(_, key, _) => key,
        }
    }

    /// What is written there.
    pub(super) const fn text(&self) -> &str {
        match self {
            Self::Read(text) | Self::Vread(text) | Self::Operation(text) => text,
            Self::Search { kind, .. } => kind,
            Self::Rest(_, _, path) => path,
        }
    }

    pub(super) const fn is_fhir(&self) -> bool {
        !matches!(self, Self::Rest(..))
    }

    pub(super) const fn is_posted_search(&self) -> bool {
        matches!(self, Self::Search { posted: true, .. })
    }

    /// An operation is a GET unless it sends something.
    pub(super) fn method(&self, settings: &CallSettings) -> Method {
        match self {
            Self::Search { posted: true, .. } => Method::POST,
            Self::Operation(_) if settings.body.is_some() => Method::POST,
            Self::Read(_) | Self::Vread(_) | Self::Search { .. } | Self::Operation(_) => {
                Method::GET
            }
            Self::Rest(method, ..) => method.clone(),
        }
    }

    pub(super) fn effect(&self, settings: &CallSettings) -> Effect {
        let reads = match settings.effect {
            Some(effect) => effect == EffectSettings::Read,
            None => self.is_posted_search() || self.method(settings) == Method::GET,
        };
        if reads { Effect::Read } else { Effect::Write }
    }
}
