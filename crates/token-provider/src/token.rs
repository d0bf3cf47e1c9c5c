//! One access token: an opaque string, ready to be sent, with the times that decide how long it is
//! handed out. It must not look into the token.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::Method;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use url::Url;

use crate::backoff::random_up_to;
use crate::clock::Moment;
use crate::dpop::{self, ProofKey};
use crate::session::Renewal;
use crate::signing::SigningError;
use crate::store::SharedId;
use crate::subject::SubjectKey;

/// An access token. Cloning costs one reference count.
#[derive(Clone)]
pub struct Token(pub(crate) Arc<Issued>);

pub(crate) struct Issued {
    authorization: HeaderValue,
    scope: Option<Box<str>>,
    generation: u64,
    pub(crate) obtained: Moment,
    pub(crate) times: Times,
    /// The token before this one was rejected, and this one was fetched in its place.
    pub(crate) replaces_rejected: bool,
    /// Whose entry the token belongs to, where entries are kept by subject.
    pub(crate) subject: Option<SubjectKey>,
    /// As which it is known to other processes.
    pub(crate) shared: Option<SharedId>,
    /// The key that the token is bound to.
    proof_key: Option<Arc<ProofKey>>,
    rejected: AtomicBool,
    suspected: AtomicBool,
    accepted: AtomicBool,
    stretched: AtomicBool,
}

/// A token's times, each counted from the moment before its request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    refresh_after: Duration,
    hand_out_for: Duration,
    pub(crate) life: Duration,
}

/// What a token of a given age is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Hand it out.
    Fresh,
    /// Hand it out and refresh it in the background.
    Ageing,
    /// So near its end that a new one is better, but it still works.
    Reserve,
    /// Expired or rejected.
    Dead,
}

const LONGEST_LEAD: Duration = Duration::from_mins(5);
const LONGEST_RESERVE: Duration = Duration::from_mins(1);
/// A token that lives no longer than this is not cached.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

impl Times {
    pub(crate) fn new(life: Duration) -> Self {
        let lead = LONGEST_LEAD.min(life / 2);
        let reserve = LONGEST_RESERVE.min(life / 5);
        // Spread over a fifth of the lead, so that replicas and credentials refresh apart.
        let refresh_after = life.saturating_sub(lead) + random_up_to(lead / 5);
        Self {
            refresh_after,
            hand_out_for: life.saturating_sub(reserve),
            life,
        }
    }

    /// Whether a token that has reached `age` on arrival is worth keeping.
    pub(crate) fn is_cacheable(self, age: Duration) -> bool {
        self.life > SHORTEST_LIFE && age < self.hand_out_for
    }
}

/// Across all credentials, so that the token of one can never stand for the token of another.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// What the server granted, before it becomes a [`Token`].
pub(crate) struct Granted {
    pub(crate) authorization: HeaderValue,
    pub(crate) scope: Option<Box<str>>,
    pub(crate) life: Duration,
    /// The refresh token that came along.
    pub(crate) renewal: Option<Renewal>,
}

/// What a token has from the entry that it is kept in.
#[derive(Default)]
pub(crate) struct Provenance {
    pub(crate) subject: Option<SubjectKey>,
    pub(crate) shared: Option<SharedId>,
    pub(crate) proof_key: Option<Arc<ProofKey>>,
    pub(crate) replaces_rejected: bool,
}

impl Token {
    pub(crate) fn new(granted: Granted, obtained: Moment, from: Provenance) -> Self {
        Self(Arc::new(Issued {
            authorization: granted.authorization,
            scope: granted.scope,
            generation: GENERATIONS.fetch_add(1, Ordering::Relaxed),
            obtained,
            times: Times::new(granted.life),
            replaces_rejected: from.replaces_rejected,
            subject: from.subject,
            shared: from.shared,
            proof_key: from.proof_key,
            rejected: AtomicBool::new(false),
            suspected: AtomicBool::new(false),
            accepted: AtomicBool::new(false),
            stretched: AtomicBool::new(false),
        }))
    }

    /// The value of the `Authorization` header, `Bearer` and the token, marked sensitive
    /// (RFC 6750 §2.1); `DPoP` and the token when it is bound to a key, which is worth nothing
    /// without a proof: see [`Self::authorize`].
    #[must_use]
    pub fn authorization(&self) -> &HeaderValue {
        &self.0.authorization
    }

    /// Puts the token on the request of `method` to `url`: the `Authorization` header, and for a
    /// token bound to a key a new `DPoP` proof (RFC 9449 §7.1). To be called for each sending of a
    /// request, repetitions included: servers accept a proof once.
    ///
    /// # Errors
    /// When the proof cannot be signed. Never for a bearer token.
    pub fn authorize(
        &self,
        method: &Method,
        url: &Url,
        headers: &mut HeaderMap,
    ) -> Result<(), SigningError> {
        if let Some(key) = &self.0.proof_key {
            let proof = key.proof_now(method.as_str(), url, self.bare().unwrap_or_default())?;
            headers.insert(dpop::PROOF, proof);
        }
        headers.insert(AUTHORIZATION, self.0.authorization.clone());
        Ok(())
    }

    /// Whether the token is bound to a key, so that each request needs a proof (RFC 9449).
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.0.proof_key.is_some()
    }

    /// Takes the `DPoP-Nonce` header of an answer from `url` into all further proofs for its origin
    /// (RFC 9449 §9). Answers whether it is a new one: a request that was refused with
    /// `use_dpop_nonce` is then worth sending once more. Never for a bearer token.
    #[must_use = "it says whether to send the request again"]
    pub fn note_nonce(&self, url: &Url, nonce: &HeaderValue) -> bool {
        self.0
            .proof_key
            .as_ref()
            .is_some_and(|key| key.note_nonce(url, nonce))
    }

    /// The token itself, without its scheme.
    pub(crate) fn bare(&self) -> Option<&str> {
        let (_, token) = self.0.authorization.to_str().ok()?.split_once(' ')?;
        Some(token)
    }

    /// Grows with every token fetched in this process; no two tokens share one.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.generation
    }

    /// The scope that the server says it granted, space-joined; `None` when it does not say.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    pub(crate) fn phase(&self, age: Duration) -> Phase {
        let times = self.0.times;
        if self.is_rejected() || age >= times.life {
            Phase::Dead
        } else if age < times.refresh_after {
            Phase::Fresh
        } else if age < times.hand_out_for || self.0.stretched.load(Ordering::Relaxed) {
            Phase::Ageing
        } else {
            Phase::Reserve
        }
    }

    pub(crate) fn is_rejected(&self) -> bool {
        self.0.rejected.load(Ordering::Acquire)
    }

    /// It was given up on suspicion only: its replacement counts as a first token.
    pub(crate) fn mark_suspected(&self) {
        self.0.suspected.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_suspected(&self) -> bool {
        self.0.suspected.load(Ordering::Relaxed)
    }

    /// A backend took the token: should one reject it later, it was revoked meanwhile, and a new one
    /// is worth fetching at once. Costs a load, and a store the first time.
    pub fn accepted(&self) {
        if !self.was_accepted() {
            self.0.accepted.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn was_accepted(&self) -> bool {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// Never handed out again. Answers whether it was the first to say so.
    pub(crate) fn mark_rejected(&self) -> bool {
        !self.0.rejected.swap(true, Ordering::AcqRel)
    }

    /// From now on handed out until it really expires: no better one is to be had.
    pub(crate) fn stretch(&self) {
        self.0.stretched.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Token")
            .field("generation", &self.0.generation)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_token_is_refreshed_and_handed_out_by_the_rule_of_its_life() {
        for (life, refresh, refresh_latest, end) in [
            (10.0, 5.0, 6.0, 8.0),
            (300.0, 150.0, 180.0, 240.0),
            (600.0, 300.0, 360.0, 540.0),
            (3600.0, 3300.0, 3360.0, 3540.0),
        ] {
            for _ in 0..50 {
                let times = Times::new(seconds(life));
                assert!(
                    times.refresh_after >= seconds(refresh)
                        && times.refresh_after <= seconds(refresh_latest)
                );
                assert_eq!(times.hand_out_for, seconds(end));
            }
        }
    }

    #[test]
    fn replicas_do_not_refresh_at_the_same_moment() {
        let spread: std::collections::HashSet<_> = (0..50)
            .map(|_| Times::new(seconds(300.0)).refresh_after)
            .collect();
        assert!(spread.len() > 25);
    }

    #[test]
    fn a_token_of_a_second_or_less_or_already_old_is_not_kept() {
        for (life, age, kept) in [
            (0.0, 0.0, false),
            (1.0, 0.0, false),
            (1.1, 0.0, true),
            (10.0, 7.9, true),
            (10.0, 8.0, false),
        ] {
            assert_eq!(
                Times::new(seconds(life)).is_cacheable(seconds(age)),
                kept,
                "life {life}, age {age}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_phases_of_a_token_end_on_the_second() {
        let wall = std::time::SystemTime::UNIX_EPOCH;
        let obtained = Moment {
            monotonic: tokio::time::Instant::now(),
            wall,
        };
        let authorization = HeaderValue::from_static("Bearer t");
        let granted = Granted {
            authorization,
            scope: None,
            life: seconds(300.0),
            renewal: None,
        };
        let token = Token::new(granted, obtained, Provenance::default());
        let nearly = |age: f64| seconds(age).saturating_sub(Duration::from_nanos(1));
        let refresh_after = token.0.times.refresh_after;
        assert_eq!(
            token.phase(refresh_after.saturating_sub(Duration::from_nanos(1))),
            Phase::Fresh
        );
        assert_eq!(token.phase(refresh_after), Phase::Ageing);
        assert_eq!(token.phase(nearly(240.0)), Phase::Ageing);
        assert_eq!(token.phase(seconds(240.0)), Phase::Reserve);
        token.stretch();
        assert_eq!(token.phase(nearly(300.0)), Phase::Ageing);
        assert_eq!(token.phase(seconds(300.0)), Phase::Dead);
        assert!(token.mark_rejected());
        assert!(!token.mark_rejected());
        assert_eq!(token.phase(seconds(0.0)), Phase::Dead);
    }
}
