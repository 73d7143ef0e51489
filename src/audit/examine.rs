//! The examination of a root: every control of a benchmark checked on it.

use jiff::civil::Date;

use super::benchmark::Benchmark;
use super::benchmark::{Check, Subject};
use super::exception::covering;
use super::finding::{Examined, Finding, Verdict};
use crate::layer::Acts;
use crate::recipe::{Claims, Exception};
use crate::setting::{Kind, Outcome, Setting};
use crate::tree::Snapshot;

/// What is known of an image beside its files.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Who set which value, where the image or its recipe tells.
    pub claims: Option<&'a Claims>,
    /// Stated deviations.
    pub exceptions: &'a [Exception],
    /// The day of the audit.
    pub today: Date,
}

/// Examines every control.
#[must_use]
pub fn examine(benchmark: &Benchmark, root: &Snapshot, known: Known<'_>) -> Vec<Finding> {
    let subjects = benchmark.subjects.iter();
    subjects
        .map(|subject| finding(subject, root, known))
        .collect()
}

fn finding(subject: &Subject, root: &Snapshot, known: Known<'_>) -> Finding {
    let mut settings: Vec<Examined> = Vec::new();
    for check in &subject.checks {
        let Some(one) = looked_at(check, root, known) else {
            continue;
        };
        // What the benchmark allows and what the flavour says may be about one setting.
        match settings.iter_mut().find(|held| held.setting == one.setting) {
            Some(held) if !is_wrong(held.verdict) => *held = one,
            Some(_) => {}
            None => settings.push(one),
        }
    }
    let mut verdict = verdict(subject, &settings);
    let exception = match verdict {
        Verdict::Fail | Verdict::Error => covering(subject, known.exceptions, known.today),
        _ => None,
    };
    let holds = exception.as_ref().is_some_and(|one| one.days_left >= 0);
    if verdict == Verdict::Fail && holds {
        verdict = Verdict::Excepted;
    }
    let requirement = &subject.requirement;
    Finding {
        number: subject.number.clone(),
        ids: requirement.ids.iter().map(ToString::to_string).collect(),
        title: requirement.title.clone(),
        layer: subject.layer.clone(),
        section: subject.section.clone(),
        why: requirement.why.clone(),
        breaks: requirement.breaks.clone(),
        level: requirement.level,
        rules: requirement.rules.clone(),
        verdict,
        reason: subject.dismissed.clone(),
        settings,
        exception,
        origin: requirement.origin.clone(),
    }
}

fn is_wrong(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Error)
}

/// Examines the settings of which one has to be met.
fn looked_at(check: &Check, root: &Snapshot, known: Known<'_>) -> Option<Examined> {
    let mut all = check.any.iter().map(|setting| {
        let key = setting.key();
        let claim = known.claims.and_then(|claims| claims.get(&key));
        match claim.filter(|_| check.is_flavours) {
            Some(claim) => {
                let setting = Setting {
                    value: claim.value.clone(),
                    ..setting.clone()
                };
                examined(&setting, root, known)
            }
            None => examined(setting, root, known),
        }
    });
    let mut best = all.next()?;
    for one in all {
        let rank = |verdict| match verdict {
            Verdict::Pass => 0,
            Verdict::RunTime | Verdict::InstallTime => 1,
            Verdict::Error => 3,
            Verdict::Fail => 4,
            _ => 2,
        };
        if is_wrong(one.verdict) && is_wrong(best.verdict) {
            best.expected = format!("{}, or {}", best.expected, one.expected);
            best.found = format!("{}; {}", best.found, one.found);
            best.mend = best.mend.map(|mend| format!("{mend}, or {}", one.expected));
        } else if rank(one.verdict) < rank(best.verdict) {
            best = one;
        }
    }
    Some(best)
}

/// One broken setting breaks a control; what could not be examined is never a pass.
fn verdict(subject: &Subject, settings: &[Examined]) -> Verdict {
    if subject.dismissed.is_some() {
        return Verdict::NotApplicable;
    }
    let any = |wanted| settings.iter().any(|one| one.verdict == wanted);
    let order = [
        Verdict::Fail,
        Verdict::Error,
        Verdict::InstallTime,
        Verdict::RunTime,
        Verdict::Pass,
    ];
    match subject.requirement.acts {
        Some(Acts::Install) => Verdict::InstallTime,
        Some(Acts::Run) => Verdict::RunTime,
        Some(Acts::Manual) => Verdict::Manual,
        None => order
            .into_iter()
            .find(|wanted| any(*wanted))
            .unwrap_or(Verdict::NotApplicable),
    }
}

/// Examines one setting, and says who set what was found.
pub(super) fn examined(setting: &Setting, root: &Snapshot, known: Known<'_>) -> Examined {
    let Setting {
        kind, name, value, ..
    } = setting;
    let key = setting.key();
    let claim = known.claims.and_then(|claims| claims.get(&key));
    let mut examined = Examined {
        expected: kind.show(name, value),
        found: String::new(),
        verdict: Verdict::Error,
        file: None,
        line: None,
        origin: claim.map(|claim| claim.origin.clone()),
        flavour: claim.map(|claim| claim.flavour.clone()),
        mend: None,
        setting: key,
    };
    match kind.check(name, value, root) {
        Err(unexamined) => {
            examined.found = unexamined.to_string();
            examined
        }
        Ok(checked) => {
            examined.verdict = match checked.outcome {
                Outcome::Met => Verdict::Pass,
                Outcome::Unmet => Verdict::Fail,
                Outcome::NotApplicable => Verdict::NotApplicable,
                Outcome::Install => Verdict::InstallTime,
                Outcome::Run => Verdict::RunTime,
            };
            examined.found = checked.found;
            if examined.verdict == Verdict::Fail {
                examined.mend = Some(mend(*kind, &examined.expected));
            }
            examined.at(checked.place)
        }
    }
}

/// What to write into a recipe.
fn mend(kind: Kind, expected: &str) -> String {
    let how = match kind {
        Kind::PACKAGE => "a step of packages before it",
        Kind::TREE => "the step that makes these files, or name them in the rule",
        _ => "the layer of this control, or a setting of your own",
    };
    format!("add {how}, so that: {expected}")
}
