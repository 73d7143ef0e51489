//! The install server: curl asks it what machines ask.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "serve/admin.rs"]
mod admin;
#[path = "serve/api.rs"]
mod api;
#[path = "serve/crowd.rs"]
mod crowd;
#[path = "serve/dhcp.rs"]
mod dhcp;
#[path = "serve/fleet.rs"]
mod fleet;
#[path = "serve/from.rs"]
mod from;
#[path = "serve/hostile.rs"]
mod hostile;
#[path = "serve/images.rs"]
mod images;
#[path = "serve/installs.rs"]
mod installs;
#[path = "support/judge.rs"]
mod judge;
#[expect(dead_code, reason = "images that are wrong are of other tests")]
#[path = "support/layout.rs"]
mod layout;
#[path = "serve/line.rs"]
mod line;
#[path = "serve/pages.rs"]
mod pages;
#[expect(dead_code, reason = "registries with locks are of other tests")]
#[path = "support/registry_real.rs"]
mod registry_real;
#[path = "serve/server.rs"]
mod server;
#[path = "serve/tls.rs"]
mod tls;
#[path = "serve/wipe.rs"]
mod wipe;
