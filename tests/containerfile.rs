//! Containerfiles that terroir and buildah both build, and their results compared.
//!
//! Each row of the tables is built by both from the same base; roots and configurations have to be the
//! same, or the row says how they differ and why. `CONTAINERFILE_ROWS=env/` runs the rows whose names
//! hold these words.

#![expect(
    clippy::too_many_lines,
    clippy::format_push_string,
    reason = "tables of cases are long, and texts are short"
)]

#[path = "containerfile/add.rs"]
mod add;
#[path = "containerfile/alone.rs"]
mod alone;
#[path = "containerfile/bases.rs"]
mod bases;
#[path = "containerfile/bench.rs"]
mod bench;
#[path = "containerfile/config.rs"]
mod config;
#[path = "containerfile/copy.rs"]
mod copy;
#[path = "containerfile/env.rs"]
mod env;
#[path = "containerfile/fixture.rs"]
mod fixture;
#[path = "containerfile/image.rs"]
mod image;
#[path = "support/judge.rs"]
mod judge;
#[path = "containerfile/known.rs"]
mod known;
#[path = "containerfile/row.rs"]
mod row;
#[path = "containerfile/run.rs"]
mod run;
#[path = "containerfile/user.rs"]
mod user;
#[path = "containerfile/verdict.rs"]
mod verdict;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bench::Bench;
use row::Row;

/// All rows, by subject.
fn rows() -> Vec<Row> {
    [
        add::rows(),
        copy::rows(),
        env::rows(),
        user::rows(),
        run::rows(),
        config::rows(),
    ]
    .concat()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "somebody may want a few rows only"
)]
fn containerfiles_mean_what_buildah_means() {
    if !judge::is_root() || !judge::is_there("buildah") || !judge::is_there("busybox") {
        return;
    }
    let wanted = std::env::var("CONTAINERFILE_ROWS").unwrap_or_default();
    let mut rows = rows();
    let mut names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None, "two rows have one name");
    rows.retain(|row| row.name.contains(&wanted));
    let bench = Bench::new();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (next, wrong, rows, bench) = (&next, &wrong, &rows, &bench);
            scope.spawn(move || {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = verdict::of(row, bench, worker) {
                        let text = format!("== {}\n{}\n{why}", row.name, row.text());
                        wrong.lock().expect("no row panics").push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no row panics");
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_isolation_gives_the_same_root() {
    if !judge::is_root() || !judge::is_there("buildah") || !judge::is_there("busybox") {
        return;
    }
    let wrong = alone::isolations(&Bench::new(), &rows());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_commands_leave_is_kept_or_told() {
    if !judge::is_root() || !judge::is_there("buildah") || !judge::is_there("busybox") {
        return;
    }
    let wrong = alone::left(&Bench::new());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
