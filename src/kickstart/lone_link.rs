//! Parts of a connection that stands alone, without a site around it.

use super::inventory::host::{BondDocument, HostDocument};
use super::model::host::Bond;
use super::resolve::host::bond::resolve_bond;
use super::resolve::host::draft::Draft;
use super::resolve::network::{check_mtu, check_vlan};
use crate::origin::{Diagnostic, Sourced};

/// The bond that a document asks for.
pub fn lone_bond(
    host: &Sourced<String>,
    bond: &BondDocument,
    problems: &mut Vec<Diagnostic>,
) -> Bond {
    let document = HostDocument::default();
    resolve_bond(&Draft::alone(host, &document), bond, problems)
}

/// Checks a VLAN and a size of packets.
pub fn check_link(
    vlan: Option<&Sourced<u16>>,
    mtu: Option<&Sourced<u16>>,
    problems: &mut Vec<Diagnostic>,
) {
    check_vlan(vlan, problems);
    check_mtu(mtu, problems);
}
