//! The store that replicas share tokens in: whether it may be read and whether a lease may be taken,
//! which is all that the service does there.

use std::time::Duration;

use config::TokenStore as Settings;
use token_provider::{Holder, StoreError, StoreKey, TokenStore};
use token_store_redis::RedisStore;
use tokio::time::{Instant, timeout_at};

use super::report::{Diagnosis, Finding};

const KIND: &str = "token store";
const NAME: &str = "redis";
/// Should the doctor be killed in between, the lease ends by itself.
const LEASE: Duration = Duration::from_secs(5);

pub(super) async fn examine(settings: &Settings, deadline: Instant) -> Finding {
    let began = Instant::now();
    let tried = timeout_at(deadline, try_out(settings)).await;
    let diagnosis = match tried.unwrap_or(Err(StoreError::TimedOut)) {
        Ok(()) => Diagnosis::fine("can be read and leased from"),
        Err(error) => Diagnosis::wrong(format!("the store: {error}"), mend(&error)),
    };
    diagnosis.about(KIND, NAME, began.elapsed())
}

/// On an entry that no credential has.
async fn try_out(settings: &Settings) -> Result<(), StoreError> {
    let store = RedisStore::new(&settings.redis).map_err(|_| StoreError::Malformed)?;
    let key = StoreKey::new(*blake3::hash(&fastrand::u128(..).to_be_bytes()).as_bytes());
    let holder = Holder::new(format!("doctor-{:032x}", fastrand::u128(..)));
    store.read(&key).await?;
    store.lease(&key, &holder, LEASE).await?;
    store.release(&key, &holder).await
}

const fn mend(error: &StoreError) -> &'static str {
    match error {
        StoreError::Tls => {
            "check the store's certificate and `ca`; meanwhile each replica fetches its own tokens"
        }
        StoreError::Refused(_) => {
            "check `username` and `password`, and that the user may GETRANGE, SET, DEL and EVAL below `prefix`"
        }
        _ => {
            "check `redis`, host, port and firewall; meanwhile each replica fetches its own tokens"
        }
    }
}
