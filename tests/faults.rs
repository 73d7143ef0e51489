//! Faults: killed builds, disks that are full or lose data, stores in use.

#[path = "faults/bootstrap.rs"]
mod bootstrap;
#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/kills.rs"]
mod kills;
#[path = "support/layout.rs"]
mod layout;
#[path = "faults/machine.rs"]
mod machine;
#[path = "faults/platforms.rs"]
mod platforms;
#[path = "faults/reading.rs"]
mod reading;
#[path = "faults/together.rs"]
mod together;
#[path = "faults/told.rs"]
mod told;
#[path = "support/trial.rs"]
mod trial;

use std::fmt::Write as _;

use layout::{Layer, Layout, Member, archive};
use trial::Workspace;

/// Bytes that do not compress, the same for the same seed.
fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(|| next(&mut state).to_le_bytes())
        .flatten()
        .take(size)
        .collect()
}

/// The next number of a small generator (xorshift).
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// A foreign base and two flavours on it: `steps` entries of `size` bytes in the upper one, and a setting.
fn flavours(steps: u64, size: usize) -> Workspace {
    let workspace = Workspace::new();
    let base = Layout::new(&workspace.path("base"));
    let more = archive(&[Member::File("etc/motd", &noise(99, 100_000))]);
    let layers = [Layer::plain(layout::root()), Layer::plain(more)];
    base.tag(base.image(&layers, &serde_json::json!({})));
    let from = workspace.text("base");
    let lower = format!(
        "apiVersion: terroir/v1\nname: lower\ntier: universal\nfrom: oci:{from}:it\nmodules:\n  \
         - type: settings\n    settings:\n      - sysctl: {{ net.ipv4.ip_forward: 0 }}\n"
    );
    workspace.write("recipes/lower.yml", lower);
    let mut upper =
        "apiVersion: terroir/v1\nname: upper\ntier: group\nfrom: lower.yml\nmodules:\n".to_owned();
    for step in 1..=steps {
        workspace.write(&format!("recipes/blob-{step}"), noise(step, size));
        let _ = write!(
            upper,
            "  - type: files\n    files:\n      - {{ source: blob-{step}, destination: /opt/blob-{step} }}\n"
        );
    }
    upper += "  - type: settings\n    settings:\n      - sysctl: { net.core.somaxconn: 8192 }\n";
    workspace.write("recipes/upper.yml", upper);
    workspace
}

/// The same flavours on nothing.
fn on_scratch(workspace: &Workspace) {
    let lower = std::fs::read_to_string(workspace.inside("recipes/lower.yml")).expect("read");
    let from = format!("oci:{}:it", workspace.text("base"));
    workspace.write("recipes/lower.yml", lower.replace(&from, "scratch"));
}

/// Digests every blob of the store; none may be damaged.
fn assert_sound(workspace: &Workspace) {
    let said = workspace.run(&["prune", "--check", "--keep-days", "9"]);
    said.expect(0, "");
    assert!(!said.err.contains("damaged"), "{}", said.err);
}
