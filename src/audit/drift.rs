//! Drift: the differences between two reports.

use serde::Serialize;

use super::finding::{Examined, Finding, Verdict};
use super::report::Report;
use crate::origin::Origin;

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It was met, or somebody answered for it, and that is so no longer.
    Worse,
    /// Only the newer report has it.
    Appeared,
    /// Only the older report has it.
    Vanished,
    /// It is otherwise, and neither worse nor better.
    Changed,
    /// It is met now, or somebody answers for it.
    Better,
}

impl Way {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Appeared => "appeared",
            Self::Vanished => "vanished",
            Self::Changed => "changed",
            Self::Better => "better",
        }
    }
}

/// One setting that is otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingDrift {
    /// The setting's key.
    pub setting: String,
    /// What is demanded.
    pub expected: String,
    /// What there was; none when it was not examined.
    pub old: Option<String>,
    /// What there is.
    pub new: Option<String>,
    /// The file of the root that decides it, with its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Which recipe or layer set the value that is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// One control that is otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ControlDrift {
    /// Which way it went.
    pub way: Way,
    /// The number in the benchmark.
    pub number: String,
    /// What is true of a root that meets it.
    pub title: String,
    /// The older verdict.
    pub old: Option<Verdict>,
    /// The newer verdict.
    pub new: Option<Verdict>,
    /// The settings that are otherwise.
    pub settings: Vec<SettingDrift>,
}

/// One of the two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// What was audited.
    pub target: String,
    /// The digest of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The benchmark, with its level and profile.
    pub benchmark: String,
    /// The day of the audit.
    pub date: String,
    /// The score.
    pub score: Option<f64>,
}

/// What of one report is otherwise in another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The version of this format.
    pub format: u32,
    /// The older report.
    pub old: Side,
    /// The newer report.
    pub new: Side,
    /// The controls that are otherwise: what got worse first, then by number.
    pub controls: Vec<ControlDrift>,
}

impl Drift {
    /// Compares two reports.
    #[must_use]
    pub fn between(old: &Report, new: &Report) -> Self {
        let mut left: Vec<&Finding> = old.findings.iter().collect();
        let mut controls = Vec::new();
        for finding in &new.findings {
            let held = counterpart(&left, finding).map(|at| left.remove(at));
            controls.extend(match held {
                Some(held) => compared(held, finding),
                None => Some(alone(finding, Way::Appeared)),
            });
        }
        controls.extend(left.into_iter().map(|one| alone(one, Way::Vanished)));
        controls.sort_by_key(|one| one.way);
        Self {
            format: 1,
            old: side(old),
            new: side(new),
            controls,
        }
    }

    /// Whether anything got worse; what appears and is not met, did.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.worse() > 0
    }

    /// How many controls got worse.
    #[must_use]
    pub fn worse(&self) -> usize {
        let worse = |one: &&ControlDrift| match one.way {
            Way::Worse => true,
            Way::Appeared => one.new.is_some_and(|verdict| badness(verdict) == UNMET),
            _ => false,
        };
        self.controls.iter().filter(worse).count()
    }

    /// Lines for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for one in &self.controls {
            one.lines(&mut lines);
        }
        let score = |side: &Side| match side.score {
            Some(score) => format!("{score:.1} %"),
            None => "no score".to_owned(),
        };
        lines.push(format!(
            "old  {:10} {} ({})",
            score(&self.old),
            self.old.target,
            self.old.date
        ));
        lines.push(format!(
            "new  {:10} {} ({})",
            score(&self.new),
            self.new.target,
            self.new.date
        ));
        let counts = [
            Way::Worse,
            Way::Appeared,
            Way::Vanished,
            Way::Changed,
            Way::Better,
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter_map(|way| {
                let count = self.controls.iter().filter(|one| one.way == way).count();
                (count > 0).then(|| format!("{count} {}", way.name()))
            })
            .collect();
        lines.push(match counts.is_empty() {
            true => "no drift".to_owned(),
            false => counts.join(", "),
        });
        let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let lines = lines
            .iter()
            .map(|line| line.chars().map(shown).collect::<String>());
        lines
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect()
    }
}

impl ControlDrift {
    /// Lines for people.
    fn lines(&self, lines: &mut Vec<String>) {
        let word = |verdict: Option<Verdict>| verdict.map_or("–", Verdict::name);
        let verdicts = match self.old == self.new {
            true => word(self.new).to_owned(),
            false => format!("{} → {}", word(self.old), word(self.new)),
        };
        let way = self.way.name();
        lines.push(format!(
            "{way:9}{:11}{} ({verdicts})",
            self.number, self.title
        ));
        for setting in &self.settings {
            let place = match &setting.place {
                Some(place) => format!(" ({place})"),
                None => String::new(),
            };
            let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
            lines.push(format!("         expected {}", setting.expected));
            lines.push(format!("         was      {}", word(&setting.old)));
            lines.push(format!("         is       {}{place}", word(&setting.new)));
            let origin = setting.origin.iter();
            lines.extend(origin.map(|origin| format!("         set by   {origin}")));
        }
    }
}

fn side(report: &Report) -> Side {
    Side {
        target: report.target.clone(),
        digest: report.digest.clone(),
        benchmark: format!(
            "{}, level {}, {}",
            report.benchmark, report.level, report.profile
        ),
        date: report.date.clone(),
        score: report.score,
    }
}

/// The same control of the other report: by number and title, else by the number alone where no
/// other control has it, since titles are reworded.
fn counterpart(others: &[&Finding], finding: &Finding) -> Option<usize> {
    let same = |other: &&Finding| other.number == finding.number;
    let exact = |other: &&Finding| same(other) && other.title == finding.title;
    let exactly = others.iter().position(exact);
    exactly.or_else(|| match others.iter().filter(|one| same(one)).count() {
        1 => others.iter().position(same),
        _ => None,
    })
}

/// The badness of what is not met.
const UNMET: u8 = 2;

fn badness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail | Verdict::Error => UNMET,
        Verdict::Excepted => 1,
        Verdict::Pass
        | Verdict::NotApplicable
        | Verdict::InstallTime
        | Verdict::RunTime
        | Verdict::Manual => 0,
    }
}

fn compared(old: &Finding, new: &Finding) -> Option<ControlDrift> {
    let settings = settings(&old.settings, &new.settings);
    let before = badness(old.verdict);
    let after = badness(new.verdict);
    // A control that fails still may fail in more or in fewer of its settings.
    let failing = |finding: &Finding| {
        let settings = finding.settings.iter();
        settings.filter(|one| badness(one.verdict) == UNMET).count()
    };
    let way = match (before, failing(old)).cmp(&(after, failing(new))) {
        std::cmp::Ordering::Less => Way::Worse,
        std::cmp::Ordering::Greater => Way::Better,
        std::cmp::Ordering::Equal => Way::Changed,
    };
    let same = way == Way::Changed && old.verdict == new.verdict && settings.is_empty();
    (!same).then(|| ControlDrift {
        way,
        number: new.number.clone(),
        title: new.title.clone(),
        old: Some(old.verdict),
        new: Some(new.verdict),
        settings,
    })
}

/// The settings whose verdict or value is otherwise.
fn settings(old: &[Examined], new: &[Examined]) -> Vec<SettingDrift> {
    let find = |list: &[Examined], key: &str| list.iter().find(|one| one.setting == key).cloned();
    let mut keys: Vec<&str> = old
        .iter()
        .chain(new)
        .map(|one| one.setting.as_str())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let drifts = keys.into_iter().filter_map(|key| {
        let (old, new) = (find(old, key), find(new, key));
        let state = |one: &Option<Examined>| {
            let one = one.as_ref()?;
            Some((one.verdict, one.found.clone(), one.expected.clone()))
        };
        if state(&old) == state(&new) {
            return None;
        }
        let known = new.as_ref().or(old.as_ref())?;
        Some(SettingDrift {
            setting: key.to_owned(),
            expected: known.expected.clone(),
            place: new.as_ref().and_then(Examined::place),
            origin: new.as_ref().and_then(|one| one.origin.clone()),
            old: old.as_ref().map(|one| one.found.clone()),
            new: new.as_ref().map(|one| one.found.clone()),
        })
    });
    drifts.collect()
}

fn alone(finding: &Finding, way: Way) -> ControlDrift {
    let verdict = Some(finding.verdict);
    ControlDrift {
        way,
        number: finding.number.clone(),
        title: finding.title.clone(),
        old: verdict.filter(|_| way == Way::Vanished),
        new: verdict.filter(|_| way == Way::Appeared),
        settings: Vec::new(),
    }
}
