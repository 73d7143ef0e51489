//! Writers of one database that share transactions: the disk is waited for once for all that came meanwhile.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use rusqlite::{Connection, Error, Result, TransactionBehavior, ffi};

/// Does its work in a transaction, or learns that there is none; what it gives tells whoever waits for it what
/// came of the transaction.
type Job = Box<dyn FnOnce(Result<&Connection>) -> Told + Send>;
type Told = Box<dyn FnOnce(Result<()>) + Send>;

/// What waits to be written.
#[derive(Default)]
pub(super) struct Batch {
    waiting: Mutex<Vec<Job>>,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

impl Batch {
    /// Does some work as a whole, or not at all. When this returns, it is on the disk.
    pub(super) fn write<T: Send + 'static>(
        &self,
        connection: &Mutex<Connection>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = mpsc::channel();
        let job: Job = Box::new(move |place| {
            let result = place.and_then(|connection| apart(connection, work));
            Box::new(move |end| {
                // Whoever waited may have gone.
                let _ = sender.send(end.and(result));
            })
        });
        self.waiting().push(job);
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever had the connection before has perhaps done it.
        let jobs = mem::take(&mut *self.waiting());
        if !jobs.is_empty() {
            together(&mut connection, jobs);
        }
        drop(connection);
        let lost = |_| failure("nobody did the work");
        receiver.recv().map_err(lost)?
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Job>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does all work in one transaction, and tells everybody what came of it.
fn together(connection: &mut Connection, jobs: Vec<Job>) {
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let (told, end): (Vec<Told>, Result<()>) = match begun {
        Ok(whole) => {
            let told = jobs.into_iter().map(|job| job(Ok(&whole))).collect();
            (told, whole.commit())
        }
        Err(error) => {
            let told = jobs.into_iter().map(|job| job(Err(same(&error))));
            (told.collect(), Err(error))
        }
    };
    for tell in told {
        tell(match &end {
            Ok(()) => Ok(()),
            Err(error) => Err(same(error)),
        });
    }
}

/// Does work in a transaction so that nothing stays of it if it fails.
fn apart<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    connection.execute_batch("SAVEPOINT job")?;
    let result = work(connection);
    connection.execute_batch(match result {
        Ok(_) => "RELEASE job",
        Err(_) => "ROLLBACK TO job; RELEASE job",
    })?;
    result
}

/// The same error once more.
fn same(error: &Error) -> Error {
    match error {
        Error::SqliteFailure(code, text) => Error::SqliteFailure(*code, text.clone()),
        other => failure(&other.to_string()),
    }
}

fn failure(why: &str) -> Error {
    let code = ffi::Error::new(ffi::SQLITE_ERROR);
    Error::SqliteFailure(code, Some(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn table() -> Mutex<Connection> {
        let connection = Connection::open_in_memory().unwrap();
        let make = "CREATE TABLE t (number INTEGER PRIMARY KEY) STRICT";
        connection.execute_batch(make).unwrap();
        Mutex::new(connection)
    }

    fn insert(connection: &Connection, number: i64) -> Result<i64> {
        connection.execute("INSERT INTO t VALUES (?1)", [number])?;
        Ok(number)
    }

    fn numbers(connection: &Mutex<Connection>) -> Vec<i64> {
        let connection = connection.lock().unwrap();
        let mut query = connection.prepare("SELECT number FROM t").unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn work_that_fails_leaves_nothing_and_hinders_nobody() {
        let (batch, table) = (Batch::default(), table());
        // All of them wait while somebody reads.
        let reader = table.lock().unwrap();
        thread::scope(|scope| {
            let works: Vec<_> = (0..20)
                .map(|number| {
                    let (batch, table) = (&batch, &table);
                    scope.spawn(move || {
                        let result = batch.write(table, move |connection| {
                            insert(connection, number)?;
                            match number % 3 {
                                0 => insert(connection, number),
                                _ => Ok(number),
                            }
                        });
                        assert_eq!(result.is_ok(), number % 3 != 0, "{result:?}");
                    })
                })
                .collect();
            while batch.waiting().len() < 20 {
                thread::sleep(Duration::from_millis(1));
            }
            drop(reader);
            works.into_iter().for_each(|work| work.join().unwrap());
        });
        let expected: Vec<i64> = (0..20).filter(|number| number % 3 != 0).collect();
        assert_eq!(numbers(&table), expected);
    }

    #[test]
    fn whoever_cannot_begin_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("t")).unwrap();
        let (mut other, own) = (open(), open());
        own.busy_timeout(Duration::ZERO).unwrap();
        let own = Mutex::new(own);
        let taken = other.transaction_with_behavior(TransactionBehavior::Immediate);
        let refused = Batch::default().write(&own, |_| Ok(())).unwrap_err();
        assert!(refused.to_string().contains("locked"), "{refused}");
        drop(taken);
        Batch::default().write(&own, |_| Ok(())).unwrap();
    }
}
