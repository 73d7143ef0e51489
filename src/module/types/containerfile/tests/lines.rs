//! Lines, comments and heredocs.

use super::super::lines::read;
use super::{compiled, shown};

#[test]
fn lines_go_on_and_comments_do_not_count() {
    let text = "# escape=`\n# comment\nRUN a `\n  # between\n\n  b ` \n  c\nrun d\\\nENV x=1";
    let lines = read(text);
    let read: Vec<_> = lines
        .lines
        .iter()
        .map(|line| (line.number, line.name.as_str(), line.rest.as_str()))
        .collect();
    assert_eq!(lines.escape, '`');
    assert_eq!(
        read,
        [
            (3, "RUN", "a   b   c"),
            (8, "RUN", "d\\"),
            (9, "ENV", "x=1")
        ]
    );
    let lines = super::lines::read("RUN echo a\\\\\nRUN b");
    assert_eq!(lines.lines.len(), 2);
    assert!(
        super::lines::read("# syntax=docker/dockerfile:1\n# escape=x\n").faults[0]
            .1
            .message
            .contains("escape")
    );
}

#[test]
fn heredocs_are_taken_whole() {
    for (text, expected) in [
        (
            "RUN <<EOF\necho $a\n# kept\nEOF\nRUN x",
            vec![
                r#"run ["/bin/sh", "-c", "echo $a\n# kept\n"]"#,
                r#"run ["/bin/sh", "-c", "x"]"#,
            ],
        ),
        (
            "RUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF",
            vec![r#"run ["/tmp/terroir/heredoc"]"#],
        ),
        (
            "RUN cat <<-\"E\" > /x\n\tone\n\tE",
            vec![r#"run ["/bin/sh", "-c", "cat <<-\"E\" > /x\none\nE\n"]"#],
        ),
        (
            "RUN echo '<<EOF'",
            vec![r#"run ["/bin/sh", "-c", "echo '<<EOF'"]"#],
        ),
        (
            "RUN cat << EOF > /o\nhi\nEOF",
            vec![r#"run ["/bin/sh", "-c", "cat << EOF > /o\nhi\nEOF\n"]"#],
        ),
        (
            "RUN << 'EOF'\nhi\nEOF",
            vec![r#"run ["/bin/sh", "-c", "hi\n"]"#],
        ),
        (
            "RUN cat 3<<EOF <&3\nhi\nEOF",
            vec![r#"run ["/bin/sh", "-c", "cat 3<<EOF <&3\nhi\nEOF\n"]"#],
        ),
        (
            "RUN echo $((1<<20)) $((n << 2)) $(( (1<<2) << 3 ))",
            vec![r#"run ["/bin/sh", "-c", "echo $((1<<20)) $((n << 2)) $(( (1<<2) << 3 ))"]"#],
        ),
        (
            "RUN let x=1<<3 0x1<<4",
            vec![r#"run ["/bin/sh", "-c", "let x=1<<3 0x1<<4"]"#],
        ),
        (
            "COPY << 'A' << B /etc/d/\n$V\nA\nb\nB",
            vec![r#"/etc/d/A 644 "$V\n""#, r#"/etc/d/B 644 "b\n""#],
        ),
        ("RUN [ \"<<EOF\" ]", vec![r#"run ["<<EOF"]"#]),
        (
            "RUN cat <<<word",
            vec![r#"run ["/bin/sh", "-c", "cat <<<word"]"#],
        ),
        (
            "ARG V=1\nCOPY <<EOF /etc/a\n\"$V\" \\$V\nEOF",
            vec![r#"/etc/a 644 "\"1\" $V\n""#],
        ),
        (
            "COPY <<'A' <<B /etc/d/\n$V\nA\nb\nB",
            vec![r#"/etc/d/A 644 "$V\n""#, r#"/etc/d/B 644 "b\n""#],
        ),
    ] {
        assert_eq!(shown(&compiled(text)), expected, "{text}");
    }
}
