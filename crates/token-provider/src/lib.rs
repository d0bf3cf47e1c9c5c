#![doc = include_str!("../README.md")]

mod answer;
mod backoff;
mod clock;
mod credential;
mod definition;
mod discovery;
mod dpop;
mod error;
mod fetch;
mod fingerprint;
mod observer;
mod pause;
mod provider;
mod request;
mod session;
mod signing;
mod slot;
mod source;
mod state;
mod store;
mod subject;
mod token;
mod transport;

pub use clock::{SystemClock, WallClock};
pub use definition::{
    Actor, Assertion, AssertionAudience, BasicEncoding, ClientAuthentication,
    DEFAULT_ASSERTION_LIFE, DEFAULT_FETCH_TIMEOUT, DEFAULT_LIFETIME, DEFAULT_SUBJECTS, Definition,
    DefinitionError, DiscoveryKind, Endpoint, Exchange, Grant, Key, TokenType,
};
pub use error::{
    DiscoveryFault, ErrorCode, Kind, Malformation, Metadata, SubjectFault, TokenError,
    Unavailability,
};
pub use network::ConnectionFault;
pub use observer::{FetchOutcome, NoObserver, Observer};
pub use provider::TokenProvider;
pub use signing::{
    KeyError, KeyFile, KeyFileError, KeySource, SigningAlgorithm, SigningError, SigningKey, jwks,
};
pub use source::TokenSource;
pub use state::{BackingOff, State, TokenState};
pub use store::{
    EncryptionKey, EncryptionKeyError, Entry, Holder, StoreError, StoreKey, StoreState, TokenStore,
};
pub use subject::Subject;
pub use token::Token;
pub use transport::{
    BODY_LIMIT, MetadataRequest, ReqwestTransport, TokenRequest, TokenResponse, TokenTransport,
    TransportBuildError, TransportError,
};
