//! The public key of a BlueBuild project.

use super::reading::Reading;
use crate::action::{Action, Content, Owner};
use crate::origin::{Diagnostic, Origin};
use crate::path::TreePath;
use crate::recipe::repository::inputs::{Base, DiskInputs};
use crate::setting::Inputs as _;

impl Reading<'_, '_> {
    /// Puts the public key of a BlueBuild project where BlueBuild puts it, before every module.
    pub(in crate::recipe) fn own_key(&mut self, project: &str) {
        let key = match project.is_empty() {
            true => "cosign.pub".to_owned(),
            false => format!("{project}/cosign.pub"),
        };
        let root = DiskInputs {
            checkout: &self.repository.checkout,
            base: Base::Folder(""),
            scope: &self.scope,
        };
        let origin = Origin::of_file(&key);
        let place = format!("/etc/pki/containers/{}.pub", self.name.replace('/', "_"));
        let place = TreePath::parse(&place);
        match (root.at_root(&key), place) {
            (Ok(Some(input)), Ok(path)) => {
                let private = root
                    .text(&input)
                    .is_ok_and(|text| text.contains("PRIVATE KEY"));
                if private {
                    let message = format!("`{}` is a private key", input.path);
                    let problem = Diagnostic::error(&origin, message);
                    let hint = "never commit it; write the public key, cosign.pub";
                    return self.out.problems.push(problem.hint(hint));
                }
                let mut entry = self.empty("public key".to_owned(), &origin);
                entry.actions.push(Action::Write {
                    path,
                    content: Content::Input(input),
                    mode: 0o644,
                    owner: Owner::default(),
                });
                self.out.entries.push(entry);
            }
            (Err(problem), _) => self.out.problems.push(problem),
            // A name that makes no path is refused with its own words.
            (Ok(_), _) => {}
        }
    }
}
