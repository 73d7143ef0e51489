//! What a kind of setting has to offer, and what it is given.

pub(super) mod check;
pub(super) mod definition;
pub(super) mod ground;
pub(super) mod kind;
pub(super) mod refusal;
