//! `COPY --from` and `ADD` of archives: owners, modes, links and attributes of where they come from.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

use crate::row::{Row, row};

/// What a stage holds.
const OUT: &str = "RUN mkdir -p /out/data /out/bin /out/ed; echo x > /out/data/f; chown -R app:data /out/data; chmod 2770 /out/data; head -c 5000 /dev/zero > /out/bin/a; ln /out/bin/a /out/bin/b; ln /out/bin/a /out/c; ln -s data /out/ln; ln -s data/f /out/lf; ln -s nowhere /out/broken; chown 9:9 /out; chmod 711 /out; chown 3:3 /out/ed; touch /out/bin/su; chmod 4755 /out/bin/su; mkdir -p /out/merged/lib; echo l > /out/merged/lib/l; mkfifo /out/fifo";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = from();
    for row in &mut rows {
        row.stages.insert(0, ("b", "base", OUT));
    }
    rows.extend(add());
    rows
}

fn from() -> Vec<Row> {
    vec![
        row("from/folder", "bb", "COPY --from=b /out /opt/final"),
        row(
            "from/folder-without-slash",
            "bb",
            "COPY --from=b out /opt/final",
        ),
        row("from/into-existing", "bb", "COPY --from=b /out /opt"),
        row("from/folder-slash", "bb", "COPY --from=b /out/ /opt/final/"),
        row(
            "from/chown",
            "bb",
            "COPY --from=b --chown=app /out /opt/a/n",
        ),
        row("from/chmod", "bb", "COPY --from=b --chmod=700 /out /opt/n"),
        row(
            "from/chmod-and-chown",
            "bb",
            "COPY --from=b --chmod=640 --chown=4:5 /out/data/f /opt/new/f",
        ),
        row(
            "from/several",
            "bb",
            "COPY --from=b /out/data /out/ed /opt/n/",
        ),
        row("from/file", "bb", "COPY --from=b /out/data/f /opt/new/name"),
        row(
            "from/file-into-slash",
            "bb",
            "COPY --from=b /out/data/f /opt/new/",
        ),
        row(
            "from/file-into-folder",
            "bb",
            "RUN mkdir /opt/d; ln -s d /opt/l\nCOPY --from=b /out/data/f /opt/d\nCOPY --from=b /out/bin/su /opt/l",
        ),
        row("from/link-is-followed", "bb", "COPY --from=b /out/lf /opt/"),
        row(
            "from/link-to-folder-is-followed",
            "bb",
            "COPY --from=b /out/ln /opt/n",
        ),
        row("from/glob", "bb", "COPY --from=b /out/l* /opt/n/"),
        row(
            "from/glob-of-files",
            "bb",
            "COPY --from=b /out/bin/* /opt/n/",
        ),
        row(
            "from/glob-in-the-middle",
            "bb",
            "COPY --from=b /o*t/*/f /opt/n/",
        ),
        row("from/setuid", "bb", "COPY --from=b /out/bin/su /opt/su"),
        row(
            "from/setgid-folder",
            "bb",
            "COPY --from=b /out/data /opt/x/data",
        ),
        row("from/nothing", "bb", "COPY --from=b /none /opt/").refused("/none"),
        row(
            "from/folder-onto-file",
            "bb",
            "RUN echo f > /opt/f\nCOPY --from=b /out/data /opt/f",
        )
        .refused("not a folder"),
        row("from/merged", "bb", "COPY --from=b /out/merged /").differs(
            "/",
            "a link to a folder stays, and what is copied goes through it",
        ),
        row("from/capability", "bb", "COPY --from=c /opt /opt/x").stage(
            "c",
            "base",
            "ADD a.tar /opt/",
        ),
        row(
            "from/two-stages",
            "bb",
            "COPY --from=b /out/ed /opt/ed\nCOPY --from=d /var/x /opt/x",
        )
        .stage("d", "base", "COPY --from=b /out/data/f /var/x"),
    ]
}

fn add() -> Vec<Row> {
    vec![
        row("add/file", "bb", "ADD one /opt/new/"),
        row("add/folder", "bb", "ADD tree /opt/t"),
        row("add/chown", "bb", "ADD --chown=app tree /srv/a/app/"),
        row("add/tar", "bb", "ADD a.tar /opt/n"),
        row("add/tar-into-folder", "bb", "ADD a.tar /opt/"),
        row("add/tar-without-slash", "bb", "ADD a.tar /opt"),
        row("add/gzip", "bb", "ADD a.tar.gz /opt/n/"),
        row("add/bzip2", "bb", "ADD a.tar.bz2 /opt/n/"),
        row("add/xz", "bb", "ADD a.tar.xz /opt/n/"),
        row("add/zstd", "bb", "ADD a.tar.zst /opt/n/"),
        row("add/by-content", "bb", "ADD unnamed.bin /opt/n/"),
        row("add/no-archive", "bb", "ADD fake.tar.gz /opt/n/"),
        row("add/compressed-file", "bb", "ADD file.gz /opt/n/"),
        row("add/copy-keeps-it", "bb", "COPY a.tar.gz /opt/n/"),
        row("add/archive-and-file", "bb", "ADD a.tar one /opt/n/"),
        row(
            "add/through-link",
            "bb",
            "RUN mkdir /opt/d; ln -s d /opt/l\nADD a.tar /opt/l/",
        ),
        row(
            "add/over",
            "bb",
            "RUN mkdir -p /opt/n/bin; echo old > /opt/n/bin/a; echo kept > /opt/n/bin/z\nADD a.tar /opt/n/",
        ),
        row(
            "add/onto-file",
            "bb",
            "RUN echo f > /opt/f\nADD a.tar /opt/f",
        )
        .refused("not a folder"),
    ]
}
