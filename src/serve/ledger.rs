//! States of hosts and a log of what happened, in one SQLite file.
//!
//! Each event is on the disk as a whole when the answer goes out; events of several hosts share
//! transactions. The log is only written to at its end: triggers refuse everything else.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::batch::Batch;
use super::error::Error;
use super::event::Event;
use super::recovery;
use super::state::HostState;

/// The number of the file's format (`PRAGMA user_version`). Format 1 has fewer states; 1 and 2 have recovery
/// keys in the log.
const FORMAT: i64 = 3;
/// Formats that are read; the file has the newest from then on.
const OLDER: [i64; 2] = [1, 2];
/// Largest text of a report that the log keeps, in bytes.
const MAX_SAID: usize = 64 << 10;
/// How long the same line is not written again after itself, in seconds.
const QUIET: u64 = 60;
/// How many machines are noted that the inventory does not have.
const STRANGERS: i64 = 10_000;
/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(30);

const TABLES: &str = "
CREATE TABLE host (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
CREATE TABLE unknown (
  name TEXT PRIMARY KEY, address TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  times INTEGER NOT NULL
) STRICT;
CREATE TABLE log (
  number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, host TEXT NOT NULL,
  address TEXT NOT NULL, what TEXT NOT NULL, result TEXT NOT NULL, said TEXT NOT NULL
) STRICT;
CREATE INDEX log_of_host ON log (host, number);
CREATE TRIGGER log_is_not_shortened BEFORE DELETE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is not shortened'); END;
";

const NO_CHANGES: &str = "
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log
  BEGIN SELECT RAISE(ABORT, 'the log is not changed'); END;
";

/// The states of all hosts, the log, and recovery keys of disks.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// Reads while something is being written.
    reading: Mutex<Connection>,
    batch: Batch,
}

impl Ledger {
    /// Opens a file of states, or makes one that only its owner may read.
    ///
    /// # Errors
    /// It cannot be made or read, or has another format.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)
                .map_err(Error::io(format!("making {}", folder.display())))?;
        }
        // SQLite makes its own files with the mode of this one: tokens are in it.
        let mut made = OpenOptions::new();
        made.create(true).append(true).mode(0o600);
        made.open(path)
            .map_err(Error::io(format!("opening {}", path.display())))?;
        let failed = |source| Error::Ledger {
            doing: "opening",
            path: path.to_path_buf(),
            source,
        };
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let found = prepare(&mut connection).map_err(failed)?;
        if found != FORMAT {
            return Err(Error::Format {
                path: path.to_path_buf(),
                found,
                known: FORMAT,
            });
        }
        let reading = Connection::open(path).map_err(failed)?;
        reading.busy_timeout(PATIENCE).map_err(failed)?;
        Ok(Self {
            path: path.to_path_buf(),
            connection: Mutex::new(connection),
            reading: Mutex::new(reading),
            batch: Batch::default(),
        })
    }

    pub(super) fn run<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let connection = match doing {
            "reading" => &self.reading,
            _ => &self.connection,
        };
        // What a panic left is what SQLite took back.
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|source| self.failed(doing, source))
    }

    /// Writes as a whole, or nothing; it is on the disk then.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let written = self.batch.write(&self.connection, work);
        written.map_err(|source| self.failed("writing", source))
    }

    fn failed(&self, doing: &'static str, source: rusqlite::Error) -> Error {
        Error::Ledger {
            doing,
            path: self.path.clone(),
            source,
        }
    }

    /// The state of a host.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn host(&self, name: &str, now: u64) -> Result<HostState, Error> {
        let text = self.run("reading", |connection| text_of(connection, name))?;
        read(name, text.as_deref(), now)
    }

    /// Notes hosts of an inventory, each with whether its installer can clear its disk; what is known of
    /// them stays.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn know<'a>(
        &self,
        hosts: impl Iterator<Item = (&'a str, bool)>,
        now: u64,
    ) -> Result<(), Error> {
        let hosts: Vec<(String, bool)> = hosts
            .map(|(host, wipes)| (host.to_owned(), wipes))
            .collect();
        self.write(move |whole| {
            for (host, wipes) in hosts {
                let text = text_of(whole, &host)?;
                // Whoever asks for a state that cannot be read is told so.
                let Ok(state) = read(&host, text.as_deref(), now) else {
                    continue;
                };
                if text.is_some() && state.wipes == wipes {
                    continue;
                }
                let state = HostState { wipes, ..state };
                put(whole, &host, &state)?;
            }
            Ok(())
        })
    }

    /// The states of all hosts that something happened to.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn hosts(&self) -> Result<BTreeMap<String, HostState>, Error> {
        let rows = self.run("reading", |connection| {
            let mut query = connection.prepare_cached("SELECT name, state FROM host")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(String, String)>>>()
        })?;
        let states = rows.into_iter().map(|(name, text)| {
            let state = read(&name, Some(&text), 0)?;
            Ok((name, state))
        });
        states.collect()
    }

    /// Lets something happen to a host, and writes it into the log; what is refused stands there, too.
    ///
    /// # Errors
    /// The state does not allow it, or the file cannot be written.
    pub fn happen(
        &self,
        (host, event): (&str, &Event),
        address: &str,
        now: u64,
    ) -> Result<HostState, Error> {
        let said = match event {
            Event::Report { said, .. } | Event::OlderReport { said, .. } => shortened(said),
            Event::Secret { name, .. } => name,
            Event::RecoveryKey { device, .. } => device,
            _ => "",
        };
        let (host, address) = (host.to_owned(), address.to_owned());
        let (event, said) = (event.clone(), said.to_owned());
        self.write(move |whole| {
            let state = read(&host, text_of(whole, &host)?.as_deref(), now);
            let outcome = state.and_then(|state| {
                state.after(&event, now).map_err(|why| Error::Refused {
                    host: host.clone(),
                    why,
                })
            });
            let result = match &outcome {
                Ok(next) => {
                    put(whole, &host, next)?;
                    if let Event::RecoveryKey { device, key } = &event {
                        recovery::keep(whole, (&host, &address), (device, key), number(now))?;
                    }
                    next.state.to_string()
                }
                Err(Error::Refused { why, .. }) => format!("refused: {why}"),
                Err(error) => error.to_string(),
            };
            let line = (event.word(), result.as_str(), said.as_str());
            add(whole, (&host, &address), line, now)?;
            Ok(outcome)
        })?
    }

    /// Writes a line into the log; the same one comes once in a minute, however often somebody asks.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note(
        &self,
        (host, address): (&str, &str),
        (what, result): (&str, &str),
        now: u64,
    ) -> Result<(), Error> {
        let [host, address, what, result] = [host, address, what, result].map(str::to_owned);
        self.write(move |whole| {
            let same: Option<i64> = whole
                .prepare_cached(
                    "SELECT 1 FROM (SELECT * FROM log WHERE host = ?1 ORDER BY number DESC LIMIT 5)
                     WHERE address = ?2 AND what = ?3 AND result = ?4 AND time > ?5",
                )?
                .query_row(
                    params![
                        host,
                        address,
                        what,
                        result,
                        number(now.saturating_sub(QUIET))
                    ],
                    |row| row.get(0),
                )
                .optional()?;
            if same.is_none() {
                add(whole, (&host, &address), (&what, &result, ""), now)?;
            }
            Ok(())
        })
    }

    /// Notes a machine that the inventory does not have; the log has it once, and there is an end to
    /// how many are noted. What asked by another name from the same address a moment ago is the same machine.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn unknown(&self, name: &str, address: &str, now: u64) -> Result<(), Error> {
        let (name, address) = (name.to_owned(), address.to_owned());
        self.write(move |whole| {
            // A loader asks by its hardware address first, and then by what else the machine is known by.
            if name.starts_with("uuid-") || name.starts_with("serial-") {
                let mut same = whole.prepare_cached(
                    "UPDATE unknown SET last = ?1 WHERE address = ?2 AND last >= ?3
                     AND name NOT LIKE 'uuid-%' AND name NOT LIKE 'serial-%'",
                )?;
                let since = number(now.saturating_sub(QUIET));
                let count = same.execute(params![number(now), address, since])?;
                if count > 0 {
                    return Ok(());
                }
            }
            let times: Option<i64> = whole
                .prepare_cached(
                    "INSERT INTO unknown SELECT ?1, ?2, ?3, ?3, 1
                     WHERE (SELECT count(*) FROM unknown) < ?4
                        OR EXISTS (SELECT 1 FROM unknown WHERE name = ?1)
                     ON CONFLICT (name) DO UPDATE
                     SET address = excluded.address, last = excluded.last, times = times + 1
                     RETURNING times",
                )?
                .query_row(params![name, address, number(now), STRANGERS], |row| {
                    row.get(0)
                })
                .optional()?;
            if times == Some(1) {
                let line = (name.as_str(), "not in the inventory", "");
                add(whole, ("", &address), line, now)?;
            }
            Ok(())
        })
    }
}

/// Makes the tables in a new file; the format of the file.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is taken out of the file does not stay in its free pages.
    connection.pragma_update(None, "secure_delete", true)?;
    let whole = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = whole.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => whole.execute_batch(&[TABLES, recovery::TABLE, NO_CHANGES].concat())?,
        older if OLDER.contains(&older) => {
            whole
                .execute_batch(&[recovery::TABLE, recovery::OUT_OF_THE_LOG, NO_CHANGES].concat())?;
        }
        other => return Ok(other),
    }
    whole.pragma_update(None, "user_version", FORMAT)?;
    whole.commit()?;
    if found != 0 {
        // The journal has no earlier contents either.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    }
    Ok(FORMAT)
}

fn text_of(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let mut query = connection.prepare_cached("SELECT state FROM host WHERE name = ?1")?;
    query.query_row([name], |row| row.get(0)).optional()
}

fn put(connection: &Connection, name: &str, state: &HostState) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO host VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET state = excluded.state",
    )?;
    insert.execute(params![
        name,
        serde_json::to_string(state).unwrap_or_default()
    ])?;
    Ok(())
}

fn read(name: &str, text: Option<&str>, now: u64) -> Result<HostState, Error> {
    let Some(text) = text else {
        return Ok(HostState::new(now));
    };
    serde_json::from_str(text).map_err(|error| Error::State {
        host: name.to_owned(),
        why: error.to_string(),
    })
}

pub(super) fn add(
    connection: &Connection,
    (host, address): (&str, &str),
    (what, result, said): (&str, &str, &str),
    now: u64,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO log (time, host, address, what, result, said) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![number(now), host, address, what, result, said])?;
    Ok(())
}

fn number(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// The beginning of a text, to the last whole character.
fn shortened(text: &str) -> &str {
    let end = text.floor_char_boundary(MAX_SAID);
    text.get(..end).unwrap_or_default()
}
