//! The making of a disk, from the layers of an image to a finished file.

use std::path::PathBuf;
use std::sync::Arc;

use super::convert::{blank, finish};
use super::device::{is_device, wipe};
use super::encryption::Encryption;
use super::error::Error;
use super::file_system::Esp;
use super::host::{Separated, fit, separate};
use super::identity::Identity;
use super::image::{Imported, Root, arguments_of, plain, with_boot};
use super::installer::install;
use super::layout::Layout;
use super::needs::ROOT_NAME;

use super::loader::{Bios, first_menu};
use super::mounts::write_mounts;
use super::order::{Format, Made, Order, Source};
use super::own::OwnUpdates;
use super::parts::{Inside, loader, programs, supported};
use super::systems::{needs, write_systems};
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
    let (root, mut notes) = (&prepared.root, prepared.notes.clone());
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
        (&prepared, &esp, bios),
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
    /// The folders that become volumes of their own.
    volumes: Vec<Separated>,
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
    if let Some(group) = &order.own.storage.group {
        // The initramfs makes no other volume known.
        arguments.push(format!("rd.lvm.lv={group}/{ROOT_NAME}"));
    }
    if order.encryption.is_some() {
        arguments.push(Encryption::argument(&identity.uuid("encrypted root")));
    }
    let (root, efi, notes) = match cycle {
        LifeCycle::Plain => {
            say("unpacking the root");
            let root = plain(source, work)?;
            arguments.extend(arguments_of(&root, &source.architecture)?);
            arguments.extend(order.own.arguments.iter().cloned());
            let notes = without_updates(&order.own.updates);
            (with_boot(root, work, &arguments)?, "/boot/efi", notes)
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
    fit(&order.own, &root)?;
    let volumes = separate(&order.own.storage.volumes, &root, work)?;
    write_mounts((&root, efi), (&order.own.storage, &volumes), identity)?;
    Ok(Prepared {
        root,
        volumes,
        arguments,
        notes,
    })
}

/// What has no effect on machines that nothing updates as a whole, a sentence each.
fn without_updates(updates: &OwnUpdates) -> Vec<String> {
    let stated = [
        ("follow", updates.follows),
        ("keep-credentials", updates.credentials.is_some()),
    ];
    let keys = stated.into_iter().filter(|(_, is_stated)| *is_stated);
    let note = |(key, _)| {
        format!(
            "`{key}` has no effect: nothing updates the image of a machine of the life cycle plain"
        )
    };
    keys.map(note).collect()
}

/// Makes the partitions and their file systems; gives the size of the disk.
fn fill(
    order: &Order,
    (prepared, esp, bios): (&Prepared, &Esp, Option<Bios>),
    (tools, identity): (&Tools, &Identity),
    (began, say): (u64, &dyn Fn(&str)),
) -> Result<u64, Error> {
    let needs = needs(order, (&prepared.root, &prepared.volumes), began)?;
    let layout = Layout::new(order.size, &needs, &order.source.architecture)?;
    let volumes = needs.volumes.iter().filter_map(|wanted| wanted.extent);
    let extents = [needs.boot, needs.root].into_iter().chain(volumes);
    let held = extents.map(|extent| extent.bytes).sum();
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
    write_systems(
        order,
        ((&prepared.root, &prepared.volumes), &needs),
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
