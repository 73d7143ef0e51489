//! Kernel modules that booting or containers need, which hardening must not take away.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::error::{Error, StepError};
use crate::engine::root::State;
use crate::origin::Diagnostic;
use crate::path::TreePath;
use crate::recipe::Claims;
use crate::setting::Kind;

/// Units of container runtimes.
const RUNTIMES: [&str; 6] = [
    "containerd.service",
    "crio.service",
    "docker.service",
    "k3s.service",
    "podman.service",
    "podman.socket",
];

/// Modules with what fails without them, when booting and when running containers.
const NEEDED: [(&str, Option<&str>, Option<&str>); 4] = [
    (
        "erofs",
        Some("the root file system of a bootc image is mounted with it"),
        None,
    ),
    (
        "loop",
        Some("disk images are made and mounted with it"),
        Some("images are mounted with it"),
    ),
    (
        "overlay",
        Some("/etc and the root of a bootc image are mounted with it"),
        Some("the layers of containers are mounted with it"),
    ),
    (
        "vfat",
        Some("the EFI system partition is mounted with it"),
        None,
    ),
];

/// Refuses settings that take such a module from a root that boots or runs containers.
pub(super) fn refuse_needed(state: &State, claims: &Claims) -> Result<(), Error> {
    let disabled = claims.of_kind(Kind::KERNEL_MODULE);
    let boots = kernel(state);
    let runtime = runtime(state);
    for (module, booting, running) in NEEDED {
        if !is_disabled(&disabled, module) {
            continue;
        }
        let reason = match (boots, booting, &runtime, running) {
            (true, Some(why), _, _) => format!("this image boots, and {why}"),
            (_, _, Some(unit), Some(why)) => {
                format!("this image runs containers ({unit}), and {why}")
            }
            _ => continue,
        };
        let key = Kind::KERNEL_MODULE.key(module);
        let Some(claim) = claims.get(&key) else {
            continue;
        };
        let hint = match claim.controls.first() {
            Some(control) => {
                format!("switch the control off where the layer is used: without: [{control}]")
            }
            None => format!("drop {key} from this flavour"),
        };
        let problem = Diagnostic::error(
            &claim.origin,
            format!("the kernel module {module} cannot be disabled here"),
        )
        .labelled(reason)
        .hint(hint);
        return Err(Error::Step {
            entry: "kernel modules".into(),
            origin: claim.origin.clone(),
            source: StepError::Setting(Box::new(problem)),
        });
    }
    Ok(())
}

/// Tells whether a module cannot be loaded; one that is only not loaded by itself can.
fn is_disabled(modules: &BTreeMap<String, Value>, module: &str) -> bool {
    modules
        .get(module)
        .is_some_and(|state| state.as_str() == Some("disabled"))
}

/// Tells whether the root has a kernel's modules.
fn kernel(state: &State) -> bool {
    ["/usr/lib/modules", "/lib/modules"].iter().any(|folder| {
        TreePath::parse(folder).is_ok_and(|folder| {
            let resolved = state.table.resolve_all(&folder);
            resolved.is_ok_and(|to| {
                state
                    .table
                    .children(&to.path)
                    .any(|(path, _)| path.file_name().first().is_some_and(u8::is_ascii_digit))
            })
        })
    })
}

fn runtime(state: &State) -> Option<String> {
    let units = state.units.files.keys();
    let mut names = units.map(|path| String::from_utf8_lossy(path.file_name()).into_owned());
    names.find(|name| RUNTIMES.contains(&name.as_str()))
}
