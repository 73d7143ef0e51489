//! Why the helper cannot do a task.

use super::task::Reply;

/// Why a task could not be done.
#[derive(Debug)]
pub(super) enum TaskError {
    /// A reply that says it already.
    Said(Reply),
    /// A message with a hint.
    Message(String, Option<String>),
}

impl<E: std::error::Error> From<E> for TaskError {
    fn from(error: E) -> Self {
        Self::Message(causes(&error), None)
    }
}

pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
