//! Whether systemd units are enabled, disabled or masked, by the links that `systemctl` would make.
//!
//! The links are computed as `systemctl --root` computes them (`src/shared/install.c` of systemd),
//! with differences that a table of states asks for: `enabled` takes a mask away; a unit with a
//! state of its own is not drawn along by `Also=`; a link's target names the file where it lies,
//! under `/usr/lib` also where Debian 12 writes `/lib`; disabling an unknown unit and enabling one
//! without `[Install]`, which systemctl 252 complains about and leaves with 0, are refused.

mod check;
mod definition;
mod install;
mod links;
mod state;

pub use state::ServiceState;

pub(in crate::setting) use definition::{DECLARE, DEFINITION, Declared};
