//! terroir's verdicts and OpenSCAP's, compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::program::Terroir;
use crate::scan::Results;

/// What is said of a control: its id, our verdict, theirs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    number: String,
    ours: String,
    theirs: String,
    rules: Vec<String>,
}

/// Why the two may differ: the id of the control, and who looks at what.
const REASONS: [(&str, &str); 31] = [
    (
        "cis/1.1.2.1.1",
        "the judge asks what is mounted now, and an unbooted root mounts nothing",
    ),
    (
        "cis/1.1.2.2.1",
        "the judge asks what is mounted now, and an unbooted root mounts nothing",
    ),
    (
        "cis/1.3.1.2",
        "ours is the kernel argument of an image, theirs the boot loader of a machine",
    ),
    (
        "cis/1.3.1.3",
        "the judge asks the running kernel which profiles it has",
    ),
    (
        "cis/1.6.1",
        "ours refuses a banner that names the distribution, the judge escapes of agetty only",
    ),
    (
        "cis/1.6.2",
        "ours refuses a banner that names the distribution, the judge escapes of agetty only",
    ),
    (
        "cis/1.6.3",
        "ours refuses a banner that names the distribution, the judge escapes of agetty only",
    ),
    (
        "cis/2.3.1.1",
        "the guide asks for chrony and timesyncd at once",
    ),
    (
        "cis/2.3.3.2",
        "Debian builds chronyd to run as _chrony, which the judge takes; ours wants the line",
    ),
    (
        "cis/2.4.1.2",
        "the guide puts cron.allow here, ours stands in 2.4.1.8",
    ),
    ("cis/4.2.1", "another firewall is the answer"),
    ("cis/4.4.1.1", "another firewall is the answer"),
    (
        "cis/5.3.3.1.2",
        "the guide wants the module in the stack too, which is 5.3.2.2",
    ),
    (
        "cis/5.4.1.1",
        "the guide's rule over login.defs knows no package of Debian 13 that has it",
    ),
    (
        "cis/5.4.1.5",
        "the guide's rule over useradd knows no package of Debian 13 that has it",
    ),
    (
        "cis/5.4.2.2",
        "the guide looks whether root has group 0, ours whether anybody else has",
    ),
    ("cis/5.4.2.3", "names and numbers are one rule of ours"),
    (
        "cis/5.4.2.6",
        "ours wants a umask to be set for root's shells, the judge only looks at those that are",
    ),
    (
        "cis/6.1.2.1.2",
        "the guide wants the keys at the places of Fedora, ours are where Debian keeps keys",
    ),
    ("cis/6.1.3.1", "journald is the answer"),
    ("cis/6.1.3.2", "journald is the answer"),
    ("cis/6.1.3.3", "journald is the answer"),
    ("cis/6.1.3.4", "journald is the answer"),
    (
        "cis/6.1.4.1",
        "the judge wants a log file to be there, and an image has none",
    ),
    (
        "cis/6.3.1",
        "the judge wants the database, which the machine makes",
    ),
    (
        "cis/7.1.11",
        "the judge looks at local disks only, and sees the root through an overlay",
    ),
    (
        "cis/7.1.12",
        "the judge looks at local disks only, and sees the root through an overlay",
    ),
    ("cis/7.2.3", "names and numbers are one rule of ours"),
    ("cis/7.2.6", "names and numbers are one rule of ours"),
    ("cis/7.2.7", "names and numbers are one rule of ours"),
    ("cis/7.2.8", "names and numbers are one rule of ours"),
];

/// Audits a root by its benchmark and gives the findings.
pub(crate) fn audit(terroir: &Terroir, root: &Path, benchmark: &str) -> Vec<Value> {
    let target = format!("dir:{}", root.display());
    let arguments = [
        "audit",
        &target,
        "--benchmark",
        benchmark,
        "--threshold",
        "0",
        "--format",
        "json",
    ];
    let report: Value = serde_json::from_str(&terroir.run(arguments)).expect("JSON");
    report["findings"].as_array().expect("findings").clone()
}

/// Puts both verdicts side by side, for every control that names a rule which was decided.
pub(crate) fn compare(ours: &[Value], theirs: &Results) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for finding in ours {
        let rules = finding["rules"].as_array().into_iter().flatten();
        let rules: Vec<&str> = rules.filter_map(Value::as_str).collect();
        let of = |result: &str| -> Vec<String> {
            let with = |rule: &&&str| theirs.get(**rule).is_some_and(|one| one == result);
            rules.iter().filter(with).map(ToString::to_string).collect()
        };
        let (failed, passed) = (of("fail"), of("pass"));
        if failed.is_empty() && passed.is_empty() {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        pairs.push(Pair {
            number: text(&finding["ids"][0]),
            ours: text(&finding["verdict"]),
            theirs: if failed.is_empty() { "pass" } else { "fail" }.to_owned(),
            rules: failed,
        });
    }
    assert!(
        pairs.len() > 100,
        "only {} controls are compared",
        pairs.len()
    );
    pairs
}

impl Pair {
    /// Both decided, and not alike; or they fail what we do not decide.
    fn differs(&self) -> bool {
        match self.ours.as_str() {
            "pass" | "fail" => self.ours != self.theirs,
            _ => self.theirs == "fail",
        }
    }

    fn reason(&self) -> Option<&'static str> {
        let mut reasons = REASONS.iter();
        reasons.find_map(|(number, reason)| (*number == self.number).then_some(*reason))
    }
}

/// All disagreements with their reasons.
pub(crate) fn table(judged: &[(&str, Vec<Pair>)]) -> String {
    let mut text = String::new();
    for (root, pairs) in judged {
        let mut differ: BTreeMap<&Pair, ()> = BTreeMap::new();
        differ.extend(
            pairs
                .iter()
                .filter(|pair| pair.differs())
                .map(|pair| (pair, ())),
        );
        let _ = writeln!(
            text,
            "{root}: {} controls compared, {} disagreements",
            pairs.len(),
            differ.len()
        );
        for pair in differ.keys() {
            let _ = writeln!(
                text,
                "  {:22} ours {:14} theirs {:5} {} ({})",
                pair.number,
                pair.ours,
                pair.theirs,
                pair.reason().unwrap_or("?"),
                pair.rules.join(" ")
            );
        }
    }
    text
}

/// The disagreements without a reason, and the reasons without a disagreement.
pub(crate) fn unexplained(judged: &[(&str, Vec<Pair>)]) -> Vec<String> {
    let differ = judged.iter().flat_map(|(root, pairs)| {
        let differ = pairs.iter().filter(|pair| pair.differs());
        differ.map(move |pair| (*root, pair))
    });
    let differ: Vec<_> = differ.collect();
    let without = differ.iter().filter(|(_, pair)| pair.reason().is_none());
    let mut all: Vec<String> = without
        .map(|(root, pair)| format!("{root} {}", pair.number))
        .collect();
    let used = |number: &str| differ.iter().any(|(_, pair)| pair.number == number);
    let unused = REASONS.iter().filter(|(number, _)| !used(number));
    all.extend(unused.map(|(number, _)| format!("the reason for {number} explains nothing")));
    all
}
