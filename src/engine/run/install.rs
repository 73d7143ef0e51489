//! The installation of packages that are fetched already, without network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::action::Packages;
use crate::engine::cache::{cache, touch};
use crate::engine::error::{Error, RunError, failed_file};
use crate::engine::helper::{BindJob, BindSource, RunJob};
use crate::engine::runner::RunFolder;
use crate::package::{Resolution, install_place, install_script};

use super::context::{RunContext, command_environment};

/// Keeps services from starting while packages are installed (Debian's policy-rc.d interface).
const NO_SERVICES: &str = "#!/bin/sh\nexit 101\n";

/// The command that installs resolved packages, which have been fetched; lays their repository into the folder of the run.
pub(super) fn install_job(
    request: &Packages,
    resolution: &Resolution,
    context: RunContext<'_>,
    folder: &RunFolder,
) -> Result<RunJob, Error> {
    let cache = cache(context.outside.store())?;
    let place = below(&folder.temporary(), &install_place(resolution)).join("repository");
    fs::create_dir_all(&place).map_err(failed_file("making", &place))?;
    for package in &resolution.packages {
        let file = place.join(package.file_name());
        match package.url.is_empty() {
            true => {
                let own = request
                    .files
                    .iter()
                    .find(|file| file.sha256 == package.sha256);
                let own = own.ok_or_else(|| RunError::Package {
                    name: package.name.clone(),
                    why: "it is no longer a file of the repository".to_owned(),
                })?;
                fs::copy(&own.file, &file).map_err(failed_file("copying", &own.file))?;
            }
            // A copy: what runs in the root must not reach the cache.
            false => {
                let kept = cache.join(package.sha256.hex());
                touch(&kept);
                fs::copy(&kept, &file).map_err(failed_file("copying", &kept))?;
            }
        }
    }
    let list = place.join("list");
    fs::write(&list, resolution.listing()).map_err(failed_file("writing", &list))?;
    let policy = folder.path().join("policy-rc.d");
    fs::write(&policy, NO_SERVICES).map_err(failed_file("writing", &policy))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&policy, mode).map_err(failed_file("writing", &policy))?;
    let label = format!("apt: {}", request.summary());
    let mut job = script_job(&label, &install_script(request, resolution), false, context);
    job.binds.push(BindJob {
        source: BindSource::Path(policy),
        target: "/usr/sbin/policy-rc.d".to_owned(),
        read_only: true,
    });
    Ok(job)
}

/// A script of terroir's own as a command.
pub(super) fn script_job(
    label: &str,
    script: &str,
    network: bool,
    context: RunContext<'_>,
) -> RunJob {
    let variables = command_environment(context, &std::collections::BTreeMap::new());
    RunJob {
        label: label.to_owned(),
        arguments: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        environment: variables.into_iter().collect(),
        directory: "/".to_owned(),
        user: None,
        network,
        binds: Vec::new(),
        secrets: Vec::new(),
    }
}

/// A place of `/tmp` in the folder that stands for it.
pub(super) fn below(temporary: &Path, place: &str) -> PathBuf {
    temporary.join(place.trim_start_matches("/tmp/"))
}
