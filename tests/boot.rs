//! The boot chain, checked by other programs, by small parsers, and by machines that boot.

#[path = "boot/folder.rs"]
mod folder;
#[path = "boot/foreman.rs"]
mod foreman;
#[path = "support/judge.rs"]
mod judge;
#[path = "boot/judges.rs"]
mod judges;
#[path = "boot/machines.rs"]
mod machines;
#[path = "boot/parse.rs"]
mod parse;
#[path = "support/python.rs"]
mod python;
#[path = "boot/rack.rs"]
mod rack;
#[path = "boot/site.rs"]
mod site;
#[path = "boot/volume.rs"]
mod volume;
