//! What several integration tests share.

pub(crate) mod registry;
pub(crate) mod registry_auth;
pub(crate) mod registry_http;
pub(crate) mod registry_image;
pub(crate) mod registry_protocol;
pub(crate) mod registry_real;
pub(crate) mod trial;
