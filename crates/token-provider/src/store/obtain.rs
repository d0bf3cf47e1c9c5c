//! One fetch for all replicas: what another one has fetched is taken from the store; else whoever
//! holds the lease fetches, and the others wait for what it puts there.
//!
//! A refresh token is shown by nobody before the store says that it is being shown, and given to
//! nobody after: two replicas that show the same one end the session behind it (RFC 9700 §4.14.2).

mod publish;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::record::StoredToken;
use super::shared::{Away, Held, Lease, ROUNDS, SharedId, SharedStore};
use super::{StoreKey, TokenId};
use crate::answer::Failure;
use crate::backoff::{ACCOUNT, random_up_to};
use crate::clock::Moment;
use crate::credential::Credential;
use crate::definition::Grant;
use crate::error::{TokenError, Unavailability};
use crate::fetch::fetch;
use crate::session::Session;
use crate::subject::Subject;
use crate::token::{Granted, Phase, Times, Token};

/// A lease outlives the fetch that it is for by this much, so that it ends only with its holder.
const LEASE_MARGIN: Duration = Duration::from_secs(2);
/// How often those who wait look: at first, and at most.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// How far the clocks of replicas may be apart, as a part of a token's life and at most.
const SKEW: Duration = Duration::from_secs(5);
const SKEW_PARTS: u32 = 10;

/// What a cache entry wants fetched.
pub(crate) struct Fetching<'a> {
    pub(crate) credential: &'a Credential,
    pub(crate) session: &'a Session,
    pub(crate) subject: Option<&'a Subject>,
    /// Its name in the store, where it is shared.
    pub(crate) key: Option<StoreKey>,
    /// The token that is to be replaced, if it is still of use.
    pub(crate) current: Option<Token>,
}

/// What came: from the server, or from another replica.
pub(crate) struct Obtained {
    pub(crate) granted: Granted,
    /// From when its life counts.
    pub(crate) sent: Moment,
    pub(crate) shared: Option<SharedId>,
}

/// A token within the limits of [`fetch`] and of the lease that may have to be waited for. The lease
/// is to be given back once the token is in the cache.
///
/// # Cancel safety
/// As [`fetch`]; a lease that is held ends by itself.
pub(crate) async fn obtain(wanted: &Fetching<'_>) -> (Result<Obtained, Failure>, Option<Lease>) {
    let shared = &wanted.credential.surroundings.shared;
    let (Some(store), Some(key)) = (shared, wanted.key) else {
        return (wanted.fetch().await, None);
    };
    let together = Together { wanted, store, key };
    match together.obtain().await {
        Ok(end) => end,
        Err(Away) => (wanted.alone().await, None),
    }
}

impl Fetching<'_> {
    async fn fetch(&self) -> Result<Obtained, Failure> {
        let (granted, sent) = fetch(self.credential, self.session, self.subject).await?;
        Ok(Obtained {
            granted,
            sent,
            shared: None,
        })
    }

    /// The store is away. Where there is nothing but a refresh token, which each replica has and
    /// which the server takes once, to show it may end the session for all and for good.
    async fn alone(&self) -> Result<Obtained, Failure> {
        if self.has_only_a_refresh_token() && !self.session.is_steady() {
            return Err(unavailable(Unavailability::Store));
        }
        self.fetch().await
    }

    fn has_only_a_refresh_token(&self) -> bool {
        matches!(self.credential.definition.grant, Grant::RefreshToken { .. })
    }
}

struct Together<'a> {
    wanted: &'a Fetching<'a>,
    store: &'a Arc<SharedStore>,
    key: StoreKey,
}

type End = (Result<Obtained, Failure>, Option<Lease>);

impl Together<'_> {
    /// An error only as long as nothing was fetched.
    async fn obtain(&self) -> Result<End, Away> {
        let life = self.wanted.credential.definition.fetch_timeout + LEASE_MARGIN;
        let give_up = Instant::now() + life;
        let mut pause = FIRST_LOOK;
        loop {
            let held = self.store.read(&self.key).await?;
            if let Some(end) = self.found(&held) {
                return Ok((end, None));
            }
            if let Some(lease) = self.store.lease(&self.key, life).await? {
                let end = self.fetch_for_all().await?;
                return Ok((end, Some(lease)));
            }
            if Instant::now() >= give_up {
                return Ok((Err(unavailable(Unavailability::Contended)), None));
            }
            sleep(pause / 2 + random_up_to(pause / 2)).await;
            pause = (pause * 2).min(LONGEST_BETWEEN_LOOKS);
        }
    }

    async fn fetch_for_all(&self) -> Result<Result<Obtained, Failure>, Away> {
        for _ in 0..ROUNDS {
            // The holder before us may have put something there since we looked.
            let held = self.store.read(&self.key).await?;
            if let Some(end) = self.found(&held) {
                return Ok(end);
            }
            if let Some(held) = self.take_renewal(held).await? {
                let result = self.wanted.fetch().await;
                return Ok(self.publish(held, result).await);
            }
        }
        Ok(Err(unavailable(Unavailability::Contended)))
    }

    /// What makes a fetch needless.
    fn found(&self, held: &Held) -> Option<Result<Obtained, Failure>> {
        if let Some(obtained) = held
            .record
            .token
            .as_ref()
            .and_then(|token| self.adopt(token))
        {
            let credential = self.wanted.credential.definition.name.as_str();
            tracing::debug!(credential, "token of another replica taken");
            self.note_renewal(held);
            return Some(Ok(obtained));
        }
        let refusal = held.record.refusal.as_ref()?;
        let left = refusal.until.duration_since(self.store.clock.now().wall);
        if left.is_err() || left.is_ok_and(|left| left > ACCOUNT + SKEW) {
            return None;
        }
        let credential = self.wanted.credential.definition.name.as_str();
        tracing::warn!(
            credential,
            code = refusal.server_code.as_ref().map(tracing::field::display),
            "the authorization server refused another replica, it is not asked again"
        );
        let mut failure = Failure::from(TokenError::Rejected {
            status: refusal.status,
            server_code: refusal.server_code.clone(),
        });
        failure.account_at_risk = true;
        Some(Err(failure))
    }

    /// Should the store forget everything, the newest refresh token must be known to somebody. It is
    /// shown only by whoever holds the lease.
    fn note_renewal(&self, held: &Held) {
        let session = self.wanted.session;
        if let Some(renewal) = &held.record.renewal
            && self.wanted.has_only_a_refresh_token()
            && !session.is_unsaved_over(held.raw.as_ref())
        {
            session.load(renewal, &self.store.clock);
        }
    }

    /// The token of another replica, if it is better than ours and worth keeping.
    fn adopt(&self, token: &StoredToken) -> Option<Obtained> {
        if self.store.is_rejected(token.id) {
            return None;
        }
        if let Some(current) = &self.wanted.current {
            let clock = &self.store.clock;
            let is_alive = current.phase(clock.age(current.0.obtained)) != Phase::Dead;
            let is_newer = token.obtained > current.0.obtained.wall;
            let is_same = current.0.shared.is_some_and(|shared| shared.id == token.id);
            if is_same || (is_alive && !is_newer) {
                return None;
            }
        }
        let margin = SKEW.min(token.life / SKEW_PARTS);
        let sent = self.store.clock.told(token.obtained, margin)?;
        let age = self.store.clock.age(sent);
        Times::new(token.life).is_cacheable(age).then(|| Obtained {
            granted: Granted {
                authorization: token.authorization.clone(),
                scope: token.scope.clone(),
                life: token.life,
                renewal: None,
            },
            sent,
            shared: Some(self.shared(token.id)),
        })
    }

    /// Makes the refresh token of the entry ours to show. `None` when the entry has changed.
    async fn take_renewal(&self, held: Held) -> Result<Option<Held>, Away> {
        let Some(renewal) = held.record.renewal.clone() else {
            return Ok(Some(held));
        };
        if self.wanted.session.is_unsaved_over(held.raw.as_ref()) {
            return Ok(Some(held));
        }
        if renewal.shown {
            // Whoever took it is gone, and nobody knows what became of it.
            if self.wanted.has_only_a_refresh_token() {
                self.wanted.session.load(&renewal, &self.store.clock);
            }
            return Ok(Some(held));
        }
        let mut record = held.record.clone();
        if let Some(renewal) = &mut record.renewal {
            renewal.shown = true;
        }
        let taken = self.store.replace(&self.key, &held, record).await?;
        if taken.is_some() {
            self.wanted.session.load(&renewal, &self.store.clock);
        }
        Ok(taken)
    }

    fn shared(&self, id: TokenId) -> SharedId {
        SharedId { key: self.key, id }
    }
}

fn unavailable(cause: Unavailability) -> Failure {
    TokenError::Unavailable {
        cause,
        retry_after: None,
    }
    .into()
}
