//! Exceptions: which finding one covers, and for how long.

use jiff::civil::Date;

use super::benchmark::Subject;
use super::finding::Excepted;
use crate::recipe::Exception;
use crate::setting::matches;

/// The exception that covers a control, the one that holds longest.
pub(super) fn covering(
    subject: &Subject,
    exceptions: &[Exception],
    today: Date,
) -> Option<Excepted> {
    let covers = |exception: &&Exception| {
        let pattern = exception.control.as_str();
        let mut ids = subject.requirement.ids.iter();
        ids.any(|id| matches(pattern, id.as_str()) || id.is_in(pattern))
            || subject
                .settings
                .iter()
                .any(|setting| matches(pattern, &setting.key()))
    };
    let covering = exceptions.iter().filter(covers);
    let covering = covering.max_by(|one, other| one.expires.cmp(&other.expires))?;
    Some(Excepted {
        reason: covering.reason.clone(),
        owner: covering.owner.clone(),
        expires: covering.expires.clone(),
        days_left: days_left(&covering.expires, today),
        flavour: covering.flavour.clone(),
        origin: covering.origin.clone(),
    })
}

/// Days from today to the last day of an exception; a date that is none has passed.
fn days_left(expires: &str, today: Date) -> i64 {
    let last: Result<Date, _> = expires.parse();
    let days = last.map(|last| {
        today
            .until(last)
            .map_or(-1, |span| i64::from(span.get_days()))
    });
    days.unwrap_or(-1)
}
