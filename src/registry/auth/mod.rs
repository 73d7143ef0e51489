//! Proof of who asks: challenges, credentials, tokens.

pub(super) mod challenge;
pub(super) mod credentials;
pub(super) mod logins;
pub(super) mod scopes;
pub(super) mod token;
