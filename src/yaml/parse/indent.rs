//! Lines with wrong indentation, and the block that each does not fit.

/// A line that is not indented as what it belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    /// The column of its first character, from 0.
    pub column: usize,
    /// Its length in characters.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What stands where.
    pub label: String,
    /// What to do.
    pub hint: String,
    /// Line, column from 0 and length of what begins the block.
    pub block: (usize, usize, usize),
}

/// A block that is open: a mapping with its keys, or a list with its entries.
#[derive(Debug)]
struct Block {
    column: usize,
    is_list: bool,
    /// The line at which it begins, from 1.
    line: usize,
    /// Its first key; empty for a list.
    first: String,
    /// Its latest key; empty for a list.
    latest: String,
}

/// What is known of the lines above one.
#[derive(Debug, Default)]
struct Above {
    blocks: Vec<Block>,
    /// The column of a key whose text goes on below it (`|`, `>`).
    text_of: Option<usize>,
    /// Whether the last line ended with a value.
    valued: bool,
}

/// Finds out how a line, counted from 1, is not indented as those above it; none when it is.
pub(super) fn misplaced(text: &str, line: usize) -> Option<Misplaced> {
    let mut above = Above::default();
    let mut lines = text.lines().enumerate();
    for (index, content) in lines.by_ref().take(line.saturating_sub(1)) {
        above.take(index + 1, content);
    }
    let (_, content) = lines.next()?;
    let own = content.trim_start_matches(' ');
    if own.is_empty() || own.starts_with(['#', '\t']) {
        return None;
    }
    let column = content.len() - own.len();
    let is_entry = own == "-" || own.starts_with("- ");
    let name = match (is_entry, key(own)) {
        (true, _) => "this entry".to_owned(),
        (false, Some((key, _))) => format!("`{key}`"),
        (false, None) => return None,
    };
    above.judge(column, (&name, own), is_entry)
}

impl Above {
    /// Takes a line in.
    fn take(&mut self, line: usize, content: &str) {
        let own = content.trim_start_matches(' ');
        let indent = content.len() - own.len();
        if own.is_empty() || self.text_of.is_some_and(|column| indent > column) {
            return;
        }
        self.text_of = None;
        if own.starts_with('#') || own.starts_with("---") {
            return;
        }
        let (mut column, mut rest) = (indent, own);
        while rest == "-" || rest.starts_with("- ") {
            self.blocks
                .retain(|block| block.column < column || (block.column == column && block.is_list));
            if self
                .blocks
                .last()
                .is_none_or(|block| block.column < column || !block.is_list)
            {
                self.open(line, column, None);
            }
            let after = rest.get(1..).unwrap_or_default();
            let next = after.trim_start_matches(' ');
            column += 1 + after.len() - next.len();
            rest = next;
        }
        let Some((key, value)) = key(rest) else {
            self.valued = true;
            return;
        };
        self.blocks
            .retain(|block| block.column < column || (block.column == column && !block.is_list));
        match self
            .blocks
            .last_mut()
            .filter(|block| block.column == column)
        {
            Some(block) => key.clone_into(&mut block.latest),
            None => self.open(line, column, Some(key)),
        }
        let value = value.split(" #").next().unwrap_or_default().trim();
        self.valued = !value.is_empty();
        if value.starts_with(['|', '>']) {
            self.text_of = Some(column);
        }
    }

    fn open(&mut self, line: usize, column: usize, key: Option<&str>) {
        self.blocks.push(Block {
            column,
            is_list: key.is_none(),
            line,
            first: key.unwrap_or_default().to_owned(),
            latest: key.unwrap_or_default().to_owned(),
        });
    }

    fn judge(&self, column: usize, (name, own): (&str, &str), is_entry: bool) -> Option<Misplaced> {
        let fits = |block: &Block| block.column == column && block.is_list == is_entry;
        if self.blocks.iter().any(fits) {
            return None;
        }
        let length = own.trim_end().chars().count();
        let length = key(own).map_or(length, |(key, _)| key.chars().count());
        let is_inner = |block: &Block| block.column > column && block.is_list == is_entry;
        let inner = self.blocks.iter().position(is_inner);
        let Some(inner) = inner else {
            return self.too_far(column, (name, length));
        };
        let block = self.blocks.get(inner)?;
        let around = self.blocks.get(..inner)?.iter();
        let outer = around.rev().find(|block| block.column < column)?;
        let owner = self.owner(inner);
        let missing = block.column - column;
        let s = |count: usize| if count == 1 { "" } else { "s" };
        let what = match block.is_list {
            true => format!("the entries of {owner}"),
            false => format!("the keys of {owner}"),
        };
        let fewer = column - outer.column;
        let mut hint = format!(
            "indent {name} by {missing} more space{} to belong to {owner}",
            s(missing)
        );
        if !outer.is_list && !is_entry {
            let beside = format!(", or by {fewer} fewer to stand beside `{}`", outer.latest);
            hint.push_str(&beside);
        }
        Some(Misplaced {
            column,
            length,
            message: format!("{name} is not indented enough to belong to {owner}"),
            label: format!(
                "column {}; {what} begin in column {}",
                column + 1,
                block.column + 1
            ),
            hint,
            block: (block.line, block.column, block.first.chars().count().max(1)),
        })
    }

    /// A key that would go on with the value of the line above it.
    fn too_far(&self, column: usize, (name, length): (&str, usize)) -> Option<Misplaced> {
        let block = self
            .blocks
            .last()
            .filter(|block| self.valued && block.column < column)?;
        if block.is_list {
            return None;
        }
        let over = column - block.column;
        let s = if over == 1 { "" } else { "s" };
        let latest = &block.latest;
        Some(Misplaced {
            column,
            length,
            message: format!("{name} is indented too far: `{latest}` above it has a value already"),
            label: format!(
                "column {}; `{latest}` begins in column {}",
                column + 1,
                block.column + 1
            ),
            hint: format!(
                "indent it by {over} fewer space{s} to stand beside `{latest}`, or put a text that goes \
                 on here in quotes"
            ),
            block: (block.line, block.column, block.first.chars().count().max(1)),
        })
    }

    /// What a block belongs to, in words.
    fn owner(&self, place: usize) -> String {
        let above = self.blocks.get(..place).unwrap_or_default();
        match above {
            [.., holder, list] if list.is_list && !holder.is_list => {
                format!("the entry of `{}`", holder.latest)
            }
            [.., holder] if !holder.is_list => format!("`{}`", holder.latest),
            [.., _] => "the entry of the list".to_owned(),
            [] => "what stands above".to_owned(),
        }
    }
}

/// The key of a line and what follows it.
fn key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = match line.split_once(": ") {
        Some(both) => both,
        None => (line.trim_end().strip_suffix(':')?, ""),
    };
    let plain = !key.is_empty() && !key.starts_with(['{', '[', '#', '&', '*', '|', '>']);
    plain.then(|| (key.trim_matches(['"', '\'']), value))
}
