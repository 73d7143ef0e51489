//! Groups with their members (group(5), sysusers.d(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting, many};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::account::{is_account_name, not_a_name, range_value};
use crate::setting::input::place::constant;
use crate::setting::root::accounts::Accounts;
use crate::setting::root::database::{
    Database, attribute, by_account, new_group, new_group_shadow,
};
use crate::setting::root::number::Number;
use crate::setting::root::rewrite::Held;
use crate::tree::Snapshot;

impl Kind {
    /// Groups with their members.
    pub const GROUP: Self = Self::named("group");
}

/// The kind `group`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Groups with their members.",
    example: "sugroup: { gid: 900, members: [] }",
    effect: "The databases of accounts, and a file in `/usr/lib/sysusers.d`.",
    render: |all, _, ground| render(all, ground),
    ..Definition::of(Kind::GROUP, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<GroupDeclaration>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| many(declared.iter().map(|(name, value)| declare(name, value)));

/// Numbers of groups that state none and no range.
const SYSTEM: (u32, u32) = (900, 999);

/// A group as a document declares it; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupDeclaration {
    /// Its number; the first free one of `range` when left out.
    #[serde(default)]
    pub gid: Option<Sourced<u32>>,
    /// First and last number to choose from; 900 to 999 when left out.
    #[serde(default)]
    pub range: Option<Sourced<(u32, u32)>>,
    /// All its members; an empty list is a group without any.
    #[serde(default)]
    pub members: Option<Vec<Sourced<String>>>,
}

/// Reads one group as written; each attribute is a setting of its own, so that nested recipes and
/// controls may state one alone.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    group: &GroupDeclaration,
) -> Result<Vec<Setting>, Diagnostic> {
    if !is_account_name(name) {
        return Err(not_a_name(name, "group"));
    }
    let setting = |attribute: &str, value: Value| Setting {
        kind: Kind::GROUP,
        name: format!("{name}/{attribute}"),
        value,
        origin: name.origin.clone(),
    };
    let mut settings = vec![setting("present", Value::from(true))];
    if let Some(gid) = &group.gid {
        settings.push(setting("gid", Value::from(gid.value)));
    }
    if let Some(range) = &group.range {
        settings.push(setting("range", range_value(range)?));
    }
    if let Some(members) = &group.members {
        if let Some(wrong) = members.iter().find(|member| !is_account_name(member)) {
            return Err(not_a_name(wrong, "user"));
        }
        let members: BTreeSet<&str> = members.iter().map(|member| member.as_str()).collect();
        settings.push(setting("members", members.into_iter().collect()));
    }
    Ok(settings)
}

/// What is demanded of one group.
#[derive(Debug, Default)]
struct Demand {
    gid: Option<u32>,
    range: Option<(u32, u32)>,
    members: Option<Vec<String>>,
}

/// The settings of each group together.
fn demands(all: &BTreeMap<String, Value>) -> Result<BTreeMap<&str, Demand>, Refusal> {
    by_account(all, |demand: &mut Demand, part, name, value| {
        match part {
            "gid" => demand.gid = Some(typed(Kind::GROUP, name, value)?),
            "range" => demand.range = Some(typed(Kind::GROUP, name, value)?),
            "members" => demand.members = Some(typed(Kind::GROUP, name, value)?),
            _ => {}
        }
        Ok(())
    })
}

const SYSUSERS: &str = "/usr/lib/sysusers.d/terroir-groups.conf";

/// Writes the databases, and what systemd-sysusers makes where they are the machine's own.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut text = String::from("# Written by terroir from the settings of this image.\n");
    let demands = demands(all)?;
    let first = demands.keys().next().copied().unwrap_or_default();
    let setting = Kind::GROUP.key(&format!("{first}/present"));
    let mut groups = Database::read(&setting, "/etc/group", 0o644, ground)?;
    let mut shadow = Database::read(&setting, "/etc/gshadow", 0o640, ground)?;
    for (name, demand) in demands {
        let number = Number {
            kind: Kind::GROUP,
            attribute: "gid",
            name,
            stated: demand.gid,
            range: demand.range.unwrap_or(SYSTEM),
        };
        let gid = number.choose(&groups, &BTreeSet::new())?;
        let members = demand.members.map(|members| members.join(","));
        let mut fields = vec![groups.entry(name, || new_group(name, gid))];
        if shadow.is_there() {
            fields.push(shadow.entry(name, || new_group_shadow(name)));
        }
        if let Some(members) = members {
            for field in fields.into_iter().filter_map(|fields| fields.get_mut(3)) {
                field.clone_from(&members);
            }
        }
        let _ = writeln!(text, "g {name} {gid}");
    }
    let own = Held::read(&setting, SYSUSERS, 0o644, ground)?;
    let actions = [groups.written(), shadow.written(), own.with(&text)];
    Ok(actions.into_iter().flatten().collect())
}

/// `group sugroup has the number 900`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let (group, part) = attribute(name);
    Ok(match part {
        "gid" => format!("group {group} has the number {value}"),
        "members" => {
            let members: Vec<String> = typed(Kind::GROUP, name, value)?;
            match members.is_empty() {
                true => format!("group {group} has no members"),
                false => format!("group {group} has the members {}", members.join(", ")),
            }
        }
        "range" => format!("group {group} has a number of {value}"),
        _ => format!("there is a group {group}"),
    })
}

/// Looks at the group's line.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let (name_of, part) = attribute(name);
    let accounts = Accounts::read(root)?;
    let path = constant("/etc/group");
    let Some(group) = accounts.group(name_of) else {
        return Ok(Checked::unmet(format!("there is no group {name_of}"), None));
    };
    let place = Some(Place::line(&path, group.line));
    Ok(match part {
        "gid" => {
            let gid: u32 = examined(Kind::GROUP, name, value)?;
            Checked::when(
                group.gid == gid,
                format!("its number is {}", group.gid),
                place,
            )
        }
        "members" => {
            let demanded: BTreeSet<String> = examined(Kind::GROUP, name, value)?;
            let mut members: BTreeSet<String> = group.members.iter().cloned().collect();
            // Those whose own group it is are members too.
            let own = accounts.users.iter().filter(|user| user.gid == group.gid);
            members.extend(own.map(|user| user.name.clone()));
            let members_met = members == demanded;
            let found = match members.is_empty() {
                true => "it has no members".to_owned(),
                false => {
                    let members: Vec<String> = members.into_iter().collect();
                    format!("its members are {}", members.join(", "))
                }
            };
            Checked::when(members_met, found, place)
        }
        _ => Checked::met(format!("its number is {}", group.gid), place),
    })
}

/// Both databases.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::at("/etc/group"), Reads::at("/etc/passwd")]
}
