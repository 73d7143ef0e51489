//! Configurations of pxelinux, GRUB and iPXE: for each machine, and for all others.

use rayon::prelude::*;
use serde::Serialize;

use super::argument;
use super::firmware::SCRIPT;
use super::header::header;
use super::loader::{self, Kernel};
use super::machine::Known;
use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::Site;
use crate::kickstart::output::file::File;
use crate::kickstart::output::path::{HTTP, TFTP};
use crate::kickstart::template::environment::Templates;
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::value::target::Target;
use crate::origin::Diagnostic;

/// Where Debian's GRUB from the installer's tree looks for its configuration.
const DEBIAN_INSTALLER: &str = "debian-installer/amd64/grub";

/// What templates of a machine see.
#[derive(Debug, Serialize)]
struct MachineValues<'a> {
    header: String,
    server: &'a str,
    host: &'a str,
    target: &'a str,
    kernel: &'a str,
    initrd: &'a str,
    /// The arguments as the loader takes them.
    arguments: String,
    /// The interface as BOOTIF names it; none where the machine is known by something else.
    bootif: Option<String>,
}

/// What templates of all other machines see.
#[derive(Debug, Serialize)]
struct SiteValues<'a> {
    header: String,
    server: &'a str,
    /// Why a machine boots its disk.
    why: &'a str,
}

/// Why a machine boots its disk that is in no inventory.
const UNKNOWN: &str = "this machine is not known";

/// What machines are told that boot their disk, by loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalBoot {
    /// For iPXE.
    pub ipxe: String,
    /// For iPXE of a host: the script of the site asks no further then, whatever the firmware does.
    pub ipxe_of_host: String,
    /// For GRUB.
    pub grub: String,
    /// For pxelinux.
    pub pxelinux: String,
}

/// Makes what loaders are told that are to boot the disk; `why` is on the screen.
///
/// # Errors
/// A template of the organisation's own that fails.
pub fn local_boot(
    site: &Site,
    templates: &Templates,
    why: &str,
) -> Result<LocalBoot, Vec<Diagnostic>> {
    let scene = Scene {
        site,
        templates,
        hosts: &[],
        tokens: false,
    };
    let text = |template: &str| {
        let values = SiteValues {
            header: header(&scene, template, None),
            server: &site.server.url,
            why,
        };
        templates
            .render(template, &values)
            .map_err(|error| vec![*error])
    };
    let ipxe = text("ipxe/local.ipxe")?;
    Ok(LocalBoot {
        ipxe: format!("#!ipxe\n{ipxe}exit 0\n"),
        ipxe_of_host: format!("#!ipxe\nset local-disk 1\n{ipxe}exit 0\n"),
        grub: text("grub/local.cfg")?,
        pxelinux: text("pxelinux/default")?,
    })
}

/// Makes the files of all loaders.
pub(in super::super) fn produce(scene: &Scene<'_>) -> Made {
    let made: Vec<Made> = scene
        .hosts
        .par_iter()
        .map(|(host, target)| of_host(scene, host, *target))
        .collect();
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for made in std::iter::once(of_site(scene)).chain(made) {
        match made {
            Ok(more) => files.extend(more),
            Err(more) => problems.extend(more),
        }
    }
    let targets = targets(scene);
    problems.extend(
        targets
            .iter()
            .filter_map(|target| loader::mixed(scene.site, *target)),
    );
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}

/// The targets that are rendered for, sorted.
pub(super) fn targets(scene: &Scene<'_>) -> Vec<Target> {
    let mut targets: Vec<Target> = scene.hosts.iter().map(|(_, target)| *target).collect();
    targets.sort();
    targets.dedup();
    targets
}

/// What every loader does with machines that have no configuration, and how it looks for one.
fn of_site(scene: &Scene<'_>) -> Made {
    let text = |template: &str| {
        let values = SiteValues {
            header: header(scene, template, None),
            server: &scene.site.server.url,
            why: UNKNOWN,
        };
        rendered(scene, template, &values)
    };
    let grub = text("grub/grub.cfg")?;
    let mut files = vec![
        (
            format!("{TFTP}/pxelinux.cfg/default"),
            text("pxelinux/default")?,
        ),
        (format!("{HTTP}/{SCRIPT}"), text("ipxe/boot.ipxe")?),
        (format!("{TFTP}/grub/grub.cfg"), grub.clone()),
    ];
    for target in targets(scene) {
        // Fedora's and Red Hat's GRUB look beside themselves.
        let beside = format!("{}/grub.cfg", loader::folder(target));
        files.push((format!("{TFTP}/{beside}"), grub.clone()));
        if loader::grub_has_http(target) {
            files.push((format!("{HTTP}/{beside}"), grub.clone()));
        }
    }
    let targets = targets(scene);
    if targets.iter().any(|target| !loader::grub_has_http(*target)) {
        files.push((format!("{TFTP}/{DEBIAN_INSTALLER}/grub.cfg"), grub.clone()));
    }
    if targets.iter().any(|target| loader::grub_has_http(*target)) {
        files.push((format!("{HTTP}/grub/grub.cfg"), grub));
    }
    Ok(files)
}

/// The configuration of a host for every loader.
fn of_host(scene: &Scene<'_>, host: &Host, target: Target) -> Made {
    let words = argument::arguments(scene, host, target);
    if let Some(wrong) = words
        .iter()
        .find(|word| word.contains(|c: char| c.is_whitespace() || c.is_control()))
    {
        let message = format!("the kernel argument `{wrong}` has a space, which loaders end it at");
        return Err(vec![Diagnostic::error(&host.name.origin, message)]);
    }
    let kernel = loader::kernel_of(scene.site, host);
    let mut files = Vec::new();
    for known in Known::of(host) {
        let one = Machine {
            scene,
            host,
            target,
            kernel: &kernel,
            known: &known,
        };
        files.extend(one.pxelinux(&words)?);
        files.extend(one.grub(&words)?);
        files.extend(one.ipxe(&words)?);
    }
    Ok(files)
}

/// A host as a loader knows it.
#[derive(Debug)]
struct Machine<'a> {
    scene: &'a Scene<'a>,
    host: &'a Host,
    target: Target,
    kernel: &'a Kernel,
    known: &'a Known,
}

impl Machine<'_> {
    fn rendered(&self, template: &str, arguments: String) -> Result<File, Vec<Diagnostic>> {
        let values = MachineValues {
            header: header(self.scene, template, Some(self.host)),
            server: &self.scene.site.server.url,
            host: &self.host.name,
            target: self.target.name(),
            kernel: &self.kernel.kernel,
            initrd: &self.kernel.initrd,
            arguments,
            bootif: self.known.interface(),
        };
        rendered(self.scene, template, &values)
    }

    /// pxelinux looks for the UUID, then for the address with dashes.
    fn pxelinux(&self, words: &[String]) -> Made {
        let name = match self.known {
            Known::Mac(mac) => format!("01-{}", mac.joined("-")),
            Known::Uuid(uuid) => uuid.clone(),
            Known::Serial(_) => return Ok(Vec::new()),
        };
        let file = self.rendered("pxelinux/host", argument::for_pxelinux(words))?;
        Ok(vec![(format!("{TFTP}/pxelinux.cfg/{name}"), file)])
    }

    /// GRUB's own variable has colons, Fedora's and Red Hat's GRUB look for dashes by themselves.
    fn grub(&self, words: &[String]) -> Made {
        let names = match self.known {
            Known::Mac(mac) => vec![
                format!("01-{}", mac.joined("-")),
                format!("01-{}", mac.joined(":")),
            ],
            Known::Uuid(uuid) => vec![format!("uuid-{uuid}")],
            Known::Serial(serial) => vec![format!("serial-{serial}")],
        };
        let file = self.rendered("grub/host.cfg", argument::for_grub(words))?;
        let mut files = Vec::new();
        for name in names {
            if loader::grub_has_http(self.target) {
                files.push((format!("{HTTP}/grub/grub.cfg-{name}"), file.clone()));
            }
            files.push((format!("{TFTP}/grub/grub.cfg-{name}"), file.clone()));
        }
        Ok(files)
    }

    /// The script of the site asks with dashes; scripts of others ask with colons.
    fn ipxe(&self, words: &[String]) -> Made {
        let names = match self.known {
            Known::Mac(mac) => vec![mac.joined("-"), mac.joined(":")],
            Known::Uuid(uuid) => vec![format!("uuid-{uuid}")],
            Known::Serial(serial) => vec![format!("serial-{serial}")],
        };
        let file = self.rendered("ipxe/host.ipxe", argument::for_ipxe(words))?;
        let path = |name| (format!("{HTTP}/ipxe/{name}.ipxe"), file.clone());
        Ok(names.into_iter().map(path).collect())
    }
}

/// Renders a template of the boot chain.
pub(super) fn rendered(
    scene: &Scene<'_>,
    template: &str,
    values: &impl Serialize,
) -> Result<File, Vec<Diagnostic>> {
    let text = scene.templates.render(template, values);
    text.map(File::text).map_err(|error| vec![*error])
}
