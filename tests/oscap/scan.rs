//! What OpenSCAP says of a root.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::{content, view};

/// What a rule came to: pass, fail, error, unknown, notchecked, notapplicable.
pub(crate) type Results = BTreeMap<String, String>;

/// Checks a root with OpenSCAP and a profile of the root's distribution.
pub(crate) fn scan(root: &Path, profile: &str) -> Results {
    let folder = content::folder();
    let release = fs::read_to_string(root.join("etc/os-release")).expect("a root has a release");
    let fact = |name: &str| {
        let mut lines = release.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().trim_matches('"').to_owned()
    };
    let stream = content::data_stream(&folder, &fact("ID"), &fact("VERSION_ID"));
    let shared = tempfile::tempdir().expect("a temporary directory");
    fs::copy(stream, shared.path().join("stream.xml")).expect("writable");
    let profile = format!("xccdf_org.ssgproject.content_profile_{profile}");
    let script = format!(
        "export OSCAP_SCHEMA_PATH=/run/judge/share/schemas OSCAP_XSLT_PATH=/run/judge/share/xsl \
         OSCAP_CPE_PATH=/run/judge/share/cpe TMPDIR=/run; \
         /run/judge/loader --library-path /run/judge/lib /run/judge/oscap xccdf eval --profile {profile} \
         --results /run/shared/results.xml /run/shared/stream.xml"
    );
    let bundle = folder.join("bundle");
    let output = view::run(root, &bundle, shared.path(), &["sh", "-c", &script]);
    let said = String::from_utf8_lossy(&output.stderr);
    // 2: some rule failed.
    assert!(
        matches!(output.status.code(), Some(0 | 2)),
        "OpenSCAP says: {said}"
    );
    results(&fs::read_to_string(shared.path().join("results.xml")).expect("results"))
}

/// Reads the results of the rules that the profile selects.
fn results(xml: &str) -> Results {
    let mut all = Results::new();
    for part in xml.split("<rule-result ").skip(1) {
        let rule = between(part, "content_rule_", "\"").expect("a result names its rule");
        let result = between(part, "<result>", "</result>").expect("a rule has a result");
        if result != "notselected" {
            all.insert(rule.to_owned(), result.to_owned());
        }
    }
    assert!(all.len() > 300, "only {} rules were selected", all.len());
    all
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

/// Rules that a root cannot decide: a running systemd or kernel does, or a partition table.
pub(crate) fn undecidable(rule: &str) -> bool {
    let starts = [
        "partition_for_",
        "grub2_password",
        "grub2_uefi_password",
        "grub2_enable_apparmor",
        "grub2_audit_",
        "socket_",
        "aide_periodic_checking_",
        "all_apparmor_profiles_",
        "set_nftables_",
        "nftables_",
        "wireless_disable_",
    ];
    let ends = ["_single_service_active", "logging_services_active"];
    (rule.starts_with("service_") && !rule.ends_with("_configured"))
        || starts.iter().any(|start| rule.starts_with(start))
        || ends.iter().any(|end| rule.ends_with(end))
}

/// Pairs of rules that the profile asks for at once and no machine can meet together.
const CONTRADICTIONS: [[&str; 2]; 4] = [
    ["package_chrony_installed", "package_timesyncd_installed"],
    ["package_nftables_installed", "package_ufw_installed"],
    [
        "journald_disable_forward_to_syslog",
        "journald_forward_to_syslog",
    ],
    [
        "package_nftables_installed",
        "package_iptables-persistent_installed",
    ],
];

/// Tells whether a rule asks for the other answer of a choice than the one that was made.
pub(crate) fn contradicted(rule: &str, results: &Results) -> bool {
    let passes = |rule: &str| results.get(rule).is_some_and(|result| result == "pass");
    let other = CONTRADICTIONS.iter().filter(|pair| pair.contains(&rule));
    other.flatten().any(|other| *other != rule && passes(other)) && !passes(rule)
}

/// Rules that pass, in percent of those with a result, as OpenSCAP counts.
pub(crate) fn score<'a>(results: impl IntoIterator<Item = (&'a String, &'a String)>) -> f64 {
    let (mut passed, mut all) = (0_u32, 0_u32);
    for (_, result) in results {
        match result.as_str() {
            "pass" => (passed, all) = (passed + 1, all + 1),
            "fail" | "error" | "unknown" => all += 1,
            _ => {}
        }
    }
    100.0 * f64::from(passed) / f64::from(all.max(1))
}
