//! terroir's own installer: the document of a host.

pub(super) mod document;
mod network;
mod place;
mod users;
