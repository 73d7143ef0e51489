//! The port by which a machine says what came of its work: a file for QEMU, a device for the machine.

use std::path::Path;

use super::error::Error;
use super::program::value;

/// What scripts open the port with (`open_port NAME`).
pub(super) const OPEN: &str = include_str!("port.sh");

/// What a machine says, in lines of their own.
const BEGUN: &str = "terroir-begun\n";
const UNFIT: &str = "terroir-unfit\n";
const ENDED: &str = "terroir-ended ";
const SAID: &str = "terroir-said\n";
const END: &str = "terroir-end\n";

/// What came of a machine's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The exit code of the program.
    pub code: u8,
    /// The report, in JSON; empty when there is none.
    pub report: String,
    /// What the program said beside it.
    pub said: String,
}

/// How far the work is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was heard of it.
    Nothing,
    /// It runs.
    Begun,
    /// The program does not run on the machine, for this reason.
    Unfit(String),
    /// It ended.
    Ended(Ran),
}

/// The arguments of QEMU for a port of a name; `file` is for what the machine says.
pub(super) fn arguments(name: &str, file: &Path) -> Result<Vec<String>, Error> {
    let words = [
        "-chardev".to_owned(),
        format!("file,id=port,path={}", value(file)?),
        "-device".to_owned(),
        "virtio-serial-pci".to_owned(),
        "-device".to_owned(),
        format!("virtserialport,chardev=port,name={name}"),
    ];
    Ok(words.to_vec())
}

/// Reads what a machine said so far.
pub(super) fn stage(file: &Path) -> Stage {
    let said = std::fs::read(file).unwrap_or_default();
    stage_of(&String::from_utf8_lossy(&said))
}

fn stage_of(said: &str) -> Stage {
    let Some((_, said)) = said.split_once(BEGUN) else {
        return Stage::Nothing;
    };
    let Some(said) = said.strip_suffix(END) else {
        return Stage::Begun;
    };
    if let Some(why) = said.strip_prefix(UNFIT) {
        return Stage::Unfit(why.trim().to_owned());
    }
    let ended = said.strip_prefix(ENDED).and_then(|said| {
        let (code, said) = said.split_once('\n')?;
        let (report, said) = said.split_once(SAID)?;
        Some(Ran {
            code: code.parse().ok()?,
            report: report.trim().to_owned(),
            said: said.trim().to_owned(),
        })
    });
    match ended {
        Some(ran) => Stage::Ended(ran),
        None => Stage::Unfit(said.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_machine_says_is_read_when_it_is_whole() {
        let ran = |code, report: &str, said: &str| {
            Stage::Ended(Ran {
                code,
                report: report.to_owned(),
                said: said.to_owned(),
            })
        };
        let cases = [
            ("", Stage::Nothing),
            ("terroir-beg", Stage::Nothing),
            ("terroir-begun\n", Stage::Begun),
            ("terroir-begun\nterroir-ended 0\n{}", Stage::Begun),
            (
                "terroir-begun\nterroir-ended 1\n{\"a\": 1}\nterroir-said\nerror: x\nterroir-end\n",
                ran(1, "{\"a\": 1}", "error: x"),
            ),
            (
                "terroir-begun\nterroir-ended 2\nterroir-said\nterroir-end\n",
                ran(2, "", ""),
            ),
            (
                "terroir-begun\nterroir-unfit\nno GLIBC\nterroir-end\n",
                Stage::Unfit("no GLIBC".to_owned()),
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(stage_of(said), expected, "{said}");
        }
    }
}
