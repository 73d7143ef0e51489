//! Kickstarts, checked by pykickstart with the rules of each version.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;

use super::messages::whole;
use super::program::{Answer, Programs};
use super::report::{Finding, Row};

/// Most files that one run of a program gets.
const MANY: usize = 100;

impl Programs<'_> {
    /// Kickstarts, each by the rules of its version.
    pub(in crate::kickstart) fn kickstarts(&self) -> Vec<Row> {
        let mut by_target: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (_, host) in self.rendered.hosts() {
            let text = |key: &str| host.get(key).and_then(Value::as_str);
            if let (Some(target), Some(answer)) = (text("target"), text("answer"))
                && answer.ends_with(".ks")
            {
                by_target.entry(target).or_default().push(answer);
            }
        }
        let count: usize = by_target.values().map(Vec::len).sum();
        let check = "ksvalidator";
        if count == 0 {
            return vec![self.nothing(check)];
        }
        let known = match self.versions() {
            Ok(known) => known,
            Err(why) => return vec![self.row(check, count, Err(why))],
        };
        let mut rows = Vec::new();
        by_target.retain(|target, files| {
            let is_known = known.iter().any(|version| version == target);
            if !is_known {
                let why = format!("this pykickstart does not know {target}; a newer one may");
                rows.push(self.row(&format!("{check} {target}"), files.len(), Err(why)));
            }
            is_known
        });
        if by_target.is_empty() {
            return rows;
        }
        let count = by_target.values().map(Vec::len).sum();
        let chunks: Vec<(&str, &[&str])> = by_target
            .iter()
            .flat_map(|(target, files)| files.chunks(MANY).map(move |chunk| (*target, chunk)))
            .collect();
        let answers: Result<Vec<Vec<Finding>>, String> = chunks
            .par_iter()
            .map(|(target, files)| self.kickstarts_of(target, files))
            .collect();
        let findings = answers.map(|all| all.into_iter().flatten().collect());
        rows.insert(0, self.row(check, count, findings));
        rows
    }

    /// The versions that this pykickstart knows.
    fn versions(&self) -> Result<Vec<String>, String> {
        match self.ask("ksvalidator", &["-l"], b"") {
            Err(error) => Err(self.why(&error)),
            Ok(output) if output.code == Some(0) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                Ok(text.split_whitespace().map(str::to_owned).collect())
            }
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                let last = text.lines().last().unwrap_or("it lists no versions");
                Err(format!("ksvalidator cannot say: {last}"))
            }
        }
    }

    fn kickstarts_of(&self, target: &str, files: &[&str]) -> Result<Vec<Finding>, String> {
        let paths: Vec<String> = files.iter().map(|file| self.path(file)).collect();
        let mut arguments = vec!["-v", target];
        arguments.extend(paths.iter().map(String::as_str));
        match self.answer("ksvalidator", &arguments, b"") {
            Answer::Accepted => Ok(Vec::new()),
            Answer::Missing(why) => Err(why),
            Answer::Rejected(text) => match files {
                [file] => Ok(vec![whole(file, &paths[0], &text)]),
                // It does not say which of its files it means.
                _ => {
                    let each: Result<Vec<Vec<Finding>>, String> = files
                        .par_iter()
                        .map(|file| self.kickstarts_of(target, &[file]))
                        .collect();
                    Ok(each?.into_iter().flatten().collect())
                }
            },
        }
    }
}
