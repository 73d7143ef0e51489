//! HTTP: addresses, connections, one request and its answer.

mod address;
mod connection;
mod fault;
mod http;
mod refusal;
mod reply;
mod runtime;

pub(super) use address::authority;
#[cfg(test)]
pub(super) use connection::Clients;
pub(super) use http::{Request, Transport};
pub(super) use refusal::refusal;
pub(super) use reply::{CONTENT_DIGEST, Reply};
