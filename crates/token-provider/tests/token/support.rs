//! A scripted authorization server without sockets, an observer that counts, a wall clock that is set.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use secrecy::ExposeSecret;
use token_provider::{
    ClientAuthentication, Definition, FetchOutcome, MetadataRequest, Observer, Token, TokenError,
    TokenProvider, TokenRequest, TokenResponse, TokenSource, TokenTransport, TransportError,
    WallClock,
};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

/// What the server does with one request.
pub(crate) struct Reply {
    after: Duration,
    result: Result<TokenResponse, TransportError>,
}

pub(crate) fn reply(status: u16, body: impl Into<String>) -> Reply {
    let body = Bytes::from(body.into());
    let status = StatusCode::from_u16(status).unwrap();
    Reply {
        after: Duration::ZERO,
        result: Ok(TokenResponse {
            status,
            headers: HeaderMap::new(),
            body,
        }),
    }
}

/// The token `t<number>` that lives for `seconds`.
pub(crate) fn token(number: usize, seconds: i64) -> Reply {
    reply(
        200,
        format!(r#"{{"access_token":"t{number}","expires_in":{seconds}}}"#),
    )
}

pub(crate) fn broken(error: TransportError) -> Reply {
    Reply {
        after: Duration::ZERO,
        result: Err(error),
    }
}

pub(crate) fn hung() -> Reply {
    broken(TransportError::Timeout).after(Duration::from_hours(1))
}

impl Reply {
    pub(crate) fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(response) = &mut self.result {
            response
                .headers
                .insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        self
    }
}

type Script = Box<dyn Fn(usize, &Seen) -> Reply + Send + Sync>;

/// One request as the server saw it.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// The parameter of the form.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Answers the n-th request, counted from 1, with what the script says. Requests for metadata have
/// an empty body.
pub(crate) struct Server {
    script: Script,
    requests: Mutex<Vec<Seen>>,
    in_flight: Gauge,
    /// Together with other servers.
    in_all: Arc<Gauge>,
}

/// How many requests there are at once, for the same subject if requests have one.
#[derive(Default)]
pub(crate) struct Gauge {
    now: Mutex<HashMap<String, usize>>,
    most: AtomicUsize,
}

impl Gauge {
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    fn begin(&self, subject: &str) -> InFlight<'_> {
        let mut all = self.now.lock().unwrap();
        let count = all.entry(subject.to_owned()).or_default();
        *count += 1;
        self.most.fetch_max(*count, Ordering::SeqCst);
        InFlight(self, subject.to_owned())
    }
}

struct InFlight<'a>(&'a Gauge, String);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        *self.0.now.lock().unwrap().get_mut(&self.1).unwrap() -= 1;
    }
}

impl Server {
    pub(crate) fn new(script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Self::beside(Arc::default(), script)
    }

    /// Whose requests count together with those of other servers.
    pub(crate) fn beside(
        in_all: Arc<Gauge>,
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            requests: Mutex::default(),
            in_flight: Gauge::default(),
            in_all,
        })
    }

    pub(crate) fn calls(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(crate) fn times(&self) -> Vec<Instant> {
        self.seen().into_iter().map(|seen| seen.at).collect()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.requests.lock().unwrap().clone()
    }

    /// The parameter in each request so far; "" where it was not sent.
    pub(crate) fn parameters(&self, name: &str) -> Vec<String> {
        let parameter = |seen: &Seen| seen.parameter(name).unwrap_or_default();
        self.seen().iter().map(parameter).collect()
    }

    async fn answer(
        &self,
        url: &url::Url,
        headers: HeaderMap,
        body: &str,
    ) -> Result<TokenResponse, TransportError> {
        let seen = Seen {
            at: Instant::now(),
            url: url.to_string(),
            headers,
            body: body.to_owned(),
        };
        let number = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(seen.clone());
            requests.len()
        };
        let subject = seen.parameter("subject_token").unwrap_or_default();
        let _in_flight = (self.in_flight.begin(&subject), self.in_all.begin(&subject));
        let Reply { after, result } = (self.script)(number, &seen);
        sleep(after).await;
        result
    }

    /// At once, for the same subject if requests have one.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.in_flight.most()
    }
}

#[async_trait]
impl TokenTransport for Server {
    async fn post(&self, request: TokenRequest) -> Result<TokenResponse, TransportError> {
        let body = request.body.expose_secret();
        self.answer(&request.url, request.headers, body).await
    }

    async fn get(&self, request: MetadataRequest) -> Result<TokenResponse, TransportError> {
        self.answer(&request.url, request.headers, "").await
    }
}

/// Everything an observer hears.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<String>>);

impl Heard {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn push(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Observer for Heard {
    fn fetched(&self, name: &str, outcome: FetchOutcome, elapsed: Duration) {
        self.push(format!(
            "{name} {} {} ms",
            outcome.as_str(),
            elapsed.as_millis()
        ));
    }

    fn endpoint_moved(&self, name: &str) {
        self.push(format!("{name} has a token endpoint on another host"));
    }

    fn rejected(&self, name: &str) {
        self.push(format!("{name} rejected by a backend"));
    }

    fn store_answers(&self, answers: bool) {
        let state = if answers { "back" } else { "away" };
        self.push(format!("store {state}"));
    }

    fn scope_narrowed(&self, name: &str, missing: &[&str]) {
        self.push(format!("{name} lacks {}", missing.join(" ")));
    }
}

/// A wall clock that moves only when told to.
pub(crate) struct SetClock(Mutex<SystemTime>);

impl SetClock {
    pub(crate) fn forward(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    pub(crate) fn back(&self, by: Duration) {
        *self.0.lock().unwrap() -= by;
    }
}

impl WallClock for SetClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

/// One credential against one scripted server.
pub(crate) struct House {
    pub(crate) server: Arc<Server>,
    pub(crate) provider: TokenProvider,
    pub(crate) source: TokenSource,
    pub(crate) heard: Arc<Heard>,
    pub(crate) clock: Arc<SetClock>,
}

pub(crate) fn house(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> House {
    house_for(definition("ehr"), script)
}

pub(crate) fn house_for(
    definition: Definition,
    script: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> House {
    house_that_sees(definition, move |n, _| script(n))
}

pub(crate) fn house_that_sees(
    definition: Definition,
    script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
) -> House {
    let server = Server::new(script);
    let heard = Arc::new(Heard::default());
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    let clock = Arc::new(SetClock(Mutex::new(start)));
    let (transport, observer) = (Arc::clone(&server), Arc::clone(&heard));
    let wall = Arc::clone(&clock);
    let provider = TokenProvider::with_wall_clock(transport, Handle::current(), observer, wall);
    let source = provider.source(definition);
    House {
        server,
        provider,
        source,
        heard,
        clock,
    }
}

pub(crate) fn definition(name: &str) -> Definition {
    let client = ClientAuthentication::SecretPost {
        client_id: "id".into(),
        client_secret: "secret".into(),
    };
    Definition::new(name, "https://sso.example/token".parse().unwrap(), client)
}

impl House {
    /// A token within 10 s.
    pub(crate) async fn token(&self) -> Result<Token, TokenError> {
        self.source.token(seconds_from_now(10.0)).await
    }

    /// The name of the token that comes within 10 s.
    pub(crate) async fn name(&self) -> String {
        name(&self.token().await.unwrap())
    }
}

pub(crate) fn name(token: &Token) -> String {
    token
        .authorization()
        .to_str()
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap()
        .to_owned()
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(crate) fn seconds_from_now(after: f64) -> Instant {
    Instant::now() + seconds(after)
}

pub(crate) async fn pass(after: f64) {
    sleep(seconds(after)).await;
}
