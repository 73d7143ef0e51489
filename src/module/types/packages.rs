//! `type: packages`: asks the package manager of the family.

use super::apk::Apk;
use super::apt::Apt;
use super::dnf;
use super::pacman::Pacman;
use super::zypper::Zypper;
use crate::module::module_type::{Configuration, Form, ModuleType, NATIVE};
use crate::module::package::{Manager as _, Plan, Request};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::Diagnostic;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "packages",
    does: "Changes packages and their sources with the package manager of the distribution's family.",
    example: "type: packages\ninstall:\n  - rsyslog\n  - { debian: nginx, default: nginx-core }\n",
    forms: &[Form::written_as::<Request, Packages>(NATIVE)],
};

/// What is asked of whichever package manager the family has.
#[derive(Debug)]
pub(in crate::module) struct Packages(Request);

impl From<Request> for Packages {
    fn from(request: Request) -> Self {
        Self(request)
    }
}

impl Configuration for Packages {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let (family, compile): (_, fn(&Request, &mut Plan<'_>)) = match around.distribution.family {
            Some(Apk::FAMILY) => (Apk::FAMILY, Apk::compile),
            Some(Apt::FAMILY) => (Apt::FAMILY, Apt::compile),
            Some(dnf::FAMILY) => (dnf::FAMILY, dnf::request),
            Some(Pacman::FAMILY) => (Pacman::FAMILY, Pacman::compile),
            Some(Zypper::FAMILY) => (Zypper::FAMILY, Zypper::compile),
            _ => return without_manager(around),
        };
        Plan::compiled(around, family, |plan| compile(&self.0, plan))
    }
}

/// What `type: packages` is where no manager is known for the family.
fn without_manager(around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
    match around.distribution.family {
        Some(family) => Err(vec![
            Diagnostic::error(
                around.origin,
                format!("no package manager is known for the family `{family}`"),
            )
            .hint("use a `script` with the package manager of this distribution"),
        ]),
        None => Ok(Compiled {
            undecided: Some(
                Diagnostic::warning(around.origin, "not known yet which package manager this is")
                    .labelled("asks for the family of the parent")
                    .hint("facts are known once the parent is in the store; --fetch gets it"),
            ),
            ..Compiled::default()
        }),
    }
}
