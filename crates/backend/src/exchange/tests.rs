//! One call, over a scripted backend and authorization server, on paused time.

mod attempts;
mod authorization;
mod by_client;
mod connection;
mod dpop;
mod endings;
mod expectations;
mod headers;
mod renewal;
mod sharing;
mod url;
