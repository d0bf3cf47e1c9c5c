//! A shared store in memory with every fault on a switch, and replicas that share it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use token_provider::{
    Definition, EncryptionKey, Entry, Holder, StoreError, StoreKey, Token, TokenError,
    TokenProvider, TokenSource, TokenStore, WallClock,
};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::support::{Heard, Reply, Seen, Server, name, seconds_from_now};

/// What the store does with a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Fine,
    Down,
    Hung,
    /// It changes the entry, and the answer gets lost.
    Deaf,
}

#[derive(Default)]
pub(crate) struct Shelf {
    entries: Mutex<HashMap<StoreKey, (Bytes, Instant)>>,
    leases: Mutex<HashMap<StoreKey, (Holder, Instant)>>,
    /// Somebody who will never give it back holds each lease until then.
    dead_holder_until: Mutex<Option<Instant>>,
    mood: Mutex<Mood>,
    questions: AtomicUsize,
}

impl Shelf {
    pub(crate) fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }

    /// The entries that have not expired.
    pub(crate) fn entries(&self) -> HashMap<StoreKey, Bytes> {
        let now = Instant::now();
        let entries = self.entries.lock().unwrap();
        let alive = entries.iter().filter(|(_, (_, end))| *end > now);
        alive
            .map(|(key, (bytes, _))| (*key, bytes.clone()))
            .collect()
    }

    pub(crate) fn put(&self, key: StoreKey, bytes: Bytes) {
        let end = Instant::now() + Duration::from_hours(1);
        self.entries.lock().unwrap().insert(key, (bytes, end));
    }

    pub(crate) fn lose_everything(&self) {
        self.entries.lock().unwrap().clear();
    }

    /// As a store that somebody else takes over from: everybody may fetch.
    pub(crate) fn lose_leases(&self) {
        self.leases.lock().unwrap().clear();
    }

    /// The holders of all leases, as a store sees them.
    pub(crate) fn holders(&self) -> Vec<String> {
        let leases = self.leases.lock().unwrap();
        let holders = leases.values().map(|(holder, _)| holder.as_str());
        holders.map(str::to_owned).collect()
    }

    pub(crate) fn leases(&self) -> usize {
        let now = Instant::now();
        let leases = self.leases.lock().unwrap();
        leases.values().filter(|(_, end)| *end > now).count()
    }

    pub(crate) fn holder_dies(&self, left: f64) {
        *self.dead_holder_until.lock().unwrap() = Some(seconds_from_now(left));
    }

    async fn listen(&self) -> Result<Mood, StoreError> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Fine | Mood::Deaf => Ok(mood),
            Mood::Down => Err(StoreError::Unreachable),
            Mood::Hung => {
                sleep(Duration::from_hours(1)).await;
                Err(StoreError::TimedOut)
            }
        }
    }
}

fn answer<T>(mood: Mood, answer: T) -> Result<T, StoreError> {
    match mood {
        Mood::Deaf => Err(StoreError::Unreachable),
        _ => Ok(answer),
    }
}

#[async_trait]
impl TokenStore for Shelf {
    async fn read(&self, key: &StoreKey) -> Result<Option<Bytes>, StoreError> {
        self.listen().await?;
        Ok(self.entries().remove(key))
    }

    async fn replace(
        &self,
        key: &StoreKey,
        old: Option<&Bytes>,
        new: Option<Entry>,
    ) -> Result<bool, StoreError> {
        let mood = self.listen().await?;
        if self.entries().get(key) != old {
            return answer(mood, false);
        }
        let mut entries = self.entries.lock().unwrap();
        match new {
            Some(Entry { sealed, life }) => {
                entries.insert(*key, (sealed, Instant::now() + life));
            }
            None => {
                entries.remove(key);
            }
        }
        answer(mood, true)
    }

    async fn lease(
        &self,
        key: &StoreKey,
        holder: &Holder,
        life: Duration,
    ) -> Result<bool, StoreError> {
        self.listen().await?;
        let now = Instant::now();
        if self
            .dead_holder_until
            .lock()
            .unwrap()
            .is_some_and(|end| end > now)
        {
            return Ok(false);
        }
        let mut leases = self.leases.lock().unwrap();
        if leases.get(key).is_some_and(|(_, end)| *end > now) {
            return Ok(false);
        }
        leases.insert(*key, (holder.clone(), now + life));
        Ok(true)
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        self.listen().await?;
        let mut leases = self.leases.lock().unwrap();
        if leases
            .get(key)
            .is_some_and(|(held_by, _)| held_by == holder)
        {
            leases.remove(key);
        }
        Ok(())
    }
}

/// A wall clock that goes with the paused time, and wrong by a constant.
pub(crate) struct Skewed {
    began: Instant,
    ahead: Mutex<Duration>,
}

impl Skewed {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            ahead: Mutex::default(),
        })
    }

    pub(crate) fn forward(&self, by: Duration) {
        *self.ahead.lock().unwrap() += by;
    }
}

impl WallClock for Skewed {
    fn now(&self) -> SystemTime {
        let start = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        start + self.began.elapsed() + *self.ahead.lock().unwrap()
    }
}

/// One process of several with the same configuration.
pub(crate) struct Replica {
    pub(crate) provider: TokenProvider,
    pub(crate) source: TokenSource,
    pub(crate) heard: Arc<Heard>,
    pub(crate) clock: Arc<Skewed>,
}

impl Replica {
    pub(crate) fn new(definition: Definition, server: &Arc<Server>, shelf: &Arc<Shelf>) -> Self {
        Self::of(definition, server, Some(shelf))
    }

    /// Without a shelf, one that shares nothing.
    pub(crate) fn of(
        definition: Definition,
        server: &Arc<Server>,
        shelf: Option<&Arc<Shelf>>,
    ) -> Self {
        Self::with_key(definition, server, shelf, &key("0a1b"))
    }

    pub(crate) fn with_key(
        definition: Definition,
        server: &Arc<Server>,
        shelf: Option<&Arc<Shelf>>,
        key: &EncryptionKey,
    ) -> Self {
        let heard = Arc::new(Heard::default());
        let clock = Skewed::new();
        let (transport, observer) = (Arc::clone(server), Arc::clone(&heard));
        let wall = Arc::clone(&clock);
        let mut provider =
            TokenProvider::with_wall_clock(transport, Handle::current(), observer, wall);
        if let Some(shelf) = shelf {
            provider = provider.sharing(Arc::clone(shelf) as _, key).unwrap();
        }
        let source = provider.source(definition);
        Self {
            provider,
            source,
            heard,
            clock,
        }
    }

    /// A token within 10 s.
    pub(crate) async fn token(&self) -> Result<Token, TokenError> {
        self.source.token(seconds_from_now(10.0)).await
    }

    /// The name of the token that comes within 10 s.
    pub(crate) async fn name(&self) -> String {
        name(&self.token().await.unwrap())
    }
}

pub(crate) fn key(digits: &str) -> EncryptionKey {
    EncryptionKey::parse(&digits.repeat(16).into()).unwrap()
}

/// Two replicas of one service.
pub(crate) struct Pair {
    pub(crate) server: Arc<Server>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) one: Replica,
    pub(crate) other: Replica,
}

impl Pair {
    pub(crate) fn new(
        definition: Definition,
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let server = Server::new(script);
        let shelf = Arc::new(Shelf::default());
        let one = Replica::new(definition.clone(), &server, &shelf);
        let other = Replica::new(definition, &server, &shelf);
        Self {
            server,
            shelf,
            one,
            other,
        }
    }

    /// A replica more.
    pub(crate) fn third(&self, definition: Definition) -> Replica {
        Replica::new(definition, &self.server, &self.shelf)
    }
}
