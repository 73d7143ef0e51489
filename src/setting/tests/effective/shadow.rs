//! login.defs and the defaults of useradd beside the account that useradd makes.

use super::super::fake::place;
use super::batch::{Batch, Differences};
use super::random::Random;
use crate::action::EditStyle;
use crate::setting::kinds::config::{Program, effective};

fn login_defs(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(6) {
        let key = random.of(&["PASS_MAX_DAYS", "PASS_MIN_DAYS", "PASS_WARN_AGE"]);
        let value = random.of(&[
            "365", "-1", "0", "0x16d", "0365", "99999", "7", "\"30\"", "1 # x",
        ]);
        let before = random.of(&["", "", "", "  ", "\t"]);
        text += &match random.below(10) {
            0 => format!("#{key} {value}\n"),
            1 => format!("# {key}\t{value}\n"),
            2 => format!("{key}={value}\n"),
            3 => format!("{key}\n"),
            4 => format!("{} {value}\n", key.to_lowercase()),
            5 => "MAIL_DIR /var/mail\n".to_owned(),
            _ => format!(
                "{before}{key}{}{value}{}\n",
                random.of(&[" ", "\t", "  "]),
                random.of(&["", " "])
            ),
        };
    }
    text
}

fn defaults(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(4) {
        let value = random.of(&["45", "-1", "0", "30", "0x1e", "\"45\"", "45 # x", "", "010"]);
        text += &match random.below(8) {
            0 => format!("# INACTIVE={value}\n"),
            1 => format!(" INACTIVE={value}\n"),
            2 => format!("INACTIVE = {value}\n"),
            3 => "SHELL=/bin/sh\n".to_owned(),
            4 => format!("inactive={value}\n"),
            _ => format!("INACTIVE={value}\n"),
        };
    }
    text
}

#[test]
fn useradd_says_the_same() {
    let batch = Batch::new(0x5348_4144, |root| {
        let text = login_defs(root.random);
        root.write("etc/login.defs", &text);
        let text = defaults(root.random);
        root.write("etc/default/useradd", &text);
        for name in ["passwd", "shadow", "group", "gshadow"] {
            root.write(&format!("etc/{name}"), "");
        }
    });
    let each = "useradd -P $root bob 2>/dev/null || :; cat $root/etc/shadow";
    let Some(said) = batch.said(&["/usr/sbin/useradd"], "", each) else {
        return;
    };
    let mut differences = Differences::default();
    for (number, said) in said.iter().enumerate() {
        let root = batch.snapshot(number);
        let fields: Vec<&str> = said.trim_end().split(':').collect();
        assert!(
            fields.len() > 7,
            "no account was made: {said}\n{}",
            batch.shown(number)
        );
        for (file, key, field) in [
            ("/etc/login.defs", "PASS_MAX_DAYS", 4),
            ("/etc/login.defs", "PASS_MIN_DAYS", 3),
            ("/etc/login.defs", "PASS_WARN_AGE", 5),
            ("/etc/default/useradd", "INACTIVE", 6),
        ] {
            let found = effective(&root, &place(file), EditStyle::Equals, key);
            let found = found.expect("examined").remove(0).map(|found| found.value);
            let number_of = |text: &str| Program::of(file).meaning(key, text).parse::<i64>().ok();
            // A negative number, one that cannot be read and none at all are an empty field.
            let ours = found
                .and_then(|text| number_of(&text))
                .filter(|days| *days >= 0);
            let theirs = fields[field].parse::<i64>().ok();
            differences.compare((ours, theirs), &format!("{number} {key}"), || {
                batch.shown(number)
            });
        }
    }
    differences.none(batch.count * 4);
}
