//! The transport over sockets.
