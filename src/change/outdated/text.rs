//! Answers as columns, and one of them in sentences.

use super::answer::{Answer, Cause, Freshness, Why};

/// Most characters of a name in a column.
const MOST: usize = 48;

impl Answer {
    /// Columns for people: flavour, platform, why, what, what is locked, what there is.
    #[must_use]
    pub fn table(answers: &[Self]) -> String {
        let mut rows =
            vec![["FLAVOUR", "PLATFORM", "WHY", "NAME", "LOCKED", "AVAILABLE"].map(str::to_owned)];
        for answer in answers {
            let start = [answer.flavour.clone(), answer.platform.clone()];
            if answer.causes.is_empty() {
                let [flavour, platform] = start.clone();
                let rest = ["fresh", "", "", ""].map(str::to_owned);
                let [why, name, locked, available] = rest;
                rows.push([flavour, platform, why, name, locked, available]);
            }
            for cause in &answer.causes {
                let [flavour, platform] = start.clone();
                let (locked, available) = (short(cause.locked.as_deref()), there(cause));
                rows.push([
                    flavour,
                    platform,
                    cause.why.name().to_owned(),
                    shortened(&plain(&cause.name)),
                    locked,
                    available,
                ]);
            }
        }
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths: Vec<usize> = (0..5).map(width).collect();
        let line = |row: &[String; 6]| {
            let cells = row.iter().enumerate().map(|(at, cell)| {
                let width = widths.get(at).copied().unwrap_or_default();
                format!("{cell:width$}")
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.iter().map(|row| line(row) + "\n").collect()
    }

    /// Sentences for people: what forces this flavour to be built again.
    #[must_use]
    pub fn sentences(&self) -> String {
        let state = match self.state {
            Freshness::Fresh => "is as it is locked",
            Freshness::Outdated => "is outdated",
            Freshness::Unknown => "may be outdated: not all could be asked",
        };
        let mut lines = vec![format!("{} ({}) {state}", self.flavour, self.platform)];
        if !self.parents.is_empty() {
            lines.push(format!("  derives from {}", self.parents.join(", ")));
        }
        for cause in &self.causes {
            let through = match cause.recipe == self.recipe {
                true => String::new(),
                false => format!(", through {}", cause.recipe),
            };
            lines.push(format!("  {}{through}", sentence(cause)));
        }
        lines.iter().map(|line| plain(line) + "\n").collect()
    }
}

fn sentence(cause: &Cause) -> String {
    let name = &cause.name;
    let locked = short(cause.locked.as_deref());
    if let Some(why) = &cause.unknown {
        return format!("{}: {name} could not be told: {why}", cause.why.name());
    }
    let available = short(cause.available.as_deref());
    match (cause.why, cause.available.is_some()) {
        (Why::Recipe, _) => format!("recipe: {name} is not locked; terroir lock adds it"),
        (why, false) => format!(
            "{}: {name} has no image for this platform any more",
            why.name()
        ),
        (Why::Security, _) => {
            format!("security: {name} {locked} is locked, the security suite has {available}")
        }
        (why, true) => format!(
            "{}: {name} {locked} is locked, there is {available}",
            why.name()
        ),
    }
}

fn there(cause: &Cause) -> String {
    match (&cause.unknown, cause.why) {
        (Some(why), _) => format!("unknown: {}", plain(why)),
        (None, Why::Recipe) => "not locked".to_owned(),
        (None, _) => match &cause.available {
            Some(text) => short(Some(text)),
            None => "gone".to_owned(),
        },
    }
}

/// A version as it is, a digest by its first twelve digits.
fn short(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    match text.strip_prefix("sha256:") {
        Some(hex) => hex.chars().take(12).collect(),
        None => plain(text),
    }
}

/// The beginning of a long name: a request for packages can have hundreds of them.
fn shortened(text: &str) -> String {
    match text.chars().count() > MOST {
        true => text.chars().take(MOST - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}
