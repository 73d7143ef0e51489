//! Containerfiles: what is read, what it compiles to, what is refused.

#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

use serde_json::json;

use super::Containerfile;
use super::lines::read;
use crate::action::{Action, Content, MountSource};
use crate::module::{Compiled, Dialect, ImageConfig, RunFacts, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};
use crate::setting::tests::fake::Repository;

fn repository() -> Repository {
    Repository::default()
        .file("app/main.py", "main")
        .program("app/run.sh", "#!/bin/sh\n")
        .file("app/note.md", "n")
        .file("data.tar.gz", "t")
        .file("one.conf", "1")
        .file("two.conf", "2")
        .file("/.dockerignore", "**/*.md\nsecret\n")
        .file("secret", "s")
}

/// Compiles lines of one snippet, as if they stood in lines 5 and on of a recipe.
fn compile_in(dialect: Dialect, text: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let repository = repository();
    let origin = Origin {
        line: 5,
        column: 7,
        ..Origin::of_file("recipe.yml")
    };
    let stages = ["builder".to_owned()];
    let module = Containerfile {
        snippets: vec![Sourced::new(format!("{text}\n"), origin.clone())],
        network: dialect == Dialect::BlueBuild,
        arguments: SourcedMap(
            ["GIVEN"]
                .into_iter()
                .filter(|name| text.contains(name))
                .map(|name| (Sourced::new(name.into(), origin.clone()), "g".into()))
                .collect(),
        ),
        ..Containerfile::default()
    };
    module.compile(&Surroundings {
        dialect,
        origin: &origin,
        inputs: &repository,
        image: None,
        name: "acme",
        distribution: crate::module::Distribution::default(),
        root: &repository,
        run: RunFacts {
            platform: "linux/arm64/v8",
            stages: &stages,
            ..RunFacts::default()
        },
    })
}

fn compiled(text: &str) -> Compiled {
    compile_in(Dialect::Native, text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"))
}

/// The actions in short.
fn shown(compiled: &Compiled) -> Vec<String> {
    let show = |action: &Action| match action {
        Action::Run(command) => format!("run {:?}", command.arguments),
        Action::Write {
            path,
            content: Content::Text(text),
            mode,
            ..
        } => format!("{path} {mode:o} {text:?}"),
        Action::Write {
            path,
            content: Content::Input(input),
            mode,
            owner,
        } => format!("{path} {mode:o} {:?} = {}", owner.user, input.path),
        Action::Put {
            path,
            content: Content::Input(input),
            mode,
            owner,
            ..
        } => format!("{path}? {mode:o} {:?} = {}", owner.user, input.path),
        Action::Folder { path, owner } => format!("{path}/ {:?}", owner.user),
        Action::Unpack {
            archive,
            destination,
        } => format!("{destination} < {}", archive.path),
        Action::Directory { path, .. } => format!("{path}/"),
        Action::OwnedDirectory { path, user } => format!("{path}/ of {:?}", user.name),
        Action::Copy {
            from,
            source,
            destination,
            ..
        } => format!("{from:?} {source} {destination}"),
        other => format!("{other:?}"),
    };
    compiled.actions.iter().map(show).collect()
}

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

#[test]
fn variables_have_docker_s_scopes() {
    for (text, expected) in [
        ("ENV A=1 B=\"two words\"\nLABEL x=$A-${B}", "1-two words"),
        ("ENV A=1\nENV A=2 B=$A\nLABEL x=$B", "1"),
        ("ENV A hello world\nLABEL x=\"$A\"", "hello world"),
        ("ARG A=arg\nENV A=env\nLABEL x=$A", "env"),
        ("ARG A=arg\nLABEL x=${A:-d}${B:-d}${B:+n}${A:+s}", "argds"),
        ("LABEL x=${A-d}${A:-${B:-nested}}", "dnested"),
        ("ARG GIVEN=default\nLABEL x=$GIVEN", "g"),
        ("ARG TARGETARCH\nLABEL x=$TARGETARCH", "arm64"),
        ("LABEL x=a$TARGETARCH", "a"),
        ("ARG A=1\nLABEL x='$A'\\$A\"\\$A\"", "$A$A$A"),
        (
            "ARG A=a.tar.gz\nLABEL x=${A%.*}-${A%%.*}-\"${A#*.}\"-${A##*.}",
            "a.tar-a-tar.gz-gz",
        ),
        (
            "ARG A=a.b.c\nLABEL x=${A/./-}${A//./$A}${A#\\*}${NO#x}",
            "a-b.caa.b.cba.b.cca.b.c",
        ),
        ("LABEL x=$1a$?b$", "ab$"),
        ("LABEL x=a\\ b", "a b"),
    ] {
        let compiled = compiled(text);
        assert_eq!(compiled.config.labels["x"], expected, "{text}");
    }
    let run = compiled(
        "ARG A=1\nARG NONE\nENV B=2\nUSER app:7\nWORKDIR /srv\nWORKDIR app\nSHELL [\"bash\", \"-c\"]\nRUN --network=default pwd",
    );
    let Some(Action::Run(command)) = run.actions.last() else {
        panic!("a command")
    };
    assert_eq!(
        format!("{:?}", command.environment),
        r#"{"A": "1", "B": "2"}"#
    );
    assert_eq!(command.arguments, ["bash", "-c", "pwd"]);
    assert_eq!(
        (command.directory.as_str(), command.network),
        ("/srv/app", true)
    );
    assert!(command.user.is_some());
    assert_eq!(run.config.directory.as_deref(), Some("/srv/app"));
    assert_eq!(run.config.user.as_deref(), Some("app:7"));
    assert_eq!(format!("{:?}", run.config.environment), r#"{"B": "2"}"#);
    assert_eq!(
        shown(&run)[..2],
        [r#"/srv/ of Name("app")"#, r#"/srv/app/ of Name("app")"#]
    );
    let bluebuild =
        compile_in(Dialect::BlueBuild, "RUN echo $IMAGE_NAME").expect("BlueBuild's own");
    let Some(Action::Run(command)) = bluebuild.actions.last() else {
        panic!("a command")
    };
    assert_eq!(
        (command.environment["IMAGE_NAME"].as_str(), command.network),
        ("acme", true)
    );
}

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

#[test]
fn the_configuration_of_the_image_is_changed() {
    let text = "ENTRYPOINT [\"/bin/a\", \"b\"]\nCMD run it\nEXPOSE 80 53/UDP 7000-7002\nVOLUME [\"/data\"]\nVOLUME /x /y\nSTOPSIGNAL SIGTERM\nHEALTHCHECK --interval=1m30s --retries=3 CMD curl x\nMAINTAINER me";
    let all = compiled(text);
    assert_eq!(
        serde_json::to_value(&all.config).expect("JSON"),
        json!({
            "environment": {}, "labels": {}, "user": null, "directory": null,
            "entrypoint": ["/bin/a", "b"], "command": ["/bin/sh", "-c", "run it"],
            "ports": ["53/udp", "7000-7002/tcp", "80/tcp"], "volumes": ["/data", "/x", "/y"],
            "stopSignal": "SIGTERM", "author": "me",
            "healthcheck": {"test": ["CMD-SHELL", "curl x"], "interval": 90_000_000_000_u64,
                "timeout": null, "startPeriod": null, "startInterval": null, "retries": 3},
        })
    );
    assert!(all.actions.is_empty());
    assert_eq!(all.warnings.len(), 1);
}

#[test]
fn wrong_instructions_are_told_with_their_line() {
    for (text, message, hint) in [
        (
            "RUN true\n\nFROM x",
            "7:7: FROM starts another image",
            "stages:",
        ),
        ("ONBUILD RUN x", "5:7: ONBUILD is not supported", "derive"),
        ("RNU x", "`RNU` is no instruction", "did you mean RUN"),
        ("RUN", "RUN says nothing", ""),
        (
            "RUN --security=insecure x",
            "RUN --security is not supported",
            "--mount and --network",
        ),
        (
            "RUN --network=maybe x",
            "--network is none, default or host",
            "",
        ),
        ("RUN --mount=type=bind x", "needs `target`", ""),
        (
            "RUN --mount=type=volume,target=/x x",
            "`volume` is no type",
            "bind, cache",
        ),
        (
            "RUN --mount=type=cache,target=/x,uid=5 x",
            "the option `uid`",
            "",
        ),
        (
            "RUN --mount=type=cache,target=/x,shareing=locked x",
            "the option `shareing`",
            "did you mean `sharing`",
        ),
        (
            "RUN --mount=type=cache,target=/x,from=builder x",
            "begins with files of another image",
            "copy the files",
        ),
        ("RUN --mount=type=secret x", "needs `id`", "environment"),
        (
            "RUN <<EOF\nx",
            "5:7: the lines after `<<EOF` have no end",
            "only EOF",
        ),
        (
            "RUN cat <<- EOF\nx\nEOF",
            "5:7: `<<- EOF` opens nothing",
            "<<-EOF",
        ),
        (
            "RUN --mount=type=bind,target=/x,sharing=locked x",
            "`sharing` means nothing for a mount of type bind",
            "from, source, src, ro, rw",
        ),
        (
            "RUN --mount=type=tmpfs,target=/x,ro=maybe x",
            "`ro` is true or false, found `maybe`",
            "",
        ),
        ("WORKDIR \"\"", "WORKDIR names no directory", ""),
        ("COPY a", "COPY needs a source and a destination", ""),
        ("COPY none /x", "there is no file none", ""),
        (
            "COPY secret /x",
            "is left out by the ignore file",
            ".containerignore",
        ),
        ("COPY one.conf two.conf /x", "more than one file", "/x/"),
        (
            "COPY --exclude=a app /x",
            "COPY --exclude is not supported",
            "--chown",
        ),
        (
            "COPY --parents app /x",
            "COPY --parents is not supported",
            "--chown",
        ),
        (
            "COPY --chmod=u+x one.conf /x",
            "`u+x` is no octal mode",
            "0644",
        ),
        (
            "COPY https://x/y /z",
            "COPY takes files of the repository",
            "ADD --checksum",
        ),
        (
            "COPY --from=bilder /a /b",
            "there is no stage `bilder`",
            "did you mean `builder`",
        ),
        ("COPY one.conf /proc/x", "would never be in the image", ""),
        (
            "WORKDIR /dev\nCOPY one.conf x",
            "would never be in the image",
            "",
        ),
        (
            "ADD --unpack one.conf /x",
            "`one.conf` is no archive",
            "compressed by gzip",
        ),
        (
            "COPY one.conf /usr/lib/terroir/x",
            "belongs to the flavour record",
            "",
        ),
        (
            "ADD https://example.org/x /y",
            "what `https://example.org/x` holds is not known",
            "--checksum",
        ),
        (
            "ADD https://example.org/x.git /y",
            "ADD cannot take",
            "repository",
        ),
        (
            "ADD --chown=1 data.tar.gz /y",
            "do not reach into an archive",
            "RUN chown",
        ),
        ("ENV A", "`A` has no value", "KEY=value"),
        ("ENV A=1 B", "`B` is no KEY=value", "quotes"),
        ("LABEL x=${A:?wanted}", "`A` is not set: wanted", ""),
        ("LABEL x=${A^b}", "is not known", ""),
        ("LABEL x=${A/b}", "has no `/`", ""),
        ("LABEL x=${A", "has no `}`", ""),
        ("SHELL bash -c", "SHELL takes a list in JSON", "/bin/bash"),
        ("STOPSIGNAL nonsense", "`nonsense` is no signal", "SIGTERM"),
        ("STOPSIGNAL SIGRTMIN+16", "is no signal", ""),
        ("STOPSIGNAL 0", "`0` is no signal", "64"),
        ("EXPOSE 99999", "`99999` is no port", "443"),
        ("HEALTHCHECK sometimes", "NONE, or CMD", ""),
        ("HEALTHCHECK --interval=5 CMD x", "`5` is no time", "30s"),
        ("USER a b", "`a b` is no user", ""),
    ] {
        let wrong = compile_in(Dialect::Native, text).expect_err(text);
        let [problem] = &wrong[..] else {
            panic!("{text}: {wrong:?}")
        };
        assert!(problem.to_string().contains(message), "{text}: {problem}");
        let said = problem.hint.as_deref().unwrap_or_default();
        assert!(said.contains(hint), "{text}: {said}");
    }
    let several =
        compile_in(Dialect::Native, "FROM a\nRUN x\nNONSENSE\nUSER ''").expect_err("three");
    assert_eq!(several.len(), 3);
}

#[test]
fn a_containerfile_of_the_repository_says_where_it_is_wrong() {
    let repository = Repository::default()
        .file("build/Containerfile", "RUN a\nCOPY x\n")
        .file("/containerfiles/one/Containerfile", "RUN one\n");
    let origin = Origin {
        line: 3,
        ..Origin::of_file("recipe.yml")
    };
    let module = |name: &str| Containerfile {
        containerfiles: vec![Sourced::new(name.to_owned(), origin.clone())],
        ..Containerfile::default()
    };
    let around = |dialect| Surroundings {
        dialect,
        origin: &origin,
        inputs: &repository,
        image: None,
        name: "acme",
        distribution: crate::module::Distribution::default(),
        root: &repository,
        run: RunFacts {
            containerfiles: "/containerfiles",
            ..RunFacts::default()
        },
    };
    let wrong = module("build")
        .compile(&around(Dialect::Native))
        .expect_err("wrong");
    assert!(
        wrong[0]
            .to_string()
            .starts_with("build/Containerfile:2:1: COPY needs"),
        "{}",
        wrong[0]
    );
    assert_eq!(wrong[0].related[0].0.line, 3);
    let one = module("one")
        .compile(&around(Dialect::BlueBuild))
        .expect("is there");
    assert_eq!(one.actions.len(), 1);
    let gone = module("two")
        .compile(&around(Dialect::BlueBuild))
        .expect_err("is not there");
    assert!(
        gone[0]
            .message
            .contains("/containerfiles/two/Containerfile")
    );
}

#[test]
fn what_the_base_says_counts_and_what_it_may_say_is_not_refused() {
    let repository = repository();
    let origin = Origin::of_file("recipe.yml");
    let config = ImageConfig::of_image(&json!({ "config": {
        "Env": ["A=base", "=nameless", "NOEQ", "A=last"], "User": "7:8", "WorkingDir": "srv/x/",
        "Shell": ["/bin/ash", "-c"],
    }}));
    let compile = |text: &str, config: Option<&ImageConfig>, is_open| {
        let module = Containerfile {
            snippets: vec![Sourced::new(text.to_owned(), origin.clone())],
            ..Containerfile::default()
        };
        module.compile(&Surroundings {
            dialect: Dialect::Native,
            origin: &origin,
            inputs: &repository,
            image: None,
            name: "acme",
            distribution: crate::module::Distribution::default(),
            root: &repository,
            run: RunFacts {
                config,
                config_is_open: is_open,
                ..RunFacts::default()
            },
        })
    };
    let text = "ENV B=$A/b\nWORKDIR up/../y\nCOPY one.conf ../z/\nRUN id";
    let all = compile(text, Some(&config), false).expect("valid");
    assert_eq!(all.config.environment["B"], "last/b");
    assert_eq!(
        shown(&all),
        [
            "/srv/x/y/ of Number(7)",
            "/srv/x/z/one.conf 644 Number(0) = one.conf",
            r#"run ["/bin/ash", "-c", "id"]"#,
        ]
    );
    // What depends on it says so, also where the base is not known.
    for (text, asks) in [
        ("RUN id", true),
        ("WORKDIR x", true),
        ("WORKDIR /x", true),
        ("USER root\nWORKDIR /x\nWORKDIR y\nRUN [\"id\"]", false),
        ("USER root\nWORKDIR /x\nRUN id", true),
        ("COPY one.conf x", true),
        ("COPY one.conf /x", false),
        ("ENV A=1\nLABEL a=$A", false),
        ("LABEL a=$A", true),
        ("EXPOSE $PORT\nUSER $WHO\nLABEL a=${X:?missing}", true),
    ] {
        let all = compile(text, None, true).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!(all.asks_config, asks, "{text}");
    }
    compile("EXPOSE $PORT", None, false).expect_err("nobody sets it");
    compile("EXPOSE no", None, true).expect_err("no base makes it right");
}
