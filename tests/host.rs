//! Machines that are updated by images: a real system root of OSTree, and a registry that fails on
//! demand. The program `ostree` judges what comes of it.

#[path = "host/archive.rs"]
mod archive;
#[expect(dead_code, reason = "the other trees are of other tests")]
#[path = "support/foreign.rs"]
mod foreign;
#[path = "host/health.rs"]
mod health;
#[path = "host/interrupted.rs"]
mod interrupted;
#[path = "support/judge.rs"]
mod judge;
#[path = "host/life.rs"]
mod life;
#[path = "host/loader.rs"]
mod loader;
#[path = "support/program.rs"]
mod program;
#[path = "host/refused.rs"]
mod refused;
#[path = "host/site.rs"]
mod site;
#[expect(
    dead_code,
    reason = "the other faults of registries are of other tests"
)]
mod support;
