//! The shape of a root, from its kernel to its accounts.

use std::collections::BTreeSet;
use std::path::Path;

use crate::bootable::LifeCycle;
use crate::path::TreePath;
use crate::tree::{EntryKind, OpenRoot};

use super::accounts::accounts;
use super::enablement::move_links;
use super::error::ShapeError;
use super::initramfs::{Inputs, inputs_path};
use super::kernel::{MODULES, kernel, place, raw};
use super::presets::{PRESET, presets};
use super::rules::{Rules, VAR_RULES};
use super::scripts::{CLEAN, INITRAMFS, LAYOUT};
use super::var::{FACTORY, Var, stated};

/// The number of the shape: it changes when the same layers get another shape.
pub const FORMAT: u32 = 5;

/// The file of tmpfiles.d(5) that makes /var.
const TMPFILES: &str = "/usr/lib/tmpfiles.d/terroir-var.conf";

/// The file of sysusers.d(5) with every account; the first of two lines for one account counts.
const SYSUSERS: &str = "/usr/lib/sysusers.d/00-terroir-accounts.conf";

/// Links at the top of a root whose machines have a /var of their own.
const LINKS: [(&str, &str); 7] = [
    ("/home", "var/home"),
    ("/media", "run/media"),
    ("/mnt", "var/mnt"),
    ("/opt", "var/opt"),
    ("/ostree", "sysroot/ostree"),
    ("/root", "var/roothome"),
    ("/srv", "var/srv"),
];

/// What runs a script in the root: its label, its text, its arguments.
pub type Scripts<'a, E> = dyn FnMut(&str, &str, &[&str]) -> Result<(), E> + 'a;

/// Gives a mounted root the shape of its life cycle.
///
/// A root that has it already changes only where something came since.
///
/// # Errors
/// The root lacks what it needs to boot, or holds what no machine would get.
pub fn shape<E: From<ShapeError>>(
    folder: &Path,
    life_cycle: LifeCycle,
    scripts: &mut Scripts<'_, E>,
) -> Result<(), E> {
    let mut root = OpenRoot::open(folder).map_err(ShapeError::from)?;
    let kernel = kernel(&mut root)?;
    match life_cycle {
        LifeCycle::Ostree => {
            scripts("layout", LAYOUT, &[&kernel])?;
            // The root's folders may be others now.
            root = OpenRoot::open(folder).map_err(ShapeError::from)?;
            check_links(&mut root)?;
            image_based(&mut root)?;
        }
        LifeCycle::Bootc => {
            let bootc = root
                .entry(&place("/usr/bin/bootc"))
                .map_err(ShapeError::from)?;
            bootc.ok_or(ShapeError::NoBootc)?;
            scripts("cleaning", CLEAN, &[&kernel])?;
            image_based(&mut root)?;
        }
        LifeCycle::Plain => {}
    }
    let first_start = b"uninitialized\n";
    write(&mut root, &place("/etc/machine-id"), first_start, 0o444)?;
    initramfs(&mut root, &kernel, life_cycle, scripts)?;
    let word = format!("{}\n", life_cycle.name());
    write(&mut root, &place(LifeCycle::PLACE), word.as_bytes(), 0o644)?;
    Ok(())
}

fn write(root: &mut OpenRoot, path: &TreePath, bytes: &[u8], mode: u32) -> Result<(), ShapeError> {
    Ok(root.write(path, bytes, mode)?)
}

/// What every root needs whose /usr is replaced as a whole.
fn image_based(root: &mut OpenRoot) -> Result<(), ShapeError> {
    // Machines mount another file system there.
    for name in root.names(&place("/run"))? {
        if let Ok(path) = place("/run").join(&name) {
            root.remove(&path)?;
        }
    }
    move_links(root)?;
    let text = presets(root)?;
    write(root, &place(PRESET), text.as_bytes(), 0o644)?;
    fix_accounts(root)?;
    describe_var(root)
}

fn check_links(root: &mut OpenRoot) -> Result<(), ShapeError> {
    for (path, wanted) in LINKS {
        let found = match root.entry(&place(path))?.map(|entry| entry.kind) {
            Some(EntryKind::Symlink { target }) if target == wanted.as_bytes() => continue,
            Some(EntryKind::Symlink { target }) => String::from_utf8_lossy(&target).into_owned(),
            Some(_) => "no link".to_owned(),
            None => "nothing".to_owned(),
        };
        return Err(ShapeError::Link {
            path: path.to_owned(),
            found,
            wanted: wanted.to_owned(),
        });
    }
    Ok(())
}

fn fix_accounts(root: &mut OpenRoot) -> Result<(), ShapeError> {
    let passwd = root.text(&place("/etc/passwd"))?.unwrap_or_default();
    let group = root.text(&place("/etc/group"))?.unwrap_or_default();
    let others = texts(root, "/usr/lib/sysusers.d", SYSUSERS)?;
    let text = accounts(&passwd, &group, &others)?;
    write(root, &place(SYSUSERS), text.as_bytes(), 0o644)
}

fn describe_var(root: &mut OpenRoot) -> Result<(), ShapeError> {
    let mut rules = Rules::default();
    for name in root.names(&place(VAR_RULES))? {
        if let Ok(path) = place(VAR_RULES).join(&name)
            && let Some(text) = root.text(&path)?
        {
            rules.read(&path, &text)?;
        }
    }
    let others = texts(root, "/usr/lib/tmpfiles.d", TMPFILES)?;
    let known: BTreeSet<String> = others.iter().flat_map(|text| stated(text)).collect();
    let entries = root.below(&place("/var"))?;
    let var = Var::of(&entries, &rules, &known);
    if !var.unknown.is_empty() {
        let packages = Packages::read(root)?;
        let named = var.unknown.into_iter().map(|path| {
            let package = packages.owner(&path);
            (path, package)
        });
        return Err(ShapeError::Unclassified(named.collect()));
    }
    for path in &var.copied {
        copy(root, path)?;
    }
    write(root, &place(TMPFILES), var.lines.as_bytes(), 0o644)
}

/// Puts a copy of a file where systemd-tmpfiles takes it from.
fn copy(root: &mut OpenRoot, path: &TreePath) -> Result<(), ShapeError> {
    let mut bytes = Vec::new();
    root.stream(path, &mut |piece| bytes.extend_from_slice(piece))?;
    let mode = root.entry(path)?.map_or(0o644, |entry| entry.mode & 0o777);
    if let Ok(to) = place(FACTORY).join(path.as_bytes()) {
        write(root, &to, &bytes, mode)?;
    }
    Ok(())
}

/// The texts of all files of a folder that end in `.conf`, one left out.
fn texts(root: &mut OpenRoot, folder: &str, without: &str) -> Result<Vec<String>, ShapeError> {
    let (folder, without) = (place(folder), place(without));
    let mut texts = Vec::new();
    for name in root.names(&folder)? {
        let Ok(path) = folder.join(&name) else {
            continue;
        };
        if name.ends_with(b".conf") && path != without {
            texts.extend(root.text(&path)?);
        }
    }
    Ok(texts)
}

/// The lists of files of dpkg's packages.
struct Packages(Vec<(String, String)>);

impl Packages {
    fn read(root: &mut OpenRoot) -> Result<Self, ShapeError> {
        const PLACES: [&str; 2] = ["/usr/lib/sysimage/dpkg/info", "/var/lib/dpkg/info"];
        let mut lists = Vec::new();
        for folder in PLACES.map(place) {
            for name in root.names(&folder)? {
                let name = String::from_utf8_lossy(&name).into_owned();
                if let Some(package) = name.strip_suffix(".list")
                    && let Ok(path) = folder.join(name.as_bytes())
                    && let Some(text) = root.text(&path)?
                {
                    lists.push((package.to_owned(), text));
                }
            }
        }
        Ok(Self(lists))
    }

    /// The package of a file, else of the nearest folder above it that only one package has.
    fn owner(&self, path: &TreePath) -> Option<String> {
        let up = std::iter::successors(Some(path.clone()), TreePath::parent);
        for path in up.take_while(|path| !path.is_root()) {
            let text = raw(&path);
            let has = |list: &str| list.lines().any(|line| line == text);
            let mut owners = self.0.iter().filter(|(_, list)| has(list));
            match (owners.next(), owners.next()) {
                (Some((package, _)), None) => return Some(package.clone()),
                (Some(_), Some(_)) => return None,
                _ => {}
            }
        }
        None
    }
}

/// Makes the initramfs, unless it would be the same again.
fn initramfs<E: From<ShapeError>>(
    root: &mut OpenRoot,
    kernel: &str,
    life_cycle: LifeCycle,
    scripts: &mut Scripts<'_, E>,
) -> Result<(), E> {
    let beside = format!("{MODULES}/{kernel}/initramfs.img");
    let image = match life_cycle {
        LifeCycle::Ostree | LifeCycle::Bootc => beside,
        LifeCycle::Plain => format!("/boot/initrd.img-{kernel}"),
    };
    let there = root
        .entry(&place(&image))
        .map_err(ShapeError::from)?
        .is_some();
    let known = root
        .entry(&inputs_path(kernel))
        .map_err(ShapeError::from)?
        .is_some();
    // The image that a bootc base brings stays until something says that it is made again.
    let made_elsewhere = there && !known && life_cycle == LifeCycle::Bootc;
    if made_elsewhere || (there && Inputs::hold(root, kernel, &place(&image))?) {
        return Ok(());
    }
    let list = format!("{MODULES}/{kernel}/initramfs.list");
    let mut arguments = vec![kernel, &image, &list];
    if life_cycle != LifeCycle::Plain {
        arguments.push("ostree");
    }
    scripts("initramfs", INITRAMFS, &arguments)?;
    let text = root.text(&place(&list)).map_err(ShapeError::from)?;
    root.remove(&place(&list)).map_err(ShapeError::from)?;
    let inputs = Inputs::of(root, kernel, (&place(&image), &text.unwrap_or_default()))?;
    write(root, &inputs_path(kernel), inputs.text().as_bytes(), 0o644)?;
    Ok(())
}
