//! The closed set of setting kinds, and one setting of a kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::contract::check::{Checked, Reads, Unexamined};
use super::contract::ground::Ground;
use super::contract::refusal::Refusal;
use super::kinds::{
    apparmor, audit_rule, banner, bootloader, config, file, firewall, group, karg, kernel_module,
    limit, mount, package, pam, service, shell, sudo, sysctl, time, tree, user,
};
use crate::action::Action;
use crate::origin::Origin;
use crate::tree::Snapshot;

/// One thing that a control, a layer or a recipe demands of a root.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Which one, in the kind's canonical spelling.
    pub name: String,
    /// What it shall be: the kind's own typed value, serialised canonically.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
}

impl Setting {
    /// The key in the table of settings: `sysctl:net.ipv4.ip_forward`.
    #[must_use]
    pub fn key(&self) -> String {
        self.kind.key(&self.name)
    }
}

/// A kind of setting; each has its own file in this room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Whether a package is installed.
    Package,
    /// A kernel parameter.
    Sysctl,
    /// Whether a kernel module may be or is loaded.
    KernelModule,
    /// A whole file, or the mode and owner of one.
    File,
    /// One key of a configuration file.
    Config,
    /// Whether a systemd unit is enabled, disabled or masked.
    Service,
    /// The stacks of PAM.
    Pam,
    /// Limits of processes: `"* hard core": 0`.
    Limit,
    /// What is said before and after a login.
    Banner,
    /// What shells start with.
    Shell,
    /// Defaults of sudo, and what its rules may not say.
    Sudo,
    /// File systems and the options that they are mounted with.
    Mount,
    /// Groups with their members.
    Group,
    /// Users, and rules for all of them.
    User,
    /// Where the clock is set from.
    Time,
    /// What may come in over the network.
    Firewall,
    /// Rules of the kernel's audit, by subject.
    AuditRule,
    /// Whether profiles of AppArmor are enforced.
    Apparmor,
    /// What protects the boot loader.
    Bootloader,
    /// A kernel argument.
    Karg,
    /// A rule over the whole root.
    Tree,
}

impl Kind {
    /// Every kind, in the order in which they are put into a root.
    ///
    /// Groups come before users, and both before files, which they own; services come after files,
    /// because a file may be a unit that a service setting enables.
    pub const ALL: [Self; 21] = [
        Self::Package,
        Self::Sysctl,
        Self::KernelModule,
        Self::Group,
        Self::User,
        Self::File,
        Self::Config,
        Self::Limit,
        Self::Banner,
        Self::Shell,
        Self::Sudo,
        Self::Pam,
        Self::Mount,
        Self::Time,
        Self::Firewall,
        Self::AuditRule,
        Self::Apparmor,
        Self::Bootloader,
        Self::Service,
        Self::Karg,
        Self::Tree,
    ];

    /// The word before the colon of a key.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Sysctl => "sysctl",
            Self::KernelModule => "kernel_module",
            Self::File => "file",
            Self::Config => "config",
            Self::Service => "service",
            Self::Pam => "pam",
            Self::Limit => "limit",
            Self::Banner => "banner",
            Self::Shell => "shell",
            Self::Sudo => "sudo",
            Self::Mount => "mount",
            Self::Group => "group",
            Self::User => "user",
            Self::Time => "time",
            Self::Firewall => "firewall",
            Self::AuditRule => "audit_rule",
            Self::Apparmor => "apparmor",
            Self::Bootloader => "bootloader",
            Self::Karg => "karg",
            Self::Tree => "tree",
        }
    }

    /// The kind that a prefix names.
    #[must_use]
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }

    /// The key of one setting of this kind.
    #[must_use]
    pub fn key(self, name: &str) -> String {
        format!("{}:{name}", self.prefix())
    }

    /// Tells whether `candidate` satisfies what `mandatory` insists on: it is equal, or stricter
    /// by the kind's own rule.
    ///
    /// A file may have fewer permission bits, a module may be disabled instead of blacklisted, a
    /// unit may be masked instead of disabled, and so on as each kind says; everything else has to
    /// be equal. A value that
    /// cannot be read satisfies nothing but itself.
    #[must_use]
    pub fn at_least(self, name: &str, candidate: &Value, mandatory: &Value) -> bool {
        candidate == mandatory
            || match self {
                Self::Tree => tree::at_least(name, candidate, mandatory),
                Self::Package | Self::Sysctl | Self::Group | Self::Time | Self::Firewall => false,
                Self::Karg => karg::at_least(name, candidate, mandatory),
                Self::KernelModule => kernel_module::at_least(name, candidate, mandatory),
                Self::File => file::at_least(name, candidate, mandatory),
                Self::Config => config::at_least(name, candidate, mandatory),
                Self::Bootloader => bootloader::at_least(name, candidate, mandatory),
                Self::Apparmor => apparmor::at_least(name, candidate, mandatory),
                Self::AuditRule => audit_rule::at_least(name, candidate, mandatory),
                Self::User => user::at_least(name, candidate, mandatory),
                Self::Mount => mount::at_least(name, candidate, mandatory),
                Self::Sudo => sudo::at_least(name, candidate, mandatory),
                Self::Shell => shell::at_least(name, candidate, mandatory),
                Self::Banner => banner::at_least(name, candidate, mandatory),
                Self::Limit => limit::at_least(name, candidate, mandatory),
                Self::Pam => pam::at_least(name, candidate, mandatory),
                Self::Service => service::at_least(name, candidate, mandatory),
            }
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
        match self {
            // A step before the entry brings and takes them.
            Self::Package => Ok(Vec::new()),
            // Only the steps that make such files can make them otherwise; the gate names them.
            Self::Tree => Ok(Vec::new()),
            Self::Sysctl => sysctl::render(all, ground),
            Self::KernelModule => kernel_module::render(all, ground),
            Self::File => file::render(all, touched, ground),
            Self::Config => config::render(all, touched, ground),
            Self::Service => service::render(all, touched, ground),
            Self::Pam => pam::render(all, touched, ground),
            Self::Limit => limit::render(all),
            Self::Banner => banner::render(all, touched, ground),
            Self::Shell => shell::render(all, touched, ground),
            Self::Sudo => sudo::render(all, touched, ground),
            Self::Mount => mount::render(all, touched, ground),
            Self::Group => group::render(all, ground),
            Self::User => user::render(all, ground),
            Self::Time => time::render(all, ground),
            Self::Firewall => firewall::render(all, ground),
            Self::AuditRule => audit_rule::render(all, touched),
            Self::Apparmor => apparmor::render(all, ground),
            // The installer sets it up.
            Self::Bootloader => Ok(Vec::new()),
            Self::Karg => karg::render(all),
        }
    }

    /// Tells whether a finished root is as a setting demands.
    ///
    /// # Errors
    /// What decides it could not be looked at; that is never a verdict.
    pub fn check(self, name: &str, value: &Value, root: &Snapshot) -> Result<Checked, Unexamined> {
        match self {
            Self::Package => package::check(name, value, root),
            Self::Sysctl => sysctl::check(name, value, root),
            Self::KernelModule => kernel_module::check(name, value, root),
            Self::File => file::check(name, value, root),
            Self::Config => config::check(name, value, root),
            Self::Service => service::check(name, value, root),
            Self::Pam => pam::check(name, value, root),
            Self::Limit => limit::check(name, value, root),
            Self::Banner => banner::check(name, value, root),
            Self::Shell => shell::check(name, value, root),
            Self::Sudo => sudo::check(name, value, root),
            Self::Mount => mount::check(name, value, root),
            Self::Group => group::check(name, value, root),
            Self::User => user::check(name, value, root),
            Self::Time => time::check(name, value, root),
            Self::Firewall => firewall::check(name, value, root),
            Self::AuditRule => audit_rule::check(name, value, root),
            Self::Apparmor => apparmor::check(name, value, root),
            Self::Bootloader => bootloader::check(name, value, root),
            Self::Karg => karg::check(name, value, root),
            Self::Tree => tree::check(name, value, root),
        }
    }

    /// What [`Kind::check`] looks at.
    #[must_use]
    pub fn reads(self, name: &str) -> Vec<Reads> {
        match self {
            Self::Package => package::reads(),
            Self::Sysctl => sysctl::reads(),
            Self::KernelModule => kernel_module::reads(),
            Self::File => file::reads(name),
            Self::Config => config::reads(name),
            Self::Service => service::reads(name),
            Self::Pam => pam::reads(),
            Self::Limit => limit::reads(),
            Self::Banner => banner::reads(name),
            Self::Shell => shell::reads(),
            Self::Sudo => sudo::reads(),
            Self::Mount => mount::reads(),
            Self::Group => group::reads(),
            Self::User => user::reads(name),
            Self::Time => time::reads(),
            Self::Firewall => firewall::reads(),
            Self::AuditRule => audit_rule::reads(),
            Self::Apparmor => apparmor::reads(),
            Self::Bootloader => bootloader::reads(),
            Self::Karg => karg::reads(),
            Self::Tree => tree::reads(),
        }
    }

    /// Describes a setting in one line for people.
    #[must_use]
    pub fn show(self, name: &str, value: &Value) -> String {
        match self {
            Self::Package => package::show(name, value),
            Self::Sysctl => sysctl::show(name, value),
            Self::KernelModule => kernel_module::show(name, value),
            Self::File => file::show(name, value),
            Self::Config => config::show(name, value),
            Self::Service => service::show(name, value),
            Self::Pam => pam::show(name, value),
            Self::Limit => limit::show(name, value),
            Self::Banner => banner::show(name, value),
            Self::Shell => shell::show(name, value),
            Self::Sudo => sudo::show(name, value),
            Self::Mount => mount::show(name, value),
            Self::Group => group::show(name, value),
            Self::User => user::show(name, value),
            Self::Time => time::show(name, value),
            Self::Firewall => firewall::show(name, value),
            Self::AuditRule => audit_rule::show(name, value),
            Self::Apparmor => apparmor::show(name, value),
            Self::Bootloader => bootloader::show(name, value),
            Self::Karg => karg::show(name, value),
            Self::Tree => tree::show(name, value),
        }
        .unwrap_or_else(|_| format!("{name} = {value}"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.prefix())
    }
}
