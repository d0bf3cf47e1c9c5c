//! The store's questions as commands.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::{Cmd, FromRedisValue, cmd};
use token_provider::{Entry, Holder, StoreError, StoreKey, TokenStore};

use crate::connection::Connection;
use crate::fault;
use crate::settings::{Settings, SettingsError};

/// The last byte of an entry that is asked for. An entry is made of an answer of 1 MiB at most; what
/// is longer is nobody's, comes cut, and so cannot be opened.
const LAST_BYTE: usize = 2 * 1024 * 1024 - 1;

/// Puts `ARGV[2]` in the place of `ARGV[1]`, for `ARGV[3]` milliseconds; an empty one is none. `ARGV[4]`
/// is the last byte that is looked at.
const COMPARE_AND_SET: &str = "\
if redis.call('GETRANGE', KEYS[1], 0, ARGV[4]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1";

const NOTHING: &[u8] = b"";

/// Tokens in Redis. One connection, made with the first question.
pub struct RedisStore {
    connection: Connection,
    prefix: String,
}

impl RedisStore {
    /// A store as `settings` say. Connects to nothing yet.
    ///
    /// Installs rustls' aws-lc-rs provider for the process when there is none yet.
    ///
    /// # Errors
    /// When the settings are faulty.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        // That there is one already is as good.
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .ok();
        Ok(Self {
            connection: Connection::new(settings.client()?),
            prefix: settings.prefix.clone(),
        })
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let answer = self.connection.ask(command).await;
        answer.map_err(|error| fault::of(&error))
    }

    fn token_name(&self, key: &StoreKey) -> String {
        format!("{}:token:{key}", self.prefix)
    }

    fn lease_name(&self, key: &StoreKey) -> String {
        format!("{}:lease:{key}", self.prefix)
    }

    async fn compare_and_set(
        &self,
        name: &str,
        old: &[u8],
        new: &[u8],
        life: Duration,
    ) -> Result<bool, StoreError> {
        let mut command = cmd("EVAL");
        command.arg(COMPARE_AND_SET).arg(1).arg(name);
        command.arg(old).arg(new).arg(milliseconds(life));
        command.arg(LAST_BYTE);
        self.ask(&command).await
    }
}

#[async_trait]
impl TokenStore for RedisStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Bytes>, StoreError> {
        // The client holds an answer whole, however long it is.
        let mut command = cmd("GETRANGE");
        command.arg(self.token_name(key)).arg(0).arg(LAST_BYTE);
        let entry: Vec<u8> = self.ask(&command).await?;
        // Where there is no entry an empty one comes.
        Ok((!entry.is_empty()).then(|| Bytes::from(entry)))
    }

    async fn replace(
        &self,
        key: &StoreKey,
        old: Option<&Bytes>,
        new: Option<Entry>,
    ) -> Result<bool, StoreError> {
        let old = old.map_or(NOTHING, |old| old);
        let (new, life) = match &new {
            Some(entry) => (&*entry.sealed, entry.life),
            None => (NOTHING, Duration::ZERO),
        };
        self.compare_and_set(&self.token_name(key), old, new, life)
            .await
    }

    async fn lease(
        &self,
        key: &StoreKey,
        holder: &Holder,
        life: Duration,
    ) -> Result<bool, StoreError> {
        let mut command = cmd("SET");
        command.arg(self.lease_name(key)).arg(holder.as_str());
        command.arg("NX").arg("PX").arg(milliseconds(life));
        let taken: Option<String> = self.ask(&command).await?;
        Ok(taken.is_some())
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        let (name, held) = (self.lease_name(key), holder.as_str().as_bytes());
        self.compare_and_set(&name, held, NOTHING, Duration::ZERO)
            .await
            .map(drop)
    }
}

/// At least one: no life at all is a fault to Redis.
fn milliseconds(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1)
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
