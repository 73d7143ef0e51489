//! What BlueBuild tells the scripts that it runs: variables, and a function of bash.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::surroundings::{RunFacts, Surroundings};
use crate::action::{Command, Mount, MountSource, User};

/// Where the repository's `files/` appears.
pub(super) const FILES: &str = "/tmp/files";
/// Where modules appear.
pub(super) const MODULES: &str = "/tmp/modules";
/// What every bash reads that runs a script, also below a shell that passes no functions on.
const BASH_ENV: &str = "/tmp/terroir/bash-env";
/// The variable in which bash passes the function on.
const FUNCTION: &str = "BASH_FUNC_get_json_array%%";
const GET_JSON_ARRAY: &str = include_str!("get_json_array.sh");
/// `OS_VERSION` where the root was not known before.
const OS_VERSION: &str = r#"
export -f get_json_array
if [ -z "${OS_VERSION:-}" ] && [ -r /usr/lib/os-release ]; then
  OS_VERSION="$(. /usr/lib/os-release && printf '%s' "${VERSION_ID:-}")"
  export OS_VERSION
fi
"#;

/// Makes a command one of a BlueBuild recipe: its variables, its function, the network.
pub(super) fn prepare(command: &mut Command, around: &Surroundings<'_>) {
    command.network = true;
    if let Some(config) = around.run.config {
        command.environment.extend(config.environment.clone());
        command.user = config.user.as_deref().and_then(User::parse);
    }
    command.environment.extend(variables(around));
    let function = format!("() {GET_JSON_ARRAY}");
    command
        .environment
        .insert(FUNCTION.to_owned(), function.trim_end().to_owned());
    command
        .environment
        .insert("BASH_ENV".to_owned(), BASH_ENV.to_owned());
    let text = format!("get_json_array () {GET_JSON_ARRAY}{OS_VERSION}");
    command.mounts.push(Mount {
        target: BASH_ENV.to_owned(),
        source: MountSource::Text(Arc::from(text)),
        read_only: true,
    });
}

/// The variables that BlueBuild's Containerfile and its scripts set.
pub(super) fn variables(around: &Surroundings<'_>) -> BTreeMap<String, String> {
    let run = &around.run;
    let registry = around.image.map_or("localhost", |image| {
        image
            .strip_suffix(&around.name.to_lowercase())
            .and_then(|registry| registry.strip_suffix('/'))
            .or_else(|| image.rsplit_once('/').map(|(registry, _)| registry))
            .unwrap_or("localhost")
    });
    let (architecture, machine) = architectures(run);
    let mut variables = BTreeMap::new();
    for (name, value) in [
        ("CONFIG_DIRECTORY", FILES),
        ("MODULE_DIRECTORY", MODULES),
        ("IMAGE_NAME", around.name),
        ("IMAGE_REGISTRY", registry),
        ("BASE_IMAGE", run.base),
        ("RECIPE", run.recipe),
        ("TARGETARCH", architecture),
        ("OS_ARCH", machine),
        ("OS_VERSION", run.version_id),
        ("BB_BUILD_FEATURES", ""),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    if run.version_id.is_empty() {
        variables.remove("OS_VERSION");
    }
    variables
}

/// The architecture in OCI's words and in those of uname(1).
fn architectures<'a>(run: &RunFacts<'a>) -> (&'a str, &'a str) {
    let oci = run.platform.split('/').nth(1).unwrap_or_default();
    let machine = match oci {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "386" => "i686",
        "arm" => "armv7l",
        "loong64" => "loongarch64",
        other => other,
    };
    (oci, machine)
}
