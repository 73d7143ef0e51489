//! The registry client that the other modules use.

use std::fmt;
use std::sync::Arc;

use super::Settings;
use super::auth::Tokens;
use super::transport::Transport;

/// Speaks with registries: any number of them, from any number of threads.
///
/// Making one is cheap. Connections and tokens are kept as long as it lives, so one is made for the
/// whole run.
#[derive(Clone)]
pub struct Registry {
    pub(super) shared: Arc<Shared>,
}

/// What all sessions share.
pub(super) struct Shared {
    pub(super) transport: Arc<Transport>,
    pub(super) tokens: Tokens,
}

impl Registry {
    /// Makes a client; nothing is read or connected before the first request.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport: Transport::new(settings),
                tokens: Tokens::default(),
            }),
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}
