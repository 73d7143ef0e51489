//! A request to stop, seen by everything that waits for a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often somebody who waits looks again.
const POLL: Duration = Duration::from_millis(10);

/// A request to stop that whoever runs commands sees, and the number of those who must tidy up first.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    wished: AtomicBool,
    active: AtomicUsize,
}

/// Work that leaves something behind unless it is ended in order.
#[derive(Debug)]
pub struct Active {
    state: Arc<State>,
}

impl Stop {
    /// Wishes everything to stop.
    pub fn wish(&self) {
        self.state.wished.store(true, Ordering::SeqCst);
    }

    /// Tells whether somebody wishes to stop.
    #[must_use]
    pub fn wished(&self) -> bool {
        self.state.wished.load(Ordering::SeqCst)
    }

    /// Says that something must be tidied up before the process may end.
    #[must_use]
    pub fn active(&self) -> Active {
        self.state.active.fetch_add(1, Ordering::SeqCst);
        Active {
            state: Arc::clone(&self.state),
        }
    }

    /// Waits until all has been tidied up, or the limit is over.
    pub fn wait(&self, limit: Duration) {
        let began = Instant::now();
        while self.state.active.load(Ordering::SeqCst) > 0 && began.elapsed() < limit {
            sleep(POLL);
        }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.state.active.fetch_sub(1, Ordering::SeqCst);
    }
}
