//! A small HTTP/1.1 server on loopback, which can break off and answer wrongly, as real ones do.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::registry::lock;

/// Most connections at the same time; further ones are closed at once.
const MAX_CONNECTIONS: usize = 64;

/// Longest head of a request, in bytes.
const MAX_HEAD: u64 = 64 << 10;

/// The head of a request.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The body of a request, read as far as the handler wants.
pub(crate) struct Body<'a> {
    reader: &'a mut BufReader<TcpStream>,
    left: u64,
}

impl Body<'_> {
    pub(crate) fn len(&self) -> u64 {
        self.left
    }

    /// Reads so many bytes, or all that are left.
    pub(crate) fn take(&mut self, count: u64) -> io::Result<Vec<u8>> {
        let count = count.min(self.left);
        let mut bytes = vec![0; usize::try_from(count).expect("a test's blob fits into memory")];
        self.reader.read_exact(&mut bytes)?;
        self.left -= count;
        Ok(bytes)
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// What `Content-Length` says; without it, HEAD says nothing.
    pub(crate) length: Option<usize>,
    /// After so many bytes of the body the connection is cut.
    pub(crate) cut: Option<usize>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self {
            status,
            headers: Vec::new(),
            length: Some(body.len()),
            body,
            cut: None,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers a request; `None` closes the connection without an answer.
pub(crate) type Handler = dyn Fn(&Head, &mut Body<'_>) -> Option<Answer> + Send + Sync;

/// A server; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    connections: Mutex<Vec<(TcpStream, JoinHandle<()>)>>,
}

impl Server {
    pub(crate) fn start(handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let shared = Arc::new(Shared::default());
        let mine = Arc::clone(&shared);
        let accepting = thread::spawn(move || accept(&listener, &mine, &handler));
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        let connections = std::mem::take(&mut *lock(&self.shared.connections));
        for (stream, thread) in connections {
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Shared, handler: &Arc<Handler>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let mut connections = lock(&shared.connections);
        connections.retain(|(_, thread)| !thread.is_finished());
        if connections.len() >= MAX_CONNECTIONS {
            continue;
        }
        let Ok(other) = stream.try_clone() else {
            continue;
        };
        let handler = Arc::clone(handler);
        let thread = thread::spawn(move || {
            // A connection that breaks is what these tests are about.
            let _ = converse(&stream, &*handler);
            let _ = stream.shutdown(Shutdown::Both);
        });
        connections.push((other, thread));
    }
}

fn converse(stream: &TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(head) = read_head(&mut reader)? {
        let length = head.header("content-length").map_or(Ok(0), str::parse);
        let left = length.map_err(io::Error::other)?;
        let mut body = Body {
            reader: &mut reader,
            left,
        };
        if head.header("transfer-encoding").is_some() {
            return write_answer(stream, &head, &Answer::new(411, ""));
        }
        let Some(answer) = handler(&head, &mut body) else {
            return Ok(());
        };
        let unread = body.left > 0;
        write_answer(stream, &head, &answer)?;
        if unread || answer.cut.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

fn read_head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Head>> {
    let mut lines = Vec::new();
    let mut limited = reader.take(MAX_HEAD);
    loop {
        let mut line = String::new();
        if limited.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let mut first = lines
        .first()
        .map(|line| line.split(' '))
        .into_iter()
        .flatten();
    let (Some(method), Some(target)) = (first.next(), first.next()) else {
        return Ok(None);
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    Ok(Some(Head {
        method: method.to_owned(),
        path: decode(path),
        query: parse_query(query),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
    }))
}

/// Reads `a=b&c=d`, percent-decoded.
pub(crate) fn parse_query(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = digit().zip(digit());
                let (high, low) = pair.expect("a percent sign has two digits");
                u8::try_from(high * 16 + low).expect("two digits are a byte")
            }
            other => other,
        });
    }
    String::from_utf8(out).expect("a test's addresses are UTF-8")
}

fn write_answer(mut stream: &TcpStream, head: &Head, answer: &Answer) -> io::Result<()> {
    use std::fmt::Write as _;
    let mut text = format!("HTTP/1.1 {} Test\r\n", answer.status);
    for (name, value) in &answer.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if let Some(length) = answer.length {
        let _ = write!(text, "Content-Length: {length}\r\n");
    }
    text += "\r\n";
    let mut bytes = text.into_bytes();
    if head.method != "HEAD" {
        let end = answer.cut.unwrap_or(answer.body.len());
        bytes.extend_from_slice(answer.body.get(..end).unwrap_or(&answer.body));
    }
    stream.write_all(&bytes)
}
