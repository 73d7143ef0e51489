//! The local store: an OCI layout with caches of steps and records beside it.
