//! Audits of a folder, of a layout and of a registry, and of roots that lie.

use proptest::prelude::*;

use crate::foreign::{Member, directory, file, layout, owned, sorted, symlink};
use crate::judge::is_root;
use crate::support::registry::{Faults, TestRegistry};
use crate::{debian, place, report, said, verdict, write};

const FORWARD: &str = "sysctl:net.ipv4.ip_forward";

/// The report without what names the target.
fn plain(mut report: serde_json::Value) -> serde_json::Value {
    let fields = report.as_object_mut().expect("an object");
    fields.remove("target");
    fields.remove("digest");
    report
}

/// Two reports say the same; otherwise it shows the first findings that differ.
fn alike(one: serde_json::Value, other: serde_json::Value) {
    let (one, other) = (plain(one), plain(other));
    let findings = one["findings"].as_array().expect("findings");
    for (left, right) in findings
        .iter()
        .zip(other["findings"].as_array().expect("findings"))
    {
        assert_eq!(left, right);
    }
    assert!(one == other, "they differ beside their findings");
}

#[test]
fn wherever_a_root_lies_its_report_is_the_same_and_each_blob_is_read_once() {
    if !is_root() {
        return;
    }
    let (folder, terroir) = place();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let second = vec![file("/etc/motd", 0o644, "a second layer\n")];
    write(&folder.path().join("root"), &debian());
    write(&folder.path().join("root"), &second);
    let layers = vec![debian(), second];
    layout(&folder.path().join("layout"), &[("linux/amd64", layers)]);
    let of_folder = report(&terroir, &format!("dir:{}", path("root")));
    assert_eq!(of_folder["benchmark"], "cis-debian12");
    assert_eq!(verdict(&of_folder, FORWARD)[0]["verdict"], "pass");
    assert_eq!(verdict(&of_folder, FORWARD)[0]["line"], 1);
    let of_layout = report(&terroir, &format!("oci:{}:base", path("layout")));
    let registry = TestRegistry::start(Faults::default());
    let reference = format!("{}/os/debian:12", registry.address());
    terroir.run(["push", &format!("oci:{}:base", path("layout")), &reference]);
    let before = registry.requests().len();
    let (inner, fresh) = place();
    let of_registry = report(&fresh, &reference);
    let fetched: Vec<String> = registry
        .requests()
        .iter()
        .skip(before)
        .filter(|one| one.method == "GET" && one.path.contains("/blobs/"))
        .map(|one| one.path.clone())
        .collect();
    let mut once = fetched.clone();
    once.sort();
    once.dedup();
    assert_eq!(
        once.len(),
        fetched.len(),
        "a blob was fetched twice: {fetched:?}"
    );
    assert_eq!(fetched.len(), 3, "a config and two layers: {fetched:?}");
    assert!(
        !inner.path().join("store/roots").exists(),
        "it was unpacked"
    );
    alike(of_folder, of_layout.clone());
    alike(of_layout, of_registry);
}

#[test]
fn the_threshold_decides() {
    let (folder, terroir) = place();
    let root = folder.path().join("root");
    write(&root, &debian());
    let target = format!("dir:{}", root.display());
    let page = folder.path().join("audit.html").display().to_string();
    let arguments = ["audit", &target, "--report", &format!("html={page}")];
    let (code, out, err) = said(&terroir, &arguments);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("is below 100"), "{err}");
    assert!(out.contains("score "), "{out}");
    let page = std::fs::read_to_string(page).expect("it is written when the answer is no");
    assert!(page.contains("(bookworm)"));
    assert_eq!(said(&terroir, &["audit", &target, "--threshold", "0"]).0, 0);
    let cases: [(&[&str], &str); 4] = [
        (&["--format=xml"], "write one of text, json"),
        (&["--report=html"], "write FORMAT=FILE"),
        (&["--benchmark=cis-debian11"], "did you mean `cis-debian12`"),
        (&["--choose=colour=blue"], "leaves no choice `colour`"),
    ];
    for (more, words) in cases {
        let mut arguments = vec!["audit", &target];
        arguments.extend(more);
        let (code, _, err) = said(&terroir, &arguments);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(words), "{err}");
    }
    let nowhere = folder.path().join("none/x").display().to_string();
    assert_eq!(said(&terroir, &["audit", &target, "-o", &nowhere]).0, 3);
}

/// A file that cannot be read is never a pass.
#[test]
fn what_cannot_be_read_is_an_error() {
    let (folder, terroir) = place();
    let mut members = debian();
    let huge = format!("{}net.ipv4.ip_forward = 0\n", "# filler\n".repeat(200_000));
    members.retain(|(entry, _)| !entry.path.as_bytes().ends_with(b"60-own.conf"));
    members.push(file("/etc/sysctl.d/60-own.conf", 0o644, &huge));
    layout(
        &folder.path().join("huge"),
        &[("linux/amd64", vec![sorted(members)])],
    );
    let report = report(
        &terroir,
        &format!("oci:{}:base", folder.path().join("huge").display()),
    );
    let found = verdict(&report, FORWARD);
    assert!(!found.is_empty());
    for one in found {
        assert_eq!(one["verdict"], "error", "{one}");
    }
    assert!(report["counts"]["error"].as_u64() > Some(0));
}

/// Links out of the root, whiteouts, and links in the way of what a layer writes.
#[test]
fn hostile_layers_lead_nowhere() {
    let (folder, terroir) = place();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "net.ipv4.ip_forward = 0\n").expect("writable");
    let up = format!("../../../../../../../..{}", secret.display());
    let forward = |text: &str| file("/etc/sysctl.d/60-own.conf", 0o644, text);
    let cases: [(&str, Vec<Member>, &str); 4] = [
        (
            "a link out of the root",
            vec![symlink("/etc/sysctl.d/60-own.conf", &up)],
            "fail",
        ),
        (
            "a whiteout",
            vec![file("/etc/sysctl.d/.wh.60-own.conf", 0o644, "")],
            "fail",
        ),
        (
            "an opaque folder",
            vec![
                directory("/etc/sysctl.d", 0o755),
                file("/etc/sysctl.d/.wh..wh..opq", 0o644, ""),
            ],
            "fail",
        ),
        (
            "a later value",
            vec![forward("net.ipv4.ip_forward = 1\n")],
            "fail",
        ),
    ];
    for (number, (name, upper, expected)) in cases.into_iter().enumerate() {
        let place = folder.path().join(number.to_string());
        layout(&place, &[("linux/amd64", vec![debian(), upper])]);
        let report = report(&terroir, &format!("oci:{}:base", place.display()));
        for one in verdict(&report, FORWARD) {
            assert_eq!(one["verdict"], expected, "{name}: {one}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random values, modes and links: a folder and an image of it get the same audit.
    #[test]
    fn a_folder_and_its_image_are_audited_alike(
        forward in "[01]",
        root_login in "(yes|no|prohibit-password)",
        mode in prop::sample::select(vec![0o600u32, 0o640, 0o644, 0o666]),
        linked in any::<bool>(),
        owner in prop::sample::select(vec![0u32, 42]),
    ) {
        if is_root() {
            let mut members = debian();
            members.retain(|(entry, _)| {
                let path = entry.path.as_bytes();
                ![b"etc/sysctl.d/60-own.conf".as_slice(), b"etc/ssh/sshd_config"].contains(&path)
            });
            let config = format!("PermitRootLogin {root_login}\n");
            members.push(owned(file("/etc/ssh/sshd_config", mode, &config), owner, owner));
            let text = format!("net.ipv4.ip_forward = {forward}\n");
            members.push(file("/usr/own.conf", 0o644, &text));
            members.push(match linked {
                true => symlink("/etc/sysctl.d/60-own.conf", "../../usr/own.conf"),
                false => file("/etc/sysctl.d/60-own.conf", 0o644, &text),
            });
            let members = sorted(members);
            let (folder, terroir) = place();
            let root = folder.path().join("root");
            write(&root, &members);
            let owned = root.join("etc/ssh/sshd_config");
            std::os::unix::fs::chown(owned, Some(owner), Some(owner)).expect("root may");
            layout(&folder.path().join("layout"), &[("linux/amd64", vec![members])]);
            let of_folder = report(&terroir, &format!("dir:{}", root.display()));
            let layout = folder.path().join("layout");
            let of_image = report(&terroir, &format!("oci:{}:base", layout.display()));
            alike(of_folder, of_image);
        }
    }
}
