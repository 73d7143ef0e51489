//! One row: a Containerfile, what it is built from, and what is expected of it.

/// A Containerfile that both build.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// `subject/what`, once in all tables.
    pub(crate) name: &'static str,
    /// The tag of the base (see `bases.rs`).
    pub(crate) base: &'static str,
    /// The instructions; a line `---` begins another entry of the recipe.
    pub(crate) instructions: &'static str,
    /// The instructions of a recipe that the row's own derives from.
    pub(crate) parent: Option<&'static str>,
    /// Stages: name, what each is from (`base` is the row's base), instructions.
    pub(crate) stages: Vec<(&'static str, &'static str, &'static str)>,
    /// Values for `ARG`.
    pub(crate) arguments: Vec<(&'static str, &'static str)>,
    /// Further files of the context: path, content.
    pub(crate) files: Vec<(&'static str, &'static str)>,
    /// Other instructions for buildah, if it does not know a form.
    pub(crate) for_buildah: Option<&'static str>,
    /// The same for terroir as other entries of a recipe.
    pub(crate) modules: Option<&'static str>,
    /// What is expected.
    pub(crate) expected: Expected,
}

/// What is expected of the two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The same root and configuration.
    Same,
    /// A difference that is meant: the reason, and words of what is shown of it.
    Differs {
        reason: &'static str,
        shown: &'static str,
    },
    /// Both refuse it; a part of terroir's error.
    Refused { words: &'static str },
    /// Only terroir refuses it: the reason, and a part of its error.
    RefusedHere {
        reason: &'static str,
        words: &'static str,
    },
}

/// A row in which both have to agree.
pub(crate) fn row(name: &'static str, base: &'static str, instructions: &'static str) -> Row {
    Row {
        name,
        base,
        instructions,
        parent: None,
        stages: Vec::new(),
        arguments: Vec::new(),
        files: Vec::new(),
        for_buildah: None,
        modules: None,
        expected: Expected::Same,
    }
}

impl Row {
    /// Derives from a recipe with these instructions.
    pub(crate) fn parent(mut self, instructions: &'static str) -> Self {
        self.parent = Some(instructions);
        self
    }

    /// Has a stage.
    pub(crate) fn stage(
        mut self,
        name: &'static str,
        from: &'static str,
        text: &'static str,
    ) -> Self {
        self.stages.push((name, from, text));
        self
    }

    /// Gives an `ARG` a value.
    pub(crate) fn argument(mut self, name: &'static str, value: &'static str) -> Self {
        self.arguments.push((name, value));
        self
    }

    /// Has a file in its context.
    pub(crate) fn file(mut self, path: &'static str, content: &'static str) -> Self {
        self.files.push((path, content));
        self
    }

    /// Has other instructions for buildah.
    pub(crate) fn for_buildah(mut self, instructions: &'static str) -> Self {
        self.for_buildah = Some(instructions);
        self
    }

    /// Has other entries for terroir.
    pub(crate) fn modules(mut self, modules: &'static str) -> Self {
        self.modules = Some(modules);
        self
    }

    /// Differs on purpose.
    pub(crate) fn differs(mut self, shown: &'static str, reason: &'static str) -> Self {
        self.expected = Expected::Differs { reason, shown };
        self
    }

    /// Both refuse it.
    pub(crate) fn refused(mut self, words: &'static str) -> Self {
        self.expected = Expected::Refused { words };
        self
    }

    /// Only terroir refuses it.
    pub(crate) fn refused_here(mut self, words: &'static str, reason: &'static str) -> Self {
        self.expected = Expected::RefusedHere { reason, words };
        self
    }

    /// Whether it has the files of `fixture.rs` in its context.
    pub(crate) fn copies(&self) -> bool {
        let subjects = [
            "add",
            "chmod",
            "chown",
            "context",
            "copy",
            "everywhere",
            "existing",
            "from",
            "scratch",
        ];
        let subject = self.name.split('/').next().unwrap_or_default();
        subjects.contains(&subject)
    }

    /// The Containerfile that buildah gets.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (name, from, instructions) in &self.stages {
            let from = match *from {
                "base" => self.base,
                other => other,
            };
            text += &format!("FROM {} AS {name}\n{instructions}\n", self.place(from));
        }
        let own = self.for_buildah.unwrap_or(self.instructions);
        let own = own.replace("\n---\n", "\n");
        let parent = self.parent.map(|parent| parent.replace("\n---\n", "\n"));
        match parent {
            None => format!("{text}FROM {}\n{own}\n", self.place(self.base)),
            Some(parent) => {
                let base = self.place(self.base);
                format!("{text}FROM {base} AS above\n{parent}\nFROM above\n{own}\n")
            }
        }
    }

    /// What `FROM` says: a stage, or a base.
    fn place(&self, from: &str) -> String {
        let stage = self.stages.iter().any(|(name, ..)| *name == from);
        match stage || from == "scratch" {
            true => from.to_owned(),
            false => format!("localhost/{from}"),
        }
    }

    /// The recipes that terroir gets: path and text, the row's own last.
    pub(crate) fn recipes(&self) -> Vec<(String, String)> {
        let base = format!("oci:../../../base:{}", self.base);
        let mut recipes = Vec::new();
        let mut from = base;
        if let Some(parent) = self.parent {
            recipes.push(("recipes/p.yml".to_owned(), self.recipe("p", &from, parent)));
            from = "p.yml".to_owned();
        }
        let mut own = self.recipe("r", &from, self.instructions);
        if let Some(modules) = self.modules {
            let head = own.split_once("modules:\n").map_or("", |(head, _)| head);
            own = format!("{head}modules:\n{modules}\n");
        }
        if !self.stages.is_empty() {
            own += "stages:\n";
        }
        for (name, from, instructions) in &self.stages {
            let from = if *from == "base" { "r" } else { from };
            own += &format!("  - name: {name}\n    from: {from}\n    modules:\n");
            own += &entries(instructions, "    ", &[]);
        }
        recipes.push(("recipes/r.yml".to_owned(), own));
        recipes
    }

    fn recipe(&self, name: &str, from: &str, instructions: &str) -> String {
        format!(
            "apiVersion: terroir/v1\nname: {name}\ntier: universal\nfrom: {from}\nmodules:\n{}",
            entries(instructions, "", &self.arguments)
        )
    }
}

/// The entries of a recipe, indented by some blanks.
fn entries(text: &str, indent: &str, arguments: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for entry in text.split("\n---\n") {
        let entry = serde_json::Value::from(entry);
        out += &format!("{indent}  - type: containerfile\n{indent}    snippets: [{entry}]\n");
        if !arguments.is_empty() {
            let pairs: std::collections::BTreeMap<_, _> = arguments.iter().copied().collect();
            let pairs = serde_json::to_string(&pairs).expect("JSON");
            out += &format!("{indent}    arguments: {pairs}\n");
        }
    }
    out
}
