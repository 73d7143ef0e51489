//! Benchmarks: the controls of the shipped layers that a benchmark numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::choice::Choices;
use crate::layer::{Acts, ControlId, Demand, Instance, LayerDocument, Shipped};
use crate::origin::{Diagnostic, Origin, did_you_mean};
use crate::recipe::{Facts, Texts};
use crate::setting::Setting;
use crate::yaml::{Node, Scope};

/// The layer that nests all others of the CIS benchmarks.
const UMBRELLA: &str = "cis";

/// The benchmarks that this terroir knows: name, os-release `ID` and `VERSION_ID`, full title.
const KNOWN: [(&str, &str, &str, &str); 3] = [
    (
        "cis-debian12",
        "debian",
        "12",
        "CIS Debian Linux 12 Benchmark v1.1.0",
    ),
    (
        "cis-debian13",
        "debian",
        "13",
        "CIS Debian Linux 13 Benchmark v1.0.0",
    ),
    (
        "cis-ubuntu2404",
        "ubuntu",
        "24.04",
        "CIS Ubuntu Linux 24.04 LTS Benchmark v1.0.0",
    ),
];

/// The benchmark whose numbers most controls carry: `cis/N` is a number of these.
const SHARED: [&str; 2] = ["cis-debian12", "cis-ubuntu2404"];

/// What a machine is for; benchmarks ask different things of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// It serves others.
    Server,
    /// A person sits before it.
    Workstation,
}

impl Profile {
    /// The word in options and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Workstation => "workstation",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "server" => Ok(Self::Server),
            "workstation" => Ok(Self::Workstation),
            _ => Err("write server or workstation".to_owned()),
        }
    }
}

/// Why a benchmark cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarkError {
    /// No such benchmark.
    #[error("there is no benchmark `{name}`")]
    Unknown {
        /// The name as given.
        name: String,
        /// What to do instead.
        hint: String,
    },
    /// Nothing is known of the distribution.
    #[error("no benchmark is known for {0}")]
    Distribution(String),
    /// An answer to a choice that the benchmark does not leave.
    #[error("the benchmark leaves no choice `{0}`")]
    Choice(String),
    /// A layer is wrong, or an answer is none that it takes.
    #[error("the benchmark cannot be put together")]
    Layer(Vec<Diagnostic>),
}

/// One control of a benchmark, with what it demands of this root.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The number in the benchmark: `5.1.20`.
    pub number: String,
    /// All of the control's ids.
    pub ids: Vec<ControlId>,
    /// What is true of a root that meets it.
    pub title: String,
    /// What it protects from.
    pub why: Option<String>,
    /// What it can break.
    pub breaks: Option<String>,
    /// The benchmark's level.
    pub level: u8,
    /// The rules of the SCAP Security Guide that examine the same.
    pub rules: Vec<String>,
    /// Who decides it where no image can.
    pub acts: Option<Acts>,
    /// Why it is pointless here; none when it applies.
    pub dismissed: Option<String>,
    /// The settings that meet it.
    pub settings: Vec<Setting>,
    /// The layer that has it.
    pub layer: String,
    /// What that layer is about.
    pub section: String,
    /// Where it stands in the layer document.
    pub origin: Origin,
}

/// The controls of a benchmark for one root, sorted by their numbers.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// Its name: `cis-debian12`.
    pub name: String,
    /// Its full title.
    pub title: String,
    /// The level up to which controls count.
    pub level: u8,
    /// What the machine is for.
    pub profile: Profile,
    /// The answers to its choices.
    pub choices: Choices,
    /// The controls.
    pub subjects: Vec<Subject>,
}

impl Benchmark {
    /// The names of all benchmarks.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        KNOWN.iter().map(|(name, ..)| *name).collect()
    }

    /// The benchmark of a distribution.
    ///
    /// # Errors
    /// None is known for it.
    pub fn of_distribution(facts: &Facts) -> Result<&'static str, BenchmarkError> {
        let found = KNOWN
            .iter()
            .find(|(_, id, version, _)| *id == facts.id && *version == facts.version_id);
        found.map(|(name, ..)| *name).ok_or_else(|| {
            let named = format!("{} {}", facts.id, facts.version_id);
            BenchmarkError::Distribution(match named.trim() {
                "" => "a root that does not say which distribution it is".to_owned(),
                named => named.to_owned(),
            })
        })
    }

    /// The layer whose options are a benchmark's choices.
    ///
    /// # Errors
    /// The shipped layer is wrong, which a test of terroir itself excludes.
    pub fn umbrella() -> Result<LayerDocument, BenchmarkError> {
        layer(UMBRELLA).map_err(BenchmarkError::Layer)
    }

    /// Puts the controls of a benchmark together.
    ///
    /// # Errors
    /// The benchmark or a choice is unknown, or an answer is none that a layer takes.
    pub fn read(
        name: &str,
        (level, profile): (u8, Profile),
        facts: &Facts,
        choices: Choices,
    ) -> Result<Self, BenchmarkError> {
        let Some((name, _, _, title)) = KNOWN.iter().find(|(known, ..)| *known == name) else {
            let known = Self::names();
            let hint = match did_you_mean(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            let name = name.to_owned();
            return Err(BenchmarkError::Unknown { name, hint });
        };
        let umbrella = Self::umbrella()?;
        let unknown = choices
            .0
            .keys()
            .find(|key| umbrella.options.get(key).is_none());
        if let Some(unknown) = unknown {
            return Err(BenchmarkError::Choice(unknown.clone()));
        }
        let mut all = choices.clone();
        all.0.insert("level".into(), level.to_string());
        all.0.insert("profile".into(), profile.name().into());
        let mut gathering = Gathering {
            benchmark: name,
            scope: facts.scope(),
            subjects: BTreeMap::new(),
            wrong: Vec::new(),
        };
        gathering.layer(&umbrella, &all.with(&umbrella), 0);
        if !gathering.wrong.is_empty() {
            return Err(BenchmarkError::Layer(gathering.wrong));
        }
        Ok(Self {
            name: (*name).to_owned(),
            title: (*title).to_owned(),
            level,
            profile,
            choices,
            subjects: gathering.subjects.into_values().collect(),
        })
    }
}

fn layer(name: &str) -> Result<LayerDocument, Vec<Diagnostic>> {
    match Shipped::find(name) {
        Some(shipped) => shipped.read(),
        None => Err(vec![Diagnostic::error(
            &Origin::builtin(),
            format!("terroir has no layer `{name}`"),
        )]),
    }
}

/// Deepest nesting of layers.
const MAX_DEPTH: usize = 8;

struct Gathering<'a> {
    benchmark: &'a str,
    scope: Scope,
    /// By the parts of the number, so that 5.2 comes before 5.10; two controls may share one.
    subjects: BTreeMap<(Vec<u32>, String), Subject>,
    wrong: Vec<Diagnostic>,
}

impl Gathering<'_> {
    fn layer(&mut self, document: &LayerDocument, with: &Node, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let instance = document
            .check(Some(with), &with.origin)
            .and_then(|values| document.instantiate(&values, &self.scope));
        let instance = match instance {
            Ok(instance) => instance,
            Err(problems) => return self.wrong.extend(problems),
        };
        for demand in &instance.controls {
            self.demand(demand, &instance);
        }
        self.dismissed(&instance);
        for entry in &instance.modules {
            let Some(name) = entry.get("layer").and_then(Node::as_text) else {
                continue;
            };
            let empty = Node::new(crate::yaml::Value::Null, entry.origin.clone());
            match layer(name) {
                Ok(nested) => self.layer(&nested, entry.get("with").unwrap_or(&empty), depth + 1),
                Err(problems) => self.wrong.extend(problems),
            }
        }
    }

    fn demand(&mut self, demand: &Demand, instance: &Instance) {
        let Some(number) = number(self.benchmark, &demand.ids) else {
            return;
        };
        let texts = Texts(&instance.scope);
        let mut settings = Vec::new();
        for declaration in &demand.settings {
            match declaration.settings(&texts) {
                Ok(some) => settings.extend(some),
                Err(problems) => self.wrong.extend(problems),
            }
        }
        self.put(Subject {
            number: number.to_owned(),
            ids: demand.ids.clone(),
            title: demand.title.clone(),
            why: demand.why.clone(),
            breaks: demand.breaks.clone(),
            level: demand.level,
            rules: demand.rules.clone(),
            acts: demand.acts,
            dismissed: None,
            settings,
            layer: instance.name.clone(),
            section: instance.title.clone(),
            origin: demand.origin.clone(),
        });
    }

    fn dismissed(&mut self, instance: &Instance) {
        for dismissed in &instance.dismissed {
            let Some(number) = number(self.benchmark, &dismissed.ids) else {
                continue;
            };
            self.put(Subject {
                number: number.to_owned(),
                ids: dismissed.ids.clone(),
                title: dismissed.title.clone(),
                why: None,
                breaks: None,
                level: dismissed.level,
                rules: dismissed.rules.clone(),
                acts: None,
                dismissed: Some(dismissed.why.clone()),
                settings: Vec::new(),
                layer: instance.name.clone(),
                section: instance.title.clone(),
                origin: dismissed.origin.clone(),
            });
        }
    }

    /// Keeps a control; of two with one number and title the one that applies counts.
    fn put(&mut self, subject: Subject) {
        let parts = subject
            .number
            .split('.')
            .map(|part| part.parse().unwrap_or(u32::MAX));
        let key = (parts.collect(), subject.title.clone());
        let replaces = self
            .subjects
            .get(&key)
            .is_none_or(|held| held.dismissed.is_some());
        if replaces {
            self.subjects.insert(key, subject);
        }
    }
}

/// The number that a benchmark gives a control; none when it does not have it.
fn number<'a>(benchmark: &str, ids: &'a [ControlId]) -> Option<&'a str> {
    let of = |wanted: &str| {
        let mut parts = ids.iter().map(ControlId::parts);
        parts
            .find(|(name, _)| *name == wanted)
            .map(|(_, number)| number)
    };
    of(benchmark).or_else(|| match SHARED.contains(&benchmark) {
        true => of("cis"),
        false => None,
    })
}
