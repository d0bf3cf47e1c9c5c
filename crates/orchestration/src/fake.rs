//! Test support: backends that answer by script, on paused time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Method};
use json::CheckedJson;
use problem::Code;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::execute::Ports;
use crate::{
    BackendRef, Backends, Call, Effect, Endpoint, Exchange, Failure, HeavyAnswers, Inputs, Members,
    Need, Outcome, PLAIN, Parameter, ParameterName, Part, Plan, Prepared, Quorum, SEGMENT, Source,
    Success, Template, Trace,
};

/// One backend per call, in the plan's order.
#[derive(Default)]
pub(crate) struct Fake {
    scripts: Vec<(Duration, Outcome)>,
    pub(crate) log: Arc<Mutex<Vec<Event>>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    Started(usize, u64),
    Ended(usize, u64),
    Cancelled(usize, u64),
}

struct Guard {
    index: usize,
    began: Instant,
    log: Arc<Mutex<Vec<Event>>>,
    ended: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let at = u64::try_from(self.began.elapsed().as_millis()).unwrap();
        let event = if self.ended {
            Event::Ended(self.index, at)
        } else {
            Event::Cancelled(self.index, at)
        };
        self.log.lock().unwrap().push(event);
    }
}

impl Backends for Fake {
    fn send(&self, exchange: Exchange) -> BoxFuture<'static, Outcome> {
        let (delay, outcome) = self.scripts[exchange.backend].clone();
        let log = Arc::clone(&self.log);
        log.lock()
            .unwrap()
            .push(Event::Started(exchange.backend, 0));
        let guard = Guard {
            index: exchange.backend,
            began: Instant::now(),
            log,
            ended: false,
        };
        Box::pin(async move {
            let mut guard = guard;
            tokio::time::sleep(delay).await;
            guard.ended = true;
            outcome
        })
    }
}

pub(crate) fn ok(body: &'static str) -> Outcome {
    Outcome::Ok(Success::new(200, checked(body)))
}

pub(crate) fn checked(body: &'static str) -> CheckedJson {
    CheckedJson::check(Bytes::from_static(body.as_bytes()), json::Limits::default()).unwrap()
}

pub(crate) fn failed(code: Code) -> Outcome {
    Outcome::Failed(Failure::new(code, "as scripted"))
}

pub(crate) struct Scene {
    pub(crate) calls: Vec<Call>,
    pub(crate) budget: Duration,
    pub(crate) quorum: Option<Quorum>,
    pub(crate) location: Option<Template>,
    pub(crate) fake: Fake,
    pub(crate) writes: TaskTracker,
    pub(crate) heavy: HeavyAnswers,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self {
            calls: Vec::new(),
            budget: Duration::from_secs(3),
            quorum: None,
            location: None,
            fake: Fake::default(),
            writes: TaskTracker::new(),
            heavy: HeavyAnswers::default(),
        }
    }

    pub(crate) fn call(mut self, name: &str, need: Need, after_ms: u64, outcome: Outcome) -> Self {
        let index = self.calls.len();
        self.calls.push(Call {
            name: name.into(),
            backend: BackendRef {
                index,
                alias: format!("{name}-backend").into(),
            },
            need,
            effect: Effect::Read,
            expect: Arc::default(),
            timeout: Duration::from_mins(1),
            write_timeout: Duration::from_mins(1),
            method: Method::GET,
            path: Template::literal("/x"),
            query: vec![],
            headers: vec![],
            body: None,
            when: vec![],
            for_each: None,
            fallback: None,
            waits_for: vec![],
            considers: vec![],
        });
        self.fake
            .scripts
            .push((Duration::from_millis(after_ms), outcome));
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Call)) -> Self {
        change(self.calls.last_mut().unwrap());
        self
    }

    /// The last call waits for call `index` and puts `path` of its result into its own path.
    pub(crate) fn after(self, index: usize, path: &str) -> Self {
        let part = Part::Value {
            source: Source::Call {
                call: index,
                path: json::Path::parse(path).unwrap(),
            },
            encoder: SEGMENT,
            expression: format!("{{calls.x.{path}}}"),
        };
        self.with(|call| {
            call.waits_for.push(index);
            call.path = Template {
                parts: vec![Part::Literal("/".into()), part],
            };
        })
    }

    pub(crate) fn write(self) -> Self {
        self.with(|call| {
            call.effect = Effect::Write;
            call.method = Method::POST;
        })
    }

    pub(crate) fn endpoint(&mut self) -> Arc<Endpoint> {
        let plan = Arc::new(Plan {
            calls: std::mem::take(&mut self.calls),
            budget: self.budget,
            quorum: self.quorum.take(),
        });
        Arc::new(Endpoint {
            label: "GET /x".into(),
            public: false,
            parameters: vec![ParameterName {
                place: "path",
                name: "id".into(),
            }],
            claims: false,
            location: self.location.take(),
            shape: Arc::new(Members::new(&plan)),
            plan,
        })
    }

    pub(crate) fn ports(&self) -> Ports<'_> {
        Ports {
            backends: &self.fake,
            writes: &self.writes,
            heavy: &self.heavy,
        }
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.fake.log.lock().unwrap().clone()
    }
}

pub(crate) fn trace() -> Arc<Trace> {
    Arc::new(Trace {
        request_id: HeaderValue::from_static("r-1"),
        traceparent: HeaderValue::from_static(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        tracestate: None,
    })
}

pub(crate) fn inputs(id: &str) -> Inputs {
    Inputs {
        parameters: vec![Some(Parameter {
            text: id.into(),
            bare: false,
        })],
        ..Inputs::default()
    }
}

/// `{id}` for a path.
pub(crate) fn id_part() -> Part {
    Part::Value {
        source: Source::Parameter(0),
        encoder: SEGMENT,
        expression: "{id}".into(),
    }
}

/// A value of the body as plain text.
pub(crate) fn body_part(path: &str) -> Part {
    Part::Value {
        source: Source::Body(json::Path::parse(path).unwrap()),
        encoder: PLAIN,
        expression: format!("{{body.{path}}}"),
    }
}

/// What a prepared request looks like, for comparisons.
pub(crate) fn line(request: &Prepared) -> String {
    let body = request
        .body
        .as_ref()
        .map(|body| String::from_utf8(body.bytes.to_vec()).unwrap())
        .unwrap_or_default();
    format!(
        "{} {}?{} {body}",
        request.method, request.path, request.query
    )
    .trim_end()
    .to_owned()
}
