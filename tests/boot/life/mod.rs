//! The life of a machine: its first start, updates, and the way back, in virtual machines.
//!
//! They take minutes, so only `make test-boot` runs them: `TERROIR_TEST_BOOT` says `smoke` for one
//! start, one update that is not well and the way back, `life` and `more` for the rest, `all` for everything.

mod bootc;
mod cloud;
mod cut;
mod derived;
mod encrypted;
mod guest;
mod hang;
mod howto;
mod images;
mod inside;
mod install;
mod loader;
mod long;
mod medium;
mod metadata;
mod power;
mod served;
mod smoke;
mod twelve;
mod volumes;
mod write_log;
