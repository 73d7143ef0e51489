//! HTTP: addresses, connections, one request and its answer.

pub(super) mod address;
pub(super) mod connection;
pub(super) mod fault;
pub(super) mod http;
pub(super) mod refusal;
pub(super) mod reply;
pub(super) mod runtime;
