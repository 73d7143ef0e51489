//! The install server: curl asks it what machines ask.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "serve/crowd.rs"]
mod crowd;
#[path = "serve/hostile.rs"]
mod hostile;
#[path = "serve/installs.rs"]
mod installs;
#[path = "serve/server.rs"]
mod server;
