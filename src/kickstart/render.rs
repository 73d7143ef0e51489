//! Rendering a site to files: one table of producers, without any input or output.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::anaconda::kickstart;
use super::autoinstall::user_data;
use super::model::host::Host;
use super::model::site::Site;
use super::output::file::{Files, RelativePath};
use super::own::document;
use super::preseed::answers;
use super::template::environment::Templates;
use super::template::scene::{Made, Scene};
use super::value::target::{Installer, Target};
use super::{boot, index};
use crate::origin::Diagnostic;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The hosts; all when empty.
    pub hosts: BTreeSet<String>,
    /// Whether the installers' kernels get [`TOKEN`](super::TOKEN), which a server fills in.
    pub tokens: bool,
}

/// What makes files.
#[derive(Clone, Copy)]
enum Producer {
    /// Once for each host of an installer.
    Host(Installer, fn(&Scene<'_>, &Host, Target) -> Made),
    /// Once for the site.
    Site(fn(&Scene<'_>) -> Made),
}

/// All producers of files, each with its name in errors.
const PRODUCERS: &[(&str, Producer)] = &[
    (
        "kickstart",
        Producer::Host(Installer::Anaconda, kickstart::produce),
    ),
    (
        "preseed",
        Producer::Host(Installer::Debian, answers::produce),
    ),
    (
        "autoinstall",
        Producer::Host(Installer::Ubuntu, user_data::produce),
    ),
    (
        "document",
        Producer::Host(Installer::Own, document::produce),
    ),
    ("index", Producer::Site(index::produce)),
    ("boot chain", Producer::Site(boot::produce_chain)),
    ("DHCP", Producer::Site(boot::produce_dhcp)),
    ("needed files", Producer::Site(boot::produce_needed)),
];

/// Renders a site; the same site, templates and wishes give the same files.
///
/// # Errors
/// Everything that is wrong, of all hosts: templates that fail, hosts that do not exist, two
/// producers that make one file.
pub fn render(
    site: &Site,
    templates: &Templates,
    wanted: &Wanted,
) -> Result<Files, Vec<Diagnostic>> {
    let hosts = chosen(site, wanted)?;
    let scene = Scene {
        site,
        templates,
        hosts: &hosts,
        tokens: wanted.tokens,
    };
    let mut made: Vec<(&str, Made)> = Vec::new();
    for (name, producer) in PRODUCERS {
        match producer {
            Producer::Site(produce) => made.push((name, produce(&scene))),
            Producer::Host(installer, produce) => {
                let each = hosts
                    .par_iter()
                    .filter(|(host, _)| host.installer == *installer)
                    .map(|(host, target)| (*name, produce(&scene, host, *target)));
                made.extend(each.collect::<Vec<_>>());
            }
        }
    }
    gather(site, made)
}

/// The hosts that are asked for.
fn chosen<'a>(site: &'a Site, wanted: &Wanted) -> Result<Vec<(&'a Host, Target)>, Vec<Diagnostic>> {
    let known = || site.hosts.keys().map(String::as_str);
    let unknown = |name: &&String| !site.hosts.contains_key(*name);
    let problems: Vec<Diagnostic> = wanted
        .hosts
        .iter()
        .filter(unknown)
        .map(|name| {
            let message = format!("there is no host `{name}`");
            let error = Diagnostic::error(&site.name.origin, message);
            match crate::origin::did_you_mean(name, known()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            }
        })
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let is_wanted =
        |host: &&Host| wanted.hosts.is_empty() || wanted.hosts.contains(&host.name.value);
    let hosts = site.hosts.values().filter(is_wanted);
    Ok(hosts.map(|host| (host, host.target.value)).collect())
}

/// Joins what producers made.
fn gather(site: &Site, made: Vec<(&str, Made)>) -> Result<Files, Vec<Diagnostic>> {
    let mut files = Files::new();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for (name, made) in made {
        match made {
            Err(more) => problems.extend(more),
            Ok(made) => {
                for (path, file) in made {
                    let place = RelativePath::new(path.as_str());
                    let taken = place.is_none_or(|place| files.insert(place, file).is_some());
                    if taken {
                        let message = format!("{name} cannot make the file {path}");
                        problems.push(
                            Diagnostic::error(&site.name.origin, message)
                                .hint("it is made twice, or its name leads elsewhere"),
                        );
                    }
                }
            }
        }
    }
    // One template fails in the same way for many hosts: one error is enough.
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert((problem.origin.clone(), problem.message.clone())));
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}
