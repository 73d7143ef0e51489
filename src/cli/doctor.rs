//! `terroir doctor`: what this machine can do, and what to do where it cannot.

use std::path::Path;

use super::arguments::Doctor;
use super::failure::{Failure, Kind};
use super::session::{Session, variable};

/// One thing that was looked at.
struct Check {
    name: &'static str,
    /// What was found, or what is missing.
    found: Result<String, String>,
    /// What works without it.
    hint: &'static str,
}

/// Looks at programs, keyrings, subordinate ids, the store and registry settings.
pub(super) fn doctor(session: &Session, _arguments: &Doctor) -> Result<(), Failure> {
    let store = session
        .store()
        .map(|store| store.path().display().to_string())
        .map_err(|failure| failure.message);
    let checks = [
        Check {
            name: "store",
            found: store,
            hint: "name a folder that can be written with --store or TERROIR_STORE",
        },
        Check {
            name: "mmdebstrap",
            found: program("mmdebstrap"),
            hint: "apt-get install mmdebstrap; without it `from: bootstrap` cannot be built",
        },
        Check {
            name: "Debian keyring",
            found: keyring("debian-archive-keyring.gpg"),
            hint: "apt-get install debian-archive-keyring; needed to bootstrap Debian",
        },
        Check {
            name: "Ubuntu keyring",
            found: keyring("ubuntu-archive-keyring.gpg"),
            hint: "apt-get install ubuntu-keyring; needed to bootstrap Ubuntu",
        },
        Check {
            name: "subordinate ids",
            found: subordinate_ids(),
            hint: "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER; needed to \
                   bootstrap without root",
        },
        Check {
            name: "registry logins",
            found: logins(),
            hint: "podman login REGISTRY, or set CI_REGISTRY, CI_REGISTRY_USER and \
                   CI_REGISTRY_PASSWORD; public images need none",
        },
    ];
    for check in &checks {
        let (mark, text) = match &check.found {
            Ok(text) => ("ok", text),
            Err(text) => ("--", text),
        };
        session
            .printer
            .line(format!("{mark}  {:<16} {text}", check.name));
        if check.found.is_err() {
            session
                .printer
                .line(format!("    {:<16} hint: {}", "", check.hint));
        }
    }
    match &checks[0].found {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::say(
            Kind::Outside,
            "without a store nothing can be built",
        )),
    }
}

fn program(name: &str) -> Result<String, String> {
    let search = variable("PATH").unwrap_or_default();
    std::env::split_paths(&search)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
        .ok_or_else(|| "not installed".to_owned())
}

fn keyring(name: &str) -> Result<String, String> {
    let folders = ["/usr/share/keyrings", "/etc/apt/trusted.gpg.d"];
    let mut places = folders.iter().map(|folder| Path::new(folder).join(name));
    places
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
        .ok_or_else(|| format!("{name} is not installed"))
}

fn subordinate_ids() -> Result<String, String> {
    let id = rustix::process::geteuid();
    if id.is_root() {
        return Ok("not needed by root".to_owned());
    }
    let user = variable("USER").unwrap_or_default();
    let names = [user.to_string_lossy().into_owned(), id.as_raw().to_string()];
    for file in ["/etc/subuid", "/etc/subgid"] {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let own = |line: &str| {
            let name = line.split(':').next().unwrap_or_default();
            !name.is_empty() && names.iter().any(|own| own == name)
        };
        if !text.lines().any(own) {
            return Err(format!("{file} has no line for {}", names[0]));
        }
    }
    Ok("/etc/subuid and /etc/subgid have a range".to_owned())
}

fn logins() -> Result<String, String> {
    if let Some(registry) = variable("CI_REGISTRY") {
        return Ok(format!("{} by CI_REGISTRY", registry.to_string_lossy()));
    }
    let home = variable("HOME").unwrap_or_default();
    let runtime = variable("XDG_RUNTIME_DIR").unwrap_or_default();
    let files = [
        variable("REGISTRY_AUTH_FILE").map(Into::into),
        Some(Path::new(&runtime).join("containers/auth.json")),
        Some(Path::new(&home).join(".config/containers/auth.json")),
        Some(Path::new(&home).join(".docker/config.json")),
    ];
    files
        .into_iter()
        .flatten()
        .find(|file: &std::path::PathBuf| file.is_file())
        .map(|file| file.display().to_string())
        .ok_or_else(|| "none found".to_owned())
}
