//! The shipped layers, embedded from `layers/`.

use super::document::LayerDocument;
use crate::origin::Diagnostic;

/// A layer inside the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// The name by which recipes use it.
    pub name: &'static str,
    /// Its `layer.yml`.
    pub text: &'static str,
    /// Its `README.md`.
    pub readme: &'static str,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../layers/", $name, "/layer.yml")),
            readme: include_str!(concat!("../../layers/", $name, "/README.md")),
        }),+]
    };
}

/// Every shipped layer, sorted by name.
pub const SHIPPED: &[Shipped] = shipped![
    "accounts",
    "banner",
    "boot-report",
    "bootable",
    "certificates",
    "cis",
    "cis-accounts",
    "cis-auditd",
    "cis-banners",
    "cis-cron",
    "cis-file-modes",
    "cis-filesystem",
    "cis-firewall",
    "cis-integrity",
    "cis-journald",
    "cis-kernel-modules",
    "cis-mandatory-access",
    "cis-network",
    "cis-pam",
    "cis-processes",
    "cis-rsyslog",
    "cis-services",
    "cis-ssh",
    "cis-sudo",
    "cis-time",
    "cloud",
    "disk-encryption",
    "installer",
    "package-sources",
    "services",
    "sysctl",
    "updates",
    "userland",
];

impl Shipped {
    /// Finds a shipped layer.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        SHIPPED.iter().find(|layer| layer.name == name)
    }

    /// Reads its document; origins show `<terroir>/layers/NAME/layer.yml`.
    ///
    /// # Errors
    /// None that a release could have: a test reads every shipped layer.
    pub fn read(&self) -> Result<LayerDocument, Vec<Diagnostic>> {
        let file = format!("<terroir>/layers/{}/layer.yml", self.name);
        LayerDocument::read(self.name, &file, self.text)
    }
}
