//! The registry client: references, credentials, pull, push, mount.
//!
//! Outside it is blocking; the sockets' own runtime is made at the first request. Everything that
//! comes from the environment is a value in [`Settings`].

mod address;
mod blob;
mod challenge;
mod client;
mod connection;
mod credentials;
mod error;
mod event;
mod fault;
mod logins;
mod pull;
mod push;
mod reference;
mod refusal;
mod reply;
mod retry;
mod runtime;
mod scopes;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod transport;
mod upload;

pub use client::Registry;
pub use error::Error;
pub use event::{Event, State};
pub use logins::logins;
pub use pull::Blobs;
pub use push::{Push, Pushed};
pub use reference::{Reference, is_short, is_valid_tag};
pub use settings::{Login, Settings};
