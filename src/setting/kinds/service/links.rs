//! The links below `/etc/systemd` as they are after the changes so far.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::Action;
use crate::path::TreePath;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::refusal::Refusal;
use crate::setting::systemd::name::UnitName;
use crate::setting::systemd::scope::{Scope, unit_directories};
use crate::setting::systemd::unit::UnitInstall;

/// What a mask points at.
pub(super) const MASK: &str = "/dev/null";

/// How folders end whose links make one unit start others.
const WANTING: [&[u8]; 3] = [b".wants", b".requires", b".upholds"];

/// Most links that are followed from one name to its unit.
const MAX_LINKS: usize = 40;

/// A root and the changes to its links so far.
pub(super) struct Links<'a> {
    ground: &'a mut dyn Ground,
    /// Links to make, and, with no target, to remove.
    changes: BTreeMap<TreePath, Option<String>>,
    /// Whether `/lib` is a link to `/usr/lib`.
    merged: bool,
    /// Whether machines replace `/usr` as a whole: there, what starts is said below `/usr/lib`, since
    /// links in `/etc` are merged file by file with what a machine changed.
    image_based: bool,
}

impl<'a> Links<'a> {
    pub(super) fn new(ground: &'a mut dyn Ground) -> Self {
        let merged = ground.link(&place("/lib")).is_some();
        let image_based = ground.link(&place("/ostree")).is_some();
        Self {
            ground,
            changes: BTreeMap::new(),
            merged,
            image_based,
        }
    }

    /// Where a link goes that makes one unit start another.
    pub(super) fn enabling(&self, scope: Scope, below: &str) -> TreePath {
        match self.image_based {
            true => vendor(scope).join(below.as_bytes()).unwrap_or_default(),
            false => configured(scope, below),
        }
    }

    /// The changes, sorted by path.
    pub(super) fn into_actions(self) -> Vec<Action> {
        self.changes
            .into_iter()
            .map(|(path, target)| match target {
                Some(target) => Action::Link { path, target },
                None => Action::Remove { path },
            })
            .collect()
    }

    /// The unit file with exactly this name.
    pub(super) fn unit(&mut self, scope: Scope, name: &str) -> Option<UnitInstall> {
        self.ground.unit(scope, name)
    }

    /// The names of all unit files.
    pub(super) fn unit_names(&mut self, scope: Scope) -> Vec<String> {
        self.ground.unit_names(scope)
    }

    /// Refuses, unless the root lets what `systemctl` only mentions pass.
    pub(super) fn pass_over(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        if self.ground.passes_over(&refusal) {
            Ok(())
        } else {
            Err(refusal)
        }
    }

    /// Tells whether a unit is masked.
    pub(super) fn masked(&mut self, scope: Scope, name: &UnitName) -> bool {
        self.target(&configured(scope, &name.to_string()))
            .as_deref()
            == Some(MASK)
    }

    /// The target of a link as it is after the changes so far.
    pub(super) fn target(&mut self, path: &TreePath) -> Option<String> {
        match self.changes.get(path) {
            Some(changed) => changed.clone(),
            None => {
                let target = self.ground.link(path)?;
                Some(String::from_utf8_lossy(&target).into_owned())
            }
        }
    }

    /// Makes a link, unless one to the same file is there.
    pub(super) fn put(&mut self, path: TreePath, target: &str) {
        let present = self.ground.link(&path);
        let kept = present.is_some_and(|present| {
            let present = String::from_utf8_lossy(&present).into_owned();
            self.same(&path, &present, target)
        });
        if kept {
            self.changes.remove(&path);
        } else {
            self.changes.insert(path, Some(target.to_owned()));
        }
    }

    /// Removes a link, if there is one.
    pub(super) fn remove(&mut self, path: TreePath) {
        if self.ground.link(&path).is_some() {
            self.changes.insert(path, None);
        } else {
            self.changes.remove(&path);
        }
    }

    /// Tells whether two targets of a link are the same file, on a merged `/usr` also by `/lib`.
    pub(super) fn same(&self, link: &TreePath, one: &str, other: &str) -> bool {
        let usr = place("/usr");
        let canonical = |target: &str| {
            let path = link.led_to(target.as_bytes());
            if self.merged && path.starts_with(&place("/lib")) {
                usr.join(path.as_bytes()).unwrap_or(path)
            } else {
                path
            }
        };
        canonical(one) == canonical(other)
    }

    /// Tells whether a link leads to no unit.
    pub(super) fn broken(&mut self, scope: Scope, link: &TreePath, target: &str) -> bool {
        let file = link.led_to(target.as_bytes());
        let name = String::from_utf8_lossy(file.file_name()).into_owned();
        self.ground.unit(scope, &name).is_none()
    }

    /// Links in the configuration directory and its `.wants`, `.requires` and `.upholds` that are
    /// or lead to one of the names.
    pub(super) fn leading_to(&mut self, scope: Scope, names: &BTreeSet<UnitName>) -> Vec<TreePath> {
        let mut links = Vec::new();
        let mut directories = vec![configured(scope, "")];
        if self.image_based {
            directories.extend(self.wanting_folders(scope));
        }
        while let Some(directory) = directories.pop() {
            for (path, target) in self.ground.children(&directory) {
                let Some(target) = target else {
                    let file = path.file_name();
                    if WANTING.iter().any(|suffix| file.ends_with(suffix)) {
                        directories.push(path);
                    }
                    continue;
                };
                if target != MASK.as_bytes() && self.leads(&path, &target, names) {
                    links.push(path);
                }
            }
        }
        links
    }

    /// The vendor's folders of links that make one unit start others.
    fn wanting_folders(&mut self, scope: Scope) -> Vec<TreePath> {
        let children = self.ground.children(&vendor(scope)).into_iter();
        let folders = children.filter(|(_, target)| target.is_none());
        let names = folders.map(|(path, _)| path);
        let wanting = |path: &TreePath| WANTING.iter().any(|kind| path.file_name().ends_with(kind));
        names.filter(wanting).collect()
    }

    fn leads(&mut self, link: &TreePath, target: &[u8], names: &BTreeSet<UnitName>) -> bool {
        let named = |path: &TreePath| {
            std::str::from_utf8(path.file_name())
                .ok()
                .and_then(UnitName::parse)
        };
        let Some(own) = named(link) else {
            return false;
        };
        if names.contains(&own) || own.template().is_some_and(|name| names.contains(&name)) {
            return true;
        }
        let mut at = link.led_to(target);
        for _ in 0..MAX_LINKS {
            if named(&at).is_some_and(|name| names.contains(&name)) {
                return true;
            }
            let Some(next) = self.ground.link(&at) else {
                return false;
            };
            at = at.led_to(&next);
        }
        false
    }
}

/// A path in the directory where links are made.
pub(super) fn configured(scope: Scope, below: &str) -> TreePath {
    let first = unit_directories(scope).first();
    place(first.expect("every scope has directories"))
        .join(below.as_bytes())
        .expect("unit names are short and hold no slash")
}

/// The directory of the distribution's units.
fn vendor(scope: Scope) -> TreePath {
    place(match scope {
        Scope::System => "/usr/lib/systemd/system",
        Scope::User => "/usr/lib/systemd/user",
    })
}

fn place(path: &str) -> TreePath {
    TreePath::parse(path).expect("a constant path is valid")
}
