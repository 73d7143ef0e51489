//! The install server: curl asks it what machines ask.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "serve/dhcp.rs"]
mod dhcp;
#[path = "serve/hostile.rs"]
mod hostile;
#[path = "serve/installs.rs"]
mod installs;
#[path = "support/judge.rs"]
mod judge;
#[path = "serve/server.rs"]
mod server;
#[path = "serve/tls.rs"]
mod tls;
