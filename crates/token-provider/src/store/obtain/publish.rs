//! What came of a fetch goes where the other replicas find it. It must not know how a token is
//! fetched.

use super::super::TokenId;
use super::super::record::{Record, StoredRefusal, StoredRenewal, StoredToken};
use super::super::shared::{Away, Held, ROUNDS, SharedStore, random_id};
use super::{Obtained, Together};
use crate::answer::Failure;
use crate::backoff::ACCOUNT;
use crate::error::TokenError;
use crate::token::Times;

/// What a fetch means for the token of the entry.
enum Change {
    /// It failed. Another replica may have taken the token out meanwhile: then it stays out.
    Keep,
    /// There is a new one, unless it is not worth keeping.
    Set(Option<StoredToken>),
}

/// What came of a fetch.
struct News {
    token: Change,
    renewal: Option<StoredRenewal>,
    refusal: Option<StoredRefusal>,
}

impl News {
    /// What the entry becomes; `None` when it stays as it is.
    fn over(&self, before: &Record) -> Option<Record> {
        let token = match &self.token {
            Change::Keep
                if self.renewal.is_none()
                    && self.refusal.is_none()
                    && before.renewal.is_none()
                    && before.refusal.is_none() =>
            {
                return None;
            }
            Change::Keep => before.token.clone(),
            Change::Set(token) => token.clone(),
        };
        Some(Record {
            token,
            renewal: self.renewal.clone(),
            refusal: self.refusal.clone(),
        })
    }
}

impl Together<'_> {
    /// Puts what came of a fetch where the others find it.
    pub(super) async fn publish(
        &self,
        held: Held,
        result: Result<Obtained, Failure>,
    ) -> Result<Obtained, Failure> {
        let session = self.wanted.session;
        let mut news = News {
            token: Change::Keep,
            renewal: session.save(),
            refusal: None,
        };
        let result = match result {
            Ok(mut obtained) => {
                let id = random_id();
                news.token = Change::Set(id.and_then(|id| stored(&obtained, id, self.store)));
                obtained.shared = id.map(|id| self.shared(id));
                Ok(obtained)
            }
            Err(failure) => {
                news.refusal = self.refusal(&failure);
                Err(failure)
            }
        };
        let base = held.raw.clone();
        let saved = self.put(held, news).await;
        if !self.wanted.has_only_a_refresh_token() {
            // It is in the store, or may be: another replica may show it, this one must not.
            session.forget();
        } else if saved.is_err() {
            session.unsaved_over(base);
        }
        result
    }

    async fn put(&self, mut held: Held, news: News) -> Result<(), Away> {
        let before = held.record.token_id();
        for _ in 0..ROUNDS {
            let Some(record) = news.over(&held.record) else {
                break;
            };
            let replaced = self.store.replace(&self.key, &held, record).await?;
            if replaced.is_some() {
                break;
            }
            held = self.store.read(&self.key).await?;
            let now = held.record.token_id();
            // Our lease has ended, and another holder was faster.
            if now.is_some_and(|now| Some(now) != before && !self.store.is_rejected(now)) {
                break;
            }
        }
        Ok(())
    }

    fn refusal(&self, failure: &Failure) -> Option<StoredRefusal> {
        let TokenError::Rejected {
            status,
            server_code,
        } = &failure.error
        else {
            return None;
        };
        failure.account_at_risk.then(|| StoredRefusal {
            status: *status,
            server_code: server_code.clone(),
            until: self.store.clock.now().wall + ACCOUNT,
        })
    }
}

/// `None` for a token that is not worth keeping.
fn stored(obtained: &Obtained, id: TokenId, store: &SharedStore) -> Option<StoredToken> {
    let age = store.clock.age(obtained.sent);
    let granted = &obtained.granted;
    Times::new(granted.life)
        .is_cacheable(age)
        .then(|| StoredToken {
            id,
            authorization: granted.authorization.clone(),
            scope: granted.scope.clone(),
            obtained: obtained.sent.wall,
            life: granted.life,
        })
}
