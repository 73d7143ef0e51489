//! A call of the helper process, from outside its namespaces.

use std::io::{self, Read as _, Write as _};
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::inside::{ENTERED, HELPER};
use super::{Error, Isolation, Mapping, Stop};
use crate::process;

/// How often a wish to stop is looked for.
const POLL: Duration = Duration::from_millis(20);
/// How much of the log is kept to explain a helper that ended without an answer, in bytes.
const KEPT: usize = 4096;

/// A request for the helper.
pub struct Call<'a> {
    /// How it is confined.
    pub isolation: Isolation,
    /// What it shall do.
    pub request: &'a [u8],
    /// After which time it is ended.
    pub limit: Duration,
    /// Somebody's wish to stop.
    pub stop: &'a Stop,
    /// Takes what the commands write, as it comes.
    pub log: &'a mut dyn FnMut(&[u8]),
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("isolation", &self.isolation)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// What comes from the helper.
enum Said {
    Log(Vec<u8>),
    Answer(io::Result<Vec<u8>>),
}

/// Starts a helper, gives it its ids and the request, and waits for its answer.
///
/// However this ends, the helper and all that it started have ended by then.
pub fn call(call: &mut Call<'_>) -> Result<Vec<u8>, Error> {
    let mapping = match call.isolation {
        Isolation::Chroot => None,
        confined => Some(Mapping::of(confined)?),
    };
    let arguments = [call.isolation.name()];
    let child = process::start_self(HELPER, &arguments)
        .map_err(Error::io("starting the helper process"))?;
    let mut helper = Helper { child };
    helper.enter(mapping.as_ref())?;
    helper.talk(call)
}

/// A helper that is ended when nobody needs it any more.
struct Helper {
    child: Child,
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Helper {
    /// Waits until the helper is in its user namespace and gives it its ids.
    fn enter(&mut self, mapping: Option<&Mapping>) -> Result<(), Error> {
        let mut entered = [0];
        let output = self.child.stdout.as_mut().expect("the output is a pipe");
        if output.read_exact(&mut entered).is_err() || entered != [ENTERED] {
            let mut said = String::new();
            if let Some(log) = &mut self.child.stderr {
                // What it could say is all that is known.
                let _ = log.take(KEPT as u64).read_to_string(&mut said);
            }
            let why = said.trim().trim_start_matches("terroir: ").to_owned();
            return Err(Error::Forbidden { why });
        }
        let Some(mapping) = mapping else {
            return Ok(());
        };
        mapping.apply(self.child.id())?;
        let input = self.child.stdin.as_mut().expect("the input is a pipe");
        input
            .write_all(b"g")
            .map_err(Error::io("talking to the helper process"))
    }

    fn talk(&mut self, call: &mut Call<'_>) -> Result<Vec<u8>, Error> {
        let mut input = self.child.stdin.take().expect("the input is a pipe");
        let request = call.request.to_vec();
        // The helper reads all of it before it does anything; should it not, its end tells.
        let writing = thread::spawn(move || input.write_all(&request));
        let said = self.listen();
        let answer = wait(call, &said);
        drop(self.child.kill());
        // The helper is gone, so nothing keeps the thread.
        drop(writing.join());
        answer
    }

    /// Reads both streams of the helper beside the caller.
    fn listen(&mut self) -> Receiver<Said> {
        let (sender, receiver) = channel();
        let mut output = self.child.stdout.take().expect("the output is a pipe");
        let answers = sender.clone();
        let mut log = self.child.stderr.take().expect("the log is a pipe");
        let logging = thread::spawn(move || {
            let mut bytes = vec![0; 16 << 10];
            while let Ok(count @ 1..) = log.read(&mut bytes) {
                let some = bytes.get(..count).unwrap_or_default().to_vec();
                if sender.send(Said::Log(some)).is_err() {
                    break;
                }
            }
        });
        thread::spawn(move || {
            let mut answer = Vec::new();
            let read = output.read_to_end(&mut answer).map(|_| answer);
            // The log comes to its end with the helper; whoever still holds it is killed with it.
            drop(logging);
            let _ = answers.send(Said::Answer(read));
        });
        receiver
    }
}

fn wait(call: &mut Call<'_>, said: &Receiver<Said>) -> Result<Vec<u8>, Error> {
    let began = Instant::now();
    let mut kept = Vec::new();
    loop {
        match said.recv_timeout(POLL) {
            Ok(Said::Log(bytes)) => {
                (call.log)(&bytes);
                kept.extend_from_slice(&bytes);
                let over = kept.len().saturating_sub(KEPT);
                kept.drain(..over);
            }
            Ok(Said::Answer(Ok(answer))) if !answer.is_empty() => {
                while let Ok(Said::Log(bytes)) = said.recv_timeout(POLL) {
                    (call.log)(&bytes);
                }
                return Ok(answer);
            }
            Ok(Said::Answer(_)) | Err(RecvTimeoutError::Disconnected) => {
                while let Ok(Said::Log(bytes)) = said.recv_timeout(POLL) {
                    kept.extend_from_slice(&bytes);
                }
                let said = String::from_utf8_lossy(&kept).trim().to_owned();
                return Err(Error::Helper { said });
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if call.stop.wished() {
            return Err(Error::Stopped);
        }
        if began.elapsed() >= call.limit {
            return Err(Error::TimedOut { limit: call.limit });
        }
    }
}
