//! Retries: how often, and after which wait.

use std::thread;
use std::time::Duration;

use super::{Error, Settings};

/// Longest wait that terroir chooses itself.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Does something until it succeeds, fails for good, or was tried often enough.
pub(super) fn retry<T>(
    settings: &Settings,
    mut attempt: impl FnMut() -> Result<T, Error>,
) -> Result<T, Error> {
    let mut count = 1;
    loop {
        match attempt() {
            Err(error) if count < settings.tries => {
                let wait = next_wait(settings, count, &error).ok_or(error)?;
                thread::sleep(wait);
                count += 1;
            }
            other => return other,
        }
    }
}

/// How long to wait after the try number `count` failed; none when no further try makes sense.
pub(super) fn next_wait(settings: &Settings, count: u32, error: &Error) -> Option<Duration> {
    if !error.is_transient() {
        return None;
    }
    let doubled = 2_u32.saturating_pow(count.saturating_sub(1));
    let own = settings
        .backoff
        .saturating_mul(doubled)
        .min(LONGEST_BACKOFF);
    let asked = error.wait().unwrap_or_default();
    (asked <= settings.longest_wait).then(|| own.max(asked))
}
