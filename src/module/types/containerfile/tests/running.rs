//! `RUN` and its mounts.

use super::compiled;
use crate::action::{Action, MountSource};

#[test]
fn a_run_sees_its_mounts() {
    let text = "RUN --mount=type=bind,source=app,target=/app,rw --mount=target=/all \\\n --mount=type=cache,target=/var/cache/x,sharing=locked,id=c --mount=type=tmpfs,dst=/t \\\n --mount=type=bind,from=builder,source=out,target=/o --mount=type=secret,id=TOKEN,env=T \\\n --mount=type=secret,id=KEY --mount=type=ssh make";
    let all = compiled(text);
    let [Action::Run(command)] = &all.actions[..] else {
        panic!("one")
    };
    let mounts: Vec<String> = command
        .mounts
        .iter()
        .map(|mount| {
            let source = match &mount.source {
                MountSource::Inputs(files) => format!("{:?}", files.keys().collect::<Vec<_>>()),
                other => format!("{other:?}"),
            };
            format!("{} {} {source}", mount.target, mount.read_only)
        })
        .collect();
    assert_eq!(mounts[0], r#"/app false ["main.py", "run.sh"]"#);
    assert!(
        mounts[1].starts_with("/all true [")
            && mounts[1].contains("one.conf")
            && !mounts[1].contains("\"secret\""),
        "{}",
        mounts[1]
    );
    assert_eq!(
        mounts[2..],
        [
            r#"/var/cache/x false Cache { name: "c", sharing: Locked }"#,
            "/t false Scratch",
            r#"/o true Tree { tree: Stage("builder"), path: "/out" }"#,
        ]
    );
    assert_eq!(
        format!("{:?}", command.secrets),
        r#"[Secret { source: Env("TOKEN"), target: Env("T"), optional: true }, Secret { source: Env("KEY"), target: File("/run/secrets/KEY"), optional: true }, Secret { source: Ssh, target: Agent, optional: true }]"#
    );
    assert_eq!(command.label, "RUN make");
}
