//! The registry client: references, credentials, pull, push, mount.
