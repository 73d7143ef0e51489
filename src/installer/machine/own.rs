//! What the host has beside the image.

use super::error::InstallError;
use super::reveal::Revealing;
use super::work::Work;
use crate::bootable::disk::{Own, OwnFile, OwnUser};
use crate::installer::document::{Document, User};
use crate::installer::network::forms;
use crate::setting::HostAccount;

/// Gathers it, with the secrets of the document.
pub(super) fn own(document: &Document, work: &Work) -> Result<Own, InstallError> {
    let revealing = Revealing {
        settings: &work.settings,
        token: work.token.as_deref(),
    };
    let name = document.hostname.as_ref();
    let name = name.map(|name| OwnFile::public("/etc/hostname", format!("{name}\n")));
    let users = document.users.iter().map(|one| user(one, &revealing));
    Ok(Own {
        arguments: document.arguments.clone(),
        files: name.into_iter().collect(),
        users: users.collect::<Result<_, _>>()?,
        network: match document.network.as_slice() {
            [] => None,
            connections => Some(forms(connections)),
        },
    })
}

fn user(user: &User, revealing: &Revealing<'_>) -> Result<OwnUser, InstallError> {
    let hash = user.password.as_ref();
    let hash = hash.map(|secret| revealing.hash(&user.name, secret));
    Ok(OwnUser {
        account: HostAccount {
            name: user.name.clone(),
            uid: user.uid,
            comment: user.full_name.clone(),
            shell: user.shell.clone(),
            groups: user.groups.clone(),
            hash: hash.transpose()?,
        },
        keys: user.keys.clone(),
    })
}
