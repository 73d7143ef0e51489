//! Recovery keys of encrypted disks, which installed machines report. They are kept apart from the log, so
//! that who reads the log cannot open disks.

use rusqlite::{Connection, params};
use serde::Serialize;

/// The word of the report, and of its lines in the log.
pub(super) const WORD: &str = "recovery-key";

/// Where recovery keys are.
pub(super) const TABLE: &str = "
CREATE TABLE recovery_key (
  number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, host TEXT NOT NULL,
  address TEXT NOT NULL, device TEXT NOT NULL, key TEXT NOT NULL
) STRICT;
";

/// Takes recovery keys of a format of the file that had them in its log out of it.
pub(super) const OUT_OF_THE_LOG: &str = "
INSERT INTO recovery_key (time, host, address, device, key)
  SELECT time, host, address, rtrim(substr(text, 1, instr(text, ' '))), substr(text, instr(text, ' ') + 1)
  FROM (SELECT *, trim(said, char(32, 9, 10, 13)) AS text FROM log WHERE what = 'recovery-key')
  WHERE text <> '' ORDER BY number;
DROP TRIGGER log_is_not_changed;
UPDATE log SET said = '' WHERE what = 'recovery-key';
UPDATE host SET state = json_set(state, '$.message', '')
  WHERE json_valid(state) AND json_extract(state, '$.message') LIKE 'recovery-key:%';
";

/// A recovery key that a machine made for a disk of its own.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RecoveryKey {
    /// Its number; they only grow.
    pub number: i64,
    /// When it was reported, in seconds since 1970.
    pub time: u64,
    /// The address that reported it.
    pub address: String,
    /// The device that it opens, as the machine named it; empty where it named none.
    pub device: String,
    /// The key, as systemd-cryptenroll(1) prints it.
    pub key: String,
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecoveryKey({} of {})", self.number, self.device)
    }
}

/// The device and the key of a report: `DEVICE KEY`, or only `KEY`.
pub(super) fn parts(said: &str) -> Option<(&str, &str)> {
    let mut words = said.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(device), Some(key), None) => Some((device, key)),
        (Some(key), None, None) => Some(("", key)),
        _ => None,
    }
}

/// Keeps the key of a report.
pub(super) fn keep(
    connection: &Connection,
    (host, address): (&str, &str),
    (device, key): (&str, &str),
    time: i64,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO recovery_key (time, host, address, device, key) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute(params![time, host, address, device, key])?;
    Ok(())
}

/// The keys of a host, the oldest first.
pub(super) fn of_host(connection: &Connection, host: &str) -> rusqlite::Result<Vec<RecoveryKey>> {
    let mut query = connection.prepare_cached(
        "SELECT number, time, address, device, key FROM recovery_key WHERE host = ?1 ORDER BY number",
    )?;
    let rows = query.query_map([host], |row| {
        Ok(RecoveryKey {
            number: row.get(0)?,
            time: row.get::<_, i64>(1)?.unsigned_abs(),
            address: row.get(2)?,
            device: row.get(3)?,
            key: row.get(4)?,
        })
    })?;
    rows.collect()
}
