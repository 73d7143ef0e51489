//! `initramfs-unlock`: an initramfs that cannot open an encrypted root in a way that the image promises.

use crate::bootable::lint::initramfs::Initramfs;
use crate::bootable::lint::root::{Kernel, Root};
use crate::bootable::lint::rule::{ANY, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "initramfs-unlock",
    severity: Severity::Error,
    summary: "the initramfs lacks what a stated way to open an encrypted root needs",
    applies: ANY,
    check,
};

/// Where the layer `disk-encryption` says how a root may be opened.
const STATED: &str = "/usr/share/terroir/encryption.conf";

/// Programs and libraries by method; every method needs those of the first.
const PROGRAMS: [(&str, &[&str]); 4] = [
    ("passphrase", &["systemd-cryptsetup"]),
    (
        "tpm2",
        &["libcryptsetup-token-systemd-tpm2.so", "libtss2-esys.so"],
    ),
    (
        "fido2",
        &["libcryptsetup-token-systemd-fido2.so", "libfido2.so"],
    ),
    ("tang", &["clevis-decrypt-tang", "curl"]),
];

/// Modules by method.
const MODULES: [(&str, &str); 2] = [("passphrase", "dm_crypt"), ("fido2", "usbhid")];

fn check(root: &Root) -> Vec<Found> {
    let Some(text) = root.text(STATED) else {
        return Vec::new();
    };
    let methods = text.lines().find_map(|line| line.strip_prefix("methods="));
    let methods: Vec<&str> = methods.unwrap_or_default().split_whitespace().collect();
    let mut found: Vec<Found> = methods
        .iter()
        .filter(|method| PROGRAMS.iter().all(|(known, _)| known != *method))
        .map(|method| Found::new(STATED, format!("no method is called `{method}`")))
        .collect();
    for kernel in root.kernels() {
        let Some(path) = kernel.initramfs(root) else {
            continue;
        };
        let read = root.files.followed(&path);
        let held = read.and_then(|(path, _)| root.initramfs.get(&path));
        // One that cannot be read is reported where it matters for every image.
        let Some(held) = held.filter(|held| held.problem.is_none()) else {
            continue;
        };
        let lacking = lacks(root, &kernel, (held, &methods)).into_iter();
        found.extend(lacking.map(|message| Found::at(&path, message)));
    }
    found
}

/// What an initramfs lacks, a sentence for each method.
fn lacks(root: &Root, kernel: &Kernel, (held, methods): (&Initramfs, &[&str])) -> Vec<String> {
    let built_in = root.text_at(&kernel.folder.join(b"modules.builtin").unwrap_or_default());
    let is_built_in = |name: &str| {
        let file = format!("/{}.ko", name.replace('_', "-"));
        let other = format!("/{name}.ko");
        let mut lines = built_in.iter().flat_map(|text| text.lines());
        lines.any(|line| line.ends_with(&file) || line.ends_with(&other))
    };
    let is_wanted = |method: &str| method == "passphrase" || methods.contains(&method);
    let mut lacking = Vec::new();
    for (method, programs) in PROGRAMS.into_iter().filter(|(method, _)| is_wanted(method)) {
        let mut missing: Vec<&str> = programs
            .iter()
            .copied()
            .filter(|program| !held.programs.contains(program))
            .collect();
        let modules = MODULES.iter().filter(|(of, _)| *of == method);
        let modules = modules.map(|(_, module)| *module);
        missing.extend(modules.filter(|name| !held.modules.contains(*name) && !is_built_in(name)));
        if !missing.is_empty() {
            lacking.push(format!(
                "it cannot open a root by {method}: it lacks {}",
                missing.join(", ")
            ));
        }
    }
    lacking
}
