//! What a play of the property test is played on, and what it watches.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use token_provider::{Definition, Grant, Subject, Token, TokenSource};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Answer;
use crate::shelf::{Mood, Replica, Shelf, Skewed};
use crate::support::{Gauge, Reply, Seen, Server, name};

/// What has been handed out and what rejected. Both change only between polls of the one thread,
/// so that "rejected before it was handed out" is exact.
#[derive(Default)]
pub(super) struct Ledger {
    requests: usize,
    /// With the process that handed it out.
    handed_out: Vec<(usize, Token)>,
    /// With the process that was told.
    rejected: HashSet<(usize, String)>,
    used_up: HashSet<String>,
    pub(super) broken: Vec<&'static str>,
}

impl Ledger {
    /// How the server answers one request.
    fn answer(&mut self, answers: &[Answer], seen: &Seen) -> Reply {
        self.requests += 1;
        let number = self.requests;
        let answer = answers[(number - 1) % answers.len()];
        if seen.url.contains("/.well-known/") {
            return answer.metadata(number == 1);
        }
        if !seen.url.starts_with("https://sso.example/") {
            self.broken.push("a foreign origin was asked for a token");
        }
        if let Some(token) = seen.parameter("refresh_token") {
            if self.used_up.contains(&token) {
                self.broken.push("a used refresh token was shown again");
            }
            if answer.acts() {
                self.used_up.insert(token);
            }
        }
        answer.reply(number)
    }
}

/// One process, or two that share a store.
pub(super) struct Stage {
    pub(super) ledger: Arc<Mutex<Ledger>>,
    servers: Vec<Arc<Server>>,
    sources: Vec<TokenSource>,
    pub(super) clocks: Vec<Arc<Skewed>>,
    shelf: Option<Arc<Shelf>>,
    in_all: Arc<Gauge>,
    /// Whether the store was there all the time.
    shares: bool,
    exchanges: bool,
}

impl Stage {
    pub(super) fn new(definition: &Definition, shares: bool, answers: &[Answer]) -> Self {
        let mut stage = Self {
            ledger: Arc::default(),
            servers: Vec::new(),
            sources: Vec::new(),
            clocks: Vec::new(),
            shelf: shares.then(Arc::default),
            in_all: Arc::default(),
            shares,
            exchanges: matches!(definition.grant, Grant::TokenExchange(_)),
        };
        for _ in 0..=usize::from(shares) {
            let (ledger, answers) = (Arc::clone(&stage.ledger), answers.to_vec());
            let script = move |_: usize, seen: &Seen| ledger.lock().unwrap().answer(&answers, seen);
            let server = Server::beside(Arc::clone(&stage.in_all), script);
            let replica = Replica::of(definition.clone(), &server, stage.shelf.as_ref());
            stage.servers.push(server);
            stage.sources.push(replica.source);
            stage.clocks.push(replica.clock);
        }
        stage
    }

    pub(super) fn ask(&self, deadline: Instant, subject: u8, process: usize) -> JoinHandle<()> {
        let process = process % self.sources.len();
        let (source, ledger) = (self.sources[process].clone(), Arc::clone(&self.ledger));
        let exchanges = self.exchanges;
        tokio::spawn(async move {
            let result = if exchanges {
                let subject = Subject::new(subject.to_string().into(), None);
                source.token_for(subject, deadline).await
            } else {
                source.token(deadline).await
            };
            let mut ledger = ledger.lock().unwrap();
            if Instant::now() > deadline + Duration::from_millis(2) {
                ledger.broken.push("a waiter stayed past its deadline");
            }
            if let Ok(token) = result {
                if ledger.rejected.contains(&(process, name(&token))) {
                    ledger.broken.push("a rejected token was handed out");
                }
                ledger.handed_out.push((process, token));
            }
        })
    }

    pub(super) fn reject(&self, which: usize) {
        let mut ledger = self.ledger.lock().unwrap();
        if !ledger.handed_out.is_empty() {
            let (process, dead) = ledger.handed_out[which % ledger.handed_out.len()].clone();
            self.sources[process].reject(&dead);
            ledger.rejected.insert((process, name(&dead)));
        }
    }

    pub(super) fn store_feels(&mut self, mood: Mood) {
        if let Some(shelf) = &self.shelf {
            shelf.feels(mood);
            self.shares &= mood == Mood::Fine;
        }
    }

    /// What was promised and not kept.
    pub(super) fn broken(self) -> Vec<&'static str> {
        let mut ledger = self.ledger.lock().unwrap();
        if self.sources.iter().any(|source| source.state().fetching) {
            ledger.broken.push("a fetch never ended");
        }
        if self
            .servers
            .iter()
            .any(|server| server.most_in_flight() > 1)
        {
            ledger.broken.push("two fetches were in flight");
        }
        if self.shares && self.in_all.most() > 1 {
            ledger.broken.push("two replicas fetched at once");
        }
        std::mem::take(&mut ledger.broken)
    }
}
