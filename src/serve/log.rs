//! The log, the list of unknown machines, and recovery keys, as they are read.

use rusqlite::{Row, params};
use serde::Serialize;

use super::error::Error;
use super::ledger::{Ledger, add};
use super::recovery::{self, RecoveryKey};

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRow {
    /// Its number; they only grow.
    pub number: i64,
    /// When, in seconds since 1970.
    pub time: u64,
    /// The host; empty where none is meant.
    pub host: String,
    /// Who asked: an address, or `console` for an order on the server itself.
    pub address: String,
    /// What was asked for, or reported.
    pub what: String,
    /// What came of it.
    pub result: String,
    /// What was said beside it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub said: String,
}

/// A machine that asked, and that the inventory does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// What it is known by: a hardware address, `uuid-…` or `serial-…`.
    pub name: String,
    /// From where it asked last.
    pub address: String,
    /// When it asked first, in seconds since 1970.
    pub first: u64,
    /// When it asked last, in seconds since 1970.
    pub last: u64,
    /// How often it asked.
    pub times: u64,
}

impl Ledger {
    /// The machines that the inventory does not have.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn strangers(&self) -> Result<Vec<Unknown>, Error> {
        self.run("reading", |connection| {
            let mut query = connection
                .prepare_cached("SELECT name, address, first, last, times FROM unknown")?;
            let rows = query.query_map([], |row| {
                Ok(Unknown {
                    name: row.get(0)?,
                    address: row.get(1)?,
                    first: row.get::<_, i64>(2)?.unsigned_abs(),
                    last: row.get::<_, i64>(3)?.unsigned_abs(),
                    times: row.get::<_, i64>(4)?.unsigned_abs(),
                })
            })?;
            rows.collect()
        })
    }

    /// The last lines of the log, the oldest first; of one host, or of all.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn log(&self, host: Option<&str>, lines: u32) -> Result<Vec<LogRow>, Error> {
        self.log_before(host, i64::MAX, lines)
    }

    /// The last lines of the log before a number, the oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn log_before(
        &self,
        host: Option<&str>,
        number: i64,
        lines: u32,
    ) -> Result<Vec<LogRow>, Error> {
        let mut rows = self.run("reading", |connection| {
            let mut query = connection.prepare_cached(
                "SELECT number, time, host, address, what, result, said FROM log
                 WHERE (?1 IS NULL OR host = ?1) AND number < ?2 ORDER BY number DESC LIMIT ?3",
            )?;
            let rows = query.query_map(params![host, number, lines], row)?;
            rows.collect::<rusqlite::Result<Vec<LogRow>>>()
        })?;
        rows.reverse();
        Ok(rows)
    }

    /// The first lines of the log after a number, the oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn log_after(&self, number: i64, lines: u32) -> Result<Vec<LogRow>, Error> {
        self.run("reading", |connection| {
            let mut query = connection.prepare_cached(
                "SELECT number, time, host, address, what, result, said FROM log
                 WHERE number > ?1 ORDER BY number LIMIT ?2",
            )?;
            let rows = query.query_map(params![number, lines], row)?;
            rows.collect()
        })
    }

    /// The number of the last line of the log; 0 while there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn last(&self) -> Result<i64, Error> {
        self.run("reading", |connection| {
            let mut query = connection.prepare_cached("SELECT max(number) FROM log")?;
            let last: Option<i64> = query.query_row([], |row| row.get(0))?;
            Ok(last.unwrap_or(0))
        })
    }

    /// The recovery keys that a host reported, the oldest first; that somebody read them is written into the
    /// log.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn recovery_keys(
        &self,
        host: &str,
        reader: &str,
        now: u64,
    ) -> Result<Vec<RecoveryKey>, Error> {
        let (host, reader) = (host.to_owned(), reader.to_owned());
        self.write(move |whole| {
            let keys = recovery::of_host(whole, &host)?;
            if !keys.is_empty() {
                let result = format!("{} shown", keys.len());
                add(whole, (&host, &reader), (recovery::WORD, &result, ""), now)?;
            }
            Ok(keys)
        })
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<LogRow> {
    Ok(LogRow {
        number: row.get(0)?,
        time: row.get::<_, i64>(1)?.unsigned_abs(),
        host: row.get(2)?,
        address: row.get(3)?,
        what: row.get(4)?,
        result: row.get(5)?,
        said: row.get(6)?,
    })
}
