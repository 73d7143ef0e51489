//! The complete site and its hosts, which all files are rendered from.
//!
//! Every value is checked and keeps its origin.

pub(super) mod connection;
pub(super) mod flavour;
pub(super) mod host;
pub(super) mod image_source;
pub(super) mod secrets;
pub(super) mod site;
