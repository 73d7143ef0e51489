//! Control characters, which would end the lines that texts are written into.

use crate::origin::Diagnostic;
use crate::yaml::{Node, Value};

/// Refuses control characters in texts, which would end the lines that they are written into.
pub(in crate::kickstart) fn refuse_control(
    node: &Node,
    lines_allowed: bool,
    problems: &mut Vec<Diagnostic>,
) {
    match &node.value {
        Value::Null => {}
        Value::Scalar(scalar) => {
            let refused = |c: char| c.is_control() && !(lines_allowed && matches!(c, '\n' | '\t'));
            if scalar.text.contains(refused) {
                problems.push(
                    Diagnostic::error(&node.origin, "this text contains a control character")
                        .hint("write it in one line; only commands of `first-boot` have several"),
                );
            }
        }
        Value::Sequence(items) => items
            .iter()
            .for_each(|item| refuse_control(item, lines_allowed, problems)),
        Value::Mapping(entries) => {
            for (key, value) in entries {
                refuse_control(key, false, problems);
                let lines = lines_allowed || key.as_text() == Some("first-boot");
                refuse_control(value, lines, problems);
            }
        }
    }
}
