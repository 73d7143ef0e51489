//! One confined command in a root: namespaces, mounts, and the process that lives in them.
//!
//! terroir starts itself again as a single-threaded helper, which enters a user namespace of its own
//! before it touches a root. Everything that belongs to subordinate ids (unpacking, running,
//! packing, removing) is done in there; when the helper dies, the kernel ends all that it started.

mod chroot;
mod confined;
mod container;
mod error;
mod ids;
mod inside;
mod isolation;
mod mounts;
mod outside;
mod overlay;
mod spec;
mod stop;
mod wait;

pub use chroot::{IN_ROOT, in_root};
pub use confined::{Bind, Confined};
pub use container::{forget_group, run};
pub use error::Error;
pub use ids::{Mapping, missing_ids};
pub use inside::{HELPER, inside};
pub use isolation::Isolation;
pub use mounts::alone_with_mounts;
pub use outside::{Call, call};
pub use overlay::{Overlay, mount_bind, mount_overlay, unmount};
pub use stop::{Active, Stop};
