//! The kernel arguments that a finished root gives to the boot loader.

use std::collections::BTreeSet;

use serde_json::Value;

use super::declare::known_architectures;
use super::file::{KARGS_FOLDER, KargsFile};
use super::list::{Karg, bare, word};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::input::place::constant;
use crate::tree::Snapshot;

/// Looks whether the last arguments of the name are the demanded ones, on each architecture that
/// the setting is for.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded = Karg::read(name, value).map_err(|refusal| Unexamined::Value {
        setting: Kind::KARG.key(name),
        why: refusal.to_string(),
    })?;
    let demanded = demanded.into_arguments();
    let demanded: Vec<String> = demanded.iter().map(|value| word(name, value)).collect();
    let files = files(root)?;
    let mentioned = files
        .iter()
        .flat_map(|(_, _, file)| file.match_architectures.iter().flatten());
    let mut architectures: BTreeSet<&str> = mentioned.map(String::as_str).collect();
    for known in known_architectures() {
        architectures.insert(known);
    }
    if let Some((_, only)) = name.split_once('@') {
        architectures = only.split(',').collect();
    }
    let is_it = |word: &&String| word.split('=').next() == Some(bare(name));
    let mut worst = None;
    for architecture in architectures {
        let read = files.iter().filter(|(.., file)| file.is_for(architecture));
        let words = read.flat_map(|(path, text, file)| {
            let own = file.kargs.iter().filter(is_it);
            own.map(move |word| (word.clone(), line(path, text, word)))
        });
        let (given, places): (Vec<String>, Vec<Place>) = words.unzip();
        let met = given.ends_with(&demanded) && given.is_empty() == demanded.is_empty();
        if worst.is_none() || !met {
            let found = match given.is_empty() {
                true => format!("{} is not given", bare(name)),
                false => given.join(" "),
            };
            worst = Some(Checked::when(met, found, places.into_iter().next_back()));
        }
        if !met {
            break;
        }
    }
    Ok(worst.unwrap_or_else(|| Checked::unmet(format!("{} is not given", bare(name)), None)))
}

fn files(root: &Snapshot) -> Result<Vec<(TreePath, String, KargsFile)>, Unexamined> {
    let mut files = Vec::new();
    for path in root.children(&constant(KARGS_FOLDER)) {
        if !path.file_name().ends_with(b".toml") {
            continue;
        }
        let text = root.text(&path)?.unwrap_or_default().into_owned();
        let file = KargsFile::parse(&text).map_err(|why| Unexamined::Value {
            setting: path.to_string(),
            why: format!("bootc does not read it: {why}"),
        })?;
        files.push((path, text, file));
    }
    files.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    Ok(files)
}

/// The line that gives a word, as far as it stands there as it is.
fn line(path: &TreePath, text: &str, word: &str) -> Place {
    let mut lines = text.lines().enumerate();
    let here =
        |(_, line): &(usize, &str)| !line.trim_start().starts_with('#') && line.contains(word);
    match lines.find(here) {
        Some((index, _)) => Place::line(path, index),
        None => Place::file(path),
    }
}

/// The files of kargs.d.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::below(KARGS_FOLDER)]
}
