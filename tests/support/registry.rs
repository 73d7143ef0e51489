//! A strict registry inside the test, which fails on demand and remembers all requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use terroir::oci::Digest;
use terroir::registry::Reference;

use super::registry_http::Server;
use super::registry_protocol::{answer, answer_storage};

/// The user that every registry of the tests knows.
pub(crate) const USER: &str = "tester";

/// That user's password.
pub(crate) const PASSWORD: &str = "secret";

/// An identity token that stands for that user.
pub(crate) const IDENTITY: &str = "refresh-me";

/// How the registry authenticates clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Auth {
    /// Not at all.
    #[default]
    Open,
    /// By user and password.
    Basic,
    /// By a token, which the same server gives at `/token`.
    Bearer,
}

/// What the registry answers when asked to mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mount {
    /// It mounts what it has.
    #[default]
    Works,
    /// It begins an upload instead.
    Begins,
    /// It refuses with this status.
    Refuses(u16),
}

/// What the registry answers wrongly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Nothing.
    #[default]
    Nothing,
    /// Blobs announce a byte more than they have.
    Length,
    /// Blobs have another first byte.
    Bytes,
    /// Blobs are given with a byte too many and no announced length.
    Longer,
    /// Manifests and stored things carry another digest in their header.
    Digest,
}

/// How the registry fails; by default not at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) auth: Auth,
    /// Repositories that no token is good for.
    pub(crate) ungranted: &'static [&'static str],
    /// Repositories for which the token server refuses the whole request.
    pub(crate) forbidden: &'static [&'static str],
    pub(crate) mount: Mount,
    /// So many requests are answered by 429.
    pub(crate) too_many: usize,
    /// What comes with a 429.
    pub(crate) retry_after: Option<&'static str>,
    /// So many uploads fail with 500 after half of their body.
    pub(crate) failing_uploads: usize,
    /// So many uploads are cut off after half of their body.
    pub(crate) dropped_uploads: usize,
    /// So many downloads of blobs are cut off after half of what was asked for.
    pub(crate) dropped_downloads: usize,
    pub(crate) ignores_ranges: bool,
    /// Blobs are on another host, which must not get credentials.
    pub(crate) redirects_blobs: bool,
    pub(crate) lie: Lie,
    /// HEAD of a manifest has neither digest nor size.
    pub(crate) terse_head: bool,
    /// The tag `sha256-HEX` is answered with the manifest of that digest, as GitLab's registry does.
    pub(crate) resolves_digest_tags: bool,
    /// It keeps the list of what is attached to a manifest itself.
    pub(crate) lists_referrers: bool,
}

/// A registry that fails in the ways that a test sets.
pub(crate) fn faults(set: impl FnOnce(&mut Faults)) -> Faults {
    let mut faults = Faults::default();
    set(&mut faults);
    faults
}

/// One request, as the registry saw it.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) range: Option<String>,
    pub(crate) status: u16,
}

impl Recorded {
    /// `METHOD path status`, for comparisons.
    pub(crate) fn line(&self) -> String {
        format!("{} {} {}", self.method, self.path, self.status)
    }
}

/// Bytes that were read from the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) manifests: u64,
    pub(crate) configs: u64,
    pub(crate) blobs: u64,
}

/// Everything that the registry holds and has seen.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) faults: Faults,
    pub(crate) address: String,
    pub(crate) storage: String,
    pub(crate) blobs: BTreeMap<(String, Digest), Vec<u8>>,
    pub(crate) manifests: BTreeMap<(String, Digest), (String, Vec<u8>)>,
    pub(crate) tags: BTreeMap<(String, String), Digest>,
    pub(crate) uploads: BTreeMap<String, Vec<u8>>,
    pub(crate) tokens: Vec<Vec<String>>,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) reads: Reads,
    pub(crate) leaks: Vec<String>,
}

/// A running registry; it ends when it is dropped.
pub(crate) struct TestRegistry {
    state: Arc<Mutex<State>>,
    server: Server,
    _storage: Server,
}

impl TestRegistry {
    pub(crate) fn start(faults: Faults) -> Self {
        let state = Arc::new(Mutex::new(State {
            faults,
            ..State::default()
        }));
        let (of_server, of_storage) = (Arc::clone(&state), Arc::clone(&state));
        let server = Server::start(Arc::new(move |head, body| answer(&of_server, head, body)));
        let storage = Server::start(Arc::new(move |head, _| {
            Some(answer_storage(&of_storage, head))
        }));
        {
            let mut state = lock(&state);
            state.address = server.address.to_string();
            state.storage = storage.address.to_string();
        }
        Self {
            state,
            server,
            _storage: storage,
        }
    }

    /// Host and port, as references write them.
    pub(crate) fn address(&self) -> String {
        self.server.address.to_string()
    }

    /// A reference to something in this registry.
    pub(crate) fn reference(&self, name: &str) -> Reference {
        Reference::parse(&format!("{}/{name}", self.address())).expect("a test's name is valid")
    }

    /// Every request so far, in order.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// Requests whose line holds a text.
    pub(crate) fn count(&self, text: &str) -> usize {
        let requests = self.requests();
        requests
            .iter()
            .filter(|one| one.line().contains(text))
            .count()
    }

    /// Bytes that were read so far.
    pub(crate) fn reads(&self) -> Reads {
        self.state().reads
    }

    /// Requests to the storage with credentials; there must be none.
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.state().leaks.clone()
    }

    /// What a tag names.
    pub(crate) fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        let key = (repository.to_owned(), tag.to_owned());
        self.state().tags.get(&key).copied()
    }

    /// Forgets what was seen, keeps what is stored, and fails differently from now on.
    pub(crate) fn become_faulty(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults;
        state.requests.clear();
        state.reads = Reads::default();
        state.tokens.clear();
    }

    /// How many of the faults that happen a number of times have not happened yet.
    pub(crate) fn faults_left(&self) -> usize {
        let faults = &self.state().faults;
        faults.too_many + faults.failing_uploads + faults.dropped_uploads + faults.dropped_downloads
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Locks what the server's threads share.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("no thread of the server panicked")
}
