//! Pages of the documentation: their fenced blocks.

/// A fenced block of a page.
#[derive(Debug)]
pub(crate) struct Block {
    /// The line of the page on which it begins.
    pub(crate) line: usize,
    /// What follows the opening fence.
    pub(crate) info: String,
    /// Its lines, without the indentation of the fence.
    pub(crate) text: Vec<String>,
}

impl Block {
    /// The value of `key=value` in the words after the fence.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        let mut words = self.info.split_whitespace();
        words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    /// Its text as that of a file.
    pub(crate) fn file(&self) -> String {
        self.text.join("\n") + "\n"
    }
}

/// The blocks of a page; a block ends with the fence that it began with, and may be indented.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let inside = line.trim_start_matches(' ');
        let indent = line.len() - inside.len();
        match &open {
            Some((_, fence)) if inside == fence => open = None,
            Some((indent, _)) => {
                let cut = line.get(*indent..).unwrap_or_default();
                let block = blocks.last_mut().expect("a block is open");
                block.text.push(cut.to_owned());
            }
            None if inside.starts_with("```") => {
                let info = inside.trim_start_matches('`');
                open = Some((indent, "`".repeat(inside.len() - info.len())));
                blocks.push(Block {
                    line: number + 1,
                    info: info.to_owned(),
                    text: Vec::new(),
                });
            }
            None => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    blocks
}
