//! Builds that are killed at any instant.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::trial::Workspace;
use crate::{assert_sound, flavours, next};

/// So many builds are killed.
const KILLS: u32 = 50;

/// Starts a build in a process group of its own.
pub(super) fn start(workspace: &Workspace, recipe: &str) -> Child {
    let terroir = env!("CARGO_BIN_EXE_terroir");
    workspace
        .command(&[terroir, "build", "--quiet", recipe])
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Kills the whole group of a build; tells whether that ended it.
pub(super) fn kill(mut build: Child) -> bool {
    let group = Pid::from_child(&build);
    // It may have ended by itself.
    let _ = kill_process_group(group, Signal::KILL);
    build.wait().expect("it ends").signal().is_some()
}

#[test]
fn a_killed_build_is_built_again_to_the_same_digest() {
    let workspace = flavours(12, 1_000_000);
    let began = Instant::now();
    let wanted = workspace.build("recipes/upper.yml");
    let mut whole = began.elapsed();
    let mut state = 20_261;
    let mut killed = 0;
    for round in 0..3 * KILLS {
        // Some go on in the store that the one before left, without knowing its steps.
        let gone = if round % 3 == 2 {
            "store/steps"
        } else {
            "store"
        };
        std::fs::remove_dir_all(workspace.path(gone)).expect("removed");
        let share = u32::try_from(next(&mut state) % 1000).expect("below a thousand");
        let build = start(&workspace, "recipes/upper.yml");
        std::thread::sleep(whole * share / 1000 + Duration::from_micros(100));
        // The machine is not always as fast as it was for the first build.
        if kill(build) {
            killed += 1;
            whole = whole * 21 / 20;
        } else {
            whole = whole * 3 / 4;
        }
        if round % 10 == 0 {
            assert_sound(&workspace);
        }
        assert_eq!(
            workspace.build("recipes/upper.yml"),
            wanted,
            "round {round}"
        );
        if killed == KILLS {
            break;
        }
    }
    assert_eq!(killed, KILLS, "so many builds were killed");
    assert_sound(&workspace);
    assert_eq!(workspace.build("recipes/upper.yml"), wanted);
}
