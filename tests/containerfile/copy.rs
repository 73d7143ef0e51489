//! `COPY` of the context and of heredocs: places, owners, and what it replaces.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

use crate::row::{Row, row};

/// What is in the root before `COPY`.
const THERE: &str = "RUN mkdir -p /srv/there/sub /srv/there/a /opt/existing; chmod 700 /srv/there/sub; ln -s there /srv/lnk; echo old > /srv/there/f; ln -s there/f /srv/flnk; ln -s nowhere /srv/dangling; ln -s /run /var/run; chown -R app /srv/there/a\n";

const MODES: &str = "a folder that is there keeps its mode unless --chmod says one";
const THROUGH: &str =
    "a link to a folder stays, and what is copied goes through it: a merged /usr survives";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = [
        places(),
        owners(),
        scratch(),
        existing(),
        context(),
        everywhere(),
    ]
    .concat();
    for row in &mut rows {
        // Both builders get the same text, so the prelude may stand in the entry or in its own.
        row.instructions = row.instructions.replace("THERE\n", THERE).leak();
    }
    rows
}

fn places() -> Vec<Row> {
    vec![
        row("copy/file", "bb", "COPY one /etc/x"),
        row("copy/into-slash", "bb", "COPY one /opt/new/"),
        row("copy/into-dot", "bb", "THERE\nCOPY one /srv/there/."),
        row("copy/into-known-folder", "bb", "COPY one /opt"),
        row("copy/into-folder-of-base", "bb", "COPY one /home/app"),
        row(
            "copy/into-folder-made-by-run",
            "bb",
            "THERE\nCOPY one /opt/existing",
        ),
        row(
            "copy/into-folder-of-entry-before",
            "bb",
            "RUN mkdir -p /opt/existing\n---\nCOPY one /opt/existing",
        ),
        row("copy/into-folder-of-parent", "bb", "COPY one /opt/existing")
            .parent("RUN mkdir -p /opt/existing"),
        row(
            "copy/into-folder-made-by-copy",
            "bb",
            "COPY tree /opt/t\nCOPY one /opt/t\nCOPY one /opt/t/data",
        ),
        row(
            "copy/into-workdir",
            "bb",
            "WORKDIR /srv/w\nCOPY one .\nCOPY two ./\nCOPY one other",
        ),
        row("copy/into-link-to-folder", "bb", "THERE\nCOPY one /srv/lnk"),
        row(
            "copy/into-link-to-folder-slash",
            "bb",
            "THERE\nCOPY one /srv/lnk/",
        ),
        row(
            "copy/through-merged-usr",
            "bb",
            "COPY one /lib/x/one\nCOPY one /bin/one",
        ),
        row("copy/into-merged-usr", "bb", "COPY one /bin"),
        row("copy/several", "bb", "COPY one two /opt/new/"),
        row(
            "copy/several-json",
            "bb",
            "COPY [\"one\", \"with space/a b\", \"/opt/new/\"]",
        ),
        row(
            "copy/several-without-slash",
            "bb",
            "THERE\nCOPY one two /opt/existing",
        )
        .refused_here(
            "more than one file",
            "Docker refuses it too, and no folder may be meant",
        ),
        row("copy/root", "bb", "COPY tree /"),
        row("copy/folder", "bb", "COPY tree /opt/t"),
        row("copy/folder-slash", "bb", "COPY tree/ /opt/t/"),
        row("copy/folder-dot", "bb", "COPY tree/. /opt/t"),
        row("copy/folders", "bb", "COPY tree/sub tree/data /opt/t/"),
        row("copy/folder-and-file", "bb", "COPY tree/sub one /opt/t/"),
        row("copy/empty-folder", "bb", "COPY nothing /opt/t"),
        row("copy/empty-folder-inside", "bb", "COPY tree/empty /opt/t/"),
        row("copy/link-is-followed", "bb", "COPY link /opt/"),
        row("copy/link-to-name", "bb", "COPY link /opt/name"),
        row(
            "copy/link-to-folder-is-followed",
            "bb",
            "COPY treelink /opt/t",
        ),
        row("copy/glob", "bb", "COPY globs/*.txt /opt/g/"),
        row("copy/glob-question", "bb", "COPY globs/a?.txt /opt/g/"),
        row("copy/glob-class", "bb", "COPY globs/[ab]1.* /opt/g/"),
        row("copy/glob-folders", "bb", "COPY globs/in* /opt/g/"),
        row(
            "copy/glob-in-the-middle",
            "bb",
            "COPY globs/in*/*.d /opt/g/",
        ),
        row("copy/glob-of-one", "bb", "COPY globs/b*.conf /opt/name"),
        row("copy/glob-links", "bb", "COPY l*k /opt/g/"),
        row("copy/glob-nothing", "bb", "COPY globs/*.none /opt/g/").refused("matches nothing"),
        row(
            "copy/variable",
            "bb",
            "ARG F=one\nENV D=/opt/v\nCOPY $F ${D}/$F",
        ),
        row("copy/heredoc", "bb", "COPY <<EOF /opt/h/x\ntext\nEOF")
            .for_buildah("COPY x /opt/h/x")
            .file("x", "text\n"),
        row("copy/heredocs", "bb", "COPY <<a <<b /opt/h/\n1\na\n2\nb")
            .for_buildah("COPY a b /opt/h/")
            .file("a", "1\n")
            .file("b", "2\n"),
        row("copy/missing", "bb", "COPY none /opt/").refused("does not exist"),
        row("copy/one-word", "bb", "COPY one").refused("a source and a destination"),
        row("copy/address", "bb", "COPY https://example.invalid/x /opt/")
            .refused("COPY takes files"),
        row("copy/parents", "bb", "COPY --parents tree/top /opt/")
            .refused("--parents is not supported"),
        row("copy/exclude", "bb", "COPY --exclude=*.md tree /opt/")
            .refused("--exclude is not supported"),
        row("copy/kernel", "bb", "COPY one /proc/one").refused_here(
            "would never be in the image",
            "it is hidden by what the kernel shows there",
        ),
    ]
}

fn owners() -> Vec<Row> {
    vec![
        row("chown/name", "bb", "COPY --chown=app:data one /opt/new/one"),
        row("chown/user-alone", "bb", "COPY --chown=app one /opt/one"),
        row(
            "chown/user-of-another-group",
            "bb",
            "RUN echo 'www:x:33:50::/:/bin/sh' >> /etc/passwd\nCOPY --chown=www one /opt/one\nCOPY --chown=33 one /opt/two\nCOPY --chown=www:app one /opt/a/three",
        ),
        row("chown/numbers", "bb", "COPY --chown=4242:50 one /opt/one"),
        row(
            "chown/parents",
            "bb",
            "COPY --chown=1000:1000 one /opt/a/b/c/one",
        ),
        row(
            "chown/parents-slash",
            "bb",
            "COPY --chown=app one /opt/a/b/",
        ),
        row(
            "chown/parents-there-stay",
            "bb",
            "THERE\nCOPY --chown=app one /srv/there/new/one",
        ),
        row("chown/folder", "bb", "COPY --chown=app:app tree /srv/app"),
        row(
            "chown/folder-deep",
            "bb",
            "COPY --chown=app:app tree /srv/a/b/c",
        ),
        row(
            "chown/folder-slash",
            "bb",
            "COPY --chown=app tree /srv/app/",
        ),
        row(
            "chown/empty-folder",
            "bb",
            "COPY --chown=app nothing /srv/app",
        ),
        row(
            "chown/empty-into-existing",
            "bb",
            "THERE\nCOPY --chown=app nothing /opt/existing",
        ),
        row(
            "chown/merge",
            "bb",
            "THERE\nCOPY --chown=app tree /srv/there",
        )
        .differs("/srv/there/sub", MODES),
        row(
            "chown/into-existing",
            "bb",
            "THERE\nCOPY --chown=app one /opt/existing",
        ),
        row(
            "chown/dot-into-workdir",
            "bb",
            "WORKDIR /srv/w\nCOPY --chown=app:app tree sub/",
        ),
        row("chown/glob", "bb", "COPY --chown=app globs/* /opt/g/").differs(
            "/opt/g/[x]",
            "buildah takes the name of a file that a pattern matches for a pattern again",
        ),
        row(
            "chown/link-target",
            "bb",
            "COPY --chown=app link /opt/new/l",
        ),
        row(
            "chown/heredoc",
            "bb",
            "COPY --chown=app <<EOF /opt/h/x\nt\nEOF",
        )
        .for_buildah("COPY --chown=app x /opt/h/x")
        .file("x", "t\n"),
        row(
            "chown/unknown",
            "bb",
            "COPY --chown=nobody-here one /opt/one",
        )
        .refused("is not in /etc/passwd"),
        row("chmod/file", "bb", "COPY --chmod=4711 one /opt/one"),
        row("chmod/folder", "bb", "COPY --chmod=750 tree /opt/t"),
        row(
            "chmod/folder-there",
            "bb",
            "THERE\nCOPY --chmod=711 tree /srv/there",
        ),
        row(
            "chmod/and-chown",
            "bb",
            "COPY --chmod=700 --chown=app tree /opt/a/t",
        ),
        row(
            "chmod/program",
            "bb",
            "COPY run.sh /opt/\nCOPY --chmod=644 run.sh /opt/plain.sh",
        ),
        row("chmod/words", "bb", "COPY --chmod=u+x one /opt/one").refused("not an octal mode"),
    ]
}

fn scratch() -> Vec<Row> {
    let gone = "what lies in /tmp and /run goes with its entry and is in no image";
    vec![
        row("scratch/tmp", "bb", "COPY run.sh /tmp/run.sh\nRUN /tmp/run.sh").differs("/tmp", gone),
        row("scratch/tmp-folder", "bb", "COPY tree /tmp/t\nRUN cp -r /tmp/t /opt/t").differs("/tmp", gone),
        row("scratch/tmp-made-by-run", "bb", "RUN mkdir /tmp/w\nCOPY run.sh /tmp/w/\nRUN /tmp/w/run.sh").differs("/tmp", gone),
        row("scratch/into-folder-made-by-run", "bb", "RUN mkdir /tmp/w\nCOPY run.sh /tmp/w\nRUN /tmp/w/run.sh").differs("/tmp", gone),
        row("scratch/removed-and-a-file", "bb", "RUN mkdir /tmp/w\nRUN rm -r /tmp/w\nCOPY run.sh /tmp/w\nRUN /tmp/w").differs("/tmp", gone),
        row("scratch/through-a-link-out", "bb", "RUN ln -s /opt /tmp/l\nCOPY one /tmp/l/one").differs("/tmp", gone),
        row("scratch/run", "bb", "COPY run.sh /run/x/run.sh\nRUN /run/x/run.sh"),
        row("scratch/var-run", "bb", "THERE\nCOPY run.sh /var/run/run.sh\nRUN /var/run/run.sh && ls -l /run/run.sh > /dev/null"),
        row("scratch/dev-shm", "bb", "RUN echo a > /dev/shm/a\nCOPY one /dev/shm/one\nRUN cat /dev/shm/one > /opt/o").for_buildah("COPY one /opt/o"),
        row("scratch/heredoc", "bb", "COPY <<EOF /tmp/h.sh\n#!/bin/sh\necho h > /etc/h\nEOF\nRUN sh /tmp/h.sh").for_buildah("RUN echo h > /etc/h"),
        row("scratch/chown", "bb", "COPY --chown=app one /tmp/d/one\nRUN ls -ln /tmp/d/one | cut -c1-10 > /opt/o; stat -c '%u %U' /tmp/d /tmp/d/one >> /opt/o").differs("/tmp", gone),
        row("scratch/from", "bb", "COPY --from=b /var/p.sh /tmp/p/\nRUN sh /tmp/p/p.sh").stage("b", "base", "RUN echo 'echo p > /etc/p' > /var/p.sh").differs("/tmp", gone),
        row("scratch/from-to-run", "bb", "THERE\nCOPY --from=b /var/p.sh /var/run/p.sh\nRUN sh /run/p.sh").stage("b", "base", "RUN echo 'echo p > /etc/p' > /var/p.sh"),
        row("scratch/add", "bb", "ADD a.tar /tmp/a/\nRUN cat /tmp/a/bin/b > /opt/b; stat -c '%u %g %a' /tmp/a/d > /opt/d").differs("/tmp", gone),
        row("scratch/workdir", "bb", "WORKDIR /tmp/build\nCOPY one .\nRUN pwd > /opt/o; cat one >> /opt/o").differs("/tmp", gone),
        row("scratch/workdir-run", "bb", "WORKDIR /run/app\nRUN pwd > /opt/o; touch x"),
        row("scratch/workdir-next-entry", "bb", "WORKDIR /tmp/build\n---\nRUN pwd > /opt/o").differs("/tmp", gone),
        row("scratch/run-then-run", "bb", "RUN echo a > /tmp/a\nCOPY one /tmp/one\nRUN cat /tmp/a /tmp/one > /opt/o").differs("/tmp", gone),
        row("scratch/mode-of-tmp", "bb", "COPY one /tmp/one\nRUN stat -c %a /tmp > /opt/o").differs("/tmp", gone),
        row("scratch/var-tmp-stays", "bb", "COPY one /var/tmp/one\nRUN cat /var/tmp/one > /opt/o"),
    ]
}

fn existing() -> Vec<Row> {
    vec![
        row("existing/file", "bb", "THERE\nCOPY one /srv/there/f"),
        row("existing/link-to-file", "bb", "THERE\nCOPY one /srv/flnk"),
        row(
            "existing/dangling-link",
            "bb",
            "THERE\nCOPY one /srv/dangling",
        )
        .differs(
            "/srv/",
            "buildah makes a folder of what the link names; here the file takes the link's place",
        ),
        row(
            "existing/folder-over-file-inside",
            "bb",
            "THERE\nCOPY over/file /srv/there/f",
        )
        .refused("no folder takes its place"),
        row(
            "existing/file-over-folder-inside",
            "bb",
            "THERE\nRUN mkdir -p /opt/o/there\nCOPY only /opt/o",
        )
        .refused_here(
            "is a folder already",
            "a folder with all that it holds would be lost",
        ),
        row(
            "existing/file-as-folder-above",
            "bb",
            "THERE\nCOPY one /srv/there/f/x",
        )
        .refused("no folder takes its place"),
        row(
            "existing/file-with-a-slash",
            "bb",
            "THERE\nCOPY one /srv/there/f/",
        )
        .refused("no folder takes its place"),
        row(
            "existing/own-file-as-folder",
            "bb",
            "COPY one /opt/x\nCOPY two /opt/x/y",
        )
        .refused("no folder takes its place"),
        row(
            "existing/through-dangling-link",
            "bb",
            "THERE\nCOPY one /srv/dangling/x",
        ),
        row(
            "existing/folder-onto-folder",
            "bb",
            "THERE\nCOPY tree/sub /srv/there/sub",
        ),
        row("existing/twice", "bb", "COPY one /opt/x\nCOPY two /opt/x"),
        row(
            "existing/folder-through-link",
            "bb",
            "THERE\nCOPY merged /srv",
        )
        .file("merged/lnk/in", "in\n")
        .differs("/srv/", THROUGH),
        row("existing/usr-merge", "bb", "COPY merged /")
            .file("merged/lib/x/in", "in\n")
            .differs("/", THROUGH),
    ]
}

fn everywhere() -> Vec<Row> {
    vec![
        row(
            "everywhere/root-without-programs",
            "bb",
            "WORKDIR /opt\nRUN [\"/usr/bin/busybox\", \"rm\", \"/usr/bin/env\", \"/usr/bin/sh\"]\nRUN [\"/usr/bin/busybox\", \"touch\", \"x\"]",
        ),
        row(
            "everywhere/user",
            "bb",
            "RUN mkdir /opt/u; chown app /opt/u\nUSER app\nWORKDIR /opt/u\nRUN id -u > id; pwd >> id; umask >> id; touch f",
        ),
        row("everywhere/no-such-program", "bb", "RUN [\"/none\"]").refused("none"),
    ]
}

fn context() -> Vec<Row> {
    let ignore =
        "two\n**/top\ntree/sub\n!tree/sub/deep\n*.lock\nrecipes\nContainerfile\n.containerignore\n";
    vec![
        row("context/dot-files", "bb", "COPY dots /opt/d"),
        row("context/glob-and-dot-files", "bb", "COPY dots/* /opt/d/"),
        row("context/ignored", "bb", "COPY tree /opt/t").file(".containerignore", ignore),
        row("context/docker-ignore", "bb", "COPY tree /opt/t").file(".dockerignore", ignore),
        row("context/ignored-file", "bb", "COPY two /opt/")
            .file(".containerignore", ignore)
            .refused("left out"),
        row("context/ignored-glob", "bb", "COPY t* /opt/t/").file(".containerignore", ignore),
        row(
            "context/leading-slash",
            "bb",
            "COPY /one /opt/\nCOPY ./two /opt/",
        ),
        row("context/above", "bb", "COPY tree/../one /opt/"),
    ]
}
