//! The row of the table of module types.

use super::written::{DefaultFlatpaksV1, DefaultFlatpaksV2};
use crate::module::module_type::{BOTH, Form, LATEST, ModuleType};

/// The row of the table.
pub(in crate::module::types) static TYPE: ModuleType = ModuleType {
    name: "default-flatpaks",
    does: "Ships lists of Flatpaks, and timers that install them when machines start.",
    example: "type: default-flatpaks\nconfigurations:\n  - scope: system\n    install: [org.mozilla.firefox]\n",
    forms: &[
        Form::of::<DefaultFlatpaksV1>(BOTH).versions(&["v1"]),
        Form::of::<DefaultFlatpaksV2>(BOTH).versions(&["v2", LATEST]),
    ],
};
