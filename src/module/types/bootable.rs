//! `type: bootable`: the root becomes one that machines boot, update and take back.
//!
//! It only asks for the shape, which the finish phase gives once, after all entries of all tiers.
//! The layer `bootable` installs what a machine needs beside it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Content, LifeCycle, Owner};
use crate::bootable::carried::{LINKS, OSTREE};
use crate::bootable::shape::VAR_RULES;
use crate::module::image_config::ImageConfig;
use crate::module::module_type::{Configuration, Form, ModuleType, NATIVE};
use crate::module::surroundings::{Compiled, FinishRequest, Surroundings};
use crate::origin::{Diagnostic, SourcedMap};
use crate::path::TreePath;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "bootable",
    does: "Gives the root the shape of an operating system that is updated as a whole, or an ordinary one that boots.",
    example: "type: bootable\nlife-cycle: ostree\nvar: { /var/lib/acme/: copy }\n",
    forms: &[Form::of::<Bootable>(NATIVE)],
};

/// What machines get of files below /var.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kept {
    /// A copy, when they have none yet.
    Copy,
    /// Nothing.
    Discard,
}

/// How the root boots and is updated.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
struct Bootable {
    /// How machines are updated; `ostree` for Debian and Ubuntu, `bootc` for Fedora's family, else
    /// `plain`.
    #[serde(default)]
    life_cycle: Option<LifeCycle>,
    /// Files or, with a slash at the end, folders below /var that packages of yours bring, and whether
    /// machines get a copy of them.
    #[serde(default)]
    var: SourcedMap<Kept>,
}

impl Configuration for Bootable {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut compiled = Compiled::default();
        let life_cycle = match (self.life_cycle, around.distribution.family) {
            (Some(stated), _) => stated,
            (None, Some("debian")) => LifeCycle::Ostree,
            (None, Some("fedora")) => LifeCycle::Bootc,
            (None, Some(_)) => LifeCycle::Plain,
            (None, None) => {
                compiled.undecided = Some(undecided(around));
                return Ok(compiled);
            }
        };
        compiled.finish.push(FinishRequest::Shape(life_cycle));
        match life_cycle {
            LifeCycle::Ostree => compiled.actions.extend(carried()),

            LifeCycle::Bootc => {
                let label = ("containers.bootc".to_owned(), "1".to_owned());
                compiled.config = ImageConfig {
                    labels: [label].into(),
                    ..ImageConfig::default()
                };
            }
            LifeCycle::Plain => {}
        }
        if let Some(rules) = self.rules(life_cycle)? {
            let place = format!("{VAR_RULES}/{}.conf", around.name);
            compiled.actions.push(file(&place, &rules, 0o644));
        }
        Ok(compiled)
    }
}

impl Bootable {
    /// The rules for files below /var as the shape reads them; none when none are stated.
    fn rules(&self, life_cycle: LifeCycle) -> Result<Option<String>, Vec<Diagnostic>> {
        let mut lines = String::new();
        let mut wrong = Vec::new();
        for (path, kept) in self.var.iter() {
            let place = TreePath::parse(path).ok();
            let var = TreePath::parse("/var").unwrap_or_default();
            let below = place.is_some_and(|place| place.starts_with(&var) && place != var);
            if !below || !path.starts_with('/') || path.contains(char::is_whitespace) {
                wrong.push(
                    Diagnostic::error(&path.origin, format!("`{path}` is not a path below /var"))
                        .hint("write it with a slash at the beginning, and without blanks"),
                );
            }
            let word = match kept {
                Kept::Copy => "copy",
                Kept::Discard => "discard",
            };
            lines.extend([word, " ", path.as_str(), "\n"]);
        }
        if let (Some((path, _)), LifeCycle::Plain) = (self.var.iter().next(), life_cycle) {
            wrong.push(
                Diagnostic::error(&path.origin, "`var` has no effect here").hint(
                    "with `life-cycle: plain`, machines get all of /var as it is in the image",
                ),
            );
        }
        match wrong.is_empty() {
            true => Ok((!lines.is_empty()).then_some(lines)),
            false => Err(wrong),
        }
    }
}

/// What machines need for the way back after a bad update.
fn carried() -> Vec<Action> {
    let files = OSTREE.iter().map(|one| file(one.path, one.text, one.mode));
    let links = LINKS.iter().map(|(path, target)| Action::Link {
        path: TreePath::parse(path).unwrap_or_default(),
        target: (*target).to_owned(),
    });
    files.chain(links).collect()
}

/// A file of root's that the image has.
fn file(path: &str, text: &str, mode: u32) -> Action {
    Action::Write {
        path: TreePath::parse(path).unwrap_or_default(),
        content: Content::Text(Arc::from(text)),
        mode,
        owner: Owner::default(),
    }
}

fn undecided(around: &Surroundings<'_>) -> Diagnostic {
    Diagnostic::warning(around.origin, "not known yet how machines are updated")
        .labelled("asks for the family of the parent")
        .hint(
            "state `life-cycle`; facts are known once the parent is in the store, --fetch gets it",
        )
}
