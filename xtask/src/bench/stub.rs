//! The backends and the token endpoint, as a process of their own: its cost must not be taken for
//! the gateway's.

mod serve;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

pub(crate) use serve::run as serve;

/// The backends, which are also the members of the answer.
pub(super) const BACKENDS: [&str; 3] = ["first", "second", "third"];

/// A running stub; dropping it ends the process.
pub(super) struct Stub {
    process: Child,
    /// One address per backend, then the token endpoint.
    addresses: Vec<SocketAddr>,
}

/// What the stub has seen since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Requests to backends.
    pub(super) requests: u64,
    /// Connections to backends.
    pub(super) connections: u64,
    /// Requests to the token endpoint.
    pub(super) tokens: u64,
}

impl Stub {
    /// Starts this program again as the stub.
    ///
    /// # Errors
    /// When it does not start or does not say where it listens.
    pub(super) fn start() -> Result<Self> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut process = Command::new(program)
            .arg("stub")
            // It ends when this pipe does: it cannot outlive this process.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the stub")?;
        let output = process.stdout.take().context("the stub has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let addresses = line
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<Vec<_>, _>>()
            .context("the stub does not say where it listens")?;
        Ok(Self { process, addresses })
    }

    /// Where each backend listens, by name.
    pub(super) fn backends(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        BACKENDS.iter().copied().zip(self.addresses.iter().copied())
    }

    /// Where tokens are to be had.
    ///
    /// # Errors
    /// When the stub did not say.
    pub(super) fn tokens(&self) -> Result<SocketAddr> {
        self.addresses
            .get(BACKENDS.len())
            .copied()
            .context("the stub does not say where its token endpoint is")
    }

    /// Its process, for what it costs.
    pub(super) fn process(&self) -> u32 {
        self.process.id()
    }

    /// What it has seen so far.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) fn seen(&self) -> Result<Seen> {
        let mut stream = TcpStream::connect(self.tokens()?)?;
        stream.write_all(b"GET /seen HTTP/1.1\r\n\r\n")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer
            .split_once("\r\n\r\n")
            .context("the stub does not answer")?;
        let counts = body
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<Vec<u64>, _>>()?;
        let [requests, connections, tokens] = counts[..] else {
            anyhow::bail!("the stub does not say what it has seen");
        };
        Ok(Seen {
            requests,
            connections,
            tokens,
        })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about any other refusal.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
