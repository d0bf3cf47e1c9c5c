//! What a client sends, checked against what its endpoint declares, before any backend is called.
//!
//! Compiled once per endpoint. All faults are reported together, each with its place and its rule
//! and never with the value, which may be a patient's. Must not know backends, clients or
//! routing: it gets path values that somebody else matched.

mod body;

mod decode;
mod fault;
mod query;
mod scalar;
mod schema;
mod unread;

use actix_web::http::header::{HeaderMap, HeaderName};
use bytes::Bytes;
use config::{BodySettings, EndpointSettings, ParameterSettings};
use http::HeaderValue;
use orchestration::{Inputs, Parameter};
use problem::{Code, ParameterProblem, Problem};

use body::BodyChecker;
use fault::fault;
use query::Queries;
use scalar::Scalar;
use unread::BytesChecker;

pub(crate) use schema::Uncompilable;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Faults reported for one request; a client that makes more has the first ones to begin with.
const MOST_FAULTS: usize = 20;

const REQUIRED: &str = "is required";

/// Checks the requests of one endpoint.
pub(crate) struct Checker {
    declared: Vec<Declared>,
    body: Option<Body>,
}

/// What body an endpoint takes.
struct Body {
    required: bool,
    /// The largest, in bytes: whoever reads it stops there.
    max: usize,
    content: Content,
}

enum Content {
    Json(BodyChecker),
    Bytes(BytesChecker),
}

struct Declared {
    place: Place,
    /// As the client knows it.
    name: String,
    required: bool,
    scalar: Scalar,
    default: Option<Parameter>,
}

enum Place {
    Path,
    Query,
    Header(HeaderName),
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Parameters or body break their schema or their place; at least one, at most twenty.
    Invalid(Vec<ParameterProblem>),
    /// The body's media type is none of those that the endpoint takes, in words.
    MediaType(String),
}

impl Refused {
    /// The problem that the client reads.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Invalid(errors) => {
                let in_body = errors.iter().all(|error| error.place == "body");
                let code = if in_body {
                    Code::InvalidBody
                } else {
                    Code::InvalidParameter
                };
                let noun = if errors.len() == 1 { "fault" } else { "faults" };
                let mut problem =
                    Problem::new(code, format!("the request has {} {noun}", errors.len()));
                problem.errors = errors;
                problem
            }
            Self::MediaType(expected) => Problem::new(
                Code::UnsupportedMediaType,
                format!("the body must be {expected}"),
            ),
        }
    }
}

impl Checker {
    /// Compiles the schemas of one endpoint.
    ///
    /// # Errors
    /// The first schema that is none; configuration refuses it at load.
    pub(crate) fn new(endpoint: &EndpointSettings) -> Result<Self, Uncompilable> {
        Ok(Self {
            declared: endpoint
                .parameters
                .iter()
                .map(Declared::new)
                .collect::<Result<_, _>>()?,
            body: endpoint.body.as_ref().map(Body::new).transpose()?,
        })
    }

    /// The largest body to read for this endpoint, in bytes; `None` where it takes none.
    pub(crate) fn max_body(&self) -> Option<usize> {
        self.body.as_ref().map(|body| body.max)
    }

    /// The values of one request: `path` as matched, names with their still percent-encoded values,
    /// `query` without its `?`, and the whole body if there is one, no larger than [`Self::max_body`].
    ///
    /// # Errors
    /// All faults of parameters and body together.
    pub(crate) fn check(
        &self,
        path: &[(&str, &str)],
        query: &str,
        headers: &HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Inputs, Refused> {
        let mut faults = Vec::new();
        let mut queries = Queries::parse(query, &mut faults);
        let parameters = self.declared.iter().map(|declared| {
            let found = match &declared.place {
                Place::Path => declared.find_path(path),
                Place::Query => queries.take(&declared.name),
                Place::Header(header) => find_header(header, headers),
            };
            declared.check(found).unwrap_or_else(|detail| {
                faults.push(fault(declared.place.as_str(), &declared.name, detail));
                None
            })
        });
        let parameters = parameters.collect();
        queries.undeclared(&self.queries(), &mut faults);
        let idempotency_key = find_idempotency_key(headers).unwrap_or_else(|detail| {
            faults.push(fault("header", IDEMPOTENCY_KEY.as_str(), detail));
            None
        });
        let (mut json, mut raw) = (None, None);
        match (&self.body, body.filter(|bytes| !bytes.is_empty())) {
            (Some(expected), Some(bytes)) => match &expected.content {
                Content::Json(checker) => json = checker.check(bytes, headers, &mut faults)?,
                Content::Bytes(checker) => raw = Some(checker.check(bytes, headers)?),
            },
            (Some(expected), None) if expected.required => {
                faults.push(fault("body", "", REQUIRED));
            }
            (None, Some(_)) => faults.push(fault("body", "", "this endpoint takes no body")),
            (Some(_) | None, None) => {}
        }
        if faults.is_empty() {
            return Ok(Inputs {
                parameters,
                body: json,
                raw,
                idempotency_key,
                ..Inputs::default()
            });
        }
        faults.truncate(MOST_FAULTS);
        Err(Refused::Invalid(faults))
    }

    fn queries(&self) -> Vec<&str> {
        let queries = self
            .declared
            .iter()
            .filter(|declared| matches!(declared.place, Place::Query));
        queries.map(|declared| declared.name.as_str()).collect()
    }
}

impl Body {
    fn new(settings: &BodySettings) -> Result<Self, Uncompilable> {
        let content = if settings.media_types.is_empty() {
            Content::Json(BodyChecker::new(settings)?)
        } else {
            Content::Bytes(BytesChecker::new(&settings.media_types))
        };
        Ok(Self {
            required: settings.required,
            max: settings.max,
            content,
        })
    }
}

impl Declared {
    fn new(settings: &ParameterSettings) -> Result<Self, Uncompilable> {
        let name = &settings.name.name;
        let uncompilable = |reason| Uncompilable {
            place: settings.name.place,
            name: name.clone(),
            reason,
        };
        let place = match settings.name.place {
            "path" => Place::Path,
            "query" => Place::Query,
            _ => {
                let header = HeaderName::from_bytes(name.as_bytes());
                Place::Header(header.map_err(|_| uncompilable("it is no header name".to_owned()))?)
            }
        };
        let scalar = Scalar::new(&settings.schema).map_err(uncompilable)?;
        let default = settings
            .default
            .clone()
            .map(|text| scalar.read(text))
            .transpose();
        Ok(Self {
            required: settings.required || matches!(place, Place::Path),
            default: default.map_err(|detail| uncompilable(format!("its default {detail}")))?,
            place,
            name: name.clone(),
            scalar,
        })
    }

    fn find_path(&self, path: &[(&str, &str)]) -> Result<Option<String>, String> {
        let Some((_, raw)) = path.iter().find(|(name, _)| *name == self.name) else {
            return Ok(None);
        };
        Ok(Some(decode::path(raw)?))
    }

    /// The parameter's value, or which rule it breaks.
    fn check(&self, found: Result<Option<String>, String>) -> Result<Option<Parameter>, String> {
        match found? {
            Some(text) => self.scalar.read(text).map(Some),
            None if self.default.is_some() => Ok(self.default.clone()),
            None if self.required => Err(REQUIRED.to_owned()),
            None => Ok(None),
        }
    }
}

impl Place {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header(_) => "header",
        }
    }
}

fn find_header(name: &HeaderName, headers: &HeaderMap) -> Result<Option<String>, String> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("must not be given twice".to_owned());
    }
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| "must be UTF-8")?;
    Ok(Some(decode::visible(text)?.to_owned()))
}

/// `Idempotency-Key`, sent on as it came (draft-ietf-httpapi-idempotency-key-header §2.1).
fn find_idempotency_key(headers: &HeaderMap) -> Result<Option<HeaderValue>, String> {
    let Some(text) = find_header(&IDEMPOTENCY_KEY, headers)? else {
        return Ok(None);
    };
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    HeaderValue::from_str(&text)
        .map(Some)
        .map_err(|_| "must be visible ASCII".to_owned())
}

#[cfg(test)]
mod tests;
