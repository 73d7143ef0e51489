//! A line to a registry, which counts what goes over it and may stand still.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What tests and the line's own threads see of it.
#[derive(Default)]
struct Shared {
    /// The first lines of requests.
    asked: Mutex<Vec<String>>,
    /// How many more bytes come from the registry before the line stands still.
    left: AtomicUsize,
    is_down: AtomicBool,
}

/// A line on loopback.
pub(crate) struct Line {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

impl Line {
    /// A line to an address.
    pub(crate) fn to(registry: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared::default());
        shared.left.store(usize::MAX, Ordering::SeqCst);
        let (registry, own) = (registry.to_owned(), shared.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !own.is_down.load(Ordering::SeqCst) {
                    connect(stream, &registry, &own);
                }
            }
        });
        Self { address, shared }
    }

    /// Lets so many more bytes come.
    pub(crate) fn let_come(&self, bytes: usize) {
        self.shared.left.store(bytes, Ordering::SeqCst);
    }

    /// Breaks it: connections are closed at once.
    pub(crate) fn go_down(&self) {
        self.shared.is_down.store(true, Ordering::SeqCst);
    }

    /// How often something was asked for.
    pub(crate) fn times(&self, begin: &str) -> usize {
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().filter(|line| line.starts_with(begin)).count()
    }
}

fn connect(client: TcpStream, registry: &str, shared: &Arc<Shared>) {
    let Ok(server) = TcpStream::connect(registry) else {
        return;
    };
    let (to_server, from_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let asks = shared.clone();
    thread::spawn(move || {
        carry(from_client, to_server, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let words = ["GET ", "HEAD "];
            let lines = text.lines().map(str::to_owned);
            let lines = lines.filter(|line| words.iter().any(|word| line.starts_with(word)));
            asks.asked.lock().unwrap().extend(lines);
        });
    });
    let gives = shared.clone();
    thread::spawn(move || {
        carry(server, client, |bytes| {
            while gives.left.load(Ordering::SeqCst) < bytes.len() {
                thread::sleep(Duration::from_millis(10));
            }
            gives.left.fetch_sub(bytes.len(), Ordering::SeqCst);
        });
    });
}

fn carry(mut from: impl Read, mut to: impl Write, look: impl Fn(&[u8])) {
    let mut buffer = [0; 32 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..count).unwrap();
        look(bytes);
        if to.write_all(bytes).is_err() {
            return;
        }
    }
}
