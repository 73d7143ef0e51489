//! The input and the output of producers.

use serde::Serialize;

use super::environment::Templates;
use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::kickstart::output::file::File;
use crate::kickstart::value::target::Target;
use crate::origin::Diagnostic;

/// All that producers look at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The site.
    pub site: &'a Site,
    /// The templates.
    pub templates: &'a Templates,
    /// The hosts that are rendered, with the target that each is rendered for.
    pub hosts: &'a [(&'a Host, Target)],
    /// Whether the installers' kernels get the place of a token, which a server fills in.
    pub tokens: bool,
}

impl Scene<'_> {
    /// Renders templates with one set of values, each to its path, or returns all that is wrong.
    pub(in crate::kickstart) fn made(
        &self,
        wanted: &[(&str, String)],
        values: &impl Serialize,
    ) -> Made {
        let mut files = Vec::new();
        let mut problems = Vec::new();
        for (template, path) in wanted {
            match self.templates.render(template, values) {
                Ok(text) => files.push((path.clone(), File::text(text))),
                Err(problem) => problems.push(*problem),
            }
        }
        match problems.is_empty() {
            true => Ok(files),
            false => Err(problems),
        }
    }
}

/// What a producer makes: files by path, or what is wrong.
pub(in crate::kickstart) type Made = Result<Vec<(String, File)>, Vec<Diagnostic>>;
