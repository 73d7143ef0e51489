//! Disks of images, seen from outside the helper.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::unpacked::fetch;
use crate::bootable::disk::{Encryption, Format, Installer, Made, Order, Own, Source};
use crate::bootable::ostree::{self, Layers};
use crate::engine::error::{Error, RunError};
use crate::engine::helper::{DISK_STEP, Reply, Task};
use crate::engine::outside::Outside;
use crate::engine::runner::Runner;
use crate::oci::{BlobSource, Image, PlatformImage, config_platform};
use crate::store::export_layout;

/// The tag of the only image in a layout for an installer.
const LAYOUT_TAG: &str = "latest";

/// A disk as somebody asks for it.
#[derive(Clone, Debug)]
pub struct DiskWish {
    /// The image as it was named.
    pub reference: String,
    /// The file to write into, which is there.
    pub output: PathBuf,
    /// Its format.
    pub format: Format,
    /// The size of the disk in bytes; what suits the image when absent.
    pub size: Option<u64>,
    /// What identifiers derive from; the image's digest when absent.
    pub seed: Option<String>,
    /// How the root is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// How the image's own bootc installs it, if it does.
    pub installer: Option<Installer>,
    /// What it has beside the image.
    pub own: Own,
}

/// Makes a disk of an image.
///
/// # Errors
/// A layer that cannot be had, an image that does not boot, a machine that lacks programs or ids.
pub fn make_disk(
    image: &PlatformImage,
    blobs: &dyn BlobSource,
    (runner, outside): (&Runner, &Outside),
    wish: &DiskWish,
) -> Result<Made, Error> {
    let store = outside.store();
    let source = source(image, blobs, (outside, wish))?;
    for layer in &source.image.layers {
        fetch(layer, outside)?;
    }
    let folder = runner.folder(store)?;
    let work = folder.path().join("disk");
    std::fs::create_dir(&work).map_err(|source| Error::Io {
        doing: format!("making {}", work.display()),
        source,
    })?;
    if wish.installer.is_some() {
        outside.say("writing the image as a layout");
        let only = Image {
            root: image.document.clone(),
            platforms: vec![image.clone()],
        };
        export_layout(&only, blobs, &Order::layout(&work), LAYOUT_TAG)?;
    }
    let seed = wish.seed.clone();
    let order = Order {
        seed: seed.unwrap_or_else(|| source.image.manifest.to_string()),
        source,
        work,
        output: wish.output.clone(),
        format: wish.format,
        size: wish.size,
        encryption: wish.encryption.clone(),
        installer: wish.installer.clone(),
        own: wish.own.clone(),
    };
    let limit = wish.installer.as_ref().map(|installer| {
        // What is done around the installation has its usual time.
        installer.limit.saturating_add(runner.limit.as_secs())
    });
    ask((runner, outside), order, limit)
}

/// Has the helper make a disk, and tells what it is doing.
fn ask(
    (runner, outside): (&Runner, &Outside),
    order: Order,
    limit: Option<u64>,
) -> Result<Made, Error> {
    let (log, (sender, steps)) = (Arc::clone(&runner.log), std::sync::mpsc::channel());
    let mut telling = runner.clone();
    telling.log = Arc::new(move |label, line| match line.strip_prefix(DISK_STEP) {
        // Nobody listens any more once the disk is made.
        Some(step) => drop(sender.send(step.to_owned())),
        None => log(label, line),
    });
    let task = Task::Disk(Box::new(order), runner.isolation);
    let answer = std::thread::scope(|scope| {
        let asking = scope.spawn(move || telling.ask(&task, limit, ("disk", &[])));
        for step in steps {
            outside.say(&step);
        }
        asking
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    match answer.map_err(without_steps)? {
        Reply::Disk(made) => Ok(made),
        other => Err(RunError::Answer(format!("{other:?}")).into()),
    }
}

/// An error whose log holds only what programs wrote.
fn without_steps(error: RunError) -> RunError {
    match error {
        RunError::Refused {
            message,
            hint,
            said,
        } => {
            let lines = said.lines().filter(|line| !line.starts_with(DISK_STEP));
            let said = lines.collect::<Vec<_>>().join("\n");
            RunError::Refused {
                message,
                hint,
                said,
            }
        }
        other => other,
    }
}

/// What a disk needs to know of an image.
fn source(
    image: &PlatformImage,
    blobs: &dyn BlobSource,
    (outside, wish): (&Outside, &DiskWish),
) -> Result<Source, Error> {
    let unusable = |why: &str| Error::Parent {
        reference: wish.reference.clone(),
        why: why.to_owned(),
    };
    let layers = Layers::of(image, blobs).map_err(|error| match error {
        ostree::Error::Blob(error) => Error::from(error),
        ostree::Error::Image(why) => unusable(&why),
        other => unusable(&other.to_string()),
    })?;
    let config: Value = serde_json::from_slice(image.config(blobs)?).unwrap_or_default();
    let platform = config_platform(&config).ok_or_else(|| unusable("it states no platform"))?;
    Ok(Source {
        store: outside.store().path().to_path_buf(),
        image: layers,
        reference: wish.reference.clone(),
        architecture: platform.architecture().to_string(),
    })
}
