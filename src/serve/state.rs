//! The state of one host, and what each event makes of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::recovery::WORD;
use super::said::{Booted, WENT_BACK, digest, failure};

/// How long an armed host may wait for its installation, or one whose disk is to be cleared, in seconds.
pub(super) const ARMED_FOR: u64 = 24 * 3600;

/// What a host may do, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The inventory has it; it starts from its disk.
    Known,
    /// It installs itself at its next start from the network.
    Armed,
    /// It has the document of its installation.
    Fetched,
    /// It says that it installs.
    Installing,
    /// It says that the installation is complete.
    Installed,
    /// It started from its disk.
    Booted,
    /// It says that something failed.
    Failed,
    /// It is not used any more.
    Retired,
    /// It clears its disk at its next start from the network.
    Wiping,
    /// It says that its disk is cleared.
    Wiped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Known,
        Self::Armed,
        Self::Fetched,
        Self::Installing,
        Self::Installed,
        Self::Booted,
        Self::Failed,
        Self::Retired,
        Self::Wiping,
        Self::Wiped,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Armed => "armed",
            Self::Fetched => "fetched",
            Self::Installing => "installing",
            Self::Installed => "installed",
            Self::Booted => "booted",
            Self::Failed => "failed",
            Self::Retired => "retired",
            Self::Wiping => "wiping",
            Self::Wiped => "wiped",
        }
    }

    /// Tells whether a host in it may install itself.
    #[must_use]
    pub fn installs(self) -> bool {
        matches!(self, Self::Armed | Self::Fetched | Self::Installing)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What is kept of a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostState {
    /// What it may do, or did.
    pub state: State,
    /// How often it was armed.
    pub attempt: u32,
    /// The token of this attempt, which no log has.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) token: String,
    /// The token of the system that was on the disk before this attempt; empty where it is the same, or where
    /// there was none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) running: String,
    /// The address from which it asked for its document in this attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The secrets that it was given in this attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Whether its installer can clear its disk.
    #[serde(default)]
    pub wipes: bool,
    /// The digest of the image that it said to have started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What else it said of its last start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booted: Option<Booted>,
    /// What it said last, or why it may not go on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when it is in this state, in seconds since 1970.
    pub since: u64,
}

impl HostState {
    /// A host of which nothing was heard.
    #[must_use]
    pub fn new(now: u64) -> Self {
        Self {
            state: State::Known,
            attempt: 0,
            token: String::new(),
            running: String::new(),
            address: None,
            secrets: Vec::new(),
            wipes: false,
            digest: None,
            booted: None,
            message: String::new(),
            since: now,
        }
    }

    /// Tells whether it may install itself now, or clear its disk.
    #[must_use]
    pub fn may_fetch(&self, now: u64) -> bool {
        let waits = matches!(self.state, State::Armed | State::Wiping);
        let is_late = waits && now.saturating_sub(self.since) > ARMED_FOR;
        (self.state.installs() || self.state == State::Wiping) && !is_late
    }

    /// What an event makes of it.
    ///
    /// # Errors
    /// Why the event cannot be; nothing changes then.
    pub fn after(&self, event: &Event, now: u64) -> Result<Self, String> {
        let mut next = self.clone();
        match event {
            Event::Arm { token, again } => self.arm(&mut next, (token, *again), now)?,
            Event::Disarm => match self.is_free() {
                Ok(()) => return Err(format!("it is {}, not armed", self.state)),
                Err(_) => next.state = State::Known,
            },
            Event::Retire => {
                self.is_free()?;
                next.state = State::Retired;
            }
            Event::Wipe { token } => self.wipe(&mut next, token, now)?,
            Event::Fetched { address } => self.fetched(&mut next, address, now)?,
            Event::Secret { name, address } => self.secret(&mut next, (name, address), now)?,
            Event::Report { word, said } => self.report(&mut next, (word, said), now),
            Event::RecoveryKey { .. } => self.report(&mut next, (WORD, ""), now),
            Event::OlderReport { word, said } => {
                self.report(&mut next, (word, said), now);
                // What is ordered is not done by a system that was there before.
                if self.is_free().is_err() {
                    next.state = self.state;
                }
                next.running.clone_from(&self.running);
            }
        }
        if next.state != self.state || matches!(event, Event::Arm { .. } | Event::Wipe { .. }) {
            next.since = now;
        }
        Ok(next)
    }

    fn arm(&self, next: &mut Self, (token, again): (&str, bool), now: u64) -> Result<(), String> {
        let is_busy = matches!(self.state, State::Fetched | State::Installing);
        if is_busy && !again {
            return Err(format!("it is {} already", self.state));
        }
        // Nobody installs by mistake what somebody else wants to be cleared.
        if self.state == State::Wiping {
            self.is_free()?;
        }
        *next = Self {
            attempt: self.attempt + 1,
            token: token.to_owned(),
            running: self.on_disk().to_owned(),
            wipes: self.wipes,
            digest: self.digest.clone(),
            booted: self.booted.clone(),
            state: State::Armed,
            ..Self::new(now)
        };
        Ok(())
    }

    fn wipe(&self, next: &mut Self, token: &str, now: u64) -> Result<(), String> {
        self.is_free()?;
        if !self.wipes {
            let why = "its installer clears no disks; terroir's own does";
            return Err(why.to_owned());
        }
        *next = Self {
            attempt: self.attempt + 1,
            token: token.to_owned(),
            running: self.on_disk().to_owned(),
            wipes: true,
            digest: self.digest.clone(),
            booted: self.booted.clone(),
            state: State::Wiping,
            ..Self::new(now)
        };
        Ok(())
    }

    /// The token of the system that is on the disk; empty where none is known.
    fn on_disk(&self) -> &str {
        let is_installed = self.state == State::Installed || self.booted.is_some();
        match self.running.is_empty() && is_installed {
            true => &self.token,
            false => &self.running,
        }
    }

    /// Whether it is not about to install itself, or to clear its disk.
    fn is_free(&self) -> Result<(), String> {
        match self.state.installs() || self.state == State::Wiping {
            true => Err(format!("it is {}: disarm it first", self.state)),
            false => Ok(()),
        }
    }

    fn fetched(&self, next: &mut Self, address: &str, now: u64) -> Result<(), String> {
        if !self.may_fetch(now) {
            return Err(format!("it is {}", self.state));
        }
        self.same_address(address)?;
        if !self.secrets.is_empty() {
            return Err("it starts over after it had its secrets; arm it again".to_owned());
        }
        next.address = Some(address.to_owned());
        if self.state == State::Armed {
            next.state = State::Fetched;
        }
        Ok(())
    }

    fn secret(
        &self,
        next: &mut Self,
        (name, address): (&str, &str),
        now: u64,
    ) -> Result<(), String> {
        let installs = self.state.installs() && self.may_fetch(now);
        if self.address.is_none() || !installs {
            return Err(format!("it is {} and has no document", self.state));
        }
        self.same_address(address)?;
        if self.secrets.iter().any(|one| one == name) {
            return Err(format!("it has the secret {name} already; arm it again"));
        }
        next.secrets.push(name.to_owned());
        Ok(())
    }

    fn same_address(&self, address: &str) -> Result<(), String> {
        match &self.address {
            Some(first) if first != address => Err(format!(
                "{address} asks for what {first} was given: two machines have one name"
            )),
            _ => Ok(()),
        }
    }

    /// A report counts whatever was before, since it says what is.
    fn report(&self, next: &mut Self, (word, said): (&str, &str), now: u64) {
        let state = match word {
            "installing" => Some(State::Installing),
            "installed" => Some(State::Installed),
            "booted" => Some(State::Booted),
            "wiped" => Some(State::Wiped),
            "failed" => Some(State::Failed),
            _ => None,
        };
        // What was on its way when the machine was ready, or disarmed, lets nobody install again.
        let is_late = match word {
            "installing" => !self.state.installs(),
            "wiped" => self.state != State::Wiping,
            _ => false,
        };
        // A machine that is not used any more stays so, also while it still runs.
        let is_left = self.state == State::Retired;
        next.state = state.filter(|_| !is_late && !is_left).unwrap_or(self.state);
        let booted = (state == Some(State::Booted)).then(|| Booted::new(said, now));
        next.message = match state {
            Some(State::Failed) => failure(said),
            Some(_) if booted.as_ref().is_some_and(|booted| booted.fell_back) => {
                WENT_BACK.to_owned()
            }
            Some(_) => String::new(),
            None if matches!(word, "wiping" | WORD) => String::new(),
            None => format!("{word}: {said}"),
        };
        if next.state == State::Wiped {
            (next.digest, next.booted) = (None, None);
        }
        // Another system is on the disk now, or none.
        if matches!(state, Some(State::Installed | State::Booted | State::Wiped)) {
            next.running.clear();
        }
        if booted.is_some() {
            next.digest = digest(said).or_else(|| self.digest.clone());
            next.booted = booted;
        }
    }
}
