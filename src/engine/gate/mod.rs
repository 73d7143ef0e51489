//! Checks of a finished root: mandatory settings, settings without effect, and the audit of the
//! recipe. A gate never changes bytes.

mod audit;
mod effective;
mod finished;
mod found;
mod lint;
mod mandatory;

pub use mandatory::hold_published;

pub(in crate::engine) use finished::Gate;
