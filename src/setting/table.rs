//! The table of setting kinds, and all that is made from it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::contract::check::{Checked, Reads, Unexamined};
use super::contract::definition::Definition;
use super::contract::ground::Ground;
use super::contract::kind::{Kind, Setting};
use super::contract::refusal::Refusal;
use super::input::inputs::Inputs;
use super::kinds;
use crate::action::Action;
use crate::origin::Diagnostic;
use crate::tree::Snapshot;

/// Makes the table, and the declaration of every kind in it.
macro_rules! table {
    ($($variant:ident: $kind:ident,)*) => {
        /// Settings of one kind, as a mapping with the kind's name for its only key.
        #[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Declaration {
            $(
                #[doc = concat!("Settings of the kind `", stringify!($kind), "`.")]
                #[schemars(description = kinds::$kind::DEFINITION.about)]
                $variant(kinds::$kind::Declared),
            )*
        }

        impl Declaration {
            /// Reads the settings, each with the origin of its own key, or everything that is wrong.
            pub fn settings(&self, inputs: &dyn Inputs) -> Result<Vec<Setting>, Vec<Diagnostic>> {
                match self {
                    $(Self::$variant(declared) => kinds::$kind::DECLARE(declared, inputs),)*
                }
            }
        }

        const COUNT: usize = [$(stringify!($kind)),*].len();
        const TABLE: [Definition; COUNT] = [$(kinds::$kind::DEFINITION),*];

        impl Kind {
            /// Every kind, in the order in which they are put into a root.
            pub const ALL: [Self; COUNT] = [$(kinds::$kind::DEFINITION.kind),*];
        }
    };
}

// In the order in which they are put into a root: groups come before users, and both before files,
// which they own; services come after files, because a file may be a unit that a service setting
// enables.
table! {
    Package: package,
    Sysctl: sysctl,
    KernelModule: kernel_module,
    Group: group,
    User: user,
    File: file,
    Config: config,
    Limit: limit,
    Banner: banner,
    Shell: shell,
    Sudo: sudo,
    Pam: pam,
    Mount: mount,
    Time: time,
    Firewall: firewall,
    AuditRule: audit_rule,
    Apparmor: apparmor,
    Bootloader: bootloader,
    Service: service,
    Karg: karg,
    Tree: tree,
}

impl Kind {
    /// The kind that a prefix names.
    #[must_use]
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }

    fn definition(self) -> &'static Definition {
        static ROWS: [Definition; COUNT] = TABLE;
        let row = ROWS.iter().find(|row| row.kind == self);
        row.expect("every kind is in the table")
    }

    /// What it is, in one sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.definition().about
    }

    /// One declaration as a document writes it below the name of the kind.
    #[must_use]
    pub fn example(self) -> &'static str {
        self.definition().example
    }

    /// What it changes in an image, in one sentence.
    #[must_use]
    pub fn effect(self) -> &'static str {
        self.definition().effect
    }

    /// Tells whether `candidate` satisfies what `mandatory` insists on: it is equal, or stricter
    /// by the kind's own rule.
    ///
    /// A file may have fewer permission bits, a module may be disabled instead of blacklisted, a
    /// unit may be masked instead of disabled, and so on as each kind says; everything else has to
    /// be equal. A value that cannot be read satisfies nothing but itself.
    #[must_use]
    pub fn at_least(self, name: &str, candidate: &Value, mandatory: &Value) -> bool {
        candidate == mandatory || (self.definition().at_least)(name, candidate, mandatory)
    }

    /// Makes the actions that put the `touched` settings into a root.
    ///
    /// `all` holds every setting of this kind with its name, parents' included; what is written are
    /// complete files merged over all of them, so that no two files ever disagree. Nothing touched
    /// makes no action.
    pub fn render(
        self,
        all: &BTreeMap<String, Value>,
        touched: &BTreeSet<String>,
        ground: &mut dyn Ground,
    ) -> Result<Vec<Action>, Refusal> {
        if touched.is_empty() {
            return Ok(Vec::new());
        }
        (self.definition().render)(all, touched, ground)
    }

    /// Tells whether a finished root is as a setting demands.
    ///
    /// # Errors
    /// What decides it could not be looked at; that is never a verdict.
    pub fn check(self, name: &str, value: &Value, root: &Snapshot) -> Result<Checked, Unexamined> {
        (self.definition().check)(name, value, root)
    }

    /// What [`Kind::check`] looks at.
    #[must_use]
    pub fn reads(self, name: &str) -> Vec<Reads> {
        (self.definition().reads)(name)
    }

    /// Describes a setting in one line for people.
    #[must_use]
    pub fn show(self, name: &str, value: &Value) -> String {
        (self.definition().show)(name, value).unwrap_or_else(|_| format!("{name} = {value}"))
    }

    /// Tells whether the program of this kind reads files that anybody may add to, so that only the
    /// finished root shows which value it uses.
    #[must_use]
    pub fn reads_many_files(self) -> bool {
        self.definition().reads_many_files
    }

    /// Tells whether settings of this kind change only files that the kind writes whole, so that a
    /// comparison of settings shows all that they do.
    #[must_use]
    pub fn writes_whole_files(self) -> bool {
        self.definition().writes_whole_files
    }
}
