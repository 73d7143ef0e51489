//! Stages: other roots of a recipe, from which its entries copy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::reading::{Read, Reading};
use crate::action::{Action, MountSource, Tree};
use crate::layer::FACTS;
use crate::module::{Dialect, named_tree};
use crate::oci::{Platform, parse_platform, platform_name};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::recipe::ancestry::settings::merge;
use crate::recipe::claims::chain::Claims;
use crate::recipe::claims::merge::Claimant;
use crate::recipe::document::{self, FragmentDocument, Stage as Written, StageEntry, readable};
use crate::recipe::flavour::resolved::{Base, Entry, Flavour, Inherited, Stage, StageBase};
use crate::yaml::{Node, render_text};

/// The config at the end of a stage, and why more of it cannot be had.
type End = (Inherited, Option<String>);

impl Reading<'_, '_> {
    /// Reads the entries of all stages and puts each stage after those that it needs.
    pub(in crate::recipe) fn stages(
        &mut self,
        written: &[StageEntry],
        platform: &Platform,
    ) -> Vec<Stage> {
        let file = Arc::clone(&self.recipe);
        let written = self.collected(written, &file, &mut Vec::new());
        self.run.stages = self.stage_names(&written);
        let stages = self.compiled_stages(&written, platform);
        let (ordered, circles) = in_order(stages);
        self.out.problems.extend(circles);
        ordered
    }

    /// Reads what can be read of a recipe that is wrong elsewhere.
    pub(in crate::recipe) fn readable(mut self, node: &Node, platform: &Platform) -> Read {
        let stages: Vec<StageEntry> = readable(node.get("stages"));
        self.stages(&stages, platform);
        let entries: Vec<document::Entry> = readable(node.get("modules"));
        self.entries(&entries)
    }

    /// All stages of a list; those of other files are included, files within files too.
    fn collected(
        &mut self,
        written: &[StageEntry],
        file: &str,
        way: &mut Vec<(Arc<str>, Origin)>,
    ) -> Vec<Written> {
        let mut all = Vec::new();
        for entry in written {
            match entry {
                StageEntry::Stage(stage) => all.push(stage.clone()),
                StageEntry::FromFile(path) => match self.stages_of(path, file, way) {
                    Ok((place, written)) => {
                        way.push((Arc::clone(&place), path.origin.clone()));
                        all.extend(self.collected(&written, &place, way));
                        way.pop();
                    }
                    Err(more) => self.out.problems.extend(more),
                },
            }
        }
        all
    }

    fn stages_of(
        &mut self,
        path: &Sourced<String>,
        file: &str,
        way: &[(Arc<str>, Origin)],
    ) -> Result<(Arc<str>, Vec<StageEntry>), Vec<Diagnostic>> {
        let beside = match &self.fragments {
            Some(folder) => format!("{folder}/x"),
            None => file.to_owned(),
        };
        let place = self
            .repository
            .beside(&beside, path)
            .map_err(|problem| vec![problem])?;
        if way.iter().any(|(held, _)| *held == place) {
            let mut error = Diagnostic::error(&path.origin, "files include each other in a circle")
                .labelled(format!("{place} is already being read"));
            for (held, origin) in way {
                error = error.and(origin, format!("{held} is included here"));
            }
            return Err(vec![error]);
        }
        let node = self.repository.node(&place, &path.origin)?;
        let fragment = FragmentDocument::read(&node, self.dialect)?;
        Ok((place, fragment.stages))
    }

    /// The names of all stages; none twice, none of another meaning.
    fn stage_names(&mut self, written: &[Written]) -> Vec<String> {
        let mut places: BTreeMap<&str, &Origin> = BTreeMap::new();
        for stage in written {
            let name = &stage.name;
            let problem = if let Some(first) = places.get(name.as_str()) {
                let message = format!("two stages have the name `{name}`");
                Diagnostic::error(&name.origin, message)
                    .and(first, "the first is here")
                    .hint("give each its own name")
            } else if name.value == "scratch" || name.value == self.name || !is_name(name) {
                let message = format!("`{name}` cannot be the name of a stage");
                let hint = "letters, digits, `.`, `_` and `-`; neither `scratch` nor the recipe's own name";
                Diagnostic::error(&name.origin, message).hint(hint)
            } else {
                places.insert(name, &name.origin);
                continue;
            };
            self.out.problems.push(problem);
        }
        written
            .iter()
            .map(|stage| stage.name.value.clone())
            .collect()
    }

    /// Reads every stage after the one that it starts from, whose variables and user it has; gives
    /// them as they are written.
    fn compiled_stages(&mut self, written: &[Written], platform: &Platform) -> Vec<Stage> {
        let mut base = |stage: &Written| {
            let before = self.out.problems.len();
            let base = self.stage_base(stage);
            (base, self.out.problems.split_off(before))
        };
        let bases: Vec<_> = written.iter().map(&mut base).collect();
        let mut ends: BTreeMap<String, End> = BTreeMap::new();
        let mut stages: BTreeMap<usize, Stage> = BTreeMap::new();
        let mut left: Vec<_> = written.iter().zip(bases).enumerate().collect();
        while !left.is_empty() {
            let waits =
                |base: &Option<Sourced<StageBase>>| match base.as_ref().map(|base| &base.value) {
                    Some(StageBase::Stage(name)) => {
                        left.iter().any(|(_, (other, _))| other.name.value == *name)
                    }
                    _ => false,
                };
            // What is in a circle is refused later.
            let next = left.iter().position(|(_, (_, (base, _)))| !waits(base));
            let (position, (stage, (from, problems))) = left.remove(next.unwrap_or_default());
            // What is wrong is said in the order of the stages.
            self.out.problems.extend(problems);
            let (entries, end) = self.stage_entries(stage, from.as_ref(), (platform, &ends));
            ends.insert(stage.name.value.clone(), end);
            let own = stage.platform.as_ref();
            let own = own.and_then(|platform| parse_platform(&platform.value.0));
            if let Some(from) = from {
                stages.insert(
                    position,
                    Stage {
                        name: stage.name.clone(),
                        from,
                        platform: own.unwrap_or_else(|| platform.clone()),
                        entries,
                        inherited: Claims::default(),
                        claims: Claims::default(),
                    },
                );
            }
        }
        stages.into_values().collect()
    }

    /// What instructions of a stage find of the config of what it starts from, and why that cannot
    /// be had.
    fn stage_config(
        &self,
        from: &StageBase,
        (platform, ends): (&Platform, &BTreeMap<String, End>),
    ) -> End {
        match from {
            StageBase::Stage(name) => ends.get(name).cloned().unwrap_or_default(),
            StageBase::Parent => {
                let (config, is_open) = (self.run.config.clone(), self.run.config_is_open);
                (Inherited { config, is_open }, None)
            }
            StageBase::Base(base) => match self.repository.config(base, platform) {
                Ok(known) => (known.into(), None),
                Err(unusable) => (None.into(), Some(unusable.why)),
            },
        }
    }

    /// What a stage starts from.
    fn stage_base(&mut self, written: &Written) -> Option<Sourced<StageBase>> {
        let mut from = written.from.clone();
        if self.dialect == Dialect::Native {
            match render_text(&from.value, &from.origin, &self.scope) {
                Ok(text) => from.value = text,
                Err(problem) => {
                    self.out.problems.push(*problem);
                    return None;
                }
            }
        }
        // A stage cannot stand on itself: its own name is that of an image.
        let mut others = self.run.stages.clone();
        others.retain(|name| *name != written.name.value);
        // BlueBuild writes the names of its stages with dashes.
        let own = [self.name.clone(), self.name.replace('/', "-")];
        let base = if from.value == "scratch" {
            StageBase::Base(Base::Scratch)
        } else if own.contains(&from.value) && !others.contains(&from.value) {
            StageBase::Parent
        } else {
            match named_tree(&from, &others, self.dialect, &mut self.out.notes) {
                Ok(Tree::Stage(name)) => StageBase::Stage(name),
                Ok(Tree::Image(reference)) => StageBase::Base(Base::Image(reference)),
                Err(problem) => {
                    self.out.problems.push(problem);
                    return None;
                }
            }
        };
        Some(Sourced::new(base, from.origin))
    }

    /// The entries of a stage, compiled with what is known of its root, and the config at its end.
    fn stage_entries(
        &mut self,
        written: &Written,
        from: Option<&Sourced<StageBase>>,
        (platform, ends): (&Platform, &BTreeMap<String, End>),
    ) -> (Vec<Entry>, End) {
        // What is wrong with the entries is said too where the base is wrong.
        let nothing = StageBase::Base(Base::Scratch);
        let from = from.map_or(&nothing, |from| &from.value);
        let mut run = self.run.clone();
        let (start, lost) = self.stage_config(from, (platform, ends));
        (run.config, run.config_is_open, run.config_is_lost) = (start.config, start.is_open, lost);
        let own = written.platform.as_ref();
        let own = own.and_then(|platform| parse_platform(&platform.value.0));
        run.platform = platform_name(own.as_ref().unwrap_or(platform));
        run.shell = match (&written.shell, self.dialect) {
            (Some(shell), _) => shell.0.iter().map(|word| word.value.clone()).collect(),
            (None, Dialect::BlueBuild) => vec!["bash".to_owned(), "-c".to_owned()],
            (None, Dialect::Native) => Vec::new(),
        };
        if !run.shell.is_empty() {
            run.config.shell = None;
        }
        let foreign = *from != StageBase::Parent;
        let mut scope = self.scope.clone();
        if foreign {
            run.version_id.clear();
            scope.retain(|name, _| !FACTS.contains(&name.as_str()) || name == "architecture");
        }
        let outer_run = std::mem::replace(&mut self.run, run);
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let outer_entries = std::mem::take(&mut self.out.entries);
        let outer_facts = self.facts.clone();
        self.facts = outer_facts.clone().filter(|_| !foreign);
        self.foreign = foreign;
        let file = Arc::clone(&written.name.origin.file);
        self.way
            .push((Arc::clone(&self.recipe), Origin::of_file(&self.recipe)));
        self.list(&written.modules, &file);
        self.way.pop();
        self.foreign = false;
        self.facts = outer_facts;
        let run = std::mem::replace(&mut self.run, outer_run);
        self.scope = outer_scope;
        let end = Inherited {
            config: run.config.started(),
            is_open: run.config_is_open,
        };
        let end = (end, run.config_is_lost);
        (std::mem::replace(&mut self.out.entries, outer_entries), end)
    }
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(fits)
}

/// The stages that a stage needs, with the place that says so.
fn needs(stage: &Stage) -> Vec<(String, Origin)> {
    let mut needed = Vec::new();
    if let StageBase::Stage(name) = &stage.from.value {
        needed.push((name.clone(), stage.from.origin.clone()));
    }
    for entry in &stage.entries {
        for action in &entry.actions {
            let trees: Vec<&Tree> = match action {
                Action::Copy { from, .. } => vec![from],
                Action::Run(command) => command
                    .mounts
                    .iter()
                    .filter_map(|mount| match &mount.source {
                        MountSource::Tree { tree, .. } => Some(tree),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            needed.extend(trees.into_iter().filter_map(|tree| match tree {
                Tree::Stage(name) => Some((name.clone(), entry.origin.clone())),
                Tree::Image(_) => None,
            }));
        }
    }
    needed
}

/// Puts each stage after those that it needs, else in the order of writing; says what is a circle.
fn in_order(stages: Vec<Stage>) -> (Vec<Stage>, Vec<Diagnostic>) {
    let mut ordered: Vec<Stage> = Vec::new();
    let mut left = stages;
    loop {
        let done: BTreeSet<&str> = ordered.iter().map(|stage| stage.name.as_str()).collect();
        // A name that is no stage was reported already.
        let missing =
            |name: &str| !done.contains(name) && left.iter().any(|stage| stage.name.value == name);
        let ready = left
            .iter()
            .position(|stage| !needs(stage).iter().any(|(name, _)| missing(name)));
        match ready {
            Some(position) => ordered.push(left.remove(position)),
            None if left.is_empty() => return (ordered, Vec::new()),
            None => return (ordered, vec![circle(&left)]),
        }
    }
}

/// The first circle among stages that all wait for one another.
fn circle(stages: &[Stage]) -> Diagnostic {
    let mut way: Vec<(&str, Origin)> = Vec::new();
    let mut at = stages.first();
    while let Some(stage) = at {
        let name = stage.name.as_str();
        if let Some(start) = way.iter().position(|(held, _)| *held == name) {
            way.drain(..start);
            break;
        }
        let waits = needs(stage).into_iter().find_map(|(needed, origin)| {
            let next = stages.iter().find(|other| other.name.value == needed)?;
            Some((next, origin))
        });
        let Some((next, origin)) = waits else { break };
        way.push((name, origin));
        at = Some(next);
    }
    let mut places = way.iter();
    let first = places.next();
    let origin = first.map_or_else(Origin::builtin, |(_, origin)| origin.clone());
    let name = first.map_or("", |(name, _)| *name);
    let mut error = Diagnostic::error(&origin, "stages need each other in a circle")
        .labelled(format!("`{name}` needs another here"));
    for (name, origin) in places {
        error = error.and(origin, format!("`{name}` needs another here"));
    }
    error.hint("let one of them start from an image")
}

impl Flavour {
    /// Merges the settings of all stages, each over those of what it starts from.
    pub(in crate::recipe) fn merge_stages(&mut self) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let mut known: BTreeMap<String, Claims> = BTreeMap::new();
        for stage in &mut self.stages {
            stage.inherited = match &stage.from.value {
                StageBase::Stage(name) => known.get(name).cloned().unwrap_or_default(),
                StageBase::Parent => self.inherited.clone(),
                StageBase::Base(_) => Claims::default(),
            };
            let mut claims = stage.inherited.clone();
            let by = Claimant {
                flavour: &self.name,
                tier: self.tier,
                last_wins: self.last_wins,
                inherited: &stage.inherited,
                mandatory: &[],
                exceptions: &[],
                informed: self.facts.is_some(),
            };
            problems.extend(merge(&mut claims, &stage.entries, by));
            known.insert(stage.name.value.clone(), claims.clone());
            stage.claims = claims;
        }
        problems
    }
}
