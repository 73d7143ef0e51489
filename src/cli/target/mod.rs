//! What a target on the command line stands for, and where images go.

pub(super) mod built;
pub(super) mod export;
pub(super) mod find;
pub(super) mod given;
pub(super) mod inputs;
pub(super) mod publish;
pub(super) mod record;
pub(super) mod reference;
