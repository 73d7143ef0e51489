//! Benchmarks: the controls of the shipped layers that a benchmark numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::choice::{Choices, Said};
use super::gather::{Gathering, layer};
use super::subject::Subject;
use crate::layer::LayerDocument;
use crate::origin::{Diagnostic, did_you_mean};
use crate::recipe::Facts;

/// The layer that uses all others of the CIS benchmarks.
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
    #[error("the benchmark leaves no choice `{name}`")]
    Choice {
        /// The name as given.
        name: String,
        /// What to do instead.
        hint: String,
    },
    /// A layer is wrong, or an answer is none that it takes.
    #[error("the benchmark cannot be put together")]
    Layer(Vec<Diagnostic>),
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
        (choices, said): (Choices, &Said),
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
            let names: Vec<&str> = umbrella.options.iter().map(|(name, _)| name).collect();
            let hint = match did_you_mean(unknown, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", names.join(", ")),
            };
            let name = unknown.clone();
            return Err(BenchmarkError::Choice { name, hint });
        }
        let mut all = choices.clone();
        all.0.insert("level".into(), level.to_string());
        all.0.insert("profile".into(), profile.name().into());
        let asked: BTreeSet<String> = choices.0.keys().cloned().collect();
        let said_names = said.names().union(&asked).cloned().collect();
        let mut gathering = Gathering {
            benchmark: name,
            scope: facts.scope(),
            said: &said_names,
            asked: &asked,
            subjects: BTreeMap::new(),
            wrong: Vec::new(),
        };
        gathering.layer(&umbrella, &all.with(&umbrella, said), 0);
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
