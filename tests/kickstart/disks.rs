//! The choice of a disk: one set of fake disks, and the same answer from every installer.

use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;

use super::judge::{is_there, run};
use super::matrix::{rendered, shown, site, text};
use super::stand_in::{DEVICES, machine};

/// What is asked for, and what is right.
struct Row {
    /// The devices; all when empty.
    devices: &'static [&'static str],
    /// What is mounted, by name or by number.
    mounted: &'static [&'static str],
    /// The keys of the host.
    keys: &'static str,
    /// The disks in their order, or a part of the reason why there is none.
    right: Result<&'static str, &'static str>,
}

const fn row(keys: &'static str, right: Result<&'static str, &'static str>) -> Row {
    Row {
        devices: &[],
        mounted: &[],
        keys,
        right,
    }
}

const fn on(
    devices: &'static [&'static str],
    keys: &'static str,
    right: Result<&'static str, &'static str>,
) -> Row {
    Row {
        devices,
        ..row(keys, right)
    }
}

const fn while_mounted(
    mounted: &'static [&'static str],
    keys: &'static str,
    right: Result<&'static str, &'static str>,
) -> Row {
    Row {
        mounted,
        ..row(keys, right)
    }
}

/// Choices on a machine that has everything, and on small ones.
const ROWS: &[Row] = &[
    // Without a type, no removable, virtual or network disk is taken, of any size.
    row("disk: { choose: smallest }", Ok("vdb")),
    row("disk: { choose: largest }", Ok("sdc")),
    on(
        &["sdb", "sdd", "sdf", "sr0"],
        "disk: { choose: smallest }",
        Ok("sdb"),
    ),
    on(
        &["sdd", "sde", "sdf", "sdk", "sr0", "loop0", "zram0"],
        "disk: { choose: largest }",
        Err("sde (20000 MiB, usb) is a USB disk, and nothing says type: usb"),
    ),
    on(
        &["mmcblk0", "mmcblk0boot0"],
        "disk: { choose: smallest }",
        Err("nothing says type: mmc"),
    ),
    on(
        &["sdm"],
        "disk: { choose: smallest }",
        Err("is in a network"),
    ),
    on(
        &["nvme2n1"],
        "disk: { choose: smallest }",
        Err("is in a network"),
    ),
    on(&["sdj"], "disk: { choose: smallest }", Err("is read-only")),
    on(
        &["sdl"],
        "disk: { choose: smallest }",
        Err("is a medium that something is installed from"),
    ),
    on(
        &["sdi", "md127"],
        "disk: { choose: smallest }",
        Err("is as a whole part of something else"),
    ),
    on(
        &["sdg", "sdh", "dm-0"],
        "disk: { choose: smallest }",
        Err("dm-0 (204800 MiB, unknown) is no disk"),
    ),
    on(
        &["sdg", "sdh"],
        "disk: { choose: largest }",
        Err("several paths to a disk"),
    ),
    // Types mean the same everywhere.
    row("disk: { type: nvme, choose: smallest }", Ok("nvme0n1")),
    row("disk: { type: nvme, choose: largest }", Ok("nvme0n1")),
    row("disk: { type: sata, choose: smallest }", Ok("sda")),
    row("disk: { type: sata, choose: largest }", Ok("sda")),
    row("disk: { type: sas, choose: smallest }", Ok("sdaa")),
    row("disk: { type: virtio, choose: smallest }", Ok("vdb")),
    row("disk: { type: virtio, choose: largest }", Ok("vda")),
    row("disk: { type: controller, choose: smallest }", Ok("sdb")),
    row("disk: { type: controller, choose: largest }", Ok("sdc")),
    row("disk: { type: usb, choose: smallest }", Ok("sdd")),
    row("disk: { type: usb, choose: largest }", Ok("sde")),
    row("disk: { type: mmc, choose: smallest }", Ok("mmcblk0")),
    on(
        &["sdf"],
        "disk: { type: usb, choose: smallest }",
        Err("management controller"),
    ),
    on(
        &["nvme0n1", "sdd"],
        "disk: { type: sata, choose: smallest }",
        Err("nvme0n1 (488386 MiB, nvme) has another type"),
    ),
    // Sizes and rotation.
    row("disk: { min-size: 300G, choose: smallest }", Ok("sda")),
    row("disk: { max-size: 30G, choose: largest }", Ok("vdb")),
    row(
        "disk: { min-size: 5T, choose: smallest }",
        Err("no disk fits"),
    ),
    row("disk: { rotational: true, choose: smallest }", Ok("sdb")),
    row(
        "disk: { rotational: false, choose: largest }",
        Ok("nvme0n1"),
    ),
    row(
        "disk: { type: virtio, choose: smallest }, storage: { layout: lvm, separate: cis }",
        Err("vdb is smaller than the"),
    ),
    // Serial numbers of every version of lsblk.
    row("disk: { serial: S5GXNX0T }", Ok("sda")),
    row(
        "disk: { serial: ACME_SSD_S5GXNX0T }",
        Err("sda (457862 MiB, sata) has another serial number"),
    ),
    row("disk: { serial: ZC1 0042 }", Ok("sdaa")),
    row("disk: { serial: 35000c500a1b2c3d4 }", Ok("sdaa")),
    row("disk: { serial: NV-1.0 }", Ok("nvme0n1")),
    row("disk: { serial: WEB-0001 }", Ok("vda")),
    row("disk: { serial: STICK-1 }", Ok("sdd")),
    row("disk: { serial: AAAABBBBCCCC3 }", Ok("sdf")),
    row("disk: { serial: DATA-1 }", Ok("sdi")),
    row("disk: { serial: LUN-1 }", Ok("sdm")),
    row("disk: { serial: FABRIC }", Ok("nvme2n1")),
    row("disk: { serial: LOCKED }", Err("is read-only")),
    row("disk: { serial: READER }", Err("has no medium")),
    row("disk: { serial: TWICE }", Err("several paths")),
    row("disk: { serial: DVD }", Err("is an optical drive")),
    row(
        "disk: { serial: S5GXNX0T, type: nvme }",
        Err("has another type"),
    ),
    // World wide names, ids and paths.
    row(
        "disk: { wwn: \"0x6b8ca3a0ef4c1d002a4a1b2c3d4e5f60\" }",
        Ok("sdb"),
    ),
    row(
        "disk: { wwn: \"0x6b8ca3a0ef4c1d00\" }",
        Err("2 disks fit, and one is meant"),
    ),
    row("disk: { wwn: eui.0025385b21b0c9a1 }", Ok("nvme0n1")),
    row("disk: { id: nvme-ACME_2 }", Ok("nvme1n1")),
    row("disk: { id: \"nvme-*\", choose: smallest }", Ok("nvme0n1")),
    row(
        "disk: { id: \"usb-*\", type: usb, choose: largest }",
        Ok("sde"),
    ),
    row("disk: { id: ata-DVD }", Err("is an optical drive")),
    row("disk: { path: \"pci-0000:00:06.0\" }", Ok("vdb")),
    row(
        "disk: { path: pci-0000:00:1f.2-ata-9 }",
        Err("is at another path"),
    ),
    // A disk in use stays, and the next one is not taken instead.
    while_mounted(&["sdaa1"], "disk: { serial: S5GXNX0T }", Ok("sda")),
    while_mounted(
        &["sdaa1"],
        "disk: { type: sas, choose: smallest }",
        Err("sdaa (953869 MiB, sas) is in use"),
    ),
    while_mounted(
        &["md126"],
        "disk: { serial: S5GXNX0T }",
        Err("sda (457862 MiB, sata) is in use"),
    ),
    while_mounted(
        &["8:01"],
        "disk: { serial: S5GXNX0T }",
        Err("sda (457862 MiB, sata) is in use"),
    ),
    while_mounted(&["vdb"], "disk: { choose: smallest }", Ok("vda")),
    // Two disks for a mirror.
    row(
        "storage: { layout: raid1 }, disk: { type: nvme, choose: smallest }, mirror: { id: nvme-ACME_2 }",
        Ok("nvme0n1 nvme1n1"),
    ),
    row(
        "storage: { layout: raid1 }, disk: { serial: NV-1.0 }, mirror: { type: nvme, choose: smallest }",
        Ok("nvme0n1 nvme1n1"),
    ),
    row(
        "storage: { layout: raid1 }, disk: { type: controller, choose: smallest }, mirror: { type: controller, choose: largest }",
        Ok("sdb sdc"),
    ),
    row(
        "storage: { layout: raid1 }, disk: { id: nvme-ACME_1 }, mirror: { wwn: eui.0025385b21b0c9a1 }",
        Err("is taken for the first disk"),
    ),
];

/// What asks: the installer's script, the shell that runs it, and whether the tools are busybox's.
const INSTALLERS: [(&str, &str, &[&str], bool); 4] = [
    ("F43", "http/hosts/HOST/kickstart.ks", &["bash"], false),
    ("debian-12", "http/hosts/HOST/early.sh", &["dash"], false),
    (
        "debian-12",
        "http/hosts/HOST/early.sh",
        &["busybox", "sh"],
        true,
    ),
    ("ubuntu-24.04", "http/hosts/HOST/early.sh", &["bash"], false),
];

/// The tools that debian-installer 12 has of those that a script may want.
const TOOLS: &[&str] = &[
    "awk", "basename", "cat", "cut", "expr", "grep", "head", "logger", "ls", "mkdir", "mktemp",
    "printf", "readlink", "rm", "sed", "sleep", "sort", "tail", "tr", "true", "uniq", "wc", "wget",
];

/// The inventory: a host for each row and target.
fn inventory(rows: &[(usize, &Row)]) -> String {
    let mut all = String::from(
        "apiVersion: terroir/v1\nsite: disks\nserver: { url: http://install.disks.example, reports: false }\n\
         defaults: { root: { ssh-keys: [] } }\nhosts:\n",
    );
    for (number, row) in rows {
        for (index, target) in ["F43", "debian-12", "ubuntu-24.04"].iter().enumerate() {
            let flavour = match index {
                0 => {
                    "registry.example.org/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                }
                _ => "~",
            };
            writeln!(
                all,
                "  r{number}-{index}: {{ mac: 52:54:00:00:{number:02x}:{index:02x}, target: {target}, flavour: {flavour}, {} }}",
                row.keys
            )
            .unwrap();
        }
    }
    all
}

/// A script as it runs on a stand-in for a machine below a folder.
pub(super) fn moved(script: &str, root: &Path) -> String {
    let body = match script.split_once("\n%pre ") {
        Some((_, rest)) => {
            let (_, body) = rest.split_once('\n').unwrap();
            body.split_once("\n%end").unwrap().0.to_owned()
        }
        None => script.to_owned(),
    };
    let mut body = body.replace("sleep 60", "exit 9");
    for place in [
        "/sys/",
        "/dev/",
        "/proc/",
        "/tmp/terroir",
        "/etc/",
        "/autoinstall.yaml",
        "/run/",
    ] {
        for before in ["\"", " ", ">", "<", "#"] {
            let there = format!("{before}{}{place}", root.display());
            body = body.replace(&format!("{before}{place}"), &there);
        }
    }
    body
}

fn executable(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Stand-ins for the programs that look at the machine or speak to others.
pub(super) fn programs(root: &Path, is_busybox: bool) -> String {
    let bin = root.join("bin");
    let here = root.display();
    for name in ["curl", "wget", "logger", "update-ca-trust"] {
        executable(&bin.join(name), "#!/bin/sh\n");
    }
    executable(
        &bin.join("udevadm"),
        "#!/bin/sh\n[ \"$1 $2\" = \"info --query=property\" ] && exec /bin/cat \"${3#--name=}\"\n",
    );
    executable(
        &bin.join("debconf-set-selections"),
        &format!("#!/bin/sh\n/bin/cat \"$1\" >>{here}/answers\n"),
    );
    if !is_busybox {
        return format!("{here}/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }
    for tool in TOOLS {
        let place = bin.join(tool);
        if !place.exists() {
            symlink("/usr/bin/busybox", place).unwrap();
        }
    }
    format!("{here}/bin")
}

/// What an installer was told, or everything that was said instead.
#[expect(clippy::disallowed_methods, reason = "tests run the rendered scripts")]
fn answer(
    root: &Path,
    (target, shell, is_busybox): (&str, &[&str], bool),
    (script, data): (&str, &str),
) -> Result<String, String> {
    let path = programs(root, is_busybox);
    let script = moved(script, root);
    // Nothing is left of the installer before.
    for name in ["tmp", "answers"] {
        let place = root.join(name);
        let _ = std::fs::remove_dir_all(&place).or_else(|_| std::fs::remove_file(&place));
    }
    std::fs::create_dir(root.join("tmp")).unwrap();
    std::fs::write(root.join("dev/console"), "").unwrap();
    std::fs::write(root.join("autoinstall.yaml"), data).unwrap();
    let output = Command::new(format!("/usr/bin/{}", shell[0]))
        .args(&shell[1..])
        .args(["-c", &script, "early.sh", "disks"])
        .env_clear()
        .env("PATH", path)
        .output()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    said.push_str(&read("dev/console"));
    let dev = format!("{}/dev/", root.display());
    if !output.status.success() {
        return Err(said.replace(&dev, "/dev/"));
    }
    let lines = |text: &str, start: &str| -> String {
        let found = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(start));
        found
            .unwrap_or_else(|| panic!("{target}: no {start} in {text}\n{said}"))
            .to_owned()
    };
    Ok(match target {
        "F43" => {
            // Where the choice is a link, the kickstart has the commands itself.
            let found = read("tmp/terroir/storage.ks");
            let storage = if found.is_empty() { data } else { &found };
            let name = lines(storage, "ignoredisk --only-use=");
            let linked = name.strip_prefix("disk/");
            let real = linked.map(|link| std::fs::canonicalize(root.join("dev/disk").join(link)));
            match real {
                Some(real) => real.unwrap().display().to_string().replace(&dev, ""),
                None => name.replace(',', " "),
            }
        }
        "debian-12" => lines(&read("answers"), "d-i partman-auto/disk string ").replace(&dev, ""),
        _ => {
            let text = read("autoinstall.yaml");
            let paths = text.split("\"path\":\"").skip(1);
            let paths = paths.filter_map(|rest| rest.split('"').next());
            let disks = paths.filter_map(|path| path.strip_prefix(&*dev));
            disks.collect::<Vec<_>>().join(" ")
        }
    })
}

/// What terroir's own installer says, which has the script alone; none of hosts with two disks.
#[expect(clippy::disallowed_methods, reason = "tests run the rendered scripts")]
fn own_answer(root: &Path, row: &Row) -> Option<Result<String, String>> {
    let node = terroir::yaml::parse("row.yml", &format!("{{ {} }}", row.keys)).unwrap();
    let document: terroir::kickstart::HostDocument = terroir::yaml::decode(&node).unwrap();
    if document.mirror.is_some() {
        return None;
    }
    let disk = document.disk.unwrap();
    // What the volumes need is the other installers' own.
    let is_small = row
        .right
        .is_err_and(|right| right.contains("is smaller than"));
    let room = if is_small { 1 << 20 } else { 1 };
    let name = terroir::origin::Sourced::new("r".to_owned(), disk.origin.clone());
    let script = terroir::kickstart::disk_script(&name, &disk, room).unwrap();
    let output = Command::new("/usr/bin/dash")
        .args(["-c", &moved(&script, root)])
        .env_clear()
        .env("PATH", programs(root, false))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let dev = format!("{}/dev/", root.display());
    Some(match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr).replace(&dev, "/dev/")),
    })
}

/// What is wrong with the answers of all installers to a row.
fn wrong(
    number: usize,
    row: &Row,
    files: &terroir::kickstart::Files,
    installers: &[(&str, &str, &[&str], bool)],
) -> Vec<String> {
    let mut found = Vec::new();
    let is_right = |said: &Result<String, String>| match (said, row.right) {
        (Ok(disks), Ok(right)) => disks == right,
        (Err(why), Err(right)) => why.contains(right) && why.contains("nothing was written"),
        _ => false,
    };
    let folder = tempfile::tempdir().unwrap();
    let root: PathBuf = folder.path().canonicalize().unwrap();
    let all: Vec<&str> = DEVICES.iter().map(|device| device.name).collect();
    let devices = if row.devices.is_empty() {
        &all
    } else {
        row.devices
    };
    machine(&root, devices, row.mounted);
    for (target, path, shell, is_busybox) in installers.iter().copied() {
        let index = ["F43", "debian-12", "ubuntu-24.04"]
            .iter()
            .position(|one| *one == target);
        let host = format!("r{number}-{}", index.unwrap());
        let script = text(files, &path.replace("HOST", &host));
        let data = match target {
            "ubuntu-24.04" => text(files, &format!("http/hosts/{host}/user-data")),
            _ => script,
        };
        let said = answer(&root, (target, shell, is_busybox), (script, data));
        if !is_right(&said) {
            found.push(format!(
                "{target} by {}: {}: {said:?}, not {:?}",
                shell[0], row.keys, row.right
            ));
        }
    }
    if let Some(said) = own_answer(&root, row)
        && !is_right(&said)
    {
        let right = row.right;
        found.push(format!("terroir: {}: {said:?}, not {right:?}", row.keys));
    }
    found
}

#[test]
fn every_installer_gives_the_same_answer() {
    if !["bash", "dash", "busybox", "python3"]
        .iter()
        .all(|program| is_there(program))
    {
        return;
    }
    let rows: Vec<(usize, &Row)> = ROWS.iter().enumerate().collect();
    let files = rendered(&inventory(&rows));
    let found: Vec<String> = rows
        .par_iter()
        .flat_map_iter(|(number, row)| wrong(*number, row, &files, &INSTALLERS))
        .collect();
    assert!(
        found.is_empty(),
        "{} wrong:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn serials_names_and_types_are_those_of_lsblk() {
    if !["bash", "lsblk"].iter().all(|program| is_there(program)) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let all: Vec<&str> = DEVICES.iter().map(|device| device.name).collect();
    machine(&root, &all, &[]);
    let sysroot = format!("--sysroot={}", root.display());
    let output = ["--nodeps", "--pairs", "--output", "NAME,SERIAL,WWN,TRAN"];
    let said = run("lsblk", &[&[sysroot.as_str()], &output[..]].concat(), b"");
    let said = String::from_utf8(said).unwrap();
    let shown: Vec<[&str; 4]> = said
        .lines()
        .map(|line| {
            let values = line.split('"').skip(1).step_by(2);
            let values: Vec<&str> = values.collect();
            values.try_into().unwrap()
        })
        .collect();
    let transport = |name: &str| shown.iter().find(|line| line[0] == name).unwrap()[3];
    for (name, expected) in [
        ("sda", "sata"),
        ("sdaa", "sas"),
        ("sdb", ""),
        ("nvme0n1", "nvme"),
        ("sdm", "iscsi"),
    ] {
        assert_eq!(transport(name), expected, "{name}: {said}");
    }
    // Whatever it shows of a disk that may be wiped names that disk.
    let mut rows = Vec::new();
    for [name, serial, wwn, _] in &shown {
        let is_fit = !["sdg", "sdh", "sdj", "sdk", "sr0"].contains(name);
        let both = [("serial", serial), ("wwn", wwn)];
        for (key, value) in both
            .into_iter()
            .filter(|(_, value)| is_fit && !value.is_empty())
        {
            rows.push((
                format!("disk: {{ {key}: \"{value}\" }}"),
                (*name).to_owned(),
            ));
        }
    }
    assert!(rows.len() > 15, "{rows:?}");
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|(keys, right)| row(leak(keys), Ok(leak(right))))
        .collect();
    let rows: Vec<(usize, &Row)> = rows.iter().enumerate().collect();
    let files = rendered(&inventory(&rows));
    let found: Vec<String> = rows
        .par_iter()
        .flat_map_iter(|(number, row)| wrong(*number, row, &files, &INSTALLERS[..1]))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_names_no_disk_is_refused() {
    for (disk, expected) in [
        (
            "{ serial: \" A\" }",
            "` A` is not the serial number of a disk => write what `lsblk",
        ),
        ("{ serial: \"A  B\" }", "one space between words"),
        ("{ serial: 'A\"B' }", "is not the serial number of a disk"),
        ("{ serial: \"A*\" }", "`A*` is a pattern"),
        (
            "{ wwn: 5002538e40a1b2c3 }",
            "`5002538e40a1b2c3` is not the world wide name of a disk",
        ),
        ("{ wwn: \"0x5002538E40A1B2C3\" }", "in lower case"),
        ("{ path: \"pci-*\" }", "only `id` takes `*`"),
        ("{ type: floppy, choose: smallest }", "controller"),
        (
            "{ id: \"usb-*\", choose: smallest }",
            "add `type: usb` if such a disk is meant",
        ),
        (
            "{ id: \"mmc-*\", type: usb, choose: smallest }",
            "add `type: mmc`",
        ),
        (
            "{ serial: A, choose: smallest }",
            "cannot be chosen among several",
        ),
        ("{ type: usb }", "several disks of a can fit this choice"),
    ] {
        let text = format!(
            "apiVersion: terroir/v1\nsite: disks\nserver: {{ url: http://install.disks.example }}\n\
             hosts:\n  a: {{ mac: 52:54:00:00:00:01, target: debian-12, disk: {disk} }}\n"
        );
        let said = shown(&site(&text).unwrap_err());
        assert!(said.contains(expected), "{disk}: {said}");
    }
}
