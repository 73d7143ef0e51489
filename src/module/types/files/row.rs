//! The row of the table of module types.

use super::bluebuild::BlueBuildFiles;
use super::native::Files;
use crate::module::module_type::{BLUEBUILD, Form, ModuleType, NATIVE};

/// The row of the table.
pub(in crate::module::types) static TYPE: ModuleType = ModuleType {
    name: "files",
    does: "Copies files and folders of the repository into the image, or writes a text.",
    example: "type: files\nfiles:\n  - { source: system, destination: / }\n",
    forms: &[
        Form::of::<Files>(NATIVE),
        Form::written_as::<BlueBuildFiles, Files>(BLUEBUILD),
    ],
};
