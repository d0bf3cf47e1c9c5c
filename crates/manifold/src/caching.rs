//! Answers that a client may keep: their tag, and whether it has them already.
//!
//! Only what is complete is tagged: a client must not go on with half an answer because it has it.

use actix_web::body::{BoxBody, None as NoBody};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LOCATION, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use config::ParameterSettings;
use orchestration::{Answer, Body};

use crate::respond;

/// How clients may keep an endpoint's answers.
pub(crate) struct Caching {
    control: HeaderValue,
    /// The headers that an answer depends on.
    vary: Option<HeaderValue>,
}

impl Caching {
    /// Answers are kept as `control` says, apart for different `credentials`, by the names of their
    /// headers, and for different values of the header `parameters`. `None`: `control` is no header's
    /// value, which configuration refuses at load.
    pub(crate) fn new(
        control: &http::HeaderValue,
        credentials: &[&str],
        parameters: &[ParameterSettings],
    ) -> Option<Self> {
        let declared = parameters.iter().map(|parameter| &parameter.name);
        let declared = declared.filter(|name| name.place == "header");
        let declared = declared.map(|name| name.name.to_ascii_lowercase());
        let credentials = credentials.iter().map(|&name| name.to_owned());
        let names: Vec<String> = credentials.chain(declared).collect();
        let vary = joined(names.iter().map(String::as_str));
        Some(Self {
            // Two releases of one crate share one grammar: the conversion does not fail.
            control: HeaderValue::from_bytes(control.as_bytes()).ok()?,
            vary: vary.filter(|all| !all.is_empty()),
        })
    }

    /// The response for `answer`, or 304 for a client that has it.
    pub(crate) fn respond(
        &self,
        request: &HttpRequest,
        answer: Answer,
        request_id: &HeaderValue,
    ) -> HttpResponse {
        let Some(tag) = tag(&answer) else {
            return respond::answer(answer, request_id);
        };
        let mut response = respond::answer(answer, request_id);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, self.control.clone());
        if let Some(vary) = self.vary(headers) {
            headers.insert(VARY, vary);
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let held = reads && has(request.headers(), &tag);
        headers.insert(ETAG, tag);
        if held {
            not_modified(response)
        } else {
            response
        }
    }

    /// What the answer depends on, with what the endpoint itself says so of in `headers`: in one line, since
    /// some caches read no second one.
    fn vary(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let ours = self.vary.as_ref()?;
        if !headers.contains_key(VARY) {
            return Some(ours.clone());
        }
        let all = headers.get_all(VARY).chain([ours]);
        joined(all.filter_map(|value| value.to_str().ok()))
    }
}

/// The names in `lists` in one list, each once.
fn joined<'a>(lists: impl Iterator<Item = &'a str>) -> Option<HeaderValue> {
    let mut names: Vec<&str> = Vec::new();
    for name in lists.flat_map(|list| list.split(',')).map(str::trim) {
        if !name.is_empty() && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    HeaderValue::from_str(&names.join(", ")).ok()
}

/// `response` for a client that has its body: what the cache that holds it is to know anew stays (RFC
/// 9110 §15.4.5), what describes the body goes with it.
fn not_modified(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    let describes =
        |name: &HeaderName| name.as_str().starts_with("content-") && *name != CONTENT_LOCATION;
    let gone: Vec<HeaderName> = headers
        .keys()
        .filter(|name| describes(name))
        .cloned()
        .collect();
    for name in gone {
        headers.remove(name);
    }
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.set_body(BoxBody::new(NoBody::new()))
}

/// The answer's own tag where the endpoint gives it one; else a strong one (RFC 9110 §8.8.3): equal
/// bytes, equal tag. `None`: the answer is not one to keep.
fn tag(answer: &Answer) -> Option<HeaderValue> {
    if answer.status != 200 || answer.complete == Some(false) {
        return None;
    }
    let mut own = answer.headers.iter();
    if let Some((_, own)) = own.find(|(name, _)| *name == http::header::ETAG)
        && let Some((_, b"")) = opaque(own.as_bytes())
    {
        return HeaderValue::from_bytes(own.as_bytes()).ok();
    }
    let mut hasher = blake3::Hasher::new();
    match &answer.body {
        Body::Json(json) => {
            for slice in json.slices() {
                hasher.update(slice);
            }
        }
        Body::Opaque(file) => {
            for slice in &file.slices {
                hasher.update(slice);
            }
        }
        Body::Problem(_) => return None,
    }
    let hash = hasher.finalize().to_hex();
    // 128 bits: nobody can make two answers with the same one.
    let short = hash.get(..32).unwrap_or_default();
    HeaderValue::from_str(&format!("\"{short}\"")).ok()
}

/// Whether the client has what is tagged so: by weak comparison (RFC 9110 §13.1.2).
fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some((own, _)) = opaque(tag.as_bytes()) else {
        return false;
    };
    headers.get_all(IF_NONE_MATCH).any(|value| {
        let mut list = value.as_bytes().trim_ascii();
        if list == b"*" {
            return true;
        }
        while let Some((one, rest)) = opaque(list) {
            if one == own {
                return true;
            }
            let rest = rest.trim_ascii_start();
            list = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        }
        false
    })
}

/// What stands between the quotes of the tag that `text` begins with, and what follows it (RFC 9110
/// §8.8.3: a tag may hold commas, and no quotes or spaces); `None`: `text` begins with no tag.
fn opaque(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let quoted = text.strip_prefix(b"W/").unwrap_or(text);
    let opened = quoted.strip_prefix(b"\"")?;
    let end = opened.iter().position(|byte| *byte == b'"')?;
    let (tag, rest) = opened.split_at_checked(end)?;
    let is_tag = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
    if !tag.iter().all(is_tag) {
        return None;
    }
    Some((tag, rest.get(1..)?))
}

#[cfg(test)]
mod tests;
