//! The catalogue of errors: what terroir says of each mistake that a person can make.
//!
//! A page is a file `tests/errors/MISTAKE.txt`: the files of a repository, each under a line
//! `-- PATH --`, then `-- terroir says --` and commands with all that they print and their exit
//! codes. `TERROIR_WRITE_ERRORS=1` writes what they say anew; read the difference.

#[path = "errors/messages.rs"]
mod messages;
#[path = "errors/page.rs"]
mod page;
#[path = "support/sources.rs"]
mod sources;
#[expect(dead_code, reason = "commands that must succeed are of other tests")]
#[path = "support/workspace.rs"]
mod workspace;

use messages::{ELSEWHERE, messages};
use page::{Page, pages};

#[test]
#[expect(clippy::disallowed_methods, reason = "who runs the tests asks for it")]
fn every_page_is_what_terroir_says() {
    let write = std::env::var_os("TERROIR_WRITE_ERRORS").is_some();
    let pages = pages();
    let half = pages.len().div_ceil(2).max(1);
    let check = |pages: &[Page]| pages.iter().filter_map(|page| page.check(write)).collect();
    let wrong: Vec<Vec<String>> = std::thread::scope(|scope| {
        let running: Vec<_> = pages
            .chunks(half)
            .map(|some| scope.spawn(move || check(some)))
            .collect();
        let joined = running
            .into_iter()
            .map(|one| one.join().expect("the pages are checked"));
        joined.collect()
    });
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_message_has_a_page() {
    let said: Vec<String> = pages().iter().map(|page| plain(&page.said)).collect();
    let mut without = Vec::new();
    let mut shown = 0;
    for message in messages() {
        if said.iter().any(|page| message.is_in(page)) {
            shown += 1;
        } else if !ELSEWHERE
            .iter()
            .any(|(place, _)| message.file.starts_with(place))
        {
            without.push(format!("{}: {}", message.file, message.text));
        }
    }
    assert!(shown > 300, "only {shown} messages have a page");
    assert!(
        without.is_empty(),
        "{} messages have no page in tests/errors:\n{}",
        without.len(),
        without.join("\n")
    );
}

#[test]
fn every_exception_is_needed() {
    let said: Vec<String> = pages().iter().map(|page| plain(&page.said)).collect();
    let messages = messages();
    for (place, reason) in ELSEWHERE {
        let is_needed = messages.iter().any(|message| {
            message.file.starts_with(place) && !said.iter().any(|page| message.is_in(page))
        });
        assert!(
            is_needed,
            "every message of {place} has a page; take `{reason}` away"
        );
    }
}

/// What was printed as one line, without what draws lines and arrows.
fn plain(said: &str) -> String {
    let is_drawn = |c: char| ('\u{2500}'..='\u{257f}').contains(&c) || c == '·' || c == '×';
    let words: String = said
        .chars()
        .map(|c| if is_drawn(c) { ' ' } else { c })
        .collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
