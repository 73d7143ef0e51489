//! `USER` and `WORKDIR`: who runs a command, where, and who owns new folders.

use crate::row::{Row, row};

/// What a command is: its ids, its home, its folder.
const SHOW: &str = "RUN (id; pwd; echo $HOME) > /pub/who";

const SCRIPT: &str = "who runs a script is not who runs in containers of the image";

pub(crate) fn rows() -> Vec<Row> {
    [users(), folders()].concat()
}

fn users() -> Vec<Row> {
    let show = |name, base, before: &str| {
        let text = format!("{before}\n{SHOW}");
        row(name, base, Box::leak(text.into_boxed_str()))
    };
    vec![
        show("user/of-base", "cfg", ""),
        show("user/number-of-base", "number", ""),
        show("user/group-of-base", "group", ""),
        show("user/name", "bb", "USER app"),
        show("user/number", "bb", "USER 1000"),
        show("user/name-and-group", "bb", "USER app:data"),
        show("user/name-and-gid", "bb", "USER app:50"),
        show("user/number-and-group", "bb", "USER 1000:data"),
        show("user/unknown-number", "bb", "USER 4242"),
        show("user/unknown-number-and-group", "bb", "USER 4242:50"),
        show("user/root", "cfg", "USER root"),
        show("user/zero", "cfg", "USER 0"),
        show("user/root-and-group", "bb", "USER root:data"),
        show("user/variable", "cfg", "ENV WHO=app:data\nUSER ${WHO}"),
        show("user/back-to-root", "bb", "USER app\nUSER root"),
        show(
            "user/made-before",
            "bb",
            "RUN echo svc:x:77:50::/srv/svc:/bin/sh >> /etc/passwd\nUSER svc",
        ),
        show("user/home-is-kept", "bb", "ENV HOME=/srv\nUSER app"),
        row(
            "user/script",
            "bb",
            "USER app\nRUN (id; echo $HOME) > /pub/who",
        )
        .modules("  - { type: script, user: app, snippets: ['(id; echo $HOME) > /pub/who'] }")
        .differs("User", SCRIPT),
        row("user/script-of-number", "bb", "USER 1000\nRUN cd; touch x")
            .modules("  - { type: script, user: '1000', snippets: ['cd; touch x'] }")
            .differs("User", SCRIPT),
        row(
            "user/script-of-base-with-user",
            "cfg",
            "USER root\nWORKDIR /\nRUN (id; pwd; echo $HOME $FOO) > /pub/who",
        )
        .modules("  - { type: script, snippets: ['(id; pwd; echo $HOME $FOO) > /pub/who'] }")
        .differs(
            "buildah: \"",
            "a script does not change what the image says",
        ),
        row(
            "user/owner-by-name",
            "bb",
            "COPY --chown=app:app one /pub/one",
        ),
        row(
            "user/owner-by-name-elsewhere",
            "moved",
            "COPY --chown=app:app one /pub/one",
        ),
        row(
            "user/folder-by-name-elsewhere",
            "moved",
            "USER app\nWORKDIR /w/x",
        ),
        row("user/unknown-name", "bb", "USER nobody-here\nRUN true").refused("nobody-here"),
        row(
            "user/parent-recipe",
            "bb",
            "RUN (id; pwd; echo $HOME) > /pub/who",
        )
        .parent("USER app\nWORKDIR /home/app/w"),
    ]
}

fn folders() -> Vec<Row> {
    vec![
        row(
            "workdir/as-user",
            "bb",
            "USER app\nWORKDIR /work/deep\nRUN touch f; echo $HOME > home",
        ),
        row("workdir/as-number", "bb", "USER 1000\nWORKDIR /work/deep"),
        row(
            "workdir/as-group",
            "bb",
            "USER app:data\nWORKDIR /work/deep",
        ),
        row("workdir/of-base-user", "cfg", "WORKDIR x/y\nRUN touch f"),
        row(
            "workdir/is-there",
            "bb",
            "USER app\nWORKDIR /srv\nWORKDIR /srv/x",
        ),
        row(
            "workdir/of-base",
            "cfg",
            "COPY one rel\nRUN cat rel > copy; pwd > where",
        ),
        row(
            "workdir/chain",
            "bb",
            "WORKDIR /a\nWORKDIR b\nWORKDIR c\nRUN pwd > /where",
        ),
        row(
            "workdir/up",
            "bb",
            "WORKDIR /x/z\nWORKDIR ../y\nRUN pwd > /where\nCOPY one ../z/one\nCOPY one ./sub/../two",
        ),
        row(
            "workdir/up-absolute",
            "bb",
            "WORKDIR /x/../y/./z/\nRUN pwd > /where",
        )
        .differs("WorkingDir", "Docker writes the path without its detours"),
        row(
            "workdir/up-too-far",
            "bb",
            "WORKDIR /x\nWORKDIR ../../../y\nRUN pwd > /where\nCOPY one ../../../../two",
        ),
        row(
            "workdir/variable",
            "bb",
            "ENV D=/srv/d\nWORKDIR $D/x\nWORKDIR ${D}\nRUN pwd > /where",
        ),
        row(
            "workdir/through-link",
            "bb",
            "RUN ln -s srv /link\nWORKDIR /link/x\nRUN pwd > /where",
        ),
        row(
            "workdir/dot",
            "cfg",
            "WORKDIR .\nWORKDIR ./sub\nCOPY one ./\nCOPY one .",
        ),
    ]
}
