//! `type: copy`: copies from a stage, an image or the repository.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::Action;
use crate::module::module_type::{BLUEBUILD, Configuration, Form, ModuleType, NATIVE};
use crate::module::sources::{Context, Target, tree};
use crate::module::surroundings::{Compiled, Dialect, Surroundings};
use crate::module::union::present;
use crate::origin::{Diagnostic, Severity, Sourced};
use crate::setting::{Scalar, parse_mode, parse_owner, parse_place, refuse_fresh};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "copy",
    does: "Copies files from a stage, an image or the repository.",
    example: "type: copy\nsrc: motd\ndest: /etc/motd\n",
    forms: &[
        Form::of::<Copy>(NATIVE),
        Form::written_as::<BlueBuildCopy, Copy>(BLUEBUILD),
    ],
};

/// Configuration of the module type `copy`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
struct Copy {
    /// The stage or image to copy from; the repository when absent.
    #[serde(default)]
    pub from: Option<Sourced<String>>,
    /// The file or folder to copy; of a folder what it holds.
    pub src: Sourced<String>,
    /// Where it is put: into the folder when it ends in a slash, else under this name.
    pub dest: Sourced<String>,
    /// `user` or `user:group` of the copies and of the folders made for them; else root, with `from`
    /// the owners there.
    #[serde(default)]
    pub owner: Option<Sourced<String>>,
    /// Permission bits of every copied file as octal text, such as "0644".
    #[serde(default)]
    pub mode: Option<Sourced<Scalar>>,
}

/// Copies from a stage, an image or the repository.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
struct BlueBuildCopy {
    /// The stage or image to copy from; the repository when absent.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "String")]
    from: Option<Sourced<String>>,
    /// The file or folder to copy.
    src: Sourced<String>,
    /// Where it is put.
    dest: Sourced<String>,
}

impl From<BlueBuildCopy> for Copy {
    fn from(copy: BlueBuildCopy) -> Self {
        Self {
            from: copy.from,
            src: copy.src,
            dest: copy.dest,
            owner: None,
            mode: None,
        }
    }
}

impl Configuration for Copy {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let one = |problem| vec![problem];
        let mode = self.mode.as_ref().map(parse_mode).transpose();
        let owner = self.owner.as_ref().map(parse_owner).transpose();
        let destination = match around.dialect {
            Dialect::Native => self.dest.clone(),
            // As a COPY instruction reads it, in the working directory /.
            Dialect::BlueBuild => self.dest.clone().map(|dest| rooted(&dest)),
        };
        let place = parse_place(&destination).map_err(one)?;
        let mut compiled = Compiled::default();
        match refuse_fresh(&place, &destination.origin) {
            Err(refused) if around.dialect == Dialect::Native => return Err(vec![refused]),
            Err(refused) => compiled.warnings.push(Diagnostic {
                severity: Severity::Warning,
                ..refused
            }),
            Ok(()) => {}
        }
        if let Some(from) = &self.from {
            compiled.actions.push(Action::Copy {
                from: tree(from, around, &mut compiled.warnings).map_err(one)?,
                source: rooted(&self.src),
                destination: destination.value,
                owner: owner.map_err(one)?,
                mode: mode.map_err(one)?,
            });
            return Ok(compiled);
        }
        let target = Target {
            destination,
            mode: mode.map_err(one)?,
            owner: owner.map_err(one)?,
            folders: false,
        };
        let context = match around.dialect {
            Dialect::Native => Context::of_entry(around),
            Dialect::BlueBuild => Context::of_project(around).map_err(one)?,
        };
        for found in context.find(&self.src).map_err(one)? {
            context.copy(&found, &target, &mut compiled).map_err(one)?;
        }
        Ok(compiled)
    }
}

fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches("./").trim_start_matches('/'))
}
