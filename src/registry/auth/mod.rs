//! Proof of who asks: challenges, credentials, tokens.

mod challenge;
mod credentials;
mod logins;
mod scopes;
mod token;

#[cfg(test)]
pub(super) use challenge::Challenge;
pub use logins::logins;
pub(super) use scopes::Scopes;
pub(super) use token::Tokens;
