//! Instructions that only change the image's configuration.

use crate::row::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    [programs(), sets(), others()].concat()
}

fn programs() -> Vec<Row> {
    vec![
        row("config/command", "bb", "CMD [\"a\", \"b c\"]"),
        row(
            "config/entrypoint-takes-command-of-base",
            "cfg",
            "ENTRYPOINT [\"/x\"]",
        ),
        row(
            "config/entrypoint-then-command",
            "cfg",
            "ENTRYPOINT [\"/x\"]\nCMD [\"y\"]",
        ),
        row(
            "config/command-then-entrypoint",
            "bb",
            "CMD [\"y\"]\nENTRYPOINT [\"/x\"]",
        ),
        row(
            "config/command-and-entrypoint-in-entries",
            "cfg",
            "CMD [\"y\"]\n---\nENTRYPOINT [\"/x\"]",
        ),
        row(
            "config/command-of-parent-recipe",
            "cfg",
            "ENTRYPOINT [\"/x\"]",
        )
        .parent("CMD [\"y\"]"),
        row("config/entrypoint-of-parent-recipe", "bb", "CMD [\"y\"]")
            .parent("ENTRYPOINT [\"/x\"]\nCMD [\"z\"]"),
        row("config/empty-command", "cfg", "CMD []"),
        row("config/empty-entrypoint", "cfg", "ENTRYPOINT []"),
        row(
            "config/shell-forms",
            "bb",
            "CMD echo $HOME  x\nENTRYPOINT exec top -b",
        ),
        row("config/command-twice", "bb", "CMD a\nCMD [\"b\"]"),
    ]
}

fn sets() -> Vec<Row> {
    vec![
        row(
            "config/labels",
            "odd",
            "LABEL a=1 \"b c\"=\"d e\" both=new\nLABEL old form",
        ),
        row(
            "config/label-variables",
            "cfg",
            "ARG A=1\nLABEL $FOO=$A x=\"${FOO}-$A\" y='$A' z=\\$A",
        ),
        row(
            "config/label-lines",
            "bb",
            "LABEL a=1 \\\n  b=\"2 \\\n3\" \\\n  c=",
        ),
        row(
            "config/label-of-parent-recipe",
            "odd",
            "LABEL both=child c=${X}",
        )
        .parent("ENV X=x\nLABEL both=parent p=1"),
        row("config/ports", "odd", "EXPOSE 443 53/udp 7000-7002/tcp"),
        row(
            "config/port-variable",
            "bb",
            "ARG P=8080\nEXPOSE $P ${P}/udp",
        ),
        row("config/port-capitals", "bb", "EXPOSE 53/UDP").differs(
            "ExposedPorts",
            "protocols are lower case, as Docker writes them",
        ),
        row("config/port-too-large", "bb", "EXPOSE 99999")
            .refused_here("not a port", "there is no such port"),
        row("config/port-empty", "bb", "EXPOSE $NO").refused("not a port"),
        row(
            "config/volumes",
            "odd",
            "VOLUME /a /b\nVOLUME [\"/c d\", \"/e\"]",
        )
        .differs("Directory", VOLUMES),
        row(
            "config/volume-variable",
            "cfg",
            "VOLUME $FOO /v/${FOO}\nVOLUME [\"/w/$FOO\"]",
        )
        .differs("Directory", VOLUMES),
    ]
}

const VOLUMES: &str = "runtimes make the folder of a volume; no instruction wrote it";

fn others() -> Vec<Row> {
    let kept = "OCI's configuration has none, and buildah leaves it out";
    vec![
        row("config/stopsignal", "odd", "ENV S=TERM\nSTOPSIGNAL SIG$S"),
        row("config/stopsignal-number", "bb", "STOPSIGNAL 9"),
        row("config/stopsignal-realtime", "bb", "STOPSIGNAL SIGRTMIN+3"),
        row("config/stopsignal-nonsense", "bb", "STOPSIGNAL nonsense").refused("not a signal"),
        row("config/maintainer", "bb", "MAINTAINER A B <a@example.org>"),
        row(
            "config/healthcheck",
            "bb",
            "HEALTHCHECK --interval=5s CMD true",
        )
        .differs("Healthcheck", kept),
        row("config/user-empty", "bb", "USER $NO")
            .refused_here("not a user", "an empty name is a mistake"),
        row("config/directory-empty", "bb", "WORKDIR $NO")
            .refused_here("no directory", "an empty path is a mistake"),
        row("config/onbuild", "bb", "ONBUILD RUN true")
            .refused_here("ONBUILD", "a recipe that others derive from does it"),
        row("config/unknown-instruction", "bb", "RNU true").refused("did you mean RUN"),
        row("config/nothing-of-the-base-is-lost", "odd", "ENV Z=z"),
        row("config/default-path", "nopath", "LABEL a=1").differs(
            "Env",
            "nothing is stated that nobody wrote; runtimes have the same PATH",
        ),
    ]
}
