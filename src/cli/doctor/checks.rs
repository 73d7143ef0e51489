//! The checks of `terroir doctor`: each tries something that a build does.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::cli::context::environment::{now, variable};
use crate::cli::context::isolation::own_runner;
use crate::cli::context::session::Session;
use crate::cli::output::units::size;
use crate::registry::logins as known_logins;
use crate::sandbox::missing_ids;
use crate::store::Store;

/// What was found; or what is wrong, and the command that mends it.
pub(in crate::cli) type Found = Result<String, (String, String)>;

/// Free space below which hardly any base can be built, in bytes.
const LEAST_SPACE: u64 = 2 << 30;
/// How far the clock may be off the file system's, in seconds.
const CLOCK: u64 = 30;

/// The nearest folder above a path that is there.
fn nearest(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let there = path.ancestors().find(|folder| folder.is_dir());
    there.unwrap_or(Path::new("/")).to_path_buf()
}

/// Writes into the store, or where it would be made.
pub(in crate::cli) fn store(path: &Path) -> Found {
    let shown = path.display().to_string();
    let made = path.join("format").is_file();
    let user = rustix::process::geteuid().as_raw();
    let place = match made {
        true => path.join("tmp"),
        false => nearest(path),
    };
    let hint = format!(
        "install -d -o {user} {shown} (as root), or name another folder: --store DIR or TERROIR_STORE"
    );
    if let Err(error) = Store::reading(path) {
        return Err((error.to_string(), hint));
    }
    match write(&place) {
        Ok(()) if made => Ok(format!("{shown}, written to")),
        Ok(()) => Ok(format!(
            "{shown} will be made, {} can be written to",
            place.display()
        )),
        Err(error) => {
            let hint = match error.kind() {
                std::io::ErrorKind::ReadOnlyFilesystem => format!(
                    "mount -o remount,rw \"$(findmnt -no TARGET -T {})\" (as root), or name another \
                     folder: --store DIR or TERROIR_STORE",
                    place.display()
                ),
                std::io::ErrorKind::StorageFull => "terroir prune".to_owned(),
                _ => hint,
            };
            Err((
                format!("{} cannot be written to: {error}", place.display()),
                hint,
            ))
        }
    }
}

/// Writes a file, brings it to disk, gives it another name and removes it.
fn write(folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix("doctor-")
        .tempfile_in(folder)?;
    file.write_all(&[0; 64 << 10])?;
    file.as_file().sync_all()?;
    let other = file.path().with_extension("renamed");
    fs::rename(file.path(), &other)?;
    fs::remove_file(other)
}

/// The space that is left where the store is.
pub(in crate::cli) fn space(path: &Path) -> Found {
    let place = nearest(path);
    let hint = || {
        "terroir prune removes what nothing refers to; a base with its caches takes some \
                   GiB"
        .to_owned()
    };
    let found = rustix::fs::statvfs(&place)
        .map_err(|error| (format!("{}: {error}", place.display()), hint()))?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let text = format!("{} free at {}", size(free), place.display());
    match free < LEAST_SPACE || (found.f_files > 0 && found.f_favail < 50_000) {
        true if free >= LEAST_SPACE => Err((
            format!("{text}, but only {} files can be made", found.f_favail),
            hint(),
        )),
        true => Err((text, hint())),
        false => Ok(text),
    }
}

/// The clock, held against the file system's and the time at which this program was made.
pub(in crate::cli) fn clock(path: &Path) -> Found {
    let hint =
        || "timedatectl set-ntp true (as root), or date --set with the right time".to_owned();
    let now = now();
    let shown = jiff::Timestamp::try_from(now).map_or_else(
        |_| "a time outside the calendar".to_owned(),
        |time| time.strftime("%F %T UTC").to_string(),
    );
    let program = std::env::current_exe().and_then(|program| program.metadata()?.modified());
    if let Ok(made) = program
        && now
            < made
                .checked_sub(Duration::from_hours(24))
                .unwrap_or(SystemTime::UNIX_EPOCH)
    {
        let text = format!("it says {shown}, which is before this program was made");
        return Err((text, hint()));
    }
    let stamped = tempfile::tempfile_in(nearest(path)).and_then(|file| file.metadata()?.modified());
    if let Ok(stamped) = stamped {
        let off = stamped
            .duration_since(now)
            .or_else(|error| Ok::<_, ()>(error.duration()));
        let off = off.unwrap_or_default().as_secs();
        if off > CLOCK {
            let text = format!("it says {shown}, {off} seconds off the clock of the file system");
            return Err((text, hint()));
        }
    }
    Ok(shown)
}

/// Enters the namespaces of a build and mounts layers there.
pub(in crate::cli) fn sandbox(path: &Path) -> Found {
    let runner = own_runner();
    let place = match path.join("tmp") {
        there if there.is_dir() => there,
        _ => nearest(path),
    };
    let folder = tempfile::Builder::new().prefix("doctor-").tempdir_in(place);
    let folder = folder.or_else(|_| tempfile::Builder::new().prefix("doctor-").tempdir());
    let tried = match folder {
        Ok(folder) => runner.probe(folder.path()).map_err(|error| {
            let told = error.hint();
            (causes(&error), told)
        }),
        Err(error) => Err((error.to_string(), None)),
    };
    match tried {
        Ok(()) => Ok(format!(
            "{}: entered, owners and mounts work",
            runner.isolation.name()
        )),
        Err((why, told)) => Err((why, mend_namespaces().or(told).unwrap_or_default())),
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

/// The setting of the kernel that forbids namespaces, as a command that allows them.
fn mend_namespaces() -> Option<String> {
    let says = |file: &str| {
        fs::read_to_string(file)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let command = [
        (
            "kernel/unprivileged_userns_clone",
            "0",
            "kernel.unprivileged_userns_clone=1",
        ),
        (
            "user/max_user_namespaces",
            "0",
            "user.max_user_namespaces=15000",
        ),
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ]
    .into_iter()
    .find(|(file, forbids, _)| says(&format!("/proc/sys/{file}")) == *forbids)
    .map(|(_, _, setting)| format!("sysctl -w {setting} (as root)"));
    let inside = Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists();
    command.or_else(|| {
        inside.then(|| {
            "start the container with --security-opt seccomp=unconfined --security-opt \
             apparmor=unconfined --security-opt systempaths=unconfined, or build with --isolation \
             chroot, which confines nothing"
                .to_owned()
        })
    })
}

/// A program that builds call.
pub(in crate::cli) fn program(name: &str, hint: &str) -> Found {
    let search = variable("PATH").unwrap_or_default();
    std::env::split_paths(&search)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
        .ok_or_else(|| ("not installed".to_owned(), hint.to_owned()))
}

/// The keys by which a distribution's archive is believed.
pub(in crate::cli) fn keyring(name: &str, hint: &str) -> Found {
    let folders = ["/usr/share/keyrings", "/etc/apt/trusted.gpg.d"];
    let mut places = folders.iter().map(|folder| Path::new(folder).join(name));
    places
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
        .ok_or_else(|| (format!("{name} is not installed"), hint.to_owned()))
}

/// The registries that somebody is logged in to; none of them is asked.
pub(in crate::cli) fn logins(session: &Session) -> Found {
    let hint = "podman login REGISTRY, or set CI_REGISTRY, CI_REGISTRY_USER and CI_REGISTRY_PASSWORD; \
                public images need none";
    match known_logins(&session.settings()) {
        Err(error) => Err((
            error.to_string(),
            error.hint().unwrap_or_else(|| {
                "fix the file or remove it, then podman login REGISTRY".to_owned()
            }),
        )),
        Ok(found) if found.is_empty() => Err(("none found".to_owned(), hint.to_owned())),
        Ok(found) => {
            let names: Vec<String> = found
                .iter()
                .map(|(name, place)| format!("{name} ({place})"))
                .collect();
            Ok(names.join(", "))
        }
    }
}

/// The ids that files of other owners get when somebody else than root builds.
pub(in crate::cli) fn subordinate_ids() -> Found {
    if rustix::process::geteuid().is_root() {
        return Ok("not needed by root".to_owned());
    }
    match missing_ids() {
        None => Ok("/etc/subuid and /etc/subgid have a range".to_owned()),
        Some(why) => {
            let user = variable("USER").unwrap_or_default();
            let user = user.to_string_lossy();
            let hint = format!(
                "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user} and apt-get \
                 install uidmap (as root); without them simple commands only"
            );
            Err((why, hint))
        }
    }
}
