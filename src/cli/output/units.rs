//! Sizes and times for people.

use std::time::Instant;

/// A size for people: binary units, three digits.
pub(in crate::cli) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit = UNITS.get(unit).unwrap_or(&"B");
    if bytes < 1000 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// The time since something began, for people: seconds, then minutes and seconds.
pub(in crate::cli) fn elapsed(began: Instant) -> String {
    let seconds = began.elapsed().as_secs();
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m{:02}s", seconds % 60),
    }
}
