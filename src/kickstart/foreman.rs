//! Templates for Foreman: provisioning, partition tables and jobs for images.
//!
//! The files lie as the plugin foreman_templates reads a repository, each with its metadata in a
//! comment at its beginning.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::boot;
use super::model::host::Host;
use super::model::site::Site;
use super::output::file::{File, Files, RelativePath};
use super::template::environment::Templates;
use super::template::scene::Scene;
use super::value::target::{Installer, Target};
use crate::origin::Diagnostic;

/// The folder of all files below the output folder.
pub const FOREMAN: &str = "foreman";

/// Every file: its path below the folder, and its template.
const FILES: &[(&str, &str)] = &[
    (
        "provisioning_templates/provision/kickstart_terroir_bootc.erb",
        "foreman/provision/bootc.erb",
    ),
    (
        "provisioning_templates/PXELinux/pxelinux_terroir_bootc.erb",
        "foreman/PXELinux/bootc.erb",
    ),
    (
        "provisioning_templates/PXEGrub2/pxegrub2_terroir_bootc.erb",
        "foreman/PXEGrub2/bootc.erb",
    ),
    (
        "provisioning_templates/iPXE/ipxe_terroir_bootc.erb",
        "foreman/iPXE/bootc.erb",
    ),
    (
        "partition_tables_templates/kickstart_terroir_plain.erb",
        "foreman/ptable/plain.erb",
    ),
    (
        "partition_tables_templates/kickstart_terroir_lvm.erb",
        "foreman/ptable/lvm.erb",
    ),
    (
        "partition_tables_templates/kickstart_terroir_cis.erb",
        "foreman/ptable/cis.erb",
    ),
    ("job_templates/bootc_status.erb", "foreman/job/status.erb"),
    ("job_templates/bootc_upgrade.erb", "foreman/job/upgrade.erb"),
    ("job_templates/bootc_switch.erb", "foreman/job/switch.erb"),
    (
        "job_templates/bootc_rollback.erb",
        "foreman/job/rollback.erb",
    ),
    ("parameters.yml", "foreman/parameters.yml"),
];

/// What the templates see.
#[derive(Debug, Serialize)]
struct Values<'a> {
    header: String,
    /// The host parameters, as YAML.
    hosts: &'a str,
}

/// Makes the files that Foreman imports.
///
/// # Errors
/// Templates that fail.
pub fn foreman(site: &Site, templates: &Templates) -> Result<Files, Vec<Diagnostic>> {
    let hosts: Vec<(&Host, Target)> = site
        .hosts
        .values()
        .map(|host| (host, host.target.value))
        .collect();
    let scene = Scene {
        site,
        templates,
        hosts: &hosts,
        tokens: false,
    };
    let parameters = parameters(&scene);
    let mut files = Files::new();
    let mut problems = Vec::new();
    for (path, template) in FILES {
        let values = Values {
            header: boot::header(&scene, template, None),
            hosts: &parameters,
        };
        match templates.render(template, &values) {
            Err(problem) => problems.push(*problem),
            Ok(text) => {
                let place = RelativePath::new(format!("{FOREMAN}/{path}"));
                files.extend(place.map(|place| (place, File::text(text))));
            }
        }
    }
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}

/// The parameters of every host that gets an image: a line each, which is YAML and JSON.
fn parameters(scene: &Scene<'_>) -> String {
    let mut lines = Vec::new();
    for (host, _) in scene.hosts {
        let Some(image) = &host.image else { continue };
        if host.installer != Installer::Anaconda {
            continue;
        }
        let mut values = Map::new();
        let mut set = |name: &str, value: Value| values.insert(name.to_owned(), value);
        set("bootc-image", json!(image.reference.value));
        set("bootc-follow", json!(image.follow.value));
        set("lang", json!(host.locale.value));
        set("keyboard", json!(host.keyboard.value));
        set("time-zone", json!(host.time_zone.value));
        set("enable-remote-execution-pull", json!(true));
        if let Some(disk) = host.disks.first().and_then(|disk| disk.fixed()) {
            set("install-disk", json!(disk));
        }
        lines.push(format!("{}: {}", json!(host.name.value), json!(values)));
    }
    lines.join("\n")
}
