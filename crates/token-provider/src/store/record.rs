//! What replicas tell each other about one cache entry, and how it is written. Times are those of
//! the writer's clock.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::{HeaderValue, StatusCode};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;

/// How long a refresh token is kept whose life the server does not tell.
const RENEWAL_LIFE: Duration = Duration::from_hours(30 * 24);
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

/// Tells a token from all others of its entry, in all replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct TokenId(pub(super) [u8; 16]);

#[derive(Clone, Default)]
pub(super) struct Record {
    pub(super) token: Option<StoredToken>,
    pub(super) renewal: Option<StoredRenewal>,
    pub(super) refusal: Option<StoredRefusal>,
}

#[derive(Clone)]
pub(super) struct StoredToken {
    pub(super) id: TokenId,
    pub(super) authorization: HeaderValue,
    pub(super) scope: Option<Box<str>>,
    pub(super) obtained: SystemTime,
    pub(super) life: Duration,
}

/// The refresh token of the entry.
#[derive(Clone)]
pub(crate) struct StoredRenewal {
    pub(crate) token: SecretString,
    pub(crate) obtained: SystemTime,
    pub(crate) life: Option<Duration>,
    /// It is on its way, or was and nobody knows what became of it.
    pub(crate) shown: bool,
    /// The server gave no other in its place when it was shown: it does no harm twice.
    pub(crate) steady: bool,
}

/// The server refused a user's password or session: nobody asks again for a while, lest all replicas
/// together lock the account.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct StoredRefusal {
    pub(super) status: StatusCode,
    pub(super) server_code: Option<ErrorCode>,
    pub(super) until: SystemTime,
}

impl Record {
    pub(super) fn token_id(&self) -> Option<TokenId> {
        self.token.as_ref().map(|token| token.id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.token.is_none() && self.renewal.is_none() && self.refusal.is_none()
    }

    /// How long after `now` any of it is of use.
    pub(super) fn life(&self, now: SystemTime) -> Duration {
        let left = |end: Option<SystemTime>| {
            end.and_then(|end| end.duration_since(now).ok())
                .unwrap_or_default()
        };
        let token = self
            .token
            .as_ref()
            .and_then(|token| token.obtained.checked_add(token.life));
        let renewal = self.renewal.as_ref().and_then(|renewal| {
            renewal
                .obtained
                .checked_add(renewal.life.unwrap_or(RENEWAL_LIFE))
        });
        let refusal = self.refusal.as_ref().map(|refusal| refusal.until);
        left(token)
            .max(left(renewal))
            .max(left(refusal))
            .max(SHORTEST_LIFE)
    }

    /// `None` when it cannot be written.
    pub(super) fn write(&self) -> Option<Zeroizing<Vec<u8>>> {
        let token = match &self.token {
            Some(token) => Some(WrittenToken {
                id: token.id,
                authorization: token.authorization.to_str().ok()?.into(),
                scope: token.scope.as_deref().map(Cow::Borrowed),
                obtained: milliseconds(token.obtained),
                life: whole(token.life),
            }),
            None => None,
        };
        let written = Written {
            token,
            renewal: self.renewal.as_ref().map(|renewal| WrittenRenewal {
                token: renewal.token.expose_secret().into(),
                obtained: milliseconds(renewal.obtained),
                life: renewal.life.map(whole),
                shown: renewal.shown,
                steady: renewal.steady,
            }),
            refusal: self.refusal.as_ref().map(|refusal| WrittenRefusal {
                status: refusal.status.as_u16(),
                server_code: refusal
                    .server_code
                    .as_ref()
                    .map(|code| code.as_str().into()),
                until: milliseconds(refusal.until),
            }),
        };
        serde_json::to_vec(&written).ok().map(Zeroizing::new)
    }

    /// `None` when it is not such a text.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let written: Written<'_> = serde_json::from_slice(text).ok()?;
        let token = match written.token {
            Some(token) => {
                let mut authorization = HeaderValue::from_str(&token.authorization).ok()?;
                authorization.set_sensitive(true);
                Some(StoredToken {
                    id: token.id,
                    authorization,
                    scope: token.scope.map(|scope| scope.into_owned().into()),
                    obtained: instant(token.obtained)?,
                    life: Duration::from_millis(token.life),
                })
            }
            None => None,
        };
        let renewal = match written.renewal {
            Some(renewal) => Some(StoredRenewal {
                token: SecretString::from(&*renewal.token),
                obtained: instant(renewal.obtained)?,
                life: renewal.life.map(Duration::from_millis),
                shown: renewal.shown,
                steady: renewal.steady,
            }),
            None => None,
        };
        let refusal = match written.refusal {
            Some(refusal) => Some(StoredRefusal {
                status: StatusCode::from_u16(refusal.status).ok()?,
                server_code: refusal.server_code.and_then(|code| ErrorCode::new(&code)),
                until: instant(refusal.until)?,
            }),
            None => None,
        };
        Some(Self {
            token,
            renewal,
            refusal,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    token: Option<WrittenToken<'a>>,
    #[serde(borrow)]
    renewal: Option<WrittenRenewal<'a>>,
    #[serde(borrow)]
    refusal: Option<WrittenRefusal<'a>>,
}

#[derive(Serialize, Deserialize)]
struct WrittenToken<'a> {
    id: TokenId,
    #[serde(borrow)]
    authorization: Cow<'a, str>,
    #[serde(borrow)]
    scope: Option<Cow<'a, str>>,
    obtained: u64,
    life: u64,
}

#[derive(Serialize, Deserialize)]
struct WrittenRenewal<'a> {
    #[serde(borrow)]
    token: Cow<'a, str>,
    obtained: u64,
    life: Option<u64>,
    shown: bool,
    steady: bool,
}

#[derive(Serialize, Deserialize)]
struct WrittenRefusal<'a> {
    status: u16,
    #[serde(borrow)]
    server_code: Option<Cow<'a, str>>,
    until: u64,
}

fn whole(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Since 1970.
fn milliseconds(instant: SystemTime) -> u64 {
    let since = instant.duration_since(SystemTime::UNIX_EPOCH);
    whole(since.unwrap_or_default())
}

fn instant(milliseconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}
