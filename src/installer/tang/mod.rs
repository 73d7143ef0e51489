//! Keys that Tang servers give back: what a server advertises is checked, and a key locked so that only it helps to
//! open it again. The form is that of clevis, which opens it on the machine.

mod advertisement;
mod curve;
mod lock;

pub(super) use advertisement::Advertisement;
pub(super) use lock::lock;
