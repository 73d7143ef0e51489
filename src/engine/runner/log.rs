//! The output of a command, cut into lines, without secrets.

/// How much of what a failed command wrote is shown, in lines.
const SHOWN: usize = 30;

/// Output of a command, cut into lines, without secrets.
pub(super) struct Lines<'a> {
    pub label: &'a str,
    pub hidden: &'a [String],
    pub log: &'a (dyn Fn(&str, &str) + Send + Sync),
    pub rest: Vec<u8>,
    pub last: Vec<String>,
}

impl Lines<'_> {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.line(&line);
        }
    }

    pub(super) fn end(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.line(&rest);
        }
    }

    fn line(&mut self, line: &[u8]) {
        let mut text = String::from_utf8_lossy(line).trim_end().to_owned();
        for hidden in self.hidden {
            text = text.replace(hidden.as_str(), "***");
        }
        // What a program draws anew on one line is its last state.
        let text = text.rsplit('\r').next().unwrap_or_default();
        let text: String = text
            .chars()
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
        (self.log)(self.label, &text);
        if self.last.len() == SHOWN {
            self.last.remove(0);
        }
        self.last.push(text);
    }
}
