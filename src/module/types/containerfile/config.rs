//! Instructions that only change the image's configuration.

use super::fault::Fault;
use super::lines::Line;
use super::machine::{Machine, no_instruction};
use super::words::{flags, json_list, pairs, unknown};
use crate::module::image_config::Healthcheck;
use crate::origin::Diagnostic;

impl Machine<'_> {
    pub(super) fn configure(&mut self, line: &Line) -> Result<(), Fault> {
        let rest = line.rest.as_str();
        match line.name.as_str() {
            "LABEL" => {
                for (name, value) in pairs(rest, self.escape)? {
                    let (name, value) = (self.word(&name)?, self.word(&value)?);
                    self.compiled.config.labels.insert(name, value);
                }
            }
            "ENTRYPOINT" => self.compiled.config.entrypoint = Some(self.program(rest)),
            "CMD" => self.compiled.config.command = Some(self.program(rest)),
            "EXPOSE" => {
                for word in rest.split_whitespace() {
                    let port = port(&self.word(word)?)?;
                    self.compiled.config.ports.insert(port);
                }
            }
            "VOLUME" => {
                let words = json_list(rest)
                    .unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
                for word in words {
                    let volume = self.word(&word)?;
                    if volume.is_empty() {
                        return Err(Fault::new("VOLUME names an empty path"));
                    }
                    self.compiled.config.volumes.insert(volume);
                }
            }
            "STOPSIGNAL" => {
                let name = self.word(rest.trim())?;
                if !is_signal(&name) {
                    return Err(Fault::new(format!("`{name}` is not a signal"))
                        .hint("write a name such as SIGTERM, or a number up to 64"));
                }
                self.compiled.config.stop_signal = Some(name);
            }
            "MAINTAINER" => self.compiled.config.author = Some(rest.trim().to_owned()),
            "HEALTHCHECK" => {
                self.compiled.config.healthcheck = Some(self.healthcheck(rest)?);
                self.compiled.warnings.push(
                    Diagnostic::warning(
                        &self.origin,
                        "images of OCI's format have no health check",
                    )
                    .hint("only runtimes that read Docker's configuration look at it"),
                );
            }
            name => return Err(no_instruction(name)),
        }
        Ok(())
    }

    /// A program and its arguments: a list in JSON, else a line for the shell.
    fn program(&self, rest: &str) -> Vec<String> {
        json_list(rest).unwrap_or_else(|| {
            let mut words = self.shell();
            words.push(rest.trim().to_owned());
            words
        })
    }

    fn healthcheck(&self, rest: &str) -> Result<Healthcheck, Fault> {
        let (flags, rest) = flags(rest);
        let mut check = Healthcheck::default();
        for flag in &flags {
            let time = || nanoseconds(flag.value()?);
            match flag.name.as_str() {
                "interval" => check.interval = Some(time()?),
                "timeout" => check.timeout = Some(time()?),
                "start-period" => check.start_period = Some(time()?),
                "start-interval" => check.start_interval = Some(time()?),
                "retries" => {
                    let retries = flag.value()?.parse();
                    let wrong = |_| Fault::new("--retries is a whole number");
                    check.retries = Some(retries.map_err(wrong)?);
                }
                _ => {
                    let known =
                        "--interval, --timeout, --start-period, --start-interval, --retries";
                    return Err(unknown(flag, "HEALTHCHECK", known));
                }
            }
        }
        let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        check.test = match kind.to_ascii_uppercase().as_str() {
            "NONE" if flags.is_empty() && command.trim().is_empty() => vec!["NONE".to_owned()],
            "CMD" if !command.trim().is_empty() => match json_list(command) {
                Some(words) => [vec!["CMD".to_owned()], words].concat(),
                None => vec!["CMD-SHELL".to_owned(), command.trim().to_owned()],
            },
            _ => {
                return Err(Fault::new("HEALTHCHECK takes NONE, or CMD and a command"));
            }
        };
        Ok(check)
    }
}

/// Tells whether a text is a signal of Linux (signal(7)), by its number or by its name with or
/// without SIG.
fn is_signal(text: &str) -> bool {
    const NAMES: [&str; 34] = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
        "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP",
        "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH",
    ];
    const LIMITS: [&str; 2] = ["XCPU", "XFSZ"];
    if let Ok(number) = text.parse::<u32>() {
        return (1..=64).contains(&number);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let within = |rest: &str, most| rest.parse::<u32>().is_ok_and(|number| number <= most);
    match (name.strip_prefix("RTMIN+"), name.strip_prefix("RTMAX-")) {
        (Some(rest), _) => within(rest, 15),
        (_, Some(rest)) => within(rest, 14),
        _ => NAMES.contains(&name) || LIMITS.contains(&name),
    }
}

/// Reads `80`, `80/tcp`, `7000-7010/udp`.
fn port(text: &str) -> Result<String, Fault> {
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let number = |part: &str| part.parse::<u16>().is_ok_and(|port| port > 0);
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let protocol = protocol.to_ascii_lowercase();
    if !number(first) || !number(last) || !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err(Fault::new(format!("`{text}` is not a port")).hint("write EXPOSE 443/tcp"));
    }
    Ok(format!("{numbers}/{protocol}"))
}

/// Reads Go's durations: `30s`, `1m30s`, `500ms`.
fn nanoseconds(text: &str) -> Result<u64, Fault> {
    let wrong = || Fault::new(format!("`{text}` is not a time")).hint("write 30s, 1m30s or 500ms");
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (digits, after) = rest.split_at(end);
        let end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let factor = match unit {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let part = number.checked_mul(factor).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = after;
    }
    Ok(total)
}
