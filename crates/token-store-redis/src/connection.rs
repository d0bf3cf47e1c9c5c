//! The one connection, made when it is needed and dropped when anything is wrong with it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisResult};

pub(crate) struct Connection {
    client: Client,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    connection: Option<MultiplexedConnection>,
    /// How many there were.
    number: u64,
}

impl Connection {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            open: Mutex::default(),
        }
    }

    /// The answer to `command`.
    ///
    /// # Cancel safety
    /// Dropped, it drops the connection too: one that does not answer in time may be dead.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let (number, mut connection) = self.connect().await?;
        let doubt = Doubt(self, number);
        let answer = command.query_async(&mut connection).await?;
        std::mem::forget(doubt);
        Ok(answer)
    }

    async fn connect(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        {
            let open = self.lock();
            if let Some(connection) = &open.connection {
                return Ok((open.number, connection.clone()));
            }
        }
        // Whoever asks sets the limits.
        let unlimited = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let made = self
            .client
            .get_multiplexed_async_connection_with_config(&unlimited);
        let made = made.await?;
        let mut open = self.lock();
        open.number += 1;
        open.connection = Some(made.clone());
        Ok((open.number, made))
    }

    /// Nothing panics while it holds the lock; if something did, the data would still be whole.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unless it is forgotten, the connection of this number is dropped: after an error it may be broken,
/// or lead to a server that has become a replica.
struct Doubt<'a>(&'a Connection, u64);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        let mut open = self.0.lock();
        if open.number == self.1 {
            open.connection = None;
        }
    }
}
