//! One link: made absolute, refused for what it is, and without a parameter.
//!
//! Must not know the search it belongs to.

use url::Url;

/// Why a link may not be followed. It does not repeat the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not a URL, or a URL without a host.
    #[error("it is not a URL")]
    Malformed,
    /// Neither `http` nor `https`.
    #[error("its scheme is not HTTP")]
    Scheme,
    /// It holds a user name or password.
    #[error("it holds credentials")]
    UserInfo,
    /// From a backend on `https` to another scheme.
    #[error("it leaves https")]
    Downgrade,
    /// Another scheme, host or port than the backend's, and not listed.
    #[error("it leads to another origin")]
    Origin,
}

/// Makes a link absolute, and refuses what no backend may send.
pub(super) fn resolve(link: &str, requested: &Url, base: &Url) -> Result<Url, Refusal> {
    // What a URL parser would drop at the ends anyway (WHATWG URL, "basic URL parser").
    let link = link.trim_matches(|character| character <= ' ');
    let from_request = link.is_empty() || link.starts_with(['/', '\\', '?', '#']);
    let context = if from_request { requested } else { base };
    let url = context.join(link).map_err(|_| Refusal::Malformed)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::UserInfo);
    }
    Ok(url)
}

/// The base as a folder, so that a relative link goes below it instead of beside it.
pub(super) fn folder(base: &Url) -> Url {
    let mut folder = base.clone();
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", base.path()));
    }
    folder
}

/// The URL without every query parameter of that name. What remains is byte for byte as it was: a
/// link is opaque to us.
#[must_use]
pub fn strip_parameter(url: &Url, name: &str) -> Url {
    let mut stripped = url.clone();
    let Some(query) = url.query() else {
        return stripped;
    };
    let is_other =
        |pair: &&str| !url::form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| key == name);
    let kept: Vec<_> = query.split('&').filter(is_other).collect();
    let kept = kept.join("&");
    stripped.set_query((!kept.is_empty()).then_some(&kept));
    stripped
}
