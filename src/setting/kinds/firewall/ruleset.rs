//! Rule sets of nftables as far as a check needs them: tables, chains, policies and rules (nft(8)).

/// One chain with what all files say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    /// The family of its table: `ip`, `ip6`, `inet` …
    pub family: String,
    table: String,
    name: String,
    /// Where packets meet it; none for one that others jump to.
    pub hook: Option<String>,
    /// What becomes of packets that pass all its rules; none where nothing is said, which accepts.
    pub policy: Option<String>,
    /// The line of its head, counted from 0.
    pub line: usize,
    /// Its rules, each with its line, in single blanks.
    pub rules: Vec<(usize, String)>,
}

/// What a rule set has once all of it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RuleSet {
    /// Family and name of each table.
    pub tables: Vec<(String, String)>,
    /// All chains.
    pub chains: Vec<Chain>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Open,
    Close,
    End,
}

/// Words, braces and ends of statements, each with its line.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut found = Vec::new();
    for (line, content) in text.lines().enumerate() {
        let (mut word, mut quoted) = (String::new(), false);
        let mut put = |word: &mut String, token: Option<Token>| {
            if !word.is_empty() {
                found.push((line, Token::Word(std::mem::take(word))));
            }
            found.extend(token.map(|token| (line, token)));
        };
        let (content, goes_on) = match content.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (content, false),
        };
        for character in content.chars() {
            match character {
                '"' => {
                    quoted = !quoted;
                    word.push('"');
                }
                _ if quoted => word.push(character),
                '#' => break,
                '{' => put(&mut word, Some(Token::Open)),
                '}' => put(&mut word, Some(Token::Close)),
                ';' => put(&mut word, Some(Token::End)),
                _ if character.is_whitespace() => put(&mut word, None),
                _ => word.push(character),
            }
        }
        put(&mut word, (!goes_on).then_some(Token::End));
    }
    found
}

/// The tokens that are still to be read.
struct Reader {
    tokens: std::vec::IntoIter<(usize, Token)>,
    set: RuleSet,
}

/// How a statement ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Statement,
    Block,
    Outer,
}

impl Reader {
    /// The words up to the end of a statement, or to the block that it begins.
    fn head(&mut self) -> Option<(usize, Vec<String>, Ended)> {
        let mut words = Vec::new();
        let mut at = None;
        for (line, token) in self.tokens.by_ref() {
            let first = *at.get_or_insert(line);
            match token {
                Token::Word(word) => {
                    if words.is_empty() {
                        at = Some(line);
                    }
                    words.push(word);
                }
                Token::Open => return Some((first, words, Ended::Block)),
                Token::Close => return Some((first, words, Ended::Outer)),
                Token::End => return Some((at.unwrap_or(line), words, Ended::Statement)),
            }
        }
        (!words.is_empty()).then_some((at.unwrap_or_default(), words, Ended::Outer))
    }

    /// Passes a block over.
    fn skip(&mut self) {
        let mut depth = 1;
        for (_, token) in self.tokens.by_ref() {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn table(&mut self, family: &str, table: &str) {
        while let Some((line, words, ended)) = self.head() {
            match (words.first().map(String::as_str), ended) {
                (Some("chain"), Ended::Block) => {
                    let name = words.get(1).cloned().unwrap_or_default();
                    self.chain((family, table, &name), line);
                }
                (_, Ended::Block) => self.skip(),
                (_, Ended::Outer) => return,
                _ => {}
            }
        }
    }

    /// Reads the statements of a chain; what it says again goes before what was said.
    fn chain(&mut self, place: (&str, &str, &str), line: usize) {
        self.named(place, line);
        let (mut words, mut at, mut depth) = (Vec::new(), line, 0);
        while let Some((line, token)) = self.tokens.next() {
            let ends = match token {
                Token::Word(word) => {
                    if words.is_empty() {
                        at = line;
                    }
                    words.push(word);
                    false
                }
                Token::Open => {
                    depth += 1;
                    words.push("{".to_owned());
                    false
                }
                Token::Close if depth > 0 => {
                    depth -= 1;
                    words.push("}".to_owned());
                    false
                }
                Token::Close => {
                    self.statement(place, at, &words);
                    return;
                }
                Token::End => depth == 0,
            };
            if ends {
                self.statement(place, at, &words);
                words.clear();
            }
        }
    }

    fn named(&mut self, (family, table, name): (&str, &str, &str), line: usize) -> &mut Chain {
        let chains = &mut self.set.chains;
        let same =
            |chain: &Chain| chain.family == family && chain.table == table && chain.name == name;
        let index = chains.iter().position(same).unwrap_or_else(|| {
            chains.push(Chain {
                family: family.to_owned(),
                table: table.to_owned(),
                name: name.to_owned(),
                hook: None,
                policy: None,
                line,
                rules: Vec::new(),
            });
            chains.len() - 1
        });
        &mut chains[index]
    }

    fn statement(&mut self, place: (&str, &str, &str), line: usize, words: &[String]) {
        let after = |wanted: &str| {
            let mut pairs = words.windows(2).filter(|pair| pair[0] == wanted);
            pairs.next().map(|pair| pair[1].clone())
        };
        let chain = self.named(place, line);
        match words.first().map(String::as_str) {
            None | Some("comment") => {}
            Some("type") => {
                // Chains of other types see the first packet of a connection only.
                if words.get(1).is_some_and(|kind| kind == "filter") {
                    chain.hook = after("hook");
                    chain.line = line;
                }
            }
            Some("policy") => {
                chain.policy = words.get(1).cloned();
                chain.line = line;
            }
            Some(_) => chain.rules.push((line, words.join(" "))),
        }
    }

    fn top(&mut self) {
        while let Some((line, words, ended)) = self.head() {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let words = match words.as_slice() {
                ["add" | "create", rest @ ..] => rest,
                all => all,
            };
            match (words, ended) {
                (["flush", "ruleset", ..], _) => self.set = RuleSet::default(),
                (["table", name @ ..], _) => {
                    let (family, name) = of_family(name);
                    let name = name.first().copied().unwrap_or_default().to_owned();
                    let table = (family.to_owned(), name);
                    if !self.set.tables.contains(&table) {
                        self.set.tables.push(table.clone());
                    }
                    if ended == Ended::Block {
                        self.table(&table.0, &table.1);
                    }
                }
                (["chain", name @ ..], _) => {
                    let (family, name) = of_family(name);
                    if let [table, chain, ..] = name {
                        let place = (family, *table, *chain);
                        match ended {
                            Ended::Block => self.chain(place, line),
                            _ => {
                                self.named(place, line);
                            }
                        }
                    }
                }
                (["rule", place @ ..], _) => {
                    let (family, place) = of_family(place);
                    let mut rule: Vec<String> = Vec::new();
                    if let [table, chain, rest @ ..] = place {
                        rule.extend(rest.iter().map(|word| (*word).to_owned()));
                        if ended == Ended::Block {
                            rule.extend(self.rest());
                        }
                        self.statement((family, *table, *chain), line, &rule);
                    }
                }
                (_, Ended::Block) => self.skip(),
                _ => {}
            }
        }
    }

    /// The rest of a rule behind the brace of a set.
    fn rest(&mut self) -> Vec<String> {
        let (mut words, mut depth) = (vec!["{".to_owned()], 1);
        for (_, token) in self.tokens.by_ref() {
            match token {
                Token::Word(word) => words.push(word),
                Token::Open => depth += 1,
                Token::Close => {
                    depth -= 1;
                    words.push("}".to_owned());
                }
                Token::End if depth == 0 => break,
                Token::End => {}
            }
        }
        words
    }
}

/// The family that words begin with, `ip` where they name none, and the others.
fn of_family<'a, 'b>(words: &'b [&'a str]) -> (&'a str, &'b [&'a str]) {
    match words {
        [
            family @ ("ip" | "ip6" | "inet" | "arp" | "bridge" | "netdev"),
            rest @ ..,
        ] => (family, rest),
        rest => ("ip", rest),
    }
}

/// Reads a rule set.
pub(super) fn read(text: &str) -> RuleSet {
    let mut reader = Reader {
        tokens: tokens(text).into_iter(),
        set: RuleSet::default(),
    };
    reader.top();
    reader.set
}
