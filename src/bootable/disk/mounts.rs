//! What the machine mounts: the file systems of its disk.

use super::error::Error;
use super::host::{Separated, real_place};
use super::identity::{Identity, dashed};
use super::image::{Mount, NOWHERE, Root, write};
use super::needs::SWAP_NAME;
use super::own::OwnStorage;

/// What options are where nobody states some.
const DEFAULTS: &str = "defaults";

/// Writes /etc/fstab of a root; `efi` is where the ESP is mounted.
pub(super) fn write_mounts(
    (root, efi): (&Root, &str),
    (storage, volumes): (&OwnStorage, &[Separated]),
    identity: &Identity,
) -> Result<(), Error> {
    let uuid = |name: &str| format!("UUID={}", identity.uuid(name));
    let ext4 = |source, place, options, pass| Mount {
        source,
        place,
        kind: "ext4",
        options,
        is_stated: false,
        pass,
    };
    let mut mounts = vec![
        ext4(uuid("root"), "/", DEFAULTS, 1),
        ext4(
            uuid("boot"),
            "/boot",
            "defaults,nodev,nosuid,x-systemd.device-timeout=5min",
            2,
        ),
        Mount {
            source: format!("UUID={}", dashed(&identity.volume("esp"))),
            place: efi,
            kind: "vfat",
            // Only an update of the boot loader needs it.
            options: "umask=0077,nodev,nosuid,noexec,nofail,x-systemd.device-timeout=5min",
            is_stated: false,
            pass: 2,
        },
    ];
    let options: Vec<String> = storage
        .volumes
        .iter()
        .map(|volume| volume.options.join(","))
        .collect();
    let wanted = volumes.iter().zip(&options);
    let own = wanted.map(|(volume, options)| Mount {
        is_stated: !options.is_empty(),
        ..ext4(
            uuid(&volume.place),
            volume.place.as_str(),
            match options.as_str() {
                "" => DEFAULTS,
                options => options,
            },
            2,
        )
    });
    let mut own: Vec<Mount<'_>> = own.collect();
    // What is below another volume is mounted after it.
    own.sort_by_key(|mount| mount.place);
    mounts.extend(own);
    mounts.extend(storage.swap.map(|_| Mount {
        source: uuid(SWAP_NAME),
        place: NOWHERE,
        kind: "swap",
        options: DEFAULTS,
        is_stated: true,
        pass: 0,
    }));
    let real = |place: &str| real_place(&root.system, place);
    write(&root.system, &mounts, &real)
}
