//! `terroir pipeline`: a GitLab pipeline that builds what is not built yet.

mod images;
mod state;
pub(super) mod verb;
