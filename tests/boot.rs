//! The boot chain, checked by other programs, by small parsers, and by machines that boot.

#[path = "support/corrupt.rs"]
mod corrupt;
#[path = "boot/folder.rs"]
mod folder;
#[path = "boot/foreman.rs"]
mod foreman;
#[path = "support/judge.rs"]
mod judge;
#[path = "boot/judges.rs"]
mod judges;
#[path = "boot/life/mod.rs"]
mod life;
#[path = "boot/machines.rs"]
mod machines;
#[path = "support/page.rs"]
mod page;
#[path = "support/pages.rs"]
mod pages;
#[path = "boot/parse.rs"]
mod parse;
#[path = "support/program.rs"]
mod program;
#[path = "boot/proxy.rs"]
mod proxy;
#[path = "support/python.rs"]
mod python;
#[path = "boot/rack.rs"]
mod rack;
#[expect(dead_code, reason = "machines speak plain HTTP")]
#[path = "support/registry_real.rs"]
mod registry_real;
#[path = "boot/site.rs"]
mod site;
#[path = "boot/volume.rs"]
mod volume;
