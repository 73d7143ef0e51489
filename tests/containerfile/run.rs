//! `RUN`: forms, shells, heredocs, mounts, network.

use crate::row::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    [forms(), heredocs(), mounts()].concat()
}

fn forms() -> Vec<Row> {
    vec![
        row(
            "run/shell-form",
            "bb",
            "RUN echo a  b > /etc/o; echo \"c  d\" 'e $HOME' >> /etc/o",
        ),
        row(
            "run/exec-form",
            "bb",
            "RUN [\"/bin/sh\", \"-c\", \"echo $0 $HOME > /etc/o\", \"zero\"]",
        ),
        row(
            "run/exec-form-by-path",
            "cfg",
            "USER root\nRUN [\"touch\", \"a b\"]",
        ),
        row(
            "run/exec-form-with-escapes",
            "bb",
            "RUN [\"/bin/sh\", \"-c\", \"printf '%s' '\\t\\u0041\\\"' > /etc/o\"]",
        ),
        row(
            "run/no-json-after-all",
            "bb",
            "RUN [ -d /etc ] && echo yes > /etc/o",
        ),
        row(
            "run/single-quotes-are-no-json",
            "bb",
            "RUN ['echo', 'x'] || echo no > /etc/o",
        ),
        row(
            "run/shell",
            "bb",
            "SHELL [\"/bin/busybox\", \"ash\", \"-e\", \"-c\"]\nRUN echo $0 $- > /etc/o",
        )
        .differs("Shell", SHELL),
        row(
            "run/shell-in-next-entry",
            "bb",
            "SHELL [\"/bin/busybox\", \"ash\", \"-c\"]\n---\nRUN echo $0 > /etc/o",
        )
        .differs("Shell", SHELL),
        row(
            "run/shell-of-commands",
            "bb",
            "SHELL [\"/bin/busybox\", \"ash\", \"-c\"]\nCMD x\nENTRYPOINT y z",
        )
        .differs(
            "busybox",
            "Docker takes SHELL for CMD and ENTRYPOINT too, buildah for RUN alone",
        ),
        row(
            "run/empty-line-in-the-middle",
            "bb",
            "RUN echo a \\\n\n > /etc/o",
        ),
        row(
            "run/comments",
            "bb",
            "# one\nRUN echo a \\\n# two\n  # three\n  b > /etc/o # four\n  # five",
        ),
        row("run/lower-case", "bb", "run echo a > /etc/o\nEnV A=1"),
        row(
            "run/escape-directive",
            "bb",
            "# escape=`\nRUN echo a`\n  b\\\\ > /etc/o",
        )
        .for_buildah("RUN echo a  b\\\\ > /etc/o"),
        row(
            "run/no-expansion",
            "bb",
            "ENV A=1\nRUN A=2; echo $A ${A} \"$A\" '$A' \\$A > /etc/o",
        ),
        row(
            "run/umask-and-modes",
            "bb",
            "RUN umask > /etc/o; touch /etc/f; mkdir /etc/d; chmod 4755 /etc/f; chmod 1777 /etc/d",
        ),
        row(
            "run/links",
            "bb",
            "RUN cd /srv; echo x > a; ln a b; ln -s a c; mkdir d; ln a d/e",
        ),
        row(
            "run/removes",
            "bb",
            "RUN mkdir -p /srv/d/e; touch /srv/d/f\n---\nRUN rm -r /srv/d /etc/group; mkdir /srv/d; touch /srv/d/g",
        ),
        row(
            "run/lost-directory",
            "bb",
            "WORKDIR /lost\nRUN rmdir /lost\nRUN pwd > f",
        ),
        row("run/fails", "bb", "RUN false").refused("exit code 1"),
        row("run/network", "bb", "RUN --network=none true > /etc/o")
            .for_buildah("RUN true > /etc/o"),
        row("run/security", "bb", "RUN --security=insecure true").refused("--security"),
        row("run/unknown-flag", "bb", "RUN --nonsense true").refused("--nonsense"),
    ]
}

const SHELL: &str =
    "OCI's configuration has no shell, and buildah leaves it out; derived images need it";

/// buildah 1.28 does not read heredocs, so it gets the same as one line.
fn heredocs() -> Vec<Row> {
    let hi = "RUN printf 'hi\\n' > /etc/o";
    vec![
        row("heredoc/plain", "bb", "RUN cat <<EOF > /etc/o\nhi\nEOF").for_buildah(hi),
        row("heredoc/blank", "bb", "RUN cat << EOF > /etc/o\nhi\nEOF").for_buildah(hi),
        row(
            "heredoc/blank-and-quotes",
            "bb",
            "RUN cat << 'EOF' > /etc/o\n$HOME\nEOF",
        )
        .for_buildah("RUN echo '$HOME' > /etc/o"),
        row(
            "heredoc/tabs",
            "bb",
            "RUN cat <<-EOF > /etc/o\n\t\thi\n\tEOF",
        )
        .for_buildah(hi),
        row("heredoc/only", "bb", "RUN <<EOF\necho hi > /etc/o\nEOF").for_buildah(hi),
        row(
            "heredoc/two",
            "bb",
            "RUN cat <<A > /etc/a; cat << B > /etc/b\na\nA\nb\nB",
        )
        .for_buildah("RUN echo a > /etc/a; echo b > /etc/b"),
        row(
            "heredoc/user-and-directory",
            "cfg",
            "RUN <<EOF\nid -un > who\nEOF",
        )
        .for_buildah("RUN id -un > who"),
        row("heredoc/copy", "cfg", "COPY <<EOF rel\n$FOO ${PATH}\nEOF")
            .for_buildah("USER root\nRUN echo $FOO $PATH > rel\nUSER app"),
        row(
            "heredoc/copy-with-blank",
            "bb",
            "COPY << EOF /etc/o\nhi\nEOF",
        )
        .for_buildah(hi),
        row(
            "heredoc/copy-several",
            "bb",
            "ENV X=x\nCOPY <<A <<'B' /etc/d/\n$X\nA\n$X\nB",
        )
        .for_buildah("ENV X=x\nRUN mkdir /etc/d; echo x > /etc/d/A; echo '$X' > /etc/d/B"),
        row(
            "heredoc/shift",
            "bb",
            "RUN echo $((1<<20)) > /etc/o\nRUN n=3; echo $((2<<n)) $((n << 2)) >> /etc/o; echo $((0x1<<4)) $((n<<4)) >> /etc/o",
        ),
        row(
            "heredoc/in-quotes",
            "bb",
            "RUN echo '<<EOF' \"<< EOF\" > /etc/o",
        ),
        row(
            "heredoc/blank-after-dash",
            "bb",
            "RUN cat <<- EOF\n\thi\n\tEOF",
        )
        .refused("<<-EOF"),
    ]
}

fn mounts() -> Vec<Row> {
    vec![
        row(
            "mount/bind",
            "bb",
            "RUN --mount=type=bind,source=one,target=/etc/one cat /etc/one > /etc/o",
        ),
        row(
            "mount/bind-relative",
            "bb",
            "WORKDIR /w\nRUN --mount=type=bind,source=one,target=m cat m > o",
        )
        .for_buildah("WORKDIR /w\nRUN --mount=type=bind,source=one,target=/w/m cat m > o"),
        row(
            "mount/tmpfs",
            "bb",
            "RUN --mount=type=tmpfs,target=/mnt/x touch /mnt/x/f; ls /mnt/x > /etc/o",
        ),
        row(
            "mount/cache",
            "bb",
            "RUN --mount=type=cache,target=/mnt/x,id=c-row touch /mnt/x/f\nRUN --mount=type=cache,target=/mnt/x,id=c-row ls /mnt/x > /etc/o",
        ),
        row(
            "mount/no-secret",
            "bb",
            "RUN --mount=type=secret,id=NOPE,required=false ls /run/secrets; echo ok > /etc/o",
        ),
        row(
            "mount/no-secret-by-itself",
            "bb",
            "RUN --mount=type=secret,id=NOPE echo ok > /etc/o",
        ),
        row(
            "mount/secret-is-required",
            "bb",
            "RUN --mount=type=secret,id=NOPE,required=true true",
        )
        .refused("NOPE"),
        row(
            "mount/from-stage",
            "bb",
            "RUN --mount=from=b,source=/out,target=/m stat -c '%u:%g %a' /m/f > /etc/o",
        )
        .stage(
            "b",
            "base",
            "RUN mkdir /out; echo x > /out/f; chown app:data /out/f; chmod 640 /out/f",
        ),
        row(
            "mount/no-type",
            "bb",
            "RUN --mount=type=volume,target=/x true",
        )
        .refused("volume"),
    ]
}
