//! Variables, and what the base says of them.

use serde_json::json;

use super::super::Containerfile;
use super::{around, compile_in, compiled, repository, shown};
use crate::action::Action;
use crate::module::module_type::Configuration as _;
use crate::module::{Dialect, ImageConfig, RunFacts};
use crate::origin::{Origin, Sourced};

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
        let run = RunFacts {
            config,
            config_is_open: is_open,
            ..RunFacts::default()
        };
        module.compile(&around(Dialect::Native, &origin, &repository, run))
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
