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

/// What the initramfs encrypts a root with at the first start of a machine.
const ENCRYPT: [&str; 4] = [
    "terroir-encrypt-root",
    "cryptsetup",
    "systemd-creds",
    "systemd-cryptenroll",
];
/// The unit that gives the copy of a disk a volume key of its own.
const RENEW: &str = "/usr/lib/systemd/system/terroir-disk-renew.service";

/// What stands against a disk of a root whose machines open it by a method, a sentence each.
#[must_use]
pub fn cannot_encrypt(root: &Root, method: &str) -> Vec<String> {
    let Some(text) = root.text(STATED) else {
        return vec!["nothing in it says that it opens an encrypted root".to_owned()];
    };
    let methods = methods(&text);
    if !is_wanted(method, &methods) {
        return vec![format!("its methods are {}", methods.join(", "))];
    }
    let mut against = Vec::new();
    if method == "tpm2" && text.lines().any(|line| line == "pin=yes") {
        against.push(
            "the TPM would ask for a PIN, which nobody has set at the first start".to_owned(),
        );
    }
    if method == "passphrase" && root.node(RENEW).is_none() {
        against.push(format!(
            "it has no {RENEW}, by which each machine gets its own volume key"
        ));
    }
    let kernels = root.kernels();
    let mut is_known = false;
    for (path, held) in kernels.iter().filter_map(|kernel| kernel.held(root)) {
        is_known = true;
        let Some(kernel) = kernels.iter().find(|one| path.starts_with(&one.folder)) else {
            continue;
        };
        let mut lacking = lacks(root, kernel, (held, &[method]));
        let missing: Vec<&str> = ENCRYPT
            .into_iter()
            .filter(|program| method == "tpm2" && !held.programs.contains(program))
            .collect();
        if !missing.is_empty() {
            lacking.push(format!(
                "it cannot encrypt a root: it lacks {}",
                missing.join(", ")
            ));
        }
        against.extend(lacking.into_iter().map(|what| format!("{path}: {what}")));
    }
    if !is_known {
        against.push("it has no initramfs beside its kernel that can be looked into".to_owned());
    }
    against
}

fn check(root: &Root) -> Vec<Found> {
    let Some(text) = root.text(STATED) else {
        return Vec::new();
    };
    let methods = methods(&text);
    let mut found: Vec<Found> = methods
        .iter()
        .filter(|method| PROGRAMS.iter().all(|(known, _)| known != *method))
        .map(|method| Found::new(STATED, format!("no method is called `{method}`")))
        .collect();
    for kernel in root.kernels() {
        let Some((path, held)) = kernel.held(root) else {
            continue;
        };
        let lacking = lacks(root, &kernel, (held, &methods)).into_iter();
        found.extend(lacking.map(|message| Found::at(&path, message)));
    }
    found
}

/// The methods that an image states.
fn methods(text: &str) -> Vec<&str> {
    let methods = text.lines().find_map(|line| line.strip_prefix("methods="));
    methods.unwrap_or_default().split_whitespace().collect()
}

/// Whether machines open a root by a method: a passphrase always.
fn is_wanted(method: &str, methods: &[&str]) -> bool {
    method == "passphrase" || methods.contains(&method)
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
    let mut lacking = Vec::new();
    for (method, programs) in PROGRAMS
        .into_iter()
        .filter(|(method, _)| is_wanted(method, methods))
    {
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
