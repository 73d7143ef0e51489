//! The file systems of a disk: how much each has to hold, and the making of all.

use std::path::Path;

use super::encryption::{Encryption, Holds};
use super::error::Error;
use super::file_system::{Ext4, Pass, SWAP_HEADER, make_swap};
use super::host::Separated;
use super::identity::Identity;
use super::image::Root;
use super::layout::Layout;
use super::lvm::{Group, OVERHEAD};
use super::needs::{Extent, JOURNAL, Needs, SWAP_NAME, Wanted, journal, names};
use super::order::Order;
use super::part::Part;
use super::tools::Tools;

/// Longest label of the file system.
const LABEL: usize = 16;

/// What the disk of an order has to hold; what was changed since the work began is dated back.
pub(super) fn needs(
    order: &Order,
    (root, volumes): (&Root, &[Separated]),
    began: u64,
) -> Result<Needs, Error> {
    let over = |folder: &Path| Pass::new(order.epoch(), began).over(folder);
    let storage = &order.own.storage;
    let mut wanted = Vec::new();
    let names = names(volumes.iter().map(|one| &*one.place));
    for ((separated, own), name) in volumes.iter().zip(&storage.volumes).zip(names) {
        wanted.push(Wanted {
            place: separated.place.clone(),
            name,
            size: own.size,
            extent: Some(over(&separated.folder)?),
        });
    }
    wanted.extend(storage.swap.map(|size| Wanted {
        place: String::new(),
        name: SWAP_NAME.to_owned(),
        size,
        extent: None,
    }));
    Ok(Needs {
        boot: over(&root.boot)?,
        root: over(&root.root)?,
        around_root: order.encryption.as_ref().map_or(0, |_| Encryption::room()),
        root_size: storage.root,
        is_logical: storage.group.is_some(),
        volumes: wanted,
    })
}

/// Makes all file systems in their partitions, and swap space.
pub(super) fn write_systems(
    order: &Order,
    ((root, volumes), needs): ((&Root, &[Separated]), &Needs),
    (path, layout): (&Path, &Layout),
    (tools, identity): (&Tools, &Identity),
    say: &dyn Fn(&str),
) -> Result<(), Error> {
    let inner = match (&order.encryption, layout.group) {
        (Some(_), None) => Encryption::inner(layout.root),
        _ => layout.root,
    };
    let system = |name: &str, (part, journal): (Part, u64), (folder, extent): (&Path, Extent)| {
        say(&format!("writing the file system of {name}"));
        let label: String = name.trim_start_matches('/').chars().take(LABEL).collect();
        let system = Ext4 {
            part,
            label: &label,
            uuid: &identity.uuid(name),
            folder,
            extent,
            journal,
        };
        system.make(tools, &path.display().to_string(), order.epoch())
    };
    system("boot", (layout.boot, JOURNAL), (&root.boot, needs.boot))?;
    system("root", (inner, JOURNAL), (&root.root, needs.root))?;
    for (wanted, part) in &layout.volumes {
        let separated = volumes.iter().find(|one| one.place == wanted.place);
        match (separated, wanted.extent) {
            (Some(separated), Some(extent)) => {
                let place = (*part, journal(part.size));
                system(&wanted.place, place, (&separated.folder, extent))?;
            }
            _ => make_swap(path, *part, &identity.uuid(SWAP_NAME))
                .map_err(Error::io("making swap space"))?,
        }
    }
    if let (Some(physical), Some(name)) = (layout.physical(), &order.own.storage.group) {
        let group = Group {
            name,
            physical,
            volumes: &layout.logical(),
            identity,
            epoch: order.epoch(),
        };
        let written = group.write(path);
        written.map_err(Error::io("writing the volume group"))?;
    }
    match &order.encryption {
        Some(encryption) => {
            say("encrypting the root");
            let uuid = identity.uuid("encrypted root");
            let identity = (uuid.as_str(), order.own.is_only);
            let part = layout.group.unwrap_or(layout.root);
            let holds = holds(layout, inner);
            encryption.apply(tools, (path, part, &holds), identity)
        }
        None => Ok(()),
    }
}

/// What the encrypted volume holds: the root, or a group with all its volumes.
fn holds(layout: &Layout, root: Part) -> Holds {
    let mut holds = Holds {
        systems: vec![root],
        pieces: Vec::new(),
    };
    let Some(physical) = layout.physical() else {
        return holds;
    };
    holds.pieces.push(Part {
        size: OVERHEAD,
        ..physical
    });
    for (wanted, part) in &layout.volumes {
        match wanted.extent {
            Some(_) => holds.systems.push(*part),
            None => holds.pieces.push(Part {
                size: SWAP_HEADER,
                ..*part
            }),
        }
    }
    holds
}
