//! The making of a disk, from the layers of an image to a finished file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::convert::{blank, finish};
use super::device::{is_device, wipe};
use super::encryption::Encryption;
use super::error::Error;
use super::file_system::{Esp, Ext4, Pass};
use super::host::fit;
use super::identity::{Identity, dashed};
use super::image::{Imported, Mount, Root, arguments_of, plain, with_boot, write};
use super::installer::install;
use super::layout::{Extent, Layout};
use super::loader::{Bios, first_menu};
use super::order::{Format, Made, Order, Source};
use super::parts::{Inside, loader, programs, supported};
use super::tools::{Tools, missing};
use crate::bootable::LifeCycle;
use crate::path::TreePath;
use crate::store::Store;
use crate::tree::View;

/// Most bytes of the file with the life cycle that are read.
const MAX_WORD: u64 = 64;

/// What is said before the first byte is written to the disk.
pub const BEGINS: &str = "dividing the disk";

/// Makes a disk in the file that the order names; `say` hears what is being done.
///
/// It must run where the ids of the image's files exist: as root, or in a namespace with
/// subordinate ids.
pub fn make(order: &Order, say: &dyn Fn(&str), inside: Inside<'_>) -> Result<Made, Error> {
    let source = &order.source;
    supported(&source.architecture)?;
    say("looking into the image");
    let word = life_cycle(source)?;
    if let Some(installer) = &order.installer {
        // An image of another origin may say nothing, and have bootc.
        return match word.filter(|word| *word != LifeCycle::Bootc.name()) {
            Some(other) => Err(Error::NotBootc(other)),
            None => install(order, installer, say),
        };
    }
    make_here(order, filled(word)?, say, inside)
}

/// Makes a disk without the image's help.
fn make_here(
    order: &Order,
    cycle: LifeCycle,
    say: &dyn Fn(&str),
    inside: Inside<'_>,
) -> Result<Made, Error> {
    let source = &order.source;
    missing(cycle, order.format != Format::Raw)?;
    let identity = Identity::new(&order.seed);
    let tools = Tools::new(&order.work, order.epoch())?;
    let began = tools.began();
    let prepared = prepare(order, cycle, (&identity, say))?;
    let (root, mut notes) = (prepared.root, prepared.notes);
    let loader = loader(&root.system, &source.architecture)?;
    let menu = first_menu(&identity.uuid("boot"), &prepared.arguments);
    let bios = match source.architecture.as_str() {
        "amd64" => Bios::of(&root.system, &menu, inside)?,
        _ => None,
    };
    if bios.is_none() && source.architecture == "amd64" {
        notes.push(
            "the disk starts by UEFI only: the image lacks grub-pc-bin or grub-common".to_owned(),
        );
    }
    let esp = Esp::collect(
        &order.work.join("esp"),
        order.epoch(),
        &programs(&loader),
        &[(format!("{}/grub.cfg", loader.vendor), menu)],
    )?;
    let size = fill(
        order,
        (&root, &esp, bios),
        (&tools, &identity),
        (began, say),
    )?;
    Ok(Made {
        size,
        life_cycle: cycle.name().to_owned(),
        notes,
    })
}

/// A root that is ready to become file systems.
struct Prepared {
    root: Root,
    /// The whole command line of its kernel.
    arguments: Vec<String>,
    /// What was left out.
    notes: Vec<String>,
}

/// Brings the image into the form of its life cycle.
fn prepare(
    order: &Order,
    cycle: LifeCycle,
    (identity, say): (&Identity, &dyn Fn(&str)),
) -> Result<Prepared, Error> {
    let (source, work) = (&order.source, &order.work);
    let mut arguments = vec![
        format!("root=UUID={}", identity.uuid("root")),
        "rw".to_owned(),
    ];
    if order.encryption.is_some() {
        arguments.push(Encryption::argument(&identity.uuid("encrypted root")));
    }
    let (root, efi, notes) = match cycle {
        LifeCycle::Plain => {
            say("unpacking the root");
            let root = plain(source, work)?;
            arguments.extend(arguments_of(&root, &source.architecture)?);
            arguments.extend(order.own.arguments.iter().cloned());
            (with_boot(root, work, &arguments)?, "/boot/efi", Vec::new())
        }
        _ => {
            let mut imported = Imported::new(source, work, say)?;
            arguments.extend(imported.arguments()?);
            arguments.extend(order.own.arguments.iter().cloned());
            let notes = std::mem::take(&mut imported.notes);
            say("deploying");
            (imported.deploy(work, &arguments)?, "/efi", notes)
        }
    };
    write_fstab(&root, identity, efi)?;
    fit(&order.own, &root)?;
    Ok(Prepared {
        root,
        arguments,
        notes,
    })
}

/// Makes the partitions and their file systems; gives the size of the disk.
fn fill(
    order: &Order,
    (root, esp, bios): (&Root, &Esp, Option<Bios>),
    (tools, identity): (&Tools, &Identity),
    (began, say): (u64, &dyn Fn(&str)),
) -> Result<u64, Error> {
    let epoch = order.epoch();
    let boot_extent = Pass::new(epoch, began).over(&root.boot)?;
    let root_extent = Pass::new(epoch, began).over(&root.root)?;
    let room = order.encryption.as_ref().map_or(0, |_| Encryption::room());
    let architecture = &order.source.architecture;
    let layout = Layout::new(order.size, (boot_extent, root_extent, room), architecture)?;
    let held = boot_extent.bytes + root_extent.bytes;
    let path = begin(order, (&layout, held), say)?;
    let disk = path.display().to_string();
    let script = layout.script(identity);
    let quietly = ["-q", "--no-reread", "--no-tell-kernel", &disk];
    tools.run("sfdisk", &quietly, script.as_bytes())?;
    say("writing the boot partitions");
    if let (Some(bios), Some(part)) = (bios, layout.bios) {
        bios.install(&path, part)?;
    }
    esp.make(tools, &disk, layout.esp, &identity.volume("esp"))?;
    let extents = [boot_extent, root_extent];
    write_systems(
        order,
        (root, extents),
        (&path, &layout),
        (tools, identity),
        say,
    )?;
    finish(order, &path, (tools, identity), say)?;
    Ok(layout.size)
}

/// Makes the file, or takes what was there from the device; the place of the raw disk.
fn begin(
    order: &Order,
    (layout, held): (&Layout, u64),
    say: &dyn Fn(&str),
) -> Result<PathBuf, Error> {
    if is_device(&order.output) {
        say(BEGINS);
        let wiped = wipe(&order.output, layout);
        wiped.map_err(Error::io(format!("making {}", order.output.display())))?;
        return Ok(order.output.clone());
    }
    let path = blank(order, layout.size, held)?;
    say(BEGINS);
    Ok(path)
}

/// Makes the file systems of /boot and the root in their partitions.
fn write_systems(
    order: &Order,
    (root, extents): (&Root, [Extent; 2]),
    (path, layout): (&Path, &Layout),
    (tools, identity): (&Tools, &Identity),
    say: &dyn Fn(&str),
) -> Result<(), Error> {
    let [boot_extent, root_extent] = extents;
    let disk = path.display().to_string();
    let inner = match &order.encryption {
        Some(_) => Encryption::inner(layout.root),
        None => layout.root,
    };
    let systems = [
        ("boot", layout.boot, root.boot.as_path(), boot_extent),
        ("root", inner, root.root.as_path(), root_extent),
    ];
    for (label, part, folder, extent) in systems {
        say(&format!("writing the file system of {label}"));
        let uuid = identity.uuid(label);
        let system = Ext4 {
            part,
            label,
            uuid: &uuid,
            folder,
            extent,
        };
        system.make(tools, &disk, order.epoch())?;
    }
    match &order.encryption {
        Some(encryption) => {
            say("encrypting the root");
            let uuid = identity.uuid("encrypted root");
            let identity = (uuid.as_str(), order.own.is_only);
            encryption.apply(tools, (path, layout.root), identity)
        }
        None => Ok(()),
    }
}

/// The word for the life cycle that an image names, if it names one.
fn life_cycle(source: &Source) -> Result<Option<String>, Error> {
    let store: Arc<Store> = Arc::new(Store::open(&source.store)?);
    let view = View::new(source.image.layers.clone(), store);
    let path = TreePath::parse(LifeCycle::PLACE).unwrap_or_default();
    let files = view.read(std::slice::from_ref(&path), MAX_WORD)?;
    let file = files.get(&path);
    Ok(file.map(|file| String::from_utf8_lossy(&file.bytes).trim().to_owned()))
}

/// The life cycle of a disk that is filled here.
fn filled(word: Option<String>) -> Result<LifeCycle, Error> {
    let word = word.ok_or(Error::NotBootable)?;
    let found = LifeCycle::of(&word).filter(|cycle| *cycle != LifeCycle::Bootc);
    found.ok_or(Error::LifeCycle(word))
}

fn write_fstab(root: &Root, identity: &Identity, efi: &str) -> Result<(), Error> {
    let uuid = |name: &str| format!("UUID={}", identity.uuid(name));
    let ext4 = |name: &str, place, options, pass| Mount {
        source: uuid(name),
        place,
        kind: "ext4",
        options,
        pass,
    };
    let mounts = [
        ext4("root", "/", "defaults", 1),
        ext4(
            "boot",
            "/boot",
            "defaults,nodev,nosuid,x-systemd.device-timeout=5min",
            2,
        ),
        Mount {
            source: format!("UUID={}", dashed(&identity.volume("esp"))),
            place: efi,
            kind: "vfat",
            // Only an update of the boot loader needs it.
            options: "umask=0077,nodev,nosuid,noexec,nofail,x-systemd.device-timeout=5min",
            pass: 2,
        },
    ];
    write(&root.system, &mounts)
}
