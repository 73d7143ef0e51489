//! Administration: pages for people, an interface for programs, metrics; on a listener of its own.
//!
//! [`Administration`](desk::Administration) decides without sockets. Whatever machines or inventories
//! say goes through [`mask`] before it is shown, and the templates escape it: nowhere else is a page
//! made.

mod api;
mod call;
mod desk;
mod keys;
mod listener;
mod mask;
mod metrics;
mod pages;
mod secret_text;
mod token;
mod view;

pub(super) use listener::AdminListener;
pub use token::{AdminToken, Random};
