//! Routes: which are well-formed, which are ours, which collide.

use std::collections::HashMap;

use http::Method;
use matchit::{InsertError, Router};

use crate::place::Place;
use crate::report::Report;

/// Routes of the service itself, and those below them.
const RESERVED: [&str; 6] = [
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/problems",
];

/// Names that begin an expression of another kind.
const PREFIXES: [&str; 5] = ["query", "header", "body", "claims", "calls"];

/// The parameters of a route, in order, or `None` after a fault.
pub(crate) fn parameters(
    route: &str,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Vec<String>> {
    let before = report.faults.len();
    let Some(rest) = route.strip_prefix('/') else {
        report.fault(
            place,
            "a route begins with `/`",
            "for example `/patients/{id}/summary`",
        );
        return None;
    };
    let reserved = RESERVED.iter().find(|own| {
        route
            .strip_prefix(**own)
            .is_some_and(|below| below.is_empty() || below.starts_with('/'))
    });
    if let Some(own) = reserved {
        report.fault(
            place,
            format!("the route `{own}` is the service's own"),
            "choose another route",
        );
    }
    let mut names: Vec<String> = Vec::new();
    for segment in rest.split('/') {
        match segment
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'))
        {
            Some(name) => {
                parameter(name, segment, place, report);
                if names.iter().any(|known| known == name) {
                    report.fault_within(
                        place,
                        segment,
                        format!("the parameter `{name}` stands twice"),
                        "rename one",
                    );
                }
                names.push(name.to_owned());
            }
            None => literal(segment, rest.is_empty(), place, report),
        }
    }
    (report.faults.len() == before).then_some(names)
}

fn parameter(name: &str, segment: &str, place: &Place, report: &mut Report<'_>) {
    let start = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !start
        || !name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'))
    {
        report.fault_within(
            place,
            segment,
            "not the name of a parameter",
            "begin with a letter or `_`, and go on with letters, digits, `_` or `-`; one segment each",
        );
    } else if PREFIXES.contains(&name) {
        report.fault_within(
            place,
            segment,
            format!("a parameter of a route cannot be called `{name}`"),
            format!("`{{{name}…}}` means something else in templates; for example `{{{name}_id}}`"),
        );
    }
}

fn literal(segment: &str, only: bool, place: &Place, report: &mut Report<'_>) {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    if segment.is_empty() && !only {
        report.fault(
            place,
            "a route has no empty segment",
            "write single slashes, and none at the end",
        );
    } else if matches!(segment, "." | "..") {
        report.fault_within(
            place,
            segment,
            format!("a route has no segment `{segment}`"),
            "leave it out",
        );
    } else if let Some(name) = segment.strip_prefix(':') {
        report.fault_within(
            place,
            segment,
            "a parameter stands in braces",
            format!("write `{{{name}}}`"),
        );
    } else if segment.contains(['{', '}']) {
        report.fault_within(
            place,
            segment,
            "a parameter is a whole segment",
            "for example `/files/{box}/{name}`",
        );
    } else if !segment.bytes().all(fine) {
        report.fault_within(
            place,
            segment,
            "a route holds unreserved characters only",
            "letters, digits, `-`, `.`, `_` and `~`; neither `?` nor `#` nor `%`",
        );
    }
}

/// The routes so far, so that the next one that collides is found.
#[derive(Default)]
pub(crate) struct Routes {
    routers: HashMap<Method, Router<()>>,
    places: HashMap<(Method, String), Place>,
}

impl Routes {
    /// Whether a request for `path` finds an endpoint.
    pub(crate) fn lead(&self, method: &Method, path: &str) -> bool {
        let router = self.routers.get(method);
        router.is_some_and(|router| router.at(path).is_ok())
    }

    /// Adds a well-formed route; a fault if a request could match two.
    pub(crate) fn add(
        &mut self,
        method: &Method,
        route: &str,
        place: &Place,
        report: &mut Report<'_>,
    ) {
        match self
            .routers
            .entry(method.clone())
            .or_default()
            .insert(route, ())
        {
            Ok(()) => {
                self.places
                    .insert((method.clone(), route.to_owned()), place.clone());
            }
            Err(InsertError::Conflict { with }) => {
                let first = self.places.get(&(method.clone(), with.clone()));
                let line = first.map_or_else(String::new, |first| {
                    format!(" in {}", report.line(first, place))
                });
                report.fault(
                    place,
                    format!("this route matches the same requests as `{with}`{line}"),
                    "remove one of them, or make them differ in a literal segment",
                );
            }
            Err(_) => report.fault(place, "not a route", "for example `/patients/{id}/summary`"),
        }
    }
}
