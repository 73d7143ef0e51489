//! `terroir kickstart serve`: the install server of a site.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::inventory::{folder, read, site, templates};
use super::secret::resolve;
use crate::cli::arguments::kickstart::Serve;
use crate::cli::context::environment::now;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{Reading, Secret, Site, secrets};
use crate::origin::Sourced;
use crate::sandbox::Stop;
use crate::serve::{Ledger, Secrets, Served, Server, Settings, listen};

/// How often the inventory is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Seconds since 1970.
pub(in crate::cli) fn clock() -> u64 {
    let since = now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// Serves a site until somebody wants an end.
pub(in crate::cli) fn serve(session: &Session, arguments: &Serve) -> Result<(), Failure> {
    let failed = |error: crate::serve::Error| Failure::new(Kind::Outside, &error);
    if let Some(files) = arguments.files.as_ref().filter(|files| !files.is_dir()) {
        let message = format!("{} is not a folder", files.display());
        return Err(Failure::say(Kind::Usage, message)
            .hint("name the folder `http` of a rendered site, where kernels and loaders are"));
    }
    let inventory = std::path::absolute(&arguments.inventory)
        .map_err(|error| Failure::new(Kind::Usage, &error))?;
    let (served, files) = load(session, &inventory)?;
    let ledger = Ledger::open(&arguments.states.states).map_err(failed)?;
    ledger
        .know(served.hosts().map(|(name, _)| name), clock())
        .map_err(failed)?;
    let listening = listen(arguments.listen).map_err(failed)?;
    let address = listening.address();
    session.printer.line(format!(
        "{} hosts of {} at http://{address}",
        served.hosts().count(),
        served.site()
    ));
    let settings = Settings {
        plain_secrets: arguments.plain_secrets,
        in_flight: arguments.installs,
    };
    let server = Arc::new(Server::new(served, ledger, settings));
    let stop = Stop::default();
    let _watch = watch_signals(&stop)?;
    let _active = stop.active();
    let serving = {
        let (server, files, stop) = (server.clone(), arguments.files.clone(), stop.clone());
        let ends = Box::new(move || stop.wished());
        thread::spawn(move || listening.run(server, files, (clock, ends)))
    };
    let mut watched = Watched::of(files);
    while !serving.is_finished() && !stop.wished() {
        thread::sleep(LOOK);
        if watched.changed() {
            watched = again(session, &inventory, &server, watched);
        }
    }
    match serving.join() {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(Failure::say(
            Kind::Outside,
            "the server ended by a fault of its own",
        )),
    }
}

/// Reads the inventory again; one that is wrong changes nothing.
fn again(session: &Session, inventory: &Path, server: &Server, before: Watched) -> Watched {
    match load(session, inventory) {
        Ok((served, files)) => {
            let known = server
                .ledger()
                .know(served.hosts().map(|(name, _)| name), clock());
            if let Err(error) = known {
                session.printer.error(&error.to_string());
            }
            let count = served.hosts().count();
            session.printer.note(&format!(
                "the inventory has changed: {count} hosts are answered by it"
            ));
            server.replace(served);
            Watched::of(files)
        }
        Err(failure) => {
            session.printer.error(&failure.message);
            session
                .printer
                .note("the inventory is wrong: hosts are answered as before");
            Watched::of(before.into_paths())
        }
    }
}

/// What an inventory answers, and the files that it was made of.
fn load(session: &Session, inventory: &Path) -> Result<(Served, Vec<PathBuf>), Failure> {
    let reading = read(session, inventory)?;
    let site = site(session, &reading, inventory, false)?;
    let templates = templates(session, inventory)?;
    let known = known_secrets(&site);
    let place = folder(inventory);
    let secret: Secrets = Arc::new(move |host, name| {
        let found = known.iter().find(|(of, one, _)| of == host && one == name);
        let (.., reference) = found.ok_or("the inventory has none")?;
        resolve(reference, &place)
    });
    let served = Served::new(&site, &templates, secret)
        .map_err(|problems| super::inventory::refused(session, &problems, inventory))?;
    Ok((served, files(&reading, inventory)))
}

/// The references to secrets, by host and name.
fn known_secrets(site: &Site) -> Vec<(String, String, Sourced<Secret>)> {
    let of_host = |host| {
        let all = secrets(site, host).into_iter();
        all.map(|(name, reference)| (host.name.value.clone(), name, reference))
    };
    site.hosts.values().flat_map(of_host).collect()
}

/// The files whose change is a change of the site.
fn files(reading: &Reading, inventory: &Path) -> Vec<PathBuf> {
    let place = folder(inventory);
    let mut files = vec![inventory.to_path_buf(), place.join("templates")];
    files.extend(reading.files().iter().map(|file| place.join(&file.value)));
    files.extend(
        reading
            .flavours()
            .iter()
            .map(|flavour| place.join(&flavour.value)),
    );
    let mut folders = vec![place.join("templates")];
    while let Some(inner) = folders.pop() {
        for entry in inner.read_dir().into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
            files.push(entry.path());
        }
    }
    files
}

/// Files, and how they were.
#[derive(Debug)]
struct Watched(Vec<(PathBuf, Option<Look>)>);

/// What changes with a file.
type Look = (SystemTime, u64, u64);

impl Watched {
    fn of(paths: Vec<PathBuf>) -> Self {
        let look = |path: PathBuf| {
            let look = looked(&path);
            (path, look)
        };
        Self(paths.into_iter().map(look).collect())
    }

    fn changed(&self) -> bool {
        self.0.iter().any(|(path, look)| looked(path) != *look)
    }

    fn into_paths(self) -> Vec<PathBuf> {
        self.0.into_iter().map(|(path, _)| path).collect()
    }
}

fn looked(path: &Path) -> Option<Look> {
    use std::os::unix::fs::MetadataExt as _;
    let about = path.metadata().ok()?;
    Some((about.modified().ok()?, about.len(), about.ino()))
}
