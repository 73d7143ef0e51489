//! `terroir kickstart serve`: the install server of a site.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::from::inventory;
use super::images::{cache, images};
use super::inventory::{folder, read, site, templates};
use super::secret::resolve;
use crate::cli::arguments::kickstart::Serve;
use crate::cli::context::environment::now;
use crate::cli::context::random::random;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{Reading, Secret, Site, secrets};
use crate::origin::Sourced;
use crate::sandbox::Stop;
use crate::serve::{
    AdminToken, Certificate, DhcpProxy, Ledger, Listen, Listening, Random, Secrets, Served, Server,
    Settings, listen,
};

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
        return Err(Failure::say(Kind::Usage, message).hint(
            "name a folder that `terroir kickstart render` wrote, with kernels and loaders",
        ));
    }
    let inventory = inventory(session, arguments)?;
    let before = Watched::default();
    let (served, mut watched) = load(session, (arguments, inventory.as_path()), before)?;
    let ledger = Ledger::open(&arguments.states.states).map_err(failed)?;
    ledger.know(served.known(), clock()).map_err(failed)?;
    let certificate = certificate(arguments).map_err(failed)?;
    let listening = listen(&places(arguments, certificate.clone())).map_err(failed)?;
    let mut listening = listening.with_images(cache(arguments)?);
    tell(session, arguments, (&served, &listening));
    administer(session, arguments, &mut listening)?;
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
    while !serving.is_finished() && !stop.wished() {
        thread::sleep(LOOK);
        if watched.changed() {
            watched = again(session, (arguments, inventory.as_path()), &server, &watched);
        }
        if let Some(certificate) = &certificate {
            look(session, certificate);
        }
    }
    match serving.join() {
        Ok(()) => Ok(()),
        Err(_) => Err(Failure::say(
            Kind::Outside,
            "the server ended by a fault of its own",
        )),
    }
}

/// Begins to listen for administrators, where they are wanted.
fn administer(
    session: &Session,
    arguments: &Serve,
    listening: &mut Listening,
) -> Result<(), Failure> {
    let Some(address) = arguments.admin else {
        return Ok(());
    };
    let random: Random = || random().ok();
    let failed = |error: crate::serve::Error| {
        let kind = match error {
            crate::serve::Error::Token { .. } => Kind::Usage,
            _ => Kind::Outside,
        };
        Failure::new(kind, &error)
    };
    let (token, file) = match &arguments.admin_token {
        Some(file) => (AdminToken::read(file).map_err(failed)?, file.clone()),
        None => AdminToken::beside(&arguments.states.states, random).map_err(failed)?,
    };
    let address = listening
        .administer(address, (token, random))
        .map_err(failed)?;
    session.printer.line(format!(
        "administration at http://{address}, with the token in {}",
        file.display()
    ));
    if !address.ip().is_loopback() {
        session.printer.note(
            "the token goes over the network as it is: let a server that encrypts stand before the \
             administration, or listen at a loopback address",
        );
    }
    Ok(())
}

/// Where to listen.
fn places(arguments: &Serve, certificate: Option<Arc<Certificate>>) -> Listen {
    Listen {
        http: arguments.listen,
        tls: arguments.tls.zip(certificate),
        tftp: arguments.tftp,
        dhcp: arguments.dhcp_proxy.map(|address| DhcpProxy {
            address,
            interface: arguments.dhcp_interface.clone(),
        }),
    }
}

/// Says where it listens.
fn tell(session: &Session, arguments: &Serve, (served, listening): (&Served, &Listening)) {
    let printer = &session.printer;
    let tftp = listening.tftp_address();
    printer.line(format!(
        "{} hosts of {} at http://{}{}",
        served.hosts().count(),
        served.site(),
        listening.address(),
        tftp.map(|tftp| format!(" and tftp://{tftp}"))
            .unwrap_or_default()
    ));
    if let Some(address) = listening.tls_address() {
        printer.line(format!("secrets at https://{address}"));
    }
    if let Some(cache) = &arguments.cache {
        let (place, size) = (cache.display(), arguments.cache_size);
        printer.line(format!("images from {place}, which may have {size}"));
    }
    if let Some(address) = arguments.dhcp_proxy {
        printer.line(format!("DHCP in proxy mode at {address}"));
        if !listening.has_relays() {
            printer.note(&format!(
                "another DHCP server has port 67 of {address}: relays are answered by it alone"
            ));
        }
    }
}

/// The certificate that the arguments name.
fn certificate(arguments: &Serve) -> Result<Option<Arc<Certificate>>, crate::serve::Error> {
    let files = arguments.certificate.clone().zip(arguments.key.clone());
    files
        .map(|(certificate, key)| Certificate::read(certificate, key))
        .transpose()
}

/// Reads the certificate again if it has changed; one that is wrong changes nothing.
fn look(session: &Session, certificate: &Certificate) {
    match certificate.again() {
        None => {}
        Some(Ok(())) => session.printer.note("the certificate has changed"),
        Some(Err(error)) => {
            session.printer.error(&error.to_string());
            session
                .printer
                .note("the certificate is wrong: the one before stays in use");
        }
    }
}

/// Reads the inventory again; one that is wrong changes nothing.
fn again(
    session: &Session,
    (arguments, inventory): (&Serve, &Path),
    server: &Server,
    before: &Watched,
) -> Watched {
    let now = before.again();
    match load(session, (arguments, inventory), now.clone()) {
        Ok((served, watched)) => {
            // Who can be armed is answered by then.
            server.replace(served);
            let served = server.served();
            if let Err(error) = server.ledger().know(served.known(), clock()) {
                session.printer.error(&error.to_string());
            }
            let count = served.hosts().count();
            session.printer.note(&format!(
                "the inventory has changed: {count} hosts are answered by it"
            ));
            watched
        }
        Err(failure) => {
            session.printer.error(&failure.message);
            session
                .printer
                .note("the inventory is wrong: hosts are answered as before");
            now
        }
    }
}

/// What an inventory answers, and the files that it was made of.
///
/// What changes while they are read has to be seen: they are looked at before.
fn load(
    session: &Session,
    (arguments, inventory): (&Serve, &Path),
    mut before: Watched,
) -> Result<(Served, Watched), Failure> {
    before.look(inventory);
    let reading = read(session, inventory)?;
    let site = site(session, &reading, inventory, false)?;
    let images = images(session, (arguments, inventory), (&reading, &site))?;
    let templates = templates(session, inventory)?;
    let known = known_secrets(&site);
    let place = folder(inventory);
    let secret: Secrets = Arc::new(move |host, name| {
        let found = known.iter().find(|(of, one, _)| of == host && one == name);
        let (.., reference) = found.ok_or("the inventory has none")?;
        resolve(reference, &place)
    });
    let named = files(&reading, inventory);
    // Its trees are large, and nothing needs them any more.
    drop(reading);
    let served = Served::new(site, &templates, (secret, images))
        .map_err(|problems| super::inventory::refused(session, &problems, inventory))?;
    let mut watched = Watched::default();
    for file in named {
        match before.0.remove(&file) {
            Some(look) => {
                watched.0.insert(file, look);
            }
            None => watched.look(&file),
        }
    }
    Ok((served, watched))
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
#[derive(Clone, Debug, Default)]
struct Watched(BTreeMap<PathBuf, Option<Look>>);

/// What changes with a file.
type Look = (SystemTime, u64, u64);

impl Watched {
    fn look(&mut self, path: &Path) {
        self.0.insert(path.to_path_buf(), looked(path));
    }

    fn changed(&self) -> bool {
        self.0.iter().any(|(path, look)| looked(path) != *look)
    }

    /// The same files as they are now.
    fn again(&self) -> Self {
        let all = self.0.keys();
        Self(all.map(|path| (path.clone(), looked(path))).collect())
    }
}

fn looked(path: &Path) -> Option<Look> {
    use std::os::unix::fs::MetadataExt as _;
    let about = path.metadata().ok()?;
    Some((about.modified().ok()?, about.len(), about.ino()))
}
