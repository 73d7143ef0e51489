//! Whether a boot of a finished root mounts a place as demanded.

use serde_json::Value;

use super::boot::{Boot, FSTAB, at};
use super::declare::MountValue;
use super::fstab::missing;
use crate::setting::contract::check::{Checked, Outcome, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::systemd::scope::{Scope, unit_directories};
use crate::tree::Snapshot;

/// Looks at what a boot mounts; partitions that nothing names are the installer's.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: MountValue = examined(Kind::MOUNT, name, value)?;
    Ok(match at(root, name)? {
        Boot::Hindered { why, place } => Checked::unmet(why, place),
        Boot::Nothing => unnamed(name, &demanded),
        Boot::Mounted {
            what,
            fs_type,
            options,
            place,
        } => {
            let missing = missing(&options, &demanded.options);
            let other = demanded.what.as_ref().is_some_and(|one| *one != what)
                || demanded.fs_type.as_ref().is_some_and(|one| *one != fs_type);
            let place = Some(place);
            if !missing.is_empty() {
                let found = format!("it is mounted without {}", missing.join(", "));
                Checked::unmet(found, place)
            } else if other {
                Checked::unmet(format!("{what} is mounted there"), place)
            } else {
                let options = match options.as_str() {
                    "" => "defaults",
                    options => options,
                };
                Checked::met(format!("it is mounted with {options}"), place)
            }
        }
    })
}

/// What to say of a place that neither fstab nor a unit names.
fn unnamed(name: &str, demanded: &MountValue) -> Checked {
    let by_image = demanded.what.is_some() || demanded.mounted || name == "/tmp";
    if by_image && !demanded.separate {
        return Checked::unmet("neither fstab nor a unit mounts it", None);
    }
    let found = match demanded.options.is_empty() {
        true => "the installer makes the partition".to_owned(),
        false => format!(
            "the installer mounts it with {}",
            demanded.options.join(",")
        ),
    };
    Checked::new(Outcome::Install, found, None)
}

/// The table of file systems and the folders of units.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    let units = unit_directories(Scope::System).iter();
    let units = units.map(|folder| Reads::below(folder));
    units.chain([Reads::at(FSTAB)]).collect()
}
