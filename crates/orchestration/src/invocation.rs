//! What comes in, whatever brought it: an HTTP request today, a message or a timer later (A02).

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use json::CheckedJson;
use tokio::time::Instant;

use crate::Endpoint;

/// One request for one endpoint, with every input checked.
pub struct Invocation {
    /// What is asked for.
    pub endpoint: Arc<Endpoint>,
    /// The values of this request.
    pub inputs: Inputs,
    /// When it began: the budget counts from here.
    pub began: Instant,
    /// Identifiers to send on.
    pub trace: Arc<Trace>,
}

/// The values of one request.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// One per declared parameter of the endpoint, in its order; `None` where the client left it out.
    pub parameters: Vec<Option<Parameter>>,
    /// The JSON body, where the endpoint declares one.
    pub body: Option<CheckedJson>,
    /// The body as it came, where the endpoint passes it on.
    pub raw: Option<ClientBody>,
    /// What is verified of the client, a JSON object; `None` where [`Endpoint::claims`] is false or
    /// nobody showed who they are.
    pub claims: Option<CheckedJson>,
    /// The client's `Idempotency-Key`: writes carry one made of it.
    pub idempotency_key: Option<HeaderValue>,
    /// The configured name of the client that asks, as it was authenticated; `None` when nobody was.
    /// For backends whose credential depends on it (B19).
    pub principal: Option<Arc<str>>,
    /// Somebody wants to know how the answer came about: what is sent is noted,
    /// [`Report::attempts`](crate::Report::attempts).
    pub explained: bool,
}

/// A client's body, unread.
#[derive(Clone)]
pub struct ClientBody {
    /// `Content-Type` as the client wrote it.
    pub media_type: HeaderValue,
    /// The bytes, at most as many as the endpoint allows.
    pub bytes: Bytes,
}

impl std::fmt::Debug for ClientBody {
    /// Without the bytes: they may be a patient's.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ClientBody({} bytes)", self.bytes.len())
    }
}

/// A parameter's value.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// As text, decoded.
    pub text: String,
    /// The text is a JSON number or boolean and is written bare into a JSON body.
    pub bare: bool,
}

impl std::fmt::Debug for Parameter {
    /// Without the value: it may be a patient's.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Parameter({} bytes)", self.text.len())
    }
}

/// Identifiers that follow a request to every backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// `X-Request-Id`.
    pub request_id: HeaderValue,
    /// W3C Trace Context, level 1.
    pub traceparent: HeaderValue,
    /// W3C Trace Context: passed on as it came.
    pub tracestate: Option<HeaderValue>,
}

#[cfg(test)]
mod tests {
    use super::{ClientBody, Parameter};

    #[test]
    fn a_parameters_debug_hides_its_value() {
        let parameter = Parameter {
            text: "MRN-1".into(),
            bare: false,
        };
        assert_eq!(format!("{parameter:?}"), "Parameter(5 bytes)");
    }

    #[test]
    fn a_bodys_debug_hides_its_bytes() {
        let body = ClientBody {
            media_type: http::HeaderValue::from_static("text/plain"),
            bytes: "MRN-1".into(),
        };
        assert_eq!(format!("{body:?}"), "ClientBody(5 bytes)");
    }
}
