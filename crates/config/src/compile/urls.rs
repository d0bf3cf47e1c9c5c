//! URLs of backends and token endpoints.

use url::{Host, Url};

use crate::place::Place;
use crate::report::Report;

/// An absolute http or https URL without user information, query and fragment. Faults do not show
/// it: it may hold a password.
pub(crate) fn parse(text: &str, place: &Place, report: &mut Report<'_>) -> Option<Url> {
    let Ok(url) = Url::parse(text) else {
        report.fault(
            place,
            "not an absolute URL",
            "begin with `https://`, for example `https://host.example/path`",
        );
        return None;
    };
    let fault = if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        Some((
            "neither an http nor an https URL",
            "begin with `https://`, for example `https://host.example/path`",
        ))
    } else if !url.username().is_empty() || url.password().is_some() {
        Some((
            "a URL must not hold a user name or a password",
            "define a credential with `basic`",
        ))
    } else if url.query().is_some() {
        Some((
            "a URL here must not have a query",
            "leave out what follows `?`; calls and credentials have their own",
        ))
    } else if url.fragment().is_some() {
        Some((
            "a URL here must not have a fragment",
            "leave out what follows `#`",
        ))
    } else {
        None
    };
    match fault {
        Some((message, help)) => {
            report.fault(place, message, help);
            None
        }
        None => Some(url),
    }
}

/// Whether a secret sent to `url` can be read on the way.
pub(crate) fn is_in_the_clear(url: &Url) -> bool {
    url.scheme() == "http"
        && !match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}
