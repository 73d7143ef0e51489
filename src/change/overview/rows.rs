//! A comparison as parts with rows of words, which both text and Markdown show.

use super::between::{Compared, Overview};
use super::files::FileItem;
use super::item::{Item, Part, Shown};
use super::listing::FileLine;
use crate::audit::Verdict;

/// One row.
pub(super) struct Row {
    pub word: &'static str,
    pub name: String,
    pub old: String,
    pub new: String,
    pub note: String,
}

/// One part.
pub(super) struct Rows {
    pub title: &'static str,
    pub not_compared: Option<String>,
    pub rows: Vec<Row>,
}

/// The parts that have something to show.
pub(super) fn parts(overview: &Overview, shown: Shown) -> Vec<Rows> {
    let items = |title: &'static str, part: &Part<Item>| Rows {
        title,
        not_compared: part.not_compared.clone(),
        rows: part.changes.iter().map(of_item).collect(),
    };
    let mut parts = vec![
        items("settings", &overview.settings),
        items("mandatory rules", &overview.rules),
        controls(overview),
        items("exceptions", &overview.exceptions),
        items("packages", &overview.packages),
        Rows {
            title: "files",
            not_compared: overview.files.not_compared.clone(),
            rows: overview
                .files
                .changes
                .iter()
                .map(|file| of_file(file, shown))
                .collect(),
        },
        items("config", &overview.config),
        layers(overview, shown),
    ];
    parts.retain(|part| part.not_compared.is_some() || !part.rows.is_empty());
    parts
}

fn of_item(item: &Item) -> Row {
    let place = item.place.iter().cloned();
    let owner = item.owner.iter().map(|owner| format!("owner {owner}"));
    let note: Vec<String> = place.chain(item.flavour.clone()).chain(owner).collect();
    Row {
        word: item.direction.word(),
        name: item.name.clone(),
        old: item.old.clone().unwrap_or_default(),
        new: item.new.clone().unwrap_or_default(),
        note: note.join(", "),
    }
}

fn controls(overview: &Overview) -> Rows {
    let word = |verdict: Option<Verdict>| verdict.map_or("", Verdict::name).to_owned();
    let rows = overview.controls.changes.iter().map(|control| Row {
        word: control.way.name(),
        name: format!("{} {}", control.number, control.title),
        old: word(control.old),
        new: word(control.new),
        note: String::new(),
    });
    Rows {
        title: "controls",
        not_compared: overview.controls.not_compared.clone(),
        rows: rows.collect(),
    }
}

fn layers(overview: &Overview, shown: Shown) -> Rows {
    let rows = overview.layers.changes.iter().map(|item| {
        let digest: String = item.layer.diff_id.chars().skip(7).take(12).collect();
        Row {
            word: item.direction.word(),
            name: item
                .layer
                .label
                .clone()
                .unwrap_or_else(|| "no history".to_owned()),
            old: String::new(),
            new: format!("{digest}, {}", (shown.size)(item.layer.size)),
            note: String::new(),
        }
    });
    Rows {
        title: "layers",
        not_compared: overview.layers.not_compared.clone(),
        rows: rows.collect(),
    }
}

/// A file: all of it when it is only on one side, else what differs.
fn of_file(file: &FileItem, shown: Shown) -> Row {
    let (old, new) = match (&file.old, &file.new) {
        (Some(old), Some(new)) => {
            let (mut was, mut is) = (Vec::new(), Vec::new());
            for (left, right) in facts(old, shown).into_iter().zip(facts(new, shown)) {
                if left != right {
                    was.extend(left);
                    is.extend(right);
                }
            }
            if old.digest != new.digest && old.size == new.size {
                is.push("other content".to_owned());
            }
            (was.join(" "), is.join(" "))
        }
        (old, new) => (one(old.as_ref(), shown), one(new.as_ref(), shown)),
    };
    Row {
        word: file.direction.word(),
        name: file.path.clone(),
        old,
        new,
        note: String::new(),
    }
}

fn one(line: Option<&FileLine>, shown: Shown) -> String {
    let facts = line.map(|line| facts(line, shown));
    let words: Vec<String> = facts.into_iter().flatten().flatten().collect();
    words.join(" ")
}

fn facts(line: &FileLine, shown: Shown) -> [Option<String>; 6] {
    let names = line.attributes.iter();
    let names: Vec<String> = names
        .map(|(name, value)| format!("{name}={}", value.short()))
        .collect();
    [
        Some(line.kind.to_owned()),
        line.mode.clone(),
        Some(line.owner.clone()),
        line.size.map(shown.size),
        line.target.clone(),
        (!names.is_empty()).then(|| names.join(",")),
    ]
}

/// An image in one line.
pub(super) fn heading(side: &Compared, shown: Shown) -> String {
    let mut words = vec![side.target.clone()];
    words.extend(
        side.digest
            .iter()
            .map(|digest| digest.chars().take(19).collect()),
    );
    words.extend(side.platform.clone());
    words.extend(side.layers.map(|count| match count {
        1 => "1 layer".to_owned(),
        count => format!("{count} layers"),
    }));
    words.extend(
        side.size
            .map(|bytes| format!("{} compressed", (shown.size)(bytes))),
    );
    words.push(format!("{} of files", (shown.size)(side.unpacked)));
    words.join(", ")
}

/// What a machine fetches, in words.
pub(super) fn update(overview: &Overview, shown: Shown) -> Option<String> {
    let update = overview.update?;
    Some(match update.layers {
        0 => "nothing to fetch".to_owned(),
        1 => format!("1 layer to fetch, {}", (shown.size)(update.bytes)),
        count => format!("{count} layers to fetch, {}", (shown.size)(update.bytes)),
    })
}

/// Why nothing differs although the images are not the same.
pub(super) fn same(overview: &Overview) -> &'static str {
    match overview.old.digest == overview.new.digest {
        true => "no difference",
        false => "no difference in what was compared; the documents of the images differ",
    }
}

/// A word without what would break a line or move a terminal's cursor.
pub(super) fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}
