//! A repository of recipes: its root, its files, and the parents outside of it.

pub(super) mod checkout;
pub(super) mod documents;
pub(super) mod inputs;
pub(super) mod parents;
pub(super) mod root;
