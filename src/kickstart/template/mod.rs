//! Templates: the shipped ones, those of an organisation, their filters and shared values.

pub(super) mod environment;
pub(super) mod host_values;
pub(super) mod load;
pub(super) mod mtu;
pub(super) mod package_values;
pub(super) mod quote;
pub(super) mod scene;
pub(super) mod shipped;
pub(super) mod trust;
