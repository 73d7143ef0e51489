//! What can be answered: the files of a site, and whose they are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::{fmt, mem};

use serde_json::{Map, Value, json};

use super::known::{Loader, asked};
use crate::kickstart::{
    Files, HTTP, Loaders, LocalBoot, Site, TFTP, TOKEN, Templates, Wanted, host_folder, local_boot,
    render, secrets,
};
use crate::origin::Diagnostic;
use crate::registry::{Reference, Registry};

/// How many hosts are rendered at a time: what is made of them is larger than what is kept.
const RENDERED_AT_ONCE: usize = 64;

/// What a document by which a disk is cleared has of the one that installs; the first three it must have.
const WIPING: [&str; 5] = ["format", "image", "disk", "hostname", "report"];

/// Looks a secret of a host up, at the moment that it is asked for.
pub type Secrets = Arc<dyn Fn(&str, &str) -> Result<String, String> + Send + Sync>;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It starts an installer, by this loader.
    Boot(Loader),
    /// It says how to install.
    Document,
}

/// A file of the site.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The host that it is for, and what for; none for everybody.
    pub(super) of: Option<(Arc<str>, Purpose)>,
    text: Arc<str>,
}

impl Page {
    /// Its text, with the token of a host where one is wanted.
    pub(super) fn text(&self, token: &str) -> String {
        self.text.replace(TOKEN, token)
    }

    /// The document by which terroir's own installer clears the disk and installs nothing; none where
    /// this is no document for it.
    pub(super) fn wiping(&self) -> Option<String> {
        let all: Value = serde_json::from_str(&self.text).ok()?;
        let wiped = all
            .as_object()
            .filter(|all| WIPING.iter().take(3).all(|key| all.contains_key(*key)))?;
        let kept = wiped
            .iter()
            .filter(|(key, _)| WIPING.contains(&key.as_str()));
        let kept = kept.map(|(key, value)| (key.clone(), value.clone()));
        let own = [("wipe", json!(true)), ("then", json!("poweroff"))];
        let own = own.map(|(key, value)| (key.to_owned(), value));
        let all: Map<String, Value> = kept.chain(own).collect();
        Some(format!("{:#}\n", Value::Object(all)))
    }
}

/// A host of the site.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// Its hardware addresses.
    pub(super) macs: BTreeSet<String>,
    /// The image that it is to have; none for packages.
    pub(super) image: Option<String>,
    /// The names of its secrets.
    pub(super) secrets: BTreeSet<String>,
}

/// The images that hosts fetch from the server.
#[derive(Clone, Debug)]
pub struct Images {
    /// Fetches what is not kept yet.
    pub registry: Registry,
    /// The repositories, by their names here.
    pub of: BTreeMap<String, Reference>,
}

/// What can be answered.
pub struct Served {
    pub(super) pages: BTreeMap<String, Page>,
    pub(super) hosts: BTreeMap<String, Facts>,
    local: LocalBoot,
    pub(super) loaders: Loaders,
    pub(super) secret: Secrets,
    images: Images,
    site: String,
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served")
            .field("site", &self.site)
            .field("pages", &self.pages.len())
            .field("hosts", &self.hosts.len())
            .finish_non_exhaustive()
    }
}

impl Served {
    /// Renders what a site answers; its hosts are given up one after the other.
    ///
    /// # Errors
    /// All that is wrong with the site or its templates.
    pub fn new(
        mut site: Site,
        templates: &Templates,
        (secret, images): (Secrets, Images),
    ) -> Result<Self, Vec<Diagnostic>> {
        let wanted = Wanted {
            tokens: true,
            ..Wanted::default()
        };
        let why = "nothing is to be installed";
        let mut served = Self {
            pages: BTreeMap::new(),
            hosts: BTreeMap::new(),
            local: local_boot(&site, templates, why)?,
            loaders: Loaders::of(&site),
            secret,
            images,
            site: site.name.value.clone(),
        };
        let mut problems = Vec::new();
        let mut left = mem::take(&mut site.hosts);
        while !left.is_empty() {
            let next = left.keys().nth(RENDERED_AT_ONCE).cloned();
            let rest = next.map(|next| left.split_off(&next));
            site.hosts = mem::replace(&mut left, rest.unwrap_or_default());
            match render(&site, templates, &wanted) {
                Ok(files) => served.take(&files, &site),
                Err(more) => problems.extend(more),
            }
        }
        // One template fails in the same way for many hosts: one error is enough.
        let mut seen = BTreeSet::new();
        problems.retain(|problem: &Diagnostic| {
            seen.insert((problem.origin.clone(), problem.message.clone()))
        });
        match problems.is_empty() {
            true => Ok(served),
            false => Err(problems),
        }
    }

    /// Takes hosts in that were rendered.
    fn take(&mut self, files: &Files, site: &Site) {
        self.pages.extend(pages(files, site));
        self.hosts.extend(site.hosts.values().map(|host| {
            let facts = Facts {
                macs: host.macs.iter().map(ToString::to_string).collect(),
                image: host
                    .image
                    .as_ref()
                    .map(|image| image.reference.value.clone()),
                secrets: secrets(site, host)
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect(),
            };
            (host.name.value.clone(), facts)
        }));
    }

    /// What a loader is told that is to start the disk, of a machine that is known or not.
    pub(super) fn local(&self, loader: Loader, is_known: bool) -> &str {
        match loader {
            Loader::Ipxe if is_known => &self.local.ipxe_of_host,
            Loader::Ipxe => &self.local.ipxe,
            Loader::Grub => &self.local.grub,
            Loader::Pxelinux => &self.local.pxelinux,
        }
    }

    /// The hosts, each with whether its installer can clear its disk.
    pub fn known(&self) -> impl Iterator<Item = (&str, bool)> {
        let all = self.hosts.keys();
        all.map(|name| (name.as_str(), self.wipes(name)))
    }

    /// Whether the installer of a host can clear its disk.
    fn wipes(&self, host: &str) -> bool {
        let folder = format!("{HTTP}/{}/", host_folder(host));
        let pages = self.pages.range(folder.clone()..);
        let mut pages = pages.take_while(|(path, _)| path.starts_with(&folder));
        pages.any(|(_, page)| page.wiping().is_some())
    }

    /// The files that a host is given, without its token; the path of each begins with the folder of
    /// the web server or of the TFTP server.
    pub(super) fn files_of(&self, host: &str) -> impl Iterator<Item = (&str, &str)> {
        let is_of = move |page: &Page| page.of.as_ref().is_some_and(|(of, _)| **of == *host);
        let pages = self.pages.iter().filter(move |(_, page)| is_of(page));
        pages.map(|(path, page)| (path.as_str(), &*page.text))
    }

    /// The images that hosts fetch here.
    pub(super) fn images(&self) -> &Images {
        &self.images
    }

    /// The name of the site.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The hosts, in order.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let all = self.hosts.iter();
        all.map(|(name, facts)| (name.as_str(), facts.image.as_deref()))
    }
}

/// The files below the folders of the web and TFTP servers, each with the host that it is for.
fn pages(files: &Files, site: &Site) -> BTreeMap<String, Page> {
    let mut names: BTreeMap<String, Arc<str>> = BTreeMap::new();
    let mut folders: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for host in site.hosts.values() {
        let name: Arc<str> = Arc::from(host.name.value.as_str());
        let macs = host.macs.iter().map(ToString::to_string);
        let uuid = host
            .uuid
            .iter()
            .map(|uuid| format!("uuid-{}", uuid.to_ascii_lowercase()));
        let serial = host
            .serial
            .iter()
            .map(|serial| format!("serial-{}", serial.value));
        names.extend(
            macs.chain(uuid)
                .chain(serial)
                .map(|known| (known, name.clone())),
        );
        folders.insert(host_folder(&host.name), name);
    }
    let below = |path: &str| {
        let (folder, below) = path.split_once('/')?;
        [HTTP, TFTP].contains(&folder).then(|| below.to_owned())
    };
    let of = |path: &str| {
        if let Some((loader, known)) = asked(path) {
            return Some((names.get(&known)?.clone(), Purpose::Boot(loader)));
        }
        let (folder, _) = path.rsplit_once('/')?;
        Some((folders.get(folder)?.clone(), Purpose::Document))
    };
    // Loaders ask for the same text by several names.
    let mut texts: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut shared = |text: &str| match texts.get(text) {
        Some(text) => text.clone(),
        None => {
            let text: Arc<str> = Arc::from(text);
            texts.insert(text.clone());
            text
        }
    };
    let page = |(path, file): (&crate::kickstart::RelativePath, &crate::kickstart::File)| {
        let inner = below(path.as_str())?;
        let text = String::from_utf8_lossy(file.content.bytes());
        let page = Page {
            of: of(&inner),
            text: shared(&text),
        };
        Some((path.as_str().to_owned(), page))
    };
    files.iter().filter_map(page).collect()
}
