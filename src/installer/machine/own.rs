//! What the host has beside the image.

use super::auth_file;
use super::error::InstallError;
use super::reveal::Revealing;
use super::work::Work;
use crate::bootable::disk::{
    Encryption, Own, OwnFile, OwnRegion, OwnStorage, OwnUpdates, OwnUser, OwnVolume,
};
use crate::installer::document::{Document, HostFile, HostVolume, Region, Storage, User};
use crate::installer::network::forms;
use crate::kickstart::Size;
use crate::registry::Settings;
use crate::setting::HostAccount;

/// Where programs that update machines look for credentials of registries.
const AUTH_FILE: &str = "/etc/ostree/auth.json";

/// Where the layer `boot-report` looks for the server that is told of each start.
const REPORT_CONF: &str = "/etc/terroir/report.conf";

/// What the host has beside the image, and what its installation takes.
pub(super) struct Gathered {
    /// What the disk gets.
    pub own: Own,
    /// How the root is encrypted.
    pub encryption: Option<Encryption>,
    /// The auth file for the registry.
    pub auth: Option<String>,
}

/// Gathers it, with the secrets of the document: each is asked for once.
pub(super) fn gather(
    document: &Document,
    (work, settings): (&Work, &Settings),
) -> Result<Gathered, InstallError> {
    let revealing = Revealing {
        settings,
        token: work.token.as_ref(),
    };
    let name = document.hostname.as_ref();
    let name = name.map(|name| OwnFile::public("/etc/hostname", format!("{name}\n")));
    let users = document.users.iter().map(|one| user(one, &revealing));
    let users = users.collect::<Result<_, _>>()?;
    let auth = document.registry.credentials.as_ref();
    let auth = auth.map(|credentials| auth_file::text(credentials, &revealing));
    let auth = auth.transpose()?;
    let kept = auth.clone().filter(|_| document.registry.keep_credentials);
    let kept = kept.map(|text| OwnFile::private(AUTH_FILE, text));
    let files = document.files.iter().map(|one| file(one, &revealing));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let report = document.report.as_ref();
    let report = report.map(|address| {
        let token = work.token.as_ref();
        report_conf(address, token.and_then(|token| token.to(address)))
    });
    let encryption = document.encryption.as_ref();
    let encryption = encryption.map(|wanted| revealing.encryption(wanted));
    let own = Own {
        arguments: document.arguments.clone(),
        files: name.into_iter().chain(report).chain(files).collect(),
        users,
        network: match document.network.as_slice() {
            [] => None,
            connections => Some(forms(connections)),
        },
        region: region(&document.region),
        first_boot: document.first_boot.clone(),
        updates: OwnUpdates {
            follows: document.follow.is_some(),
            credentials: kept,
        },
        storage: storage(&document.storage),
        is_only: true,
    };
    Ok(Gathered {
        own,
        encryption: encryption.transpose()?,
        auth,
    })
}

fn region(region: &Region) -> OwnRegion {
    OwnRegion {
        time_zone: region.time_zone.clone(),
        locale: region.locale.clone(),
        keyboard: region.keyboard.clone(),
    }
}

/// How the disk is divided, in bytes.
fn storage(storage: &Storage) -> OwnStorage {
    let bytes = |size: Size| size.0.saturating_mul(1 << 20);
    let volume = |volume: &HostVolume| OwnVolume {
        place: volume.place.clone(),
        size: bytes(volume.size),
        options: volume.options.clone(),
    };
    OwnStorage {
        root: storage.root.map(bytes),
        volumes: storage.volumes.iter().map(volume).collect(),
        swap: storage.swap.map(bytes),
        group: storage.group.clone(),
    }
}

/// Where the layer `boot-report` posts the reports of the machine, and with which token.
fn report_conf(address: &str, token: Option<&str>) -> OwnFile {
    let token = token.map(|token| format!("token={token}\n"));
    let text = format!("post={address}\n{}", token.unwrap_or_default());
    OwnFile::private(REPORT_CONF, text)
}

fn file(file: &HostFile, revealing: &Revealing<'_>) -> Result<OwnFile, InstallError> {
    let text = String::from_utf8(revealing.reveal(&file.content)?);
    let wrong = |_| InstallError::Secret(format!("the content of {} is no text", file.path));
    Ok(OwnFile {
        path: file.path.clone(),
        text: text.map_err(wrong)?,
        mode: file.mode,
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
            locked: user.locked,
        },
        keys: user.keys.clone(),
    })
}
