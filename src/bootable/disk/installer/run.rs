//! The installation: disks for a machine, the machine, and what comes of it.

use std::fs;
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::arguments::{LAYOUT, arguments, is_composefs, quoted};
use super::image::Image;
use crate::bootable::LifeCycle;
use crate::bootable::disk::convert::{blank, finish, zeros};
use crate::bootable::disk::error::Error;
use crate::bootable::disk::file_system::{Ext4, Pass};
use crate::bootable::disk::identity::Identity;
use crate::bootable::disk::image::plain;
use crate::bootable::disk::needs::{Extent, JOURNAL};
use crate::bootable::disk::order::{Format, Installer, Made, Order};
use crate::bootable::disk::part::Part;
use crate::bootable::disk::tools::{Tools, has_room, is_not_full, missing_for_installer};
use crate::bootable::machine::{Direct, Drive, first_process, may_run, probe};

const WORK: &str = include_str!("work.sh");
/// The first process, in the root of the image.
const SCRIPT: &str = "/terroir-work";
/// The serial numbers of the machine's disks.
const ROOT: &str = "terroir-root";
const LAYOUT_DISK: &str = "terroir-layout";
const TARGET: &str = "terroir-target";

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// What the machine has beside the image in the root that it starts; holes until something is written.
const SPARE: u64 = 2 * GIB;
/// The ESP that bootc makes: larger where kernels are on it.
const ESP: u64 = 512 * MIB;
const ESP_WITH_KERNELS: u64 = 1024 * MIB;
/// Memory of the machine, in MiB.
const MEMORY: u64 = 2048;
/// Most processors of the machine.
const PROCESSORS: usize = 4;

/// Has the image's bootc install the image on a disk; `say` hears what is being done.
pub(in crate::bootable::disk) fn install(
    order: &Order,
    installer: &Installer,
    say: &dyn Fn(&str),
) -> Result<Made, Error> {
    let source = &order.source;
    may_run(&source.architecture)?;
    missing_for_installer(order.format != Format::Raw)?;
    let tools = Tools::new(&order.work, order.epoch())?;
    let identity = Identity::new(&order.seed);
    say("unpacking the root");
    let root = plain(source, &order.work)?;
    let image = Image::of(&root)?;
    write_script(&root, &quoted(&arguments(installer, &image)))?;
    let held = Pass::new(order.epoch(), tools.began()).over(&root)?;
    has_room(&order.work, held.bytes)?;
    let size = size_of(order, &image, held)?;
    let folder = order.work.join("machine");
    fs::create_dir(&folder).map_err(Error::io(format!("making {}", folder.display())))?;
    say("writing the disks of the machine that installs");
    let made = (&tools, &identity);
    let machine = machine(order, made, (&root, &image, held), &folder)?;
    let target = blank(order, size, held.bytes)?;
    let machine = Direct {
        drives: machine
            .drives
            .into_iter()
            .chain([drive(&target, TARGET)])
            .collect(),
        ..machine
    };
    let how = machine.acceleration.name();
    say(&format!("installing with bootc in a machine by {how}"));
    let ran = machine.run(&folder, Duration::from_secs(installer.limit));
    if !matches!(&ran, Ok(ran) if ran.code == 0) {
        for place in [&folder, &target] {
            is_not_full(place.parent().unwrap_or(place), held.bytes)?;
        }
    }
    let ran = ran?;
    if ran.code != 0 {
        return Err(Error::Installer {
            code: ran.code,
            said: ran.said,
        });
    }
    finish(order, &target, made, say)?;
    Ok(Made {
        size,
        life_cycle: LifeCycle::Bootc.name().to_owned(),
        notes: notes(installer, &image),
    })
}

/// The machine with all that it reads; the root is in its disk then, and gone from its folder.
fn machine(
    order: &Order,
    (tools, identity): (&Tools, &Identity),
    (root, image, held): (&Path, &Image, Extent),
    folder: &Path,
) -> Result<Direct, Error> {
    let beside = |name: &str, from: &Path| -> Result<PathBuf, Error> {
        let to = folder.join(name);
        fs::copy(from, &to).map_err(Error::io(format!("copying {}", from.display())))?;
        Ok(to)
    };
    let kernel = beside("kernel", &image.kernel)?;
    let initramfs = beside("initramfs", &image.initramfs)?;
    let uuid = identity.uuid("root of the machine that installs");
    let started = folder.join("root.img");
    file_system((tools, &uuid), (root, held, SPARE), &started)?;
    fs::remove_dir_all(root).map_err(Error::io(format!("removing {}", root.display())))?;
    let layout = layout_disk(order, (tools, identity), folder)?;
    let architecture = order.source.architecture.clone();
    Ok(Direct {
        acceleration: probe(&architecture, folder),
        architecture,
        kernel,
        initramfs,
        arguments: line(&uuid),
        drives: vec![drive(&started, ROOT), drive(&layout, LAYOUT_DISK)],
        memory: MEMORY,
        cpus: processors(),
    })
}

/// The arguments of the kernel. Without SELinux of the machine's own, bootc sets the labels of the
/// image's policy.
fn line(uuid: &str) -> Vec<String> {
    let words = [
        &format!("root=UUID={uuid}"),
        "rw",
        "selinux=0",
        &format!("init={SCRIPT}"),
    ];
    words.map(str::to_owned).to_vec()
}

fn drive(file: &Path, serial: &'static str) -> Drive {
    Drive {
        file: file.to_path_buf(),
        serial,
        write: serial != LAYOUT_DISK,
    }
}

fn processors() -> usize {
    let here = std::thread::available_parallelism().map_or(1, NonZero::get);
    here.min(PROCESSORS)
}

/// Puts the first process of the machine into the root.
fn write_script(root: &Path, words: &str) -> Result<(), Error> {
    let work = WORK
        .replace("@LAYOUT@", LAYOUT_DISK)
        .replace("@TARGET@", TARGET)
        .replace("@PLACE@", LAYOUT)
        .replace("@ARGUMENTS@", words);
    let path = root.join(SCRIPT.trim_start_matches('/'));
    let mode = fs::Permissions::from_mode(0o755);
    fs::write(&path, first_process(work.trim_end()))
        .and_then(|()| fs::set_permissions(&path, mode))
        .map_err(Error::io(format!("writing {}", path.display())))
}

/// The size of the disk: what is wished, if bootc's partitions with the image fit on it.
fn size_of(order: &Order, image: &Image, held: Extent) -> Result<u64, Error> {
    let esp = match is_composefs(image) {
        true => ESP_WITH_KERNELS,
        false => ESP,
    };
    let needed = held.least() + esp + 2 * MIB;
    match order.size {
        Some(size) if size < needed => Err(Error::TooSmall { size, needed }),
        Some(size) => Ok(size / MIB * MIB),
        None => Ok((needed + held.bytes / 2 + SPARE).next_multiple_of(GIB)),
    }
}

/// The disk with the image as an OCI layout.
fn layout_disk(
    order: &Order,
    (tools, identity): (&Tools, &Identity),
    folder: &Path,
) -> Result<PathBuf, Error> {
    let layout = Order::layout(&order.work);
    let layout = layout.parent().unwrap_or(&layout);
    let extent = Pass::new(order.epoch(), tools.began()).over(layout)?;
    has_room(folder, extent.bytes)?;
    let place = folder.join("layout.img");
    let uuid = identity.uuid("layout");
    // A small file system would be too small for its journal.
    file_system((tools, &uuid), (layout, extent, JOURNAL), &place)?;
    Ok(place)
}

/// Makes a file system of a folder, with some room beside it, in a file of its own.
fn file_system(
    (tools, uuid): (&Tools, &str),
    (folder, extent, spare): (&Path, Extent, u64),
    place: &Path,
) -> Result<(), Error> {
    let size = extent.least() + spare;
    zeros(place, size)?;
    let system = Ext4 {
        part: Part { start: 0, size },
        label: "terroir",
        uuid,
        folder,
        extent,
        journal: JOURNAL,
    };
    system.write(tools, &place.display().to_string())
}

/// What deserves attention.
fn notes(installer: &Installer, image: &Image) -> Vec<String> {
    let mut notes = Vec::new();
    if installer.follows.is_none() {
        notes.push(
            "no registry is known that has this image, so its machines look for no updates until \
             `bootc switch` names one"
                .to_owned(),
        );
    }
    if image.bound > 0 {
        notes.push(format!(
            "images that are bound to this one are not on the disk ({}): its machines fetch them",
            image.bound
        ));
    }
    notes
}
