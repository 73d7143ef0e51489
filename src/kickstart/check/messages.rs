//! Messages of other programs, read for the file and the line that they are about.

use super::report::Finding;
use super::scripts::Part;

/// The last part of a path.
pub(in crate::kickstart) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The message of a program about a whole file, without the folder in its path.
pub(in crate::kickstart) fn whole(file: &str, path: &str, text: &str) -> Finding {
    let text = text.replace(path, name(file));
    let told: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("Checking kickstart file"))
        .collect();
    // `The following problem occurred on line 12 of the kickstart file:`
    let line = told.iter().find_map(|line| {
        let (_, rest) = line.split_once(" line ")?;
        rest.split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    });
    Finding {
        file: file.to_owned(),
        line: line.unwrap_or(0),
        message: told.join(" "),
    }
}

pub(in crate::kickstart) fn lines(text: &str, read: impl Fn(&str) -> Finding) -> Vec<Finding> {
    let told = text.lines().filter(|line| !line.trim().is_empty());
    told.map(read).collect()
}

/// `bash: line 12: syntax error …`, `sh: 12: Syntax error …`
pub(in crate::kickstart) fn shell_line(part: &Part, told: &str) -> Finding {
    let number = told.split(':').find_map(|word| {
        let word = word.trim().trim_start_matches("line ");
        word.parse::<usize>().ok()
    });
    Finding {
        file: part.file.clone(),
        line: number.map_or(0, |number| part.line + number),
        message: told.to_owned(),
    }
}

/// `-:12:3: warning: … [SC2086]`
pub(in crate::kickstart) fn checked_line(part: &Part, told: &str) -> Finding {
    let mut words = told.splitn(4, ':');
    let number: Option<usize> = words.nth(1).and_then(|word| word.parse().ok());
    let message = words.nth(1).unwrap_or(told).trim();
    Finding {
        file: part.file.clone(),
        line: number.map_or(0, |number| part.line + number),
        message: message.to_owned(),
    }
}

/// The messages of systemd about a unit, without those about other units of this machine.
pub(in crate::kickstart) fn unit_findings(part: &Part, text: &str, name: &str) -> Vec<Finding> {
    let own = text.lines().filter(|line| line.contains(name));
    own.map(|line| Finding {
        file: part.file.clone(),
        line: part.line,
        message: line.to_owned(),
    })
    .collect()
}
