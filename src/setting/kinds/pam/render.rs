//! The stacks, profiles and saved state by which a root follows the settings of PAM.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::declare::UnixHash;
use super::generate::{Changes, held, saved, text};
use super::profile::{Block, Profile, STACKS, order};
use crate::action::Action;
use crate::path::TreePath;
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::root::pam_line::Line;
use crate::setting::root::rewrite::{Held, joined};

const PROFILES: &str = "/usr/share/pam-configs";
const SAVED: &str = "/var/lib/pam";

/// Counts failed logins: the first line refuses an account that is locked.
const FAILLOCK: (&str, &str) = (
    "terroir-faillock",
    "\
Name: Accounts are locked after failed logins
Default: yes
Priority: 2048
Auth-Type: Primary
Auth:
	required			pam_faillock.so preauth
Account-Type: Primary
Account:
	required			pam_faillock.so
",
);

/// Below every module that may accept a password: what arrives here has failed. Who succeeds jumps
/// past both lines, and the account stack sets the count back.
const FAILLOCK_FAILED: (&str, &str) = (
    "terroir-faillock-failed",
    "\
Name: Failed logins are counted
Default: yes
Priority: 0
Auth-Type: Primary
Auth:
	[default=die]			pam_faillock.so authfail
	sufficient			pam_faillock.so authsucc
",
);

const HISTORY: &str = "terroir-pwhistory";

/// The profile of the package libpam-pwquality.
const QUALITY: &str = "pwquality";

/// Refuses old passwords; the first module of a stack has nobody to take the new one from.
fn history(number: u32) -> String {
    let line = format!(
        "requisite\t\t\tpam_pwhistory.so remember={number} enforce_for_root try_first_pass"
    );
    format!(
        "Name: Old passwords are refused\nDefault: yes\nPriority: 1000\nPassword-Type: Primary\n\
         Password:\n\t{line} use_authtok\nPassword-Initial:\n\t{line}\n"
    )
}

/// What is demanded, of all entries so far.
#[derive(Debug, Default)]
struct Demands {
    faillock: Option<bool>,
    pwquality: Option<bool>,
    pwhistory: Option<u32>,
    nullok: Option<bool>,
    hash: Option<UnixHash>,
    wheel: Option<String>,
}

impl Demands {
    fn read(all: &BTreeMap<String, Value>) -> Result<Self, Refusal> {
        let mut demands = Self::default();
        for (name, value) in all {
            match name.as_str() {
                "faillock" => demands.faillock = Some(typed(Kind::PAM, name, value)?),
                "pwquality" => demands.pwquality = Some(typed(Kind::PAM, name, value)?),
                "pwhistory" => demands.pwhistory = Some(typed(Kind::PAM, name, value)?),
                "nullok" => demands.nullok = Some(typed(Kind::PAM, name, value)?),
                "unix-hash" => demands.hash = Some(typed(Kind::PAM, name, value)?),
                "wheel" => demands.wheel = Some(typed(Kind::PAM, name, value)?),
                _ => {
                    return Err(Refusal::Value {
                        setting: Kind::PAM.key(name),
                        reason: "there is no such part of PAM".to_owned(),
                    });
                }
            }
        }
        Ok(demands)
    }

    /// The profiles of terroir, each with its text, or none where it must not be there.
    fn profiles(&self) -> Vec<(&'static str, Option<String>)> {
        let mut profiles = Vec::new();
        if let Some(wanted) = self.faillock {
            for (name, text) in [FAILLOCK, FAILLOCK_FAILED] {
                profiles.push((name, wanted.then(|| text.to_owned())));
            }
        }
        if let Some(number) = self.pwhistory {
            profiles.push((HISTORY, (number > 0).then(|| history(number))));
        }
        profiles
    }
}

/// Writes the profiles, the stacks that `pam-auth-update` would make of them, and what it keeps.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    touched: &BTreeSet<String>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let demands = Demands::read(all)?;
    let mut actions = Vec::new();
    if let Some(name) = touched.iter().find(|name| *name != "wheel") {
        let root = Root::read(&Kind::PAM.key(name), ground)?;
        actions.extend(stacks(&demands, root, ground)?);
    }
    if let Some(group) = demands.wheel.filter(|_| touched.contains("wheel")) {
        actions.extend(su(&group, ground)?);
    }
    Ok(actions)
}

/// The stacks of a root, what is saved of them, and the profiles that made them.
struct Root {
    setting: String,
    stacks: Vec<(&'static str, Held, Held)>,
    seen: Held,
    profiles: BTreeMap<String, Profile>,
    enabled: Vec<String>,
    changes: BTreeMap<&'static str, Changes>,
}

impl Root {
    fn read(setting: &str, ground: &mut dyn Ground) -> Result<Self, Refusal> {
        let refused = |reason: &str, hint: &str| Refusal::Root {
            setting: setting.to_owned(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        };
        let mut read = |path: &str| Held::read(setting, path, 0o644, ground);
        let mut root = Self {
            setting: setting.to_owned(),
            stacks: Vec::new(),
            seen: read(&format!("{SAVED}/seen"))?,
            profiles: BTreeMap::new(),
            enabled: Vec::new(),
            changes: BTreeMap::new(),
        };
        for stack in STACKS {
            let path = format!("/etc/pam.d/common-{stack}");
            let live = read(&path)?;
            let state = read(&format!("{SAVED}/{stack}"))?;
            if live.text.is_none() && read("/etc/pam.d/system-auth")?.text.is_some() {
                return Err(refused(
                    "the stacks of PAM in this image are made by authselect, which terroir cannot do yet",
                    "keep this setting to flavours with `when: family == 'debian'`, and choose a profile by a script with authselect",
                ));
            }
            if live.text.is_none() || state.text.is_none() {
                return Err(refused(
                    &format!("{path} and {SAVED}/{stack} are not both in the image"),
                    "install libpam-runtime in an earlier entry",
                ));
            }
            let (profiles, changes) = held(stack, state.content(), live.content()).ok_or_else(|| {
                refused(
                    &format!("{path} was edited by hand, so that pam-auth-update would leave it alone from now on"),
                    "put what was added into a profile in /usr/share/pam-configs, and run `pam-auth-update --force --package` in an earlier entry",
                )
            })?;
            root.enabled.extend(profiles);
            root.changes.insert(stack, changes);
            root.stacks.push((stack, live, state));
        }
        let seen = root.seen.content().lines().map(str::to_owned);
        let names: BTreeSet<String> = seen.chain(root.enabled.clone()).collect();
        for name in names
            .iter()
            .filter(|name| !name.contains('/') && !name.is_empty())
        {
            let profile = read(&format!("{PROFILES}/{name}"))?;
            let profile = profile.text.map(|text| Profile::parse(&text));
            if let Some(profile) = profile.filter(|profile| !profile.is_dead()) {
                root.profiles.insert(name.clone(), profile);
            }
        }
        Ok(root)
    }

    /// The names of the profiles to use, in their order.
    fn enable(&mut self, demands: &Demands) -> Result<(), Refusal> {
        let seen: BTreeSet<&str> = self.seen.content().lines().collect();
        let fresh = |(name, profile): &(&String, &Profile)| {
            profile.is_default() && !seen.contains(name.as_str())
        };
        let fresh = self
            .profiles
            .iter()
            .filter(fresh)
            .map(|(name, _)| name.clone());
        let mut names: BTreeSet<String> = self.enabled.iter().cloned().chain(fresh).collect();
        for (name, text) in demands.profiles() {
            match text {
                Some(_) => names.insert(name.to_owned()),
                None => names.remove(name),
            };
        }
        match demands.pwquality {
            Some(true) if !self.profiles.contains_key(QUALITY) => {
                return Err(Refusal::Root {
                    setting: self.setting.clone(),
                    reason: "nothing in the image checks passwords".to_owned(),
                    hint: "install libpam-pwquality in an earlier entry".to_owned(),
                });
            }
            Some(true) => names.insert(QUALITY.to_owned()),
            Some(false) => names.remove(QUALITY),
            None => false,
        };
        let known = names
            .into_iter()
            .filter(|name| self.profiles.contains_key(name));
        let known: Vec<String> = known.collect();
        self.enabled = self.sorted(known);
        let mut index = 0;
        while let Some(name) = self.enabled.get(index) {
            let others = self.profiles.get(name).into_iter();
            let others: BTreeSet<&str> = others.flat_map(Profile::conflicts).collect();
            self.enabled.retain(|name| !others.contains(name.as_str()));
            index += 1;
        }
        Ok(())
    }

    fn sorted(&self, mut names: Vec<String>) -> Vec<String> {
        let nothing = Profile::default();
        let of = |name: &String| self.profiles.get(name).unwrap_or(&nothing);
        names.sort_by(|first, second| order((first, of(first)), (second, of(second))));
        names
    }
}

fn stacks(
    demands: &Demands,
    mut root: Root,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut actions = Vec::new();
    for (name, text) in demands.profiles() {
        let path = format!("{PROFILES}/{name}");
        let there = Held::read(&root.setting, &path, 0o644, ground)?;
        if let Some(text) = text {
            root.profiles.insert(name.to_owned(), Profile::parse(&text));
            actions.extend(there.with(&text));
        } else {
            root.profiles.remove(name);
            if let (Some(_), Ok(path)) = (&there.text, TreePath::parse(&path)) {
                actions.push(Action::Remove { path });
            }
        }
    }
    root.enable(demands)?;
    let enabled: Vec<(&str, &Profile)> = root
        .enabled
        .iter()
        .filter_map(|name| Some((name.as_str(), root.profiles.get(name)?)))
        .collect();
    for (stack, live, state) in &root.stacks {
        let mut changes = root.changes.get(stack).cloned().unwrap_or_default();
        options(&mut changes, stack, &enabled, demands);
        // Reading the root made sure of the marks.
        let made = text(stack, live.content(), &enabled, &changes);
        actions.extend(made.and_then(|made| live.with(&made)));
        actions.extend(state.with(&saved(stack, &enabled)));
    }
    let all = root.sorted(root.profiles.keys().cloned().collect());
    actions.extend(root.seen.with(&joined(all)));
    Ok(actions)
}

/// Every way in which pam_unix hashes a new password; one of them stands in its line.
const HASHES: [&str; 8] = [
    "md5",
    "bigcrypt",
    "sha256",
    "sha512",
    "blowfish",
    "gost_yescrypt",
    "yescrypt",
    "des",
];

/// Changes the options of pam_unix.
fn options(changes: &mut Changes, stack: &str, enabled: &[(&str, &Profile)], demands: &Demands) {
    let is_first = |name: &str, block| {
        let mut of_block = enabled
            .iter()
            .filter(|(_, profile)| profile.block(stack) == Some(block));
        of_block.next().is_some_and(|(first, _)| *first == name)
    };
    let lines: Vec<&str> = [Block::Primary, Block::Additional]
        .into_iter()
        .flat_map(|block| enabled.iter().map(move |entry| (block, entry)))
        .filter(|(block, (_, profile))| profile.block(stack) == Some(*block))
        .flat_map(|(block, (name, profile))| {
            profile.lines(stack, is_first(name, block)).split('\n')
        })
        .filter(|line| line.contains("pam_unix.so"))
        .collect();
    if let Some(wanted) = demands.nullok {
        // Only the stack that asks for a password knows the option.
        let wanted = wanted && stack == "auth";
        changes.option(&lines, "nullok", wanted);
    }
    if let Some(hash) = demands.hash.filter(|_| stack == "password") {
        for other in HASHES {
            changes.option(&lines, other, other == hash.option());
        }
    }
}

const SU: &str = "/etc/pam.d/su";

/// Lets only the members of a group use su.
fn su(group: &str, ground: &mut dyn Ground) -> Result<Option<Action>, Refusal> {
    let setting = Kind::PAM.key("wheel");
    let file = Held::read(&setting, SU, 0o644, ground)?;
    let Some(old) = &file.text else {
        return Err(Refusal::MissingFile {
            setting,
            path: SU.to_owned(),
        });
    };
    let rule = format!("auth required pam_wheel.so use_uid group={group}");
    let demands = |line: &str| {
        let line = Line::parse(line);
        line.is_some_and(|line| {
            line.module == "pam_wheel.so" && !line.has("trust") && !line.has("deny")
        })
    };
    let mut lines: Vec<&str> = old.lines().collect();
    let first = lines.iter().position(|line| demands(line));
    let mut index = 0;
    lines.retain(|line| {
        index += 1;
        !demands(line) || first == Some(index - 1)
    });
    let rootok = |line: &&str| Line::parse(line).is_some_and(|line| line.module == "pam_rootok.so");
    match first.and_then(|first| lines.get_mut(first)) {
        Some(line) => *line = &rule,
        // Below the line that lets root through, above everything else.
        None => lines.insert(
            lines.iter().position(rootok).map_or(0, |index| index + 1),
            &rule,
        ),
    }
    Ok(file.with(&joined(lines)))
}
