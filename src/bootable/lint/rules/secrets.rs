//! `secrets`: keys, passwords and tokens.

use crate::bootable::lint::root::{Root, constant};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};
use crate::bootable::lint::secret::Where;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "secrets",
    severity: Severity::Error,
    summary: "a file looks like a private key, a password or a token",
    applies: ANY,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let layers = root.image.iter().flat_map(|image| &image.layers);
    let digests: Vec<&str> = layers.map(|layer| layer.digest.as_str()).collect();
    let (usr, local) = (constant("/usr"), constant("/usr/local"));
    let found = root.secrets.iter().map(|secret| {
        let message = match secret.place {
            Where::Root => format!(
                "it looks like {}; everybody who has the image has it",
                secret.what
            ),
            Where::Below(layer) => format!(
                "it looks like {}; a later layer hides it, and layer {} ({}) still has it",
                secret.what,
                layer + 1,
                digests.get(layer).copied().unwrap_or_default()
            ),
        };
        let found = Found::at(&secret.path, message);
        // What packages bring below /usr may be known to all, such as keys of their tests.
        match secret.path.starts_with(&usr) && !secret.path.starts_with(&local) {
            true => found.warning(),
            false => found,
        }
    });
    found.collect()
}
