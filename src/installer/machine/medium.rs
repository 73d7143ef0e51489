//! The medium that an installer was started from: found by its label, mounted, and read.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::address::{Facts, argument, cards};
use super::error::InstallError;
use super::work::Work;
use crate::installer::medium::{
    CONTENTS, Contents, IMAGES, MEDIUM_ARGUMENT, Machine, PLACE, document_place, pick, tag_of,
};
use crate::recipe::Base;
use crate::registry::Reference;
use crate::store::Layout;

/// Where the volume descriptor of ISO 9660 is, and the label in it (ECMA-119, 8.4).
const DESCRIPTOR: u64 = 16 * 2048;
const BEGIN: &[u8] = b"\x01CD001\x01";
const LABEL: std::ops::Range<usize> = 40..72;

/// A medium that can be read.
#[derive(Clone, Debug)]
pub struct MediumFolder {
    /// Where its files are.
    pub folder: PathBuf,
    /// What is on it.
    pub contents: Contents,
}

/// The label of the medium that the kernel was started from.
#[must_use]
pub fn medium_label(line: &str) -> Option<String> {
    argument(line, MEDIUM_ARGUMENT)
}

/// Mounts the volume with a label.
///
/// # Errors
/// No such volume, which may be there a little later; a volume that cannot be mounted.
pub fn mount_medium(label: &str) -> Result<MediumFolder, InstallError> {
    let missing = || InstallError::NoMedium(label.to_owned());
    let device = volume(Path::new("/"), label).ok_or_else(missing)?;
    let failed = || InstallError::io(format!("mounting {}", device.display()));
    fs::create_dir_all(PLACE).map_err(failed())?;
    let flags = MountFlags::RDONLY | MountFlags::NODEV | MountFlags::NOSUID | MountFlags::NOEXEC;
    mount(&device, PLACE, "iso9660", flags, None).map_err(|error| failed()(error.into()))?;
    MediumFolder::open(Path::new(PLACE))
}

/// The first device by name whose volume has a label.
fn volume(root: &Path, label: &str) -> Option<PathBuf> {
    let listed = fs::read_dir(root.join("sys/class/block"))
        .into_iter()
        .flatten();
    let mut names: Vec<_> = listed.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let devices = names.into_iter().map(|name| root.join("dev").join(name));
    let mut fitting = devices.filter(|device| label_of(device).is_ok_and(|found| found == label));
    fitting.next()
}

/// The label of the ISO 9660 volume on a device; empty where there is none.
fn label_of(device: &Path) -> io::Result<String> {
    let mut descriptor = [0; 72];
    File::open(device)?.read_exact_at(&mut descriptor, DESCRIPTOR)?;
    let label = descriptor
        .get(LABEL)
        .filter(|_| descriptor.starts_with(BEGIN));
    Ok(String::from_utf8_lossy(label.unwrap_or_default())
        .trim()
        .to_owned())
}

impl MediumFolder {
    /// Reads what is on a medium whose files are in a folder.
    ///
    /// # Errors
    /// A folder that is no medium, or of another form.
    pub fn open(folder: &Path) -> Result<Self, InstallError> {
        // Places of secrets are absolute.
        let folder = std::path::absolute(folder);
        let folder = folder.map_err(InstallError::io("looking for the medium"))?;
        let place = folder.join(CONTENTS);
        let wrong = |why: String| InstallError::Medium {
            place: place.display().to_string(),
            why,
        };
        let text = fs::read(&place).map_err(|error| wrong(error.to_string()))?;
        let contents: Contents =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        match contents.is_known() {
            true => Ok(Self { folder, contents }),
            false => Err(wrong(format!("format {} is not known", contents.format))),
        }
    }

    /// The document of the host that this machine is: where it is, and its text.
    ///
    /// # Errors
    /// Several hosts, a document that cannot be read.
    pub fn document(&self, machine: &Machine) -> Result<Option<(String, String)>, InstallError> {
        let host = match pick(&self.contents, machine) {
            Ok(None) => return Ok(None),
            Ok(Some(host)) => host,
            Err(names) => return Err(InstallError::Hosts(names.join(", "))),
        };
        let place = self.folder.join(document_place(&host.name));
        let text = fs::read_to_string(&place);
        let text = text.map_err(InstallError::io(format!("reading {}", place.display())))?;
        // Secrets are named where the medium is in an installer.
        let here = format!("\"{}/", self.folder.display());
        let text = text.replace(&format!("\"{PLACE}/"), &here);
        Ok(Some((place.display().to_string(), text)))
    }

    /// The layout with the images.
    #[must_use]
    pub fn images(&self) -> PathBuf {
        self.folder.join(IMAGES)
    }
}

/// What this machine says of itself.
#[must_use]
pub fn machine(root: &Path, line: &str) -> Machine {
    let facts = Facts::read(root, line);
    let mut macs = cards(root);
    macs.extend(facts.mac);
    Machine {
        macs,
        serial: facts.serial,
        uuid: facts.uuid,
    }
}

/// Where an image comes from: the medium, if it has it, else its registry.
pub(super) fn base(work: &Work, image: &Reference) -> Result<Base, InstallError> {
    let published = || Base::Image(image.to_string());
    let (Some(path), Some(digest)) = (&work.images, image.digest()) else {
        return Ok(published());
    };
    let tag = tag_of(&digest.to_string());
    let held = Layout::open(path)?.tags();
    match held.iter().any(|(name, _)| *name == tag) {
        true => Ok(Base::Layout {
            path: path.clone(),
            tag: Some(tag),
        }),
        false => Ok(published()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_found_by_its_label() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (name, begin, label) in [
            ("sda", "\x01CD001\x01", "OTHER"),
            ("sdb", "\x01CD002\x01", "TERROIR_1"),
            ("sdc1", "\x01CD001\x01", "TERROIR_1"),
            ("sdd", "\x01CD001\x01", "TERROIR_1"),
        ] {
            fs::create_dir_all(root.join("sys/class/block").join(name)).unwrap();
            fs::create_dir_all(root.join("dev")).unwrap();
            let mut bytes = vec![0; 16 * 2048];
            bytes.extend(format!("{begin}\0{:32}{label:32}", "").bytes());
            fs::write(root.join("dev").join(name), bytes).unwrap();
        }
        fs::create_dir_all(root.join("sys/class/block/sde")).unwrap();
        assert_eq!(volume(root, "TERROIR_1"), Some(root.join("dev/sdc1")));
        assert_eq!(volume(root, "TERROIR_2"), None);
        let line = "quiet terroir.medium=TERROIR_1 x";
        assert_eq!(medium_label(line).as_deref(), Some("TERROIR_1"));
    }
}
