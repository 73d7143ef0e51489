//! Whether systemd would start a unit, by the links of a finished root.

use std::collections::BTreeSet;

use serde_json::Value;

use super::links::{Links, configured};
use super::state::{ServiceState, split};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Outcome, Place, Reads, Unexamined};
use crate::setting::contract::ground::{Bits, Ground};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::place::constant;
use crate::setting::systemd::load::{Loaded, drop_ins, load, wanting};
use crate::setting::systemd::name::UnitName;
use crate::setting::systemd::scope::{Scope, unit_directories};
use crate::setting::systemd::unit::UnitInstall;
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
        let folders = unit_directories(scope);
        let Loaded::Fragment(file) = load(self.0, folders, name) else {
            return None;
        };
        let text = self.0.text(&file).ok()??;
        let mut unit = UnitInstall::parse(file, &text);
        for drop_in in drop_ins(self.0, folders, name) {
            let text = self.0.text(&drop_in).ok().flatten().unwrap_or_default();
            unit = unit.with_drop_in(&text);
        }
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
    let demanded: ServiceState = examined(Kind::SERVICE, key, value)?;
    let (scope, bare) = split(key);
    let Some(name) = UnitName::parse(bare) else {
        return Err(Unexamined::Value {
            setting: Kind::SERVICE.key(key),
            why: format!("{bare} is not the name of a unit"),
        });
    };
    let (found, place, state) = looked_up(root, scope, &name);
    let met = match demanded {
        ServiceState::Enabled => state == Found::Started,
        ServiceState::Disabled => state != Found::Started,
        // What is not there cannot be started either.
        ServiceState::Masked => matches!(state, Found::Masked | Found::Missing),
        ServiceState::Unmasked => state != Found::Masked,
    };
    if demanded == ServiceState::Enabled && state == Found::Idle {
        let mut finished = Finished(root);
        let template = name.template().map(|name| name.to_string());
        let unit = finished
            .unit(scope, bare)
            .or_else(|| finished.unit(scope, &template?));
        // A unit without an [Install] section is started by whatever needs it.
        if unit.is_some_and(|unit| !unit.can_be_enabled()) {
            let found = "it is started by other units when they need it";
            return Ok(Checked::new(Outcome::Run, found, place));
        }
    }
    Ok(Checked::when(met, found, place))
}

/// What became of a unit, in words, and where that is said.
fn looked_up(root: &Snapshot, scope: Scope, name: &UnitName) -> (String, Option<Place>, Found) {
    let bare = name.to_string();
    let folders = unit_directories(scope);
    let mut loaded = load(root, folders, &bare);
    if let (Loaded::Nothing, Some(template)) = (&loaded, name.template()) {
        loaded = load(root, folders, &template.to_string());
    }
    match &loaded {
        Loaded::Masked(path) => (
            "it is masked".to_owned(),
            Some(Place::file(path)),
            Found::Masked,
        ),
        Loaded::Nothing => match by_script(root, scope, &bare) {
            None => (format!("there is no unit {name}"), None, Found::Missing),
            Some((script, None)) => (
                "its script is not enabled".to_owned(),
                Some(Place::file(&script)),
                Found::Idle,
            ),
            Some((_, Some(link))) => (
                format!("it is enabled by {link}"),
                Some(Place::file(&link)),
                Found::Started,
            ),
        },
        Loaded::Fragment(file) => match started_by(root, scope, name, file) {
            Some(link) => {
                let place = Some(Place::file(&link));
                (format!("it is enabled by {link}"), place, Found::Started)
            }
            None => {
                let place = Some(Place::file(file));
                ("it is not enabled".to_owned(), place, Found::Idle)
            }
        },
    }
}

/// What became of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Masked,
    Missing,
    Idle,
    Started,
}

/// The old script of a service without a unit, and the link by which a boot starts it.
fn by_script(root: &Snapshot, scope: Scope, unit: &str) -> Option<(TreePath, Option<TreePath>)> {
    let name = unit.strip_suffix(".service")?;
    let script = constant("/etc/init.d").join(name.as_bytes()).ok()?;
    if scope != Scope::System || !root.followed(&script)?.1.kind.is_file() {
        return None;
    }
    let levels = [
        "/etc/rc2.d",
        "/etc/rc3.d",
        "/etc/rc4.d",
        "/etc/rc5.d",
        "/etc/rcS.d",
    ];
    let links = levels
        .iter()
        .flat_map(|level| root.children(&constant(level)));
    let mut starting = links.filter(|link| {
        let rest = link.file_name().strip_prefix(b"S");
        rest.and_then(|rest| rest.get(2..)) == Some(name.as_bytes())
    });
    Some((script, starting.next()))
}

/// A link by which something starts the unit, the vendor's included.
fn started_by(root: &Snapshot, scope: Scope, name: &UnitName, file: &TreePath) -> Option<TreePath> {
    let real = std::str::from_utf8(file.file_name()).ok();
    let real = real.and_then(UnitName::parse);
    let mut names = BTreeSet::from([name.clone()]);
    // What has several names is started by any of them.
    let alias = real.filter(|real| real.is_template() == name.is_template());
    names.extend(alias);
    let mut finished = Finished(root);
    let folder = configured(scope, "");
    let aliases = aliases(&mut finished, scope, &names);
    let mut links = Links::new(&mut finished);
    let by_administrator = links.leading_to(scope, &names).into_iter().find(|link| {
        // Another name starts it only where the unit itself asks for that name.
        let is_name = link.parent().as_ref() == Some(&folder);
        !is_name
            || aliases
                .iter()
                .any(|alias| alias.as_bytes() == link.file_name())
    });
    by_administrator.or_else(|| {
        let names = names.iter().map(ToString::to_string).collect();
        wanting(root, unit_directories(scope), &names)
    })
}

/// The other names that the `[Install]` sections of units ask for.
fn aliases(
    finished: &mut Finished<'_>,
    scope: Scope,
    names: &BTreeSet<UnitName>,
) -> BTreeSet<String> {
    let units = names.iter().filter_map(|name| {
        let template = name.template().map(|name| name.to_string());
        let unit = finished.unit(scope, &name.to_string());
        Some((name, unit.or_else(|| finished.unit(scope, &template?))?))
    });
    let all = units.flat_map(|(name, unit)| {
        let all = unit.alias.into_iter();
        all.filter_map(|alias| name.expand(&alias).ok())
    });
    all.collect()
}

/// All folders of units.
pub(in crate::setting) fn reads(key: &str) -> Vec<Reads> {
    let (scope, _) = split(key);
    let folders = unit_directories(scope).iter();
    let scripts = (0..=6).map(|level| Reads::below(&format!("/etc/rc{level}.d")));
    let folders = folders.map(|folder| Reads::below(folder)).chain(scripts);
    folders.chain([Reads::below("/etc/init.d")]).collect()
}
