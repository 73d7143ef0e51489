//! The last change of a root before it is committed: /etc where OSTree keeps it, and nothing in what
//! belongs to the machine.

use crate::bootable::LifeCycle;
use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::repository::{Folder, Node, Repository};
use crate::path::TreePath;

/// Folders whose content belongs to the machine.
const EMPTIED: [&str; 6] = ["dev", "proc", "run", "sys", "tmp", "var"];
/// Where kernels are, each in a folder of its version.
const MODULES: &str = "/usr/lib/modules";

/// Brings a root into the form that is committed, and gives the version of its kernel.
pub(super) fn to_root_form(root: &mut Folder, repository: &Repository) -> Result<String, Error> {
    check_life_cycle(root, repository)?;
    let kernel = kernel(root)?;
    for name in EMPTIED {
        if let Some(Node::Folder(folder)) = root.children.get_mut(name) {
            folder.children.clear();
        }
    }
    let usr = root.folder(&path("/usr")).map(|usr| &usr.children);
    let has_usr_etc = usr.is_some_and(|usr| usr.contains_key("etc"));
    match root.children.remove("etc") {
        Some(_) if has_usr_etc => {
            let why = "it has both /etc and /usr/etc; put its configuration into /etc only";
            Err(Error::Image(why.to_owned()))
        }
        Some(Node::File(_)) => Err(Error::Image("its /etc is no folder".to_owned())),
        Some(etc) => {
            let usr = root.make(&path("/usr"))?;
            usr.children.insert("etc".to_owned(), etc);
            Ok(kernel)
        }
        None => Ok(kernel),
    }
}

/// Tells whether a path is in a folder whose content belongs to the machine.
pub(super) fn is_emptied(path: &TreePath) -> bool {
    let first = path.components().next().unwrap_or_default();
    EMPTIED.iter().any(|name| name.as_bytes() == first)
}

/// Refuses an image that is not updated as deployments of OSTree.
fn check_life_cycle(root: &Folder, repository: &Repository) -> Result<(), Error> {
    let place = LifeCycle::PLACE;
    let Some(Node::File(file)) = root.get(&path(place)) else {
        let why = format!(
            "it is not shaped for booting: there is no {place}; give its recipe the layer \
             `bootable` and build it again"
        );
        return Err(Error::Image(why));
    };
    let word = repository.read(file, 64)?;
    let word = String::from_utf8_lossy(&word);
    match LifeCycle::of(&word) == Some(LifeCycle::Ostree) {
        true => Ok(()),
        false => Err(Error::Image(format!(
            "its life cycle is {:?}, and only {:?} has deployments of OSTree",
            word.trim(),
            LifeCycle::Ostree.name()
        ))),
    }
}

/// The version of the only kernel.
fn kernel(root: &Folder) -> Result<String, Error> {
    let modules = root.folder(&path(MODULES));
    let versions = modules.iter().flat_map(|modules| &modules.children);
    let with_kernel: Vec<(&String, &Folder)> = versions
        .filter_map(|(version, node)| match node {
            Node::Folder(folder) if folder.children.contains_key("vmlinuz") => {
                Some((version, folder))
            }
            _ => None,
        })
        .collect();
    match with_kernel.as_slice() {
        [] => Err(Error::Image(format!(
            "it has no kernel: there is no {MODULES}/VERSION/vmlinuz"
        ))),
        [(version, folder)] if folder.children.contains_key("initramfs.img") => {
            Ok((*version).clone())
        }
        [(version, _)] => Err(Error::Image(format!(
            "its kernel has no initramfs: there is no {MODULES}/{version}/initramfs.img"
        ))),
        [(one, _), (other, _), ..] => Err(Error::Image(format!(
            "it has two kernels, {one} and {other}; an image has exactly one"
        ))),
    }
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).expect("a constant path")
}
