//! Packages and bases kept as an OCI artifact, for the day when the archives have other versions.

mod parcel;
mod vendored;

pub use parcel::{Parcel, parcel};

pub(in crate::engine) use vendored::Vendored;
