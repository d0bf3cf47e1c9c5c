//! What a configuration file means once every name is resolved and every fault is out of it.
//!
//! Plain data: no connection, no cache, no thread. Whoever runs it builds those. What the crates that
//! run have a form for (a plan, a credential's definition, a network, how a backend is spared) is in
//! that form.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use backend::{Dialect, ResilienceSettings};
use http::{HeaderName, HeaderValue, Method};
use orchestration::{ParameterName, Plan, Template};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::fault::Warning;

mod limits;
mod same;

pub use limits::{Limits, RateLimit};

/// A whole configuration, compiled.
#[derive(Debug)]
pub struct Configuration {
    /// Listeners and limits of the process.
    pub server: Server,
    /// What all endpoints together take; `None`: everything.
    pub limits: Option<Limits>,
    /// The scopes of clients that may see how an answer came about; `None`: nobody may.
    pub explain: Option<Vec<String>>,
    /// Who may call.
    pub clients: Vec<Client>,
    /// How backends are authorised to; [`Backend::credential`] is an index into this list.
    pub credentials: Vec<Credential>,
    /// What replicas share their tokens in; `None`: each keeps its own, in memory.
    pub token_store: Option<TokenStore>,
    /// Whom we call; [`orchestration::BackendRef::index`] is an index into this list.
    pub backends: Vec<Backend>,
    /// Who may read the public keys of our assertions; `None`: they are not served.
    pub jwks: Option<Access>,
    /// Who may read the documents; `None`: they are not served.
    pub documents: Option<Access>,
    /// What clients may call.
    pub endpoints: Vec<EndpointSettings>,
    /// What is allowed and probably not meant, sorted by place.
    pub warnings: Vec<Warning>,
}

/// Listeners and limits of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where operators connect; `None`: no admin listener.
    pub admin: Option<SocketAddr>,
    /// Worker threads.
    pub workers: usize,
    /// After SIGTERM: how long `/readyz` says no while requests are still accepted.
    pub lame_duck: Duration,
    /// After the lame-duck period: how long requests and writes in flight may take to end.
    pub drain: Duration,
    /// How long a client may take to send a request's head; at least one second.
    pub head_timeout: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
    /// The service's name in OpenAPI and in the Basic realm.
    pub name: String,
}

/// Who may call.
#[derive(Clone, Debug)]
pub struct Client {
    /// The principal's name.
    pub name: Arc<str>,
    /// HTTP Basic.
    pub basic: Option<Basic>,
    /// API keys; several allow rotation.
    pub api_keys: Vec<ApiKey>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// What is taken of it; `None`: everything.
    pub limits: Option<Limits>,
}

/// A user name and an argon2id hash (PHC string).
#[derive(Clone, Debug)]
pub struct Basic {
    /// UTF-8, without a colon (RFC 7617 §2).
    pub username: String,
    /// `$argon2id$…`, checked at load to parse.
    pub password_hash: SecretString,
}

/// An API key in a header, known by its hash only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The header that carries it, `x-api-key` by default.
    pub header: HeaderName,
    /// SHA-256 of the key's bytes.
    pub sha256: [u8; 32],
}

/// What replicas share their tokens in.
#[derive(Clone, Debug)]
pub struct TokenStore {
    /// Where it is and who we are there, checked.
    pub redis: token_store_redis::Settings,
    /// What the replicas know and the store does not.
    pub encryption_key: Arc<token_provider::EncryptionKey>,
}

/// How a backend is authorised to.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The configured name.
    pub name: Arc<str>,
    /// The kind and its secrets.
    pub kind: CredentialKind,
    /// How the token endpoint of [`CredentialKind::OAuth2`] is reached; `None`: plainly.
    pub network: Option<network::Settings>,
}

/// The kinds of credentials.
#[derive(Clone, Debug)]
pub enum CredentialKind {
    /// OAuth 2.0: a token from the token provider.
    OAuth2(Box<token_provider::Definition>),
    /// A fixed bearer token.
    Bearer(SecretString),
    /// HTTP Basic, user and password.
    Basic {
        /// User name.
        username: String,
        /// Password.
        password: SecretString,
    },
    /// HTTP Basic, a ready-made token sent verbatim after `Basic `.
    BasicToken(SecretString),
    /// A key in a header.
    ApiKeyHeader {
        /// The header's name.
        name: HeaderName,
        /// The key.
        value: SecretString,
    },
    /// A key in the query.
    ApiKeyQuery {
        /// The parameter's name.
        name: String,
        /// The key.
        value: SecretString,
    },
    /// Another one for each client, by its name: indices into [`Configuration::credentials`], none of
    /// them of this kind. For any other client there is none.
    ByClient(Vec<(Arc<str>, usize)>),
}

/// Whom we call.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// The configured name.
    pub alias: Arc<str>,
    /// How it speaks.
    pub dialect: Dialect,
    /// The base, without a trailing slash, query or fragment.
    pub url: Url,
    /// Index into [`Configuration::credentials`]; `None`: the backend asks for none.
    pub credential: Option<usize>,
    /// Time for one call, whole.
    pub timeout: Duration,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is read.
    pub read_timeout: Duration,
    /// Largest answer body, after decompression, in bytes.
    pub max_body: usize,
    /// Room for the answers that calls keep, in bytes.
    pub max_cache: usize,
    /// Other origins to which the next pages of its searches may lead.
    pub page_origins: Vec<Url>,
    /// Headers sent with every call.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Statuses besides 401 by which this backend says that the token is bad.
    pub token_rejected_statuses: Vec<u16>,
    /// How it is reached; `None`: plainly.
    pub network: Option<network::Settings>,
    /// How it is spared and its failures are bridged.
    pub resilience: ResilienceSettings,
}

/// Who may use something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without credentials.
    Public,
    /// Any client that has all these scopes (none: any known client).
    Scopes(Vec<String>),
}

/// What a client may call: the data of it. The plan's calls name backends by index.
#[derive(Clone, Debug)]
pub struct EndpointSettings {
    /// The method.
    pub method: Method,
    /// The route as written, `/patients/{id}/summary`.
    pub route: String,
    /// `GET /patients/{id}/summary`.
    pub label: Arc<str>,
    /// Who may call it.
    pub access: Access,
    /// What it takes; `None`: everything.
    pub limits: Option<Limits>,
    /// `Cache-Control` of complete answers; `None`: `no-store`.
    pub cache_control: Option<HeaderValue>,
    /// One line for the document.
    pub summary: Option<String>,
    /// Paragraphs for the document (`CommonMark`).
    pub description: Option<String>,
    /// Groups in the document.
    pub tags: Vec<String>,
    /// Path parameters first, in the route's order, then query, then header parameters;
    /// [`orchestration::Source::Parameter`] is an index into this list.
    pub parameters: Vec<ParameterSettings>,
    /// The body it takes.
    pub body: Option<BodySettings>,
    /// Whose data this is: the index of the path, query or header parameter.
    pub patient: Option<usize>,
    /// What to ask.
    pub plan: Arc<Plan>,
    /// What it answers with.
    pub answer: AnswerSettings,
    /// Where the client finds what it has created, [`orchestration::Endpoint::location`].
    pub location: Option<Template>,
    /// Whether a value comes from what is known of the client.
    pub claims: bool,
    /// Per call of the plan, what its member looks like: for the document.
    pub members: Vec<Member>,
}

/// What an endpoint answers with.
#[derive(Clone, Debug, Default)]
pub enum AnswerSettings {
    /// An object with a member per call.
    #[default]
    Members,
    /// Always the same.
    Fixed(orchestration::Fixed),
    /// The file that one call reads.
    File(orchestration::File),
    /// As the endpoint says.
    Mapped(Mapped),
}

/// An answer that the endpoint describes.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// How it is made.
    pub mapping: Arc<mapping::Mapping>,
    /// JSON Schema of it, for the document; `None`: it is not described.
    pub schema: Option<Value>,
    /// Whether it holds what is known of the client.
    pub claims: bool,
    /// Whether it holds a part of the client's body.
    pub body: bool,
}

/// A declared parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterSettings {
    /// Place and name.
    pub name: ParameterName,
    /// Whether a request without it is refused. Path parameters always are.
    pub required: bool,
    /// JSON Schema 2020-12 of the value; at least `{"type": "string"}`. Scalars only.
    pub schema: Value,
    /// Used when the client leaves it out.
    pub default: Option<String>,
    /// For the document.
    pub description: Option<String>,
    /// For the document and Try it out.
    pub example: Option<Value>,
}

/// A declared body.
#[derive(Clone, Debug, PartialEq)]
pub struct BodySettings {
    /// JSON Schema 2020-12; of JSON only.
    pub schema: Value,
    /// Media types of bytes that are passed on unread, in lower case, `type/*` among them; empty: the
    /// body is JSON.
    pub media_types: Vec<String>,
    /// Whether a request without it is refused.
    pub required: bool,
    /// Largest body, in bytes.
    pub max: usize,
    /// Whether the endpoint reads a part of it by its name. Two members of one name would then be
    /// one thing here and may be another to a backend.
    pub selected: bool,
    /// For the document and Try it out.
    pub example: Option<Value>,
}

/// What a call's member looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// Anything.
    Any,
    /// As the configuration declares: JSON Schema.
    Schema(Value),
    /// One FHIR resource of this type.
    Resource(String),
    /// A searchset Bundle with resources of this type.
    Searchset(String),
}
