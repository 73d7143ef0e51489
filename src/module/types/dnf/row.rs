//! The row of the table of module types.

use super::bluebuild::Dnf;
use super::native::Native;
use crate::module::module_type::{BLUEBUILD, Form, ModuleType, NATIVE};

/// The row of the table.
pub(in crate::module::types) static TYPE: ModuleType = ModuleType {
    name: "dnf",
    does: "Changes packages, groups, repositories and keys of Fedora and its relatives with dnf5 or dnf4.",
    example: "type: dnf\ninstall:\n  packages: [htop]\n  install-weak-deps: false\n",
    forms: &[Form::of::<Native>(NATIVE), Form::of::<Dnf>(BLUEBUILD)],
};
