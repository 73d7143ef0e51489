//! Where paths of a root lead.

use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::path::TreePath;
use crate::tree::InRoot;

/// Most links on the way.
const MAX_LINKS: usize = 40;

/// Where a path leads, links of the root followed, whether it is there or not; none where it leads nowhere.
pub(super) fn followed(system: &Path, path: &str) -> Result<Option<TreePath>, Error> {
    let mut inside = InRoot::open(system)?;
    let mut path = TreePath::parse(path).ok();
    for _ in 0..MAX_LINKS {
        let Some(now) = path else {
            return Ok(None);
        };
        match step(&mut inside, &now)? {
            Step::Link(next) => path = next,
            Step::Real => return Ok(Some(now)),
        }
    }
    Ok(None)
}

/// What the first link of a path makes of it.
enum Step {
    /// Another path, or none.
    Link(Option<TreePath>),
    /// It has no link.
    Real,
}

fn step(inside: &mut InRoot, path: &TreePath) -> Result<Step, Error> {
    let mut above = TreePath::root();
    let parts: Vec<&[u8]> = path.components().collect();
    for (at, part) in parts.iter().enumerate() {
        above = above.join(part).unwrap_or_default();
        let Some(target) = inside.link(&raw(&above))? else {
            continue;
        };
        let mut rest = parts.iter().skip(at + 1);
        let next = rest.try_fold(above.led_to(&target), |path, part| path.join(part));
        return Ok(Step::Link(next.ok()));
    }
    Ok(Step::Real)
}

/// A path as text, without a slash at its begin.
pub(super) fn raw(path: &TreePath) -> String {
    String::from_utf8_lossy(path.as_bytes()).into_owned()
}
