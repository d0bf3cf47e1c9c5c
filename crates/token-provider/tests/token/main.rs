//! The cache as its callers see it: on paused time over a scripted authorization server, and once
//! over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::format_push_string,
    reason = "tests"
)]

mod bound;
mod cache;
mod discovery;
mod exchange;
mod failure;
mod holders;
mod identity;
mod keys;
mod networks;
mod oddities;
mod password;
mod peers;
mod property;
mod redaction;
mod refresh;
mod rejection;
mod replicas;
mod rotation;
mod shelf;
mod shown;
mod sockets;
mod support;
