//! The row of the table of module types.

use super::bluebuild::{BlueBuildScript, Version1, Version2};
use super::native::Script;
use crate::module::module_type::{BLUEBUILD, Form, LATEST, ModuleType, NATIVE};

/// The row of the table.
pub(in crate::module::types) static TYPE: ModuleType = ModuleType {
    name: "script",
    does: "Runs scripts and lines of shell while the image is built.",
    example: "type: script\nsnippets: [\"echo built > /etc/acme.state\"]\n",
    forms: &[
        Form::of::<Script>(NATIVE),
        Form::written_as::<BlueBuildScript, Version1>(BLUEBUILD).versions(&["v1"]),
        Form::written_as::<BlueBuildScript, Version2>(BLUEBUILD).versions(&["v2", LATEST]),
    ],
};
