//! Stacks and their saved form, made from profiles as `pam-auth-update` makes them.
//!
//! What a machine's administrator adds to or takes from the options of a line is kept by it as the
//! difference between `/etc/pam.d/common-NAME` and `/var/lib/pam/NAME`; the same is done here, so
//! that what is written counts as its own work.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::profile::{Block, Profile};

/// Where the two blocks of a stack begin and end.
const MARKS: [&str; 4] = [
    "# here are the per-package modules (the \"Primary\" block)",
    "# here's the fallback if no module succeeds",
    "# and here are more per-package modules (the \"Additional\" block)",
    "# end of pam-auth-update config",
];

/// The line of a primary block without modules.
const NOTHING: &str = "[default=1]\t\t\tpam_permit.so";

/// Profiles by name, in the order of a stack.
pub(super) type Enabled<'a> = [(&'a str, &'a Profile)];

/// Options that were added to and taken from lines, by control and module without jumps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    added: BTreeMap<String, BTreeSet<String>>,
    removed: BTreeMap<String, BTreeSet<String>>,
}

impl Changes {
    /// Makes sure of an option, or that it is not there, in all lines of a module.
    pub(super) fn option(&mut self, lines: &[&str], option: &str, wanted: bool) {
        for line in lines {
            let line = without_jumps(line);
            let Some((key, options)) = line_parts(&line) else {
                continue;
            };
            let stock = options.split_whitespace().any(|held| held == option);
            let added = self.added.entry(key.clone()).or_default();
            let removed = self.removed.entry(key).or_default();
            added.remove(option);
            removed.remove(option);
            if wanted && !stock {
                added.insert(option.to_owned());
            } else if !wanted {
                removed.insert(option.to_owned());
            }
        }
    }
}

/// What a stack holds: its profiles in order, and the options that were changed.
///
/// None when it was changed in a way that `pam-auth-update` does not carry on: it would leave the
/// stack alone from then on.
pub(super) fn held(stack: &str, saved: &str, current: &str) -> Option<(Vec<String>, Changes)> {
    let mut waiting = Vec::new();
    let mut profile = String::new();
    for line in saved.lines() {
        match line.strip_prefix("Module: ") {
            Some(name) => name.clone_into(&mut profile),
            None => waiting.push((profile.clone(), without_jumps(line))),
        }
    }
    let mut waiting = waiting.into_iter();
    let (mut profiles, mut changes) = (Vec::new(), Changes::default());
    let mut state = 0;
    for line in current.lines() {
        if MARKS.get(state).is_some_and(|mark| line.starts_with(mark)) {
            state += 1;
            continue;
        }
        if state % 2 == 0 {
            continue;
        }
        let line = without_numbers(without_facility(line, facility(stack)));
        let (name, key, stock, options) = waiting.find_map(|(name, saved)| {
            let (key, stock) = line_parts(&saved)?;
            let options = line.strip_prefix(&key)?.to_owned();
            Some((name, key, stock.to_owned(), options))
        })?;
        profiles.push(name);
        let words = |text: &str| -> BTreeSet<String> {
            text.split_whitespace().map(str::to_owned).collect()
        };
        let (stock, options) = (words(&stock), words(&options));
        let added = options.difference(&stock).cloned();
        changes.added.entry(key.clone()).or_default().extend(added);
        let removed = stock.difference(&options).cloned();
        changes.removed.entry(key).or_default().extend(removed);
    }
    (state == MARKS.len()).then_some((profiles, changes))
}

/// The whole text of a stack; none when the old one has not the marks of its blocks.
pub(super) fn text(
    stack: &str,
    old: &str,
    enabled: &Enabled<'_>,
    changes: &Changes,
) -> Option<String> {
    let mut changes = changes.clone();
    let mut text = String::new();
    let mut state = 0;
    for line in old.lines() {
        let is_mark = MARKS.get(state).is_some_and(|mark| line.starts_with(mark));
        // What stands in a block is made anew.
        if state % 2 == 1 && !is_mark {
            continue;
        }
        text.push_str(line);
        text.push('\n');
        if is_mark {
            match state {
                0 => block(&mut text, stack, Block::Primary, enabled, &mut changes),
                2 => block(&mut text, stack, Block::Additional, enabled, &mut changes),
                _ => {}
            }
            state += 1;
        }
    }
    (state == MARKS.len()).then_some(text)
}

fn block(
    text: &mut String,
    stack: &str,
    block: Block,
    enabled: &Enabled<'_>,
    changes: &mut Changes,
) {
    let facility = facility(stack);
    let lines: Vec<&str> = lines_of(stack, block, enabled)
        .into_iter()
        .flat_map(|(_, lines)| lines.split('\n'))
        .collect();
    if lines.is_empty() && block == Block::Primary {
        let _ = writeln!(text, "{facility}\t{NOTHING}");
    }
    // A jump to the `end` passes over the rest of the primary block and the fallback below it;
    // behind the last line of the additional block there is nothing to land on.
    let past = usize::from(block == Block::Primary);
    for (index, line) in lines.iter().enumerate() {
        let jump = (lines.len() + past - index).saturating_sub(1);
        let _ = writeln!(text, "{facility}\t{}", merged(line, jump, changes));
    }
}

/// The profiles of a block, each with its lines.
fn lines_of<'a>(stack: &str, block: Block, enabled: &Enabled<'a>) -> Vec<(&'a str, &'a str)> {
    let of_block = enabled
        .iter()
        .filter(|(_, profile)| profile.block(stack) == Some(block));
    of_block
        .enumerate()
        .map(|(index, (name, profile))| (*name, profile.lines(stack, index == 0)))
        .collect()
}

/// A line of a profile with its jumps counted and the changed options.
fn merged(line: &str, jump: usize, changes: &mut Changes) -> String {
    let Some((start, options)) = line_parts(line) else {
        return line.to_owned();
    };
    let start = start.replace("end", &jump.to_string());
    let key = without_numbers(&start);
    let mut options: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
    if let Some(added) = changes.added.get_mut(&key) {
        added.retain(|option| !options.contains(option));
    }
    if let Some(removed) = changes.removed.get(&key) {
        options.retain(|option| !removed.contains(option));
    }
    if let Some(added) = changes.added.get(&key) {
        options.extend(added.iter().cloned());
    }
    format!("{start} {}", options.join(" "))
}

/// What is saved of a stack: the lines of its profiles before any change.
pub(super) fn saved(stack: &str, enabled: &Enabled<'_>) -> String {
    let mut text = String::new();
    let primary = lines_of(stack, Block::Primary, enabled);
    if primary.is_empty() {
        let _ = writeln!(text, "Module: null\n{NOTHING}");
    }
    let additional = lines_of(stack, Block::Additional, enabled);
    for (name, lines) in primary.into_iter().chain(additional) {
        if !lines.is_empty() {
            let _ = writeln!(text, "Module: {name}\n{lines}");
        }
    }
    text
}

/// The word with which the lines of a stack begin.
pub(super) fn facility(stack: &str) -> &str {
    stack.strip_suffix("-noninteractive").unwrap_or(stack)
}

fn without_facility<'a>(line: &'a str, facility: &str) -> &'a str {
    match line.strip_prefix(facility) {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => line,
    }
}

/// Control and module of a line as one text, and its options.
fn line_parts(line: &str) -> Option<(String, &str)> {
    let control = match line.starts_with('[') {
        true => line.find(']')? + 1,
        false => line.find(char::is_whitespace)?,
    };
    let rest = line.get(control..)?;
    let module = rest.trim_start();
    let gap = rest.len() - module.len();
    let length = module.find(char::is_whitespace).unwrap_or(module.len());
    let end = control + gap + length;
    let (start, options) = line.split_at_checked(end)?;
    (gap > 0 && length > 0).then(|| (start.to_owned(), options.trim()))
}

/// A line without the number of a jump.
fn without_numbers(line: &str) -> String {
    let digit = |character: char| character.is_ascii_digit();
    let found = line.find('[').and_then(|open| {
        let start = open + line.get(open..)?.find(digit)?;
        let rest = line.get(start..)?;
        let length = rest.find(|character| !digit(character))?;
        let after = rest.get(length..)?;
        after
            .contains(']')
            .then(|| format!("{}{after}", line.get(..start).unwrap_or_default()))
    });
    found.unwrap_or_else(|| line.to_owned())
}

/// A line of a profile without the number or the `end` of a jump.
fn without_jumps(line: &str) -> String {
    let line = without_numbers(line);
    let found = line.find('[').and_then(|open| {
        let close = line.rfind(']')?;
        let start = open + line.get(open..close)?.rfind("end")?;
        Some(format!("{}{}", line.get(..start)?, line.get(start + 3..)?))
    });
    found.unwrap_or(line)
}
