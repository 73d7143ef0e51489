//! `type: apt`, `zypper`, `apk`, `pacman`, and `packages`, which asks the manager of the family.

use crate::module::package::plan::Plan;
use crate::module::package::request::Request;
use super::{apk, apt, pacman, zypper};
use super::dnf;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::Diagnostic;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// Debian and its relatives.
    Apt,
    /// Fedora and its relatives.
    Dnf,
    /// SUSE and its relatives.
    Zypper,
    /// Alpine.
    Apk,
    /// Arch and its relatives.
    Pacman,
}

const ALL: [Manager; 5] = [
    Manager::Apt,
    Manager::Dnf,
    Manager::Zypper,
    Manager::Apk,
    Manager::Pacman,
];

impl Manager {
    /// The family whose packages it manages, as facts name it.
    #[must_use]
    pub fn family(self) -> &'static str {
        match self {
            Self::Apt => "debian",
            Self::Dnf => "fedora",
            Self::Zypper => "suse",
            Self::Apk => "alpine",
            Self::Pacman => "arch",
        }
    }
}

/// Configuration of the module types of package managers.
#[derive(Clone, Debug, PartialEq)]
pub struct Packages {
    /// The manager; that of the family when absent.
    pub manager: Option<Manager>,
    /// What is asked of it.
    pub request: Request,
}

impl Packages {
    pub(in crate::module) fn compile(
        &self,
        around: &Surroundings<'_>,
    ) -> Result<Compiled, Vec<Diagnostic>> {
        let family = around.distribution.family;
        let by_family = || ALL.into_iter().find(|one| Some(one.family()) == family);
        let Some(manager) = self.manager.or_else(by_family) else {
            return without_manager(around);
        };
        if let Some(family) = family.filter(|family| *family != manager.family()) {
            let named = around.distribution.id.unwrap_or(family);
            let hint = match by_family() {
                Some(_) => "write `type: packages`, which takes the manager of the family",
                None => "use a `script` with the package manager of this distribution",
            };
            return Err(vec![
                Diagnostic::error(
                    around.origin,
                    format!("{named} has another package manager"),
                )
                .hint(hint),
            ]);
        }
        let mut plan = Plan::new(around, manager.family());
        match manager {
            Manager::Apt => apt::compile(&self.request, &mut plan),
            Manager::Dnf => dnf::request(&self.request, &mut plan),
            Manager::Zypper => zypper::compile(&self.request, &mut plan),
            Manager::Apk => apk::compile(&self.request, &mut plan),
            Manager::Pacman => pacman::compile(&self.request, &mut plan),
        }
        plan.finish()
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
