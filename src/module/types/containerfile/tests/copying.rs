//! `COPY` and `ADD`.

use super::{compiled, shown};
use crate::action::Action;

#[test]
fn copies_go_where_docker_puts_them() {
    for (text, expected) in [
        (
            "COPY one.conf /etc/one",
            vec!["/etc/one? 644 Number(0) = one.conf"],
        ),
        (
            "COPY one.conf /etc/",
            vec!["/etc/one.conf 644 Number(0) = one.conf"],
        ),
        (
            "WORKDIR /srv\nCOPY app .",
            vec![
                "/srv/",
                "/srv/main.py 644 Number(0) = app/main.py",
                "/srv/run.sh 755 Number(0) = app/run.sh",
            ],
        ),
        (
            "COPY --chown=7 --chmod=600 *.conf /etc/d/",
            vec![
                "/etc/d/ Number(7)",
                "/etc/d/one.conf 600 Number(7) = one.conf",
                "/etc/d/ Number(7)",
                "/etc/d/two.conf 600 Number(7) = two.conf",
            ],
        ),
        (
            "COPY [\"one.conf\", \"two.conf\", \"/x/\"]",
            vec![
                "/x/one.conf 644 Number(0) = one.conf",
                "/x/two.conf 644 Number(0) = two.conf",
            ],
        ),
        (
            "COPY --from=builder /a /b/",
            vec![r#"Stage("builder") /a /b/"#],
        ),
        (
            "COPY --from=quay.io/a/b:1 a /b",
            vec![r#"Image("quay.io/a/b:1") /a /b"#],
        ),
        (
            "ADD one.conf /etc/one",
            vec!["/etc/one? 644 Number(0) = one.conf"],
        ),
        (
            "ADD --unpack=false data.tar.gz /x/",
            vec!["/x/data.tar.gz 644 Number(0) = data.tar.gz"],
        ),
    ] {
        assert_eq!(shown(&compiled(text)), expected, "{text}");
    }
    let unpacked = compiled("ADD data.tar.gz one.conf /opt/");
    assert_eq!(
        shown(&unpacked),
        [
            "/opt/ < data.tar.gz",
            "/opt/one.conf 644 Number(0) = one.conf"
        ]
    );
    let sum = "a".repeat(64);
    let fetched = compiled(&format!(
        "ADD --checksum=sha256:{sum} https://example.org/a/b.txt?x /opt/"
    ));
    let [Action::Run(command)] = &fetched.actions[..] else {
        panic!("fetches")
    };
    assert_eq!(
        command.arguments[4..],
        [
            "https://example.org/a/b.txt?x",
            "/opt/b.txt",
            sum.as_str(),
            "0600",
            "0:0",
            "b.txt"
        ]
    );
    assert!(command.network);
}
