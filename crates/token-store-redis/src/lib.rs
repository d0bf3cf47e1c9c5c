#![doc = include_str!("../README.md")]

mod connection;
mod fault;
mod settings;
mod store;

pub use settings::{DEFAULT_PREFIX, Settings, SettingsError};
pub use store::RedisStore;
