//! What Foreman imports: metadata, compiled ERB, and templates rendered for a sample host.

use terroir::kickstart::Files;

use crate::folder::write;
use crate::judge::{is_there, run};
use crate::python::interpreter;
use crate::site::{INVENTORY, paris, read, told};

/// Reads metadata, compiles every template and renders it with Foreman's words for a host.
const JUDGE: &str = include_str!("foreman.rb");

fn files() -> Files {
    let (site, templates) = read(INVENTORY).expect("the inventory is right");
    let files = terroir::kickstart::foreman(&site, &templates).map_err(told);
    files.expect("it is rendered")
}

#[test]
fn foremans_templates_compile_and_render() {
    if !is_there("ruby") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(&files(), folder.path());
    let root = folder.path().join("foreman").display().to_string();
    let out = folder.path().join("out").display().to_string();
    let said = run("ruby", &["-", &root, &out], JUDGE.as_bytes());
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(said.lines().count(), 11, "{said}");
    for kind in [
        "provision",
        "PXELinux",
        "PXEGrub2",
        "iPXE",
        "ptable",
        "job_template",
    ] {
        assert!(said.contains(kind), "{kind} in:\n{said}");
    }
    let out = folder.path().join("out");
    if is_there("grub-script-check") {
        let grub = out.join("PXEGrub2_terroir_bootc").display().to_string();
        run("grub-script-check", &[&grub], b"");
    }
    for job in [
        "bootc_status",
        "bootc_upgrade",
        "bootc_switch",
        "bootc_rollback",
    ] {
        if is_there("shellcheck") {
            run("shellcheck", &[&out.join(job).display().to_string()], b"");
        }
    }
    // The kickstart must be right with every partition table, if ksvalidator is installed.
    if let Some(interpreter) = interpreter() {
        let judge = interpreter.with_file_name("ksvalidator");
        let judge = judge.display().to_string();
        for table in ["plain", "lvm", "cis"] {
            let kickstart = out.join(format!("kickstart_{table}")).display().to_string();
            for version in ["F43", "RHEL9", "RHEL10"] {
                run(&judge, &["-v", version, &kickstart], b"");
            }
        }
    }
    assert!(
        paris()
            .keys()
            .all(|path| !path.as_str().starts_with("foreman"))
    );
}
