//! The install server: answers for machines that start from the network, by what each may do now.
//!
//! [`State`] is a machine of states without any input or output. The [`Ledger`] keeps the state of
//! every host, a log and recovery keys of disks in one SQLite file. [`Served`] is what can be answered, made from an inventory
//! or a rendered site. [`Server`] decides; [`listen`] speaks HTTP, HTTPS, TFTP, and DHCP in proxy mode.

mod admin;
mod answer;
mod attempt;
mod batch;
mod connections;
mod content;
mod counts;
mod datagrams;
mod dhcp;
mod error;
mod event;
mod files;
mod fleet;
mod guesses;
mod http;
mod images;
mod known;
mod ledger;
mod log;
mod recovery;
mod requested;
mod said;
mod served;
mod state;
#[cfg(test)]
mod tests;
mod tftp;
mod tls;

pub use admin::{AdminToken, Random};
pub use answer::{Answer, Request, Server, Settings};
pub use dhcp::DhcpProxy;
pub use error::Error;
pub use event::Event;
pub use fleet::{FleetRow, Wanted, Why, fleet};
pub use http::{Listen, Listening, listen};
pub use images::ImageCache;
pub use ledger::Ledger;
pub use log::{LogRow, Unknown};
pub use recovery::RecoveryKey;
pub use said::Booted;
pub use served::{Images, Secrets, Served};
pub use state::{HostState, State};
pub use tls::Certificate;
