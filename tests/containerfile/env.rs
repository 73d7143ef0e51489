//! `ENV` and `ARG`: whose variables instructions see, and how words are read.

use crate::row::{Row, row};

pub(crate) fn rows() -> Vec<Row> {
    [scopes(), arguments(), words()].concat()
}

fn scopes() -> Vec<Row> {
    vec![
        row("env/path-of-base", "bb", "ENV PATH=$PATH:/opt/app/bin\nRUN echo $PATH > /etc/path"),
        row("env/path-without-one", "nopath", "ENV PATH=$PATH:/x\nRUN echo $PATH > /etc/path"),
        row("env/default-knows-base", "cfg", "USER root\nENV BAR=${FOO:-unset} BAZ=${FOO:+set}\nRUN echo $BAR > /etc/bar"),
        row("env/base-again", "cfg", "ENV FOO=$FOO/more"),
        row("env/entries", "cfg", "ENV A=$FOO/1\n---\nENV B=$A/2\nLABEL b=$B"),
        row("env/parent-recipe", "bb", "ENV X=$FOO/x\nLABEL l=$FOO\nCOPY one $APP/\nRUN pwd > w; id -u > id")
            .parent("RUN mkdir -p /srv/w && chown app /srv/w\nENV FOO=parent APP=/srv/app\nWORKDIR /srv/w\nUSER app"),
        row("env/grand-parent", "cfg", "ENV Y=$X/y").parent("ENV X=$FOO/x\n---\nENV X=$X$FOO"),
        row("env/stage-of-base", "cfg", "COPY --from=b /tmp/../var/p /p")
            .stage("b", "base", "USER root\nENV PATH=$PATH:/s\nRUN echo $PATH > /var/p"),
        row("env/stage-of-stage", "cfg", "COPY --from=b /var/p /p")
            .stage("a", "base", "USER root\nENV A=$FOO/a\nWORKDIR /var")
            .stage("b", "a", "RUN echo $A $(pwd) > /var/p"),
        row("env/stage-is-not-own", "bb", "ENV B=[$A]\nCOPY --from=a /var/p /p")
            .stage("a", "base", "ENV A=1\nRUN echo $A > /var/p"),
        row("env/from-stage-variable", "cfg", "ENV WHERE=/var\nCOPY --from=a $WHERE/p $FOO")
            .stage("a", "base", "USER root\nRUN echo p > /var/p"),
        row("env/twice-in-base", "odd", "ENV B=$A/b C=$EQ D=[$EMPTY] E=[$NOEQ]\nRUN env | sort | grep -E '^(A|B|C|D|E|EQ)=' > /etc/env"),
        row("env/nameless-in-base", "noname", "ENV B=$A\nRUN echo $A > /etc/a"),
        row("env/hides-argument", "bb", "ARG A=arg\nENV A=env\nRUN echo $A > /etc/a"),
        row("env/base-hides-argument", "cfg", "USER root\nARG FOO=arg\nRUN echo $FOO > /etc/a\nENV B=$FOO"),
        row("env/given-argument", "bb", "ARG A=default\nARG B\nARG C=c\nENV X=$A$B$C").argument("A", "a").argument("B", "b"),
        row("env/argument-not-in-config", "bb", "ARG A=1\nRUN echo $A > /etc/a"),
        row("env/argument-of-argument", "bb", "ARG A=1\nARG B=$A/2 C=${B:-x}\nENV X=$A$B$C"),
        row("env/argument-before-it-is-declared", "bb", "ENV X=[$A]\nARG A=1\nENV Y=[$A]"),
        row("env/home", "bb", "ENV A=[$HOME]\nRUN echo $HOME > /etc/home"),
        row("env/home-is-set", "bb", "ENV HOME=/srv\nRUN echo $HOME > /etc/home; cd; pwd >> /etc/home"),
        row("env/same-instruction", "bb", "ENV A=1\nENV A=2 B=$A\nENV C=$B"),
    ]
}

fn arguments() -> Vec<Row> {
    vec![
        row(
            "arg/platform",
            "bb",
            "ARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG TARGETVARIANT\nENV X=$TARGETPLATFORM,$TARGETOS,$TARGETARCH,[$TARGETVARIANT]",
        ),
        row(
            "arg/platform-of-builder",
            "bb",
            "ARG BUILDPLATFORM\nARG BUILDOS\nARG BUILDARCH\nENV X=$BUILDPLATFORM,$BUILDOS,$BUILDARCH",
        ),
        row("arg/platform-without-arg", "bb", "ENV X=[$TARGETARCH]"),
        row("arg/proxy", "bb", "RUN echo $HTTP_PROXY $no_proxy > /etc/o")
            .argument("HTTP_PROXY", "http://p:1")
            .argument("no_proxy", "n"),
        row(
            "arg/declared-twice",
            "bb",
            "ARG A=1\nARG A\nARG A=2\nENV X=$A",
        ),
        row(
            "arg/several",
            "bb",
            "ARG A=1 B=\"two words\" C\nENV X=$A-$B-[$C]",
        ),
        row(
            "arg/quoted",
            "bb",
            "ARG A='single $B'\nARG B=\"a \\\"q\\\"\"\nENV X=$A Y=$B",
        ),
        row(
            "arg/empty-is-given",
            "bb",
            "ARG A=default\nENV X=[${A:-fallback}]",
        )
        .argument("A", ""),
        row("arg/unknown-is-given", "bb", "ENV X=[$A]").argument("A", "a"),
        row(
            "arg/in-run-only",
            "bb",
            "ARG A=1\nENV B=2\nRUN echo $A$B > /etc/o; export A; env | grep -c ^A= >> /etc/o",
        ),
        row(
            "arg/in-copy-and-workdir",
            "cfg",
            "ARG D=sub\nWORKDIR $D\nCOPY one ${D:-x}/${D}\nEXPOSE ${D:+80}",
        ),
        row("arg/from-base-of-stage", "bb", "COPY --from=a /var/o /o")
            .stage("a", "base", "ARG A=1\nRUN echo $A > /var/o")
            .argument("A", "2")
            .differs(
                "/o\n",
                "arguments of the recipe's entries are not those of its stages",
            ),
    ]
}

fn words() -> Vec<Row> {
    vec![
        row(
            "env/old-form",
            "bb",
            "ENV A hello  world \nENV B  \"quoted words\" \nENV C a=b",
        ),
        row(
            "env/quotes",
            "bb",
            "ENV A=\"a b\" B='c $A' C=d\\ e F=\"x\\\"y\" G='x\"y' H=\"x'y\"",
        ),
        row(
            "env/escaped-dollar",
            "bb",
            "ENV A=1 B=\\$A C=\"\\$A\" D='\\$A' E=\\\\$A",
        ),
        row("env/empty", "bb", "ENV A= B=\"\" C=''\nENV D=[$A$B$C]"),
        row(
            "env/modifiers",
            "cfg",
            "ENV E=\"\"\nENV A=${FOO:-x} B=${NO:-x} C=${FOO:+x} D=${NO:+x} F=${E:-x} G=${E:+x} H=${NO-x} I=${E-x} J=${E+x} K=${NO+x}",
        ).for_buildah("ENV E=\"\"\nENV A=${FOO:-x} B=${NO:-x} C=${FOO:+x} D=${NO:+x} F=${E:-x} G=${E:+x} H=x I= J=x K="),
row(
            "env/nested-modifiers",
            "cfg",
            "ENV A=${NO:-${FOO}/x} B=${NO:-${NEITHER:-deep}} C=${NO:-'q u'} D=\"${NO:-a b}\"",
        ),
        row(
            "env/braces-and-neighbours",
            "cfg",
            "ENV A=${FOO}s B=$FOO-s C=$FOO.s D=$FOO/$FOO E=$1x F=$ G=${FOO}$FOO",
        ),
        row(
            "env/lines",
            "bb",
            "ENV A=1 \\\n  B=2 \\\n# a comment\n\n  C=3\nRUN echo a \\\n  # not this\n  b > /etc/o",
        ),
        row("env/backtick", "bb", "ENV A=a`b`"),
        row("env/must-be-set", "bb", "ENV A=${NO:?is missing}").refused("is missing"),
        row("env/no-name", "bb", "ENV =x").refused_here("KEY=value", "no process can be given it"),
        row("env/no-value", "bb", "ENV A").refused("no value"),
    ]
}
