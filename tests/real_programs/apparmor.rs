//! Modes of AppArmor's profiles, as `apparmor_parser` reads them without a kernel.

use std::fmt::Write as _;

use serde_json::json;
use terroir::setting::{Kind, Outcome};

use crate::judge::is_there;
use crate::random::{Random, cases};
use crate::root::{Root, agree, ask, check, said};

const FLAGS: &[&str] = &[
    "",
    "",
    "",
    " flags=(attach_disconnected)",
    " flags=(attach_disconnected,complain)",
    " flags=(complain)",
    " flags = ( complain , attach_disconnected )",
    " (complain)",
    " flags=(attach_disconnected complain)",
    "\n  flags=(complain,\n    mediate_deleted)\n",
    " flags=(kill)",
    " flags=(unconfined)",
];
const FILES: &[&str] = &[
    "usr.bin.a",
    "usr.bin.b",
    "c",
    "d.dpkg-old",
    "README",
    ".hidden",
    "e~",
];

fn profile(random: &mut Random, name: &str) -> String {
    let heads = [
        "profile NAME",
        "profile NAME /usr/bin/NAME",
        "/usr/bin/NAME",
        "\"/usr/bin/NAME\"",
    ];
    let head = random.one(&heads).replace("NAME", name);
    let mut text = String::from(*random.one(&["# flags=(complain) {\n", "", "\n"]));
    let _ = writeln!(text, "{head}{} {{", random.one(FLAGS));
    text.push_str("  # profile x flags=(complain) {\n  /etc/x r,\n");
    if random.chance(30) {
        let inner = random.one(&["profile child", "^hat", "hat hut"]);
        let _ = write!(
            text,
            "  {inner}{} {{\n    /etc/y r,\n  }}\n",
            random.one(FLAGS)
        );
    }
    text.push_str("}\n");
    text
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one comparison from files to verdict"
)]
fn profiles_complain_or_are_off_as_the_parser_says() {
    if !is_there("apparmor_parser") {
        return;
    }
    let mut random = Random::new(9);
    let (mut judged, mut wrong) = (0, Vec::new());
    for _ in 0..cases() {
        let root = Root::new();
        let mut told = String::new();
        for (index, file) in FILES.iter().enumerate() {
            if random.chance(30) {
                let text = profile(&mut random, &format!("p{index}"));
                let _ = writeln!(told, "--- {file}\n{text}");
                root.write(&format!("/etc/apparmor.d/{file}"), &text);
            }
        }
        root.write("/etc/apparmor.d/abstractions/base", "");
        for folder in ["disable", "force-complain"] {
            if random.chance(15) {
                let name = random.one(FILES);
                let _ = writeln!(told, "{folder}/{name}");
                root.link(
                    &format!("/etc/apparmor.d/{folder}/{name}"),
                    &format!("../{name}"),
                );
            }
        }
        let base = root.path().join("etc/apparmor.d").display().to_string();
        let output = ask(
            "apparmor_parser",
            // One job after the other: what several print at once is torn.
            &[
                "-Q",
                "-K",
                "-d",
                "--jobs=1",
                "--max-jobs=1",
                "--base",
                &base,
                &base,
            ],
        );
        if !output.status.success() {
            continue;
        }
        judged += 1;
        let said = format!(
            "{}{}",
            said(&output),
            String::from_utf8_lossy(&output.stderr)
        );
        let complains = said.lines().any(|line| {
            let modes = line.trim().strip_prefix("Mode:");
            modes.is_some_and(|modes| modes.split([',', ' ', '\t']).any(|mode| mode == "complain"))
        });
        let off = ["usr.bin.a", "usr.bin.b", "c"].iter().any(|file| {
            told.contains(&format!("--- {file}\n")) && told.contains(&format!("disable/{file}\n"))
        });
        let snapshot = root.snapshot();
        for (mode, theirs) in [("enforce", !complains && !off), ("complain", !off)] {
            let checked = check(Kind::APPARMOR, "profiles", &json!(mode), &snapshot);
            if (checked.outcome == Outcome::Met) != theirs {
                wrong.push(format!(
                    "{mode}: complains {complains}, off {off}; we: {}\n{told}\n{said}",
                    checked.found
                ));
            }
        }
    }
    assert!(judged * 10 > cases() * 8, "apparmor_parser took {judged}");
    agree("apparmor", judged, &wrong);
}
