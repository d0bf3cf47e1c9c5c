//! The stubs as a process of their own, for programs that are not Rust.
//!
//! `cargo run -p testkit --example stubs < declaration.json` starts what the declaration asks for (see
//! `StubSet::start`), prints `NAME URL` per server, then `ready`, and runs until it is killed.
#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::error::Error;
use std::io::{Read, stdin};

use testkit::StubSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut declaration = String::new();
    stdin().read_to_string(&mut declaration)?;
    let stubs = StubSet::start(&declaration)?;
    for name in stubs.names() {
        println!("{name} {}", stubs.url(name).unwrap_or_default());
    }
    if let Some(server) = stubs.authorization_server() {
        println!("_authorization_server {}", server.issuer());
    }
    println!("ready");
    std::future::pending().await
}
