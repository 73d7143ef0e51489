//! Unattended installation: inventories, rendered files, and programs that check them.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "support/command.rs"]
mod command;
#[path = "support/judge.rs"]
#[expect(dead_code, reason = "nothing here needs to be root")]
mod judge;
#[path = "support/python.rs"]
mod python;
#[path = "support/sources.rs"]
mod sources;

#[path = "kickstart/addresses.rs"]
mod addresses;
#[path = "kickstart/autoinstall.rs"]
mod autoinstall;
#[path = "kickstart/coverage.rs"]
mod coverage;
#[path = "kickstart/disk_list.rs"]
mod disk_list;
#[path = "kickstart/disks.rs"]
mod disks;
#[path = "kickstart/inventory.rs"]
mod inventory;
#[path = "kickstart/judged.rs"]
mod judged;
#[path = "kickstart/keys.rs"]
mod keys;
#[path = "kickstart/kickstarts.rs"]
mod kickstarts;
#[path = "kickstart/matrix.rs"]
mod matrix;
#[path = "kickstart/networks.rs"]
mod networks;
#[path = "kickstart/output.rs"]
mod output;
#[path = "kickstart/own.rs"]
mod own;
#[path = "kickstart/own_machine.rs"]
mod own_machine;
#[path = "kickstart/people.rs"]
mod people;
#[path = "kickstart/preseeds.rs"]
mod preseeds;
#[path = "kickstart/stand_in.rs"]
mod stand_in;
#[path = "kickstart/templates.rs"]
mod templates;
