//! `needed.json`: the loaders, kernels and RAM disks that the boot chain names and terroir does not
//! make, with where each is found; and the script that gets them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::chain::{rendered, targets};
use super::firmware::PXELINUX;
use super::header::header;
use super::loader::{self, Kernel};
use crate::kickstart::output::file::{Content, File};
use crate::kickstart::output::path::{HTTP, TFTP, installer_folder};
use crate::kickstart::template::quote;
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::value::target::{Installer, Target};

/// The path of the list below the output folder.
pub const NEEDED: &str = "needed.json";
/// The number of the list's format; a newer one is refused by name.
pub const NEEDED_FORMAT: u64 = 1;
/// The shim and GRUB in the folder of an installer of terroir's own.
const LOADERS: [&str; 2] = ["shimx64.efi", "grubx64.efi"];
/// Where distributions have iPXE for UEFI. The one that uses the firmware's own driver comes first: the other one
/// of Debian 12 does not come back to the firmware, which then starts no disk.
const IPXE_PLACES: [&str; 4] = [
    "/usr/lib/ipxe/snponly.efi",
    "/usr/share/ipxe/ipxe-snponly-x86_64.efi",
    "/usr/lib/ipxe/ipxe.efi",
    "/usr/share/ipxe/ipxe-x86_64.efi",
];
/// The path of the script that fetches the files, below the output folder.
const FETCH: &str = "fetch.sh";

/// A file that the boot chain needs and terroir does not make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NeededFile {
    /// Where it has to be, relative to the output folder.
    pub path: String,
    /// What it is.
    pub what: String,
    /// The target that needs it; none when machines of all targets do.
    pub target: Option<String>,
    /// Where it is found: URLs, files of this machine, other paths of the output folder; the first
    /// that exists is taken.
    pub from: Vec<String>,
}

/// The list as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    format: u64,
    files: Vec<NeededFile>,
}

/// Reads `needed.json`.
///
/// # Errors
/// What is wrong with it.
pub fn needed_files(text: &str) -> Result<Vec<NeededFile>, String> {
    let list: List = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if list.format > NEEDED_FORMAT {
        return Err(format!(
            "format {} is newer than this terroir, which reads {NEEDED_FORMAT}",
            list.format
        ));
    }
    Ok(list.files)
}

/// What the script's template sees.
#[derive(Debug, Serialize)]
struct FetchValues {
    header: String,
    /// A call for each file, ready for the shell.
    calls: String,
}

/// Makes the list and the script.
pub(in super::super) fn produce(scene: &Scene<'_>) -> Made {
    let files: Vec<NeededFile> = needed(scene).into_values().collect();
    let list = json!({ "format": NEEDED_FORMAT, "files": files });
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
    text.push('\n');
    let call = |file: &NeededFile| {
        let words = std::iter::once(&file.path).chain(&file.from);
        let words: Vec<String> = words.map(|word| quote::shell(word)).collect();
        format!("take {}", words.join(" "))
    };
    let values = FetchValues {
        header: header(scene, "fetch.sh", None),
        calls: files.iter().map(call).collect::<Vec<_>>().join("\n"),
    };
    let script = rendered(scene, "fetch.sh", &values)?;
    let script = File {
        content: Content::Text(String::from_utf8_lossy(script.content.bytes()).into_owned()),
        mode: 0o755,
    };
    Ok(vec![
        (NEEDED.to_owned(), File::text(text)),
        (FETCH.to_owned(), script),
    ])
}

/// All files that are needed, by path: those that others are copied from come first by name or are
/// found elsewhere.
fn needed(scene: &Scene<'_>) -> BTreeMap<String, NeededFile> {
    let mut files = Vec::new();
    let all = |path: &str, what: &str, from: &[&str]| NeededFile {
        path: path.to_owned(),
        what: what.to_owned(),
        target: None,
        from: from.iter().map(|place| (*place).to_owned()).collect(),
    };
    files.push(all(
        &format!("{TFTP}/{PXELINUX}"),
        "loader for BIOS",
        &[
            "/usr/lib/PXELINUX/pxelinux.0",
            "/usr/share/syslinux/pxelinux.0",
        ],
    ));
    files.push(all(
        "tftp/ldlinux.c32",
        "second part of pxelinux.0, of the same version",
        &[
            "/usr/lib/syslinux/modules/bios/ldlinux.c32",
            "/usr/share/syslinux/ldlinux.c32",
        ],
    ));
    let targets = targets(scene);
    if targets.iter().any(|target| !loader::grub_has_http(*target)) {
        files.push(all(
            &format!("{HTTP}/{}", loader::IPXE),
            "loader for UEFI's HTTP boot, without Secure Boot",
            &IPXE_PLACES,
        ));
    }
    if targets
        .iter()
        .any(|target| !loader::grub_has_proxy(*target))
    {
        files.push(all(
            &format!("{TFTP}/{}", loader::IPXE),
            "loader for UEFI beside another DHCP server, without Secure Boot",
            &IPXE_PLACES,
        ));
    }
    for target in targets {
        files.extend(of_target(scene, target));
    }
    files.extend(of_images(scene));
    files
        .into_iter()
        .map(|file| (file.path.clone(), file))
        .collect()
}

/// The images that terroir's own installer installs, each with its target.
fn own_images<'a>(scene: &Scene<'a>) -> BTreeSet<(&'a str, Target)> {
    let own = scene.hosts.iter();
    let own = own.filter(|(host, _)| host.installer == Installer::Own);
    own.filter_map(|(host, target)| Some((&*host.image.as_ref()?.reference.value, *target)))
        .collect()
}

/// Kernels and RAM disks of terroir's own installers, for TFTP and for the web.
fn of_images(scene: &Scene<'_>) -> Vec<NeededFile> {
    let mut files = Vec::new();
    for (image, target) in own_images(scene) {
        let Kernel { kernel, initrd } = loader::own_kernel(image);
        for (what, path) in [("kernel", kernel), ("initial RAM disk", initrd)] {
            let on_the_web = NeededFile {
                path: format!("{HTTP}/{path}"),
                what: format!("{what} of terroir's installer of {image}"),
                target: Some(target.name().to_owned()),
                from: Vec::new(),
            };
            files.push(NeededFile {
                path: format!("{TFTP}/{path}"),
                from: vec![on_the_web.path.clone()],
                ..on_the_web.clone()
            });
            files.push(on_the_web);
        }
    }
    files
}

/// The files of a target: shim, GRUB, and the kernel and RAM disk of its distribution's installer where it is
/// used, of one tree, for TFTP and for the web.
fn of_target(scene: &Scene<'_>, target: Target) -> Vec<NeededFile> {
    let Kernel { kernel, initrd } = loader::kernel(scene.site, target);
    let tree = scene.site.installers.get(&target);
    let tree = tree.map(|tree| tree.url.trim_end_matches('/'));
    let folder = loader::folder(target);
    let grub = format!("{folder}/grubx64.efi");
    let parts = [
        ("kernel of the installer", kernel, true),
        ("initial RAM disk of the installer", initrd, true),
        ("shim", loader::shim(target), loader::grub_has_http(target)),
        ("GRUB", grub, loader::grub_has_http(target)),
    ];
    let images = own_images(scene).into_iter();
    let images = images.filter(|(_, of)| *of == target);
    let folders: BTreeSet<String> = images.map(|(image, _)| installer_folder(image)).collect();
    let mut hosts = scene.hosts.iter();
    let is_used = hosts.any(|(host, of)| *of == target && host.installer != Installer::Own);
    let mut files = Vec::new();
    for (part, (what, path, on_the_web)) in parts.into_iter().enumerate() {
        if part < 2 && !is_used {
            continue;
        }
        let mut from = sources(target, tree, part);
        // The folders of terroir's own installers have them, too.
        if let Some(name) = LOADERS.get(part.wrapping_sub(2)) {
            let folders = folders.iter();
            from.extend(folders.map(|folder| format!("{HTTP}/{folder}/{name}")));
        }
        let mut file = NeededFile {
            path: format!("{HTTP}/{path}"),
            what: format!("{what} of {target}"),
            target: Some(target.name().to_owned()),
            from,
        };
        let on_tftp = format!("{TFTP}/{path}");
        if on_the_web {
            files.push(file.clone());
            file.from = vec![file.path.clone()];
        }
        file.path = on_tftp;
        files.push(file);
    }
    files
}

/// Where a part of a target is found: 0 the kernel, 1 the RAM disk, 2 the shim, 3 GRUB.
fn sources(target: Target, tree: Option<&str>, part: usize) -> Vec<String> {
    let pick = |names: [&str; 4]| names[part].to_owned();
    let mut places = Vec::new();
    match target.distribution_installer() {
        Installer::Anaconda | Installer::Own => {
            let path = pick([
                "images/pxeboot/vmlinuz",
                "images/pxeboot/initrd.img",
                "EFI/BOOT/BOOTX64.EFI",
                "EFI/BOOT/grubx64.efi",
            ]);
            places.extend(tree.map(|tree| format!("{tree}/{path}")));
        }
        Installer::Debian => {
            let name = pick(["linux", "initrd.gz", "bootnetx64.efi", "grubx64.efi"]);
            let (number, suite) = if target == Target::Debian12 {
                ("12", "bookworm")
            } else {
                ("13", "trixie")
            };
            places.extend(tree.map(|tree| {
                format!(
                    "{tree}/dists/{suite}/main/installer-amd64/current/images/netboot/\
                     debian-installer/amd64/{name}"
                )
            }));
            places.push(format!(
                "/usr/lib/debian-installer/images/{number}/amd64/text/debian-installer/amd64/{name}"
            ));
        }
        Installer::Ubuntu => {
            // The folder of the ISO image has what is booted from the network beside it.
            let name = pick(["linux", "initrd", "bootx64.efi", "grubx64.efi"]);
            let folder = tree.and_then(|tree| tree.rsplit_once('/'));
            places.extend(folder.map(|(folder, _)| format!("{folder}/netboot/amd64/{name}")));
        }
    }
    places
}
