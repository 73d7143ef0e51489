//! Work on several things at once, which costs nothing when there is one thing.

use rayon::prelude::*;

/// Maps in parallel and in order; a single item stays on this thread, so that no pool is started.
pub(crate) fn map<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync + Send,
) -> Result<Vec<R>, E> {
    match items {
        [] => Ok(Vec::new()),
        [one] => Ok(vec![work(one)?]),
        many => many.par_iter().map(work).collect(),
    }
}
