//! The statement that a commit is what an import makes of an image.

use serde::{Deserialize, Serialize};

use crate::bootable::ostree::import::{IMPORT, Layers};
use crate::bootable::ostree::repository::Checksum;
use crate::oci::{Digest, sorted_json};

/// The artifact type of statements that are attached to images.
pub const STATEMENT: &str = "application/vnd.terroir.commit.v1+json";

/// The number of the format.
const FORMAT: u32 = 1;

/// An image and its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The digest of the platform's manifest.
    pub image: Digest,
    /// The commit that the import makes of it.
    pub commit: Checksum,
    /// The number of the import that made it.
    import: u32,
}

/// A statement as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    format: u32,
    image: Digest,
    commit: String,
    import: u32,
}

impl Statement {
    /// States what this terroir's import made of an image.
    #[must_use]
    pub fn new(image: &Layers, commit: &Checksum) -> Self {
        Self {
            image: image.manifest,
            commit: *commit,
            import: IMPORT,
        }
    }

    /// The statement as sorted JSON.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        sorted_json(&Written {
            format: FORMAT,
            image: self.image,
            commit: self.commit.to_string(),
            import: self.import,
        })
    }

    /// Reads a statement; why it cannot be used is the error.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Numbered {
            format: u32,
        }
        let wrong = |error: serde_json::Error| format!("the statement is not valid: {error}");
        let Numbered { format } = serde_json::from_slice(bytes).map_err(wrong)?;
        if format != FORMAT {
            return Err(format!(
                "the statement has format {format}; this terroir reads {FORMAT}"
            ));
        }
        let written: Written = serde_json::from_slice(bytes).map_err(wrong)?;
        let commit = written.commit.parse();
        let commit = commit.map_err(|()| {
            format!(
                "the statement is not valid: {:?} is no commit",
                written.commit
            )
        })?;
        Ok(Self {
            image: written.image,
            commit,
            import: written.import,
        })
    }
}

/// The statement among several that this terroir can use for an image; why there is none is the error.
pub fn stated(statements: &[Statement], image: &Digest) -> Result<Statement, String> {
    let mut found: Option<&Statement> = None;
    let mut others = Vec::new();
    for one in statements.iter().filter(|one| one.image == *image) {
        if one.import != IMPORT {
            others.push(one.import.to_string());
            continue;
        }
        if found.is_some_and(|found| found.commit != one.commit) {
            return Err("two statements name different commits of it".to_owned());
        }
        found = Some(one);
    }
    match found {
        Some(found) => Ok(found.clone()),
        None if others.is_empty() => {
            Err("no statement in the registry names a commit of it".to_owned())
        }
        None => Err(format!(
            "its statement is of import {}; this terroir imports as {IMPORT}",
            others.join(" and ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str = include_str!("../../../../tests/golden/statement.json");

    #[test]
    fn the_golden_statement_is_read_and_written() {
        let golden = GOLDEN.trim_end().as_bytes();
        let statement = Statement::read(golden).expect("valid");
        assert_eq!(statement.image, Digest::of(b"image"));
        assert_eq!(statement.import, IMPORT);
        assert_eq!(statement.write(), golden);
    }

    #[test]
    fn statements_that_cannot_be_used_are_refused() {
        let cases = [
            ("{}", "missing field `format`"),
            (r#"{"format":2}"#, "has format 2; this terroir reads 1"),
            (r#"{"format":1}"#, "missing field"),
            ("[", "not valid"),
        ];
        for (text, words) in cases {
            let why = Statement::read(text.as_bytes()).expect_err(text);
            assert!(why.contains(words), "{text}: {why}");
        }
        let short = GOLDEN.replace("\"commit\":\"", "\"commit\":\"0");
        let why = Statement::read(short.trim_end().as_bytes()).expect_err("no commit");
        assert!(why.contains("is no commit"), "{why}");
    }

    #[test]
    fn one_statement_of_this_import_counts() {
        let statement = Statement::read(GOLDEN.trim_end().as_bytes()).expect("valid");
        let image = statement.image;
        let other_commit = Statement {
            commit: Checksum::default(),
            ..statement.clone()
        };
        let other_import = Statement {
            import: IMPORT + 1,
            ..statement.clone()
        };
        let other_image = Statement {
            image: Digest::of(b"other"),
            ..statement.clone()
        };
        let all = |list: &[&Statement]| {
            let list: Vec<Statement> = list.iter().map(|one| (*one).clone()).collect();
            stated(&list, &image)
        };
        let refused = |list: &[&Statement], words: &str| {
            let why = all(list).expect_err(words);
            assert!(why.contains(words), "{why}");
        };
        assert_eq!(
            all(&[&other_import, &other_image, &statement, &statement]),
            Ok(statement.clone())
        );
        refused(&[], "no statement");
        refused(&[&other_image], "no statement");
        refused(&[&other_import], "this terroir imports as");
        refused(&[&statement, &other_commit], "different commits");
    }
}
