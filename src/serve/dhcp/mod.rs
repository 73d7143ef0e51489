//! DHCP in proxy mode: where the loader is, for machines that another DHCP server gives their addresses.
//!
//! Only firmware that starts from the network and iPXE are answered, and no answer has an address.

mod answer;
mod limit;
mod packet;
mod sockets;
#[cfg(test)]
mod tests;

pub use sockets::DhcpProxy;

pub(super) use sockets::{Shared, Sockets, bind, serve};
