//! What is wrong, with its line.

use super::super::Containerfile;
use super::{around, compile_in};
use crate::module::module_type::Configuration as _;
use crate::module::{Dialect, RunFacts};
use crate::origin::{Origin, Sourced};
use crate::setting::tests::fake::Repository;

#[test]
fn wrong_instructions_are_told_with_their_line() {
    for (text, message, hint) in [
        (
            "RUN true\n\nFROM x",
            "7:7: FROM starts another image",
            "stages:",
        ),
        ("ONBUILD RUN x", "5:7: ONBUILD is not supported", "derive"),
        ("RNU x", "`RNU` is not an instruction", "did you mean RUN"),
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
            "`volume` is not a type",
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
            "`u+x` is not an octal mode",
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
            "`one.conf` is not an archive",
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
        ("ENV A=1 B", "`B` is not KEY=value", "quotes"),
        ("LABEL x=${A:?wanted}", "`A` is not set: wanted", ""),
        ("LABEL x=${A^b}", "is not known", ""),
        ("LABEL x=${A/b}", "has no `/`", ""),
        ("LABEL x=${A", "has no `}`", ""),
        ("SHELL bash -c", "SHELL takes a list in JSON", "/bin/bash"),
        (
            "STOPSIGNAL nonsense",
            "`nonsense` is not a signal",
            "SIGTERM",
        ),
        ("STOPSIGNAL SIGRTMIN+16", "is not a signal", ""),
        ("STOPSIGNAL 0", "`0` is not a signal", "64"),
        ("EXPOSE 99999", "`99999` is not a port", "443"),
        ("HEALTHCHECK sometimes", "NONE, or CMD", ""),
        ("HEALTHCHECK --interval=5 CMD x", "`5` is not a time", "30s"),
        ("USER a b", "`a b` is not a user", ""),
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
    let run = RunFacts {
        containerfiles: "/containerfiles",
        ..RunFacts::default()
    };
    let around = |dialect| around(dialect, &origin, &repository, run);
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
