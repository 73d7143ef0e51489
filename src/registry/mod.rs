//! The registry client: references, credentials, pull, push, mount.
//!
//! Outside it is blocking; the sockets' own runtime is made at the first request. Everything that
//! comes from the environment is a value in [`Settings`].

mod auth;
mod client;
mod error;
mod pull;
mod push;
mod reference;
mod retry;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod transport;
mod web;

pub use auth::logins;
pub use client::Registry;
pub use error::Error;
pub use pull::Blobs;
pub use push::{Attachment, Push, Pushed};
pub use push::{Event, State};
pub use reference::{Reference, is_short, is_valid_tag};
pub use settings::{Login, Settings};
pub use web::{Page, is_same_server};
