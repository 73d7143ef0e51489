//! Whether systemd would start a unit, by the links of a finished root.

use serde_json::Value;

use super::links::{Links, MASK, configured};
use super::state::{ServiceState, split, unit_directories};
use crate::path::TreePath;
use crate::setting::check::{Checked, Outcome, Place, Reads, Unexamined, constant};
use crate::setting::error::examined;
use crate::setting::ground::{Bits, Ground, Scope};
use crate::setting::kind::Kind;
use crate::setting::unit::UnitInstall;
use crate::setting::unit_name::UnitName;
use crate::tree::{NodeKind, Snapshot};

/// A finished root as settings see one that they are put into.
struct Finished<'a>(&'a Snapshot);

impl Ground for Finished<'_> {
    fn link(&mut self, path: &TreePath) -> Option<Vec<u8>> {
        match self.0.node(path)?.kind {
            NodeKind::Link(target) => Some(target),
            _ => None,
        }
    }

    fn directory(&mut self, path: &TreePath) -> bool {
        let followed = self.0.followed(path);
        followed.is_some_and(|(_, node)| node.kind == NodeKind::Directory)
    }

    fn children(&mut self, path: &TreePath) -> Vec<(TreePath, Option<Vec<u8>>)> {
        let children = self.0.children(path).into_iter();
        children
            .filter_map(|path| match self.0.node(&path)?.kind {
                NodeKind::Directory => Some((path, None)),
                NodeKind::Link(target) => Some((path, Some(target))),
                _ => None,
            })
            .collect()
    }

    fn unit(&mut self, scope: Scope, name: &str) -> Option<UnitInstall> {
        let unit = unit_directories(scope).iter().find_map(|folder| {
            let path = constant(folder).join(name.as_bytes()).ok()?;
            if self.link(&path).as_deref() == Some(MASK.as_bytes()) {
                return None;
            }
            let (file, _) = self.0.followed(&path)?;
            let text = self.0.text(&path).ok()??;
            Some(UnitInstall::parse(file, &text))
        })?;
        Some(unit)
    }

    fn unit_names(&mut self, _scope: Scope) -> Vec<String> {
        Vec::new()
    }

    fn configuration(&mut self) -> Snapshot {
        self.0.clone()
    }

    fn bits(&mut self, path: &TreePath) -> Result<Option<Bits>, String> {
        Ok(self.0.followed(path).map(|(_, node)| Bits {
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
        }))
    }

    fn text(&mut self, path: &TreePath) -> Result<Option<String>, String> {
        match self.0.text(path) {
            Ok(text) => Ok(text.map(std::borrow::Cow::into_owned)),
            Err(unread) => Err(unread.why),
        }
    }
}

/// Looks at the links to a unit, the vendor's included, and at masks.
pub(in crate::setting) fn check(
    key: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: ServiceState = examined(Kind::Service, key, value)?;
    let (scope, bare) = split(key);
    let Some(name) = UnitName::parse(bare) else {
        return Err(Unexamined::Value {
            setting: Kind::Service.key(key),
            why: format!("{bare} is not the name of a unit"),
        });
    };
    let mut finished = Finished(root);
    let mut links = Links::new(&mut finished);
    let mask = configured(scope, &name.to_string());
    let masked = links.masked(scope, &name) || is_empty_file(root, &mask);
    let unit = links.unit(scope, &name.to_string()).or_else(|| {
        let template = name.template()?;
        links.unit(scope, &template.to_string())
    });
    let there = unit.as_ref().map(|unit| Place::file(&unit.path));
    let wanting = wanting(root, scope, &name, &mut links);
    let (found, place, enabled) = match (masked, &there, wanting) {
        (true, _, _) => ("it is masked".to_owned(), Some(Place::file(&mask)), false),
        (false, None, _) => (format!("there is no unit {name}"), None, false),
        (false, Some(_), Some(link)) => {
            let place = Place::file(&link);
            (format!("it is enabled by {link}"), Some(place), true)
        }
        (false, Some(_), None) => ("it is not enabled".to_owned(), there.clone(), false),
    };
    let met = match demanded {
        ServiceState::Enabled => enabled,
        ServiceState::Disabled => !enabled,
        ServiceState::Masked => masked,
        ServiceState::Unmasked => !masked,
    };
    // A unit without an [Install] section is started by whatever needs it.
    let static_unit = unit.is_some_and(|unit| !unit.can_be_enabled());
    if demanded == ServiceState::Enabled && !met && !masked && static_unit {
        return Ok(Checked::new(
            Outcome::Run,
            "it is started by other units when they need it",
            place,
        ));
    }
    Ok(Checked::when(met, found, place))
}

fn is_empty_file(root: &Snapshot, path: &TreePath) -> bool {
    matches!(root.bytes(path), Ok(Some(bytes)) if bytes.is_empty())
}

/// A link by which something starts the unit.
fn wanting(
    root: &Snapshot,
    scope: Scope,
    name: &UnitName,
    links: &mut Links<'_>,
) -> Option<TreePath> {
    let names = std::collections::BTreeSet::from([name.clone()]);
    if let Some(link) = links.leading_to(scope, &names).into_iter().next() {
        return Some(link);
    }
    let by_vendor = unit_directories(scope).iter().flat_map(|folder| {
        let folders = root.children(&constant(folder));
        folders.into_iter().filter(|path| {
            let name = path.file_name();
            name.ends_with(b".wants") || name.ends_with(b".requires")
        })
    });
    by_vendor
        .filter_map(|folder| folder.join(name.to_string().as_bytes()).ok())
        .find(|link| root.node(link).is_some())
}

/// All folders of units.
pub(in crate::setting) fn reads(key: &str) -> Vec<Reads> {
    let (scope, _) = split(key);
    let folders = unit_directories(scope).iter();
    folders.map(|folder| Reads::below(folder)).collect()
}
