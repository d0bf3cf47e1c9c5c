#![doc = include_str!("../README.md")]

mod answer;
mod backoff;
mod clock;
mod definition;
mod error;
mod fetch;
mod observer;
mod provider;
mod slot;
mod source;
mod state;
mod token;
mod transport;

pub use clock::{SystemClock, WallClock};
pub use definition::{
    BasicEncoding, ClientAuthentication, DEFAULT_FETCH_TIMEOUT, DEFAULT_LIFETIME, Definition,
    DefinitionError, Grant, Key,
};
pub use error::{ErrorCode, Kind, Malformation, TokenError, Unavailability};
pub use observer::{FetchOutcome, NoObserver, Observer};
pub use provider::TokenProvider;
pub use source::TokenSource;
pub use state::{BackingOff, State, TokenState};
pub use token::Token;
pub use transport::{
    BODY_LIMIT, ReqwestTransport, TokenRequest, TokenResponse, TokenTransport, TransportBuildError,
    TransportError,
};
