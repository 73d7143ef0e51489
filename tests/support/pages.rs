//! A web server on loopback that hands out texts and keeps what is posted to it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// Texts by path.
type Texts = Arc<Mutex<BTreeMap<String, String>>>;
/// Posted documents, in their order.
type Posts = Arc<Mutex<Vec<Value>>>;

/// The server; its threads end with the test.
pub(crate) struct Pages {
    port: u16,
    texts: Texts,
    posts: Posts,
}

impl Pages {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let (texts, posts) = (Texts::default(), Posts::default());
        let (served, kept) = (Arc::clone(&texts), Arc::clone(&posts));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, kept) = (Arc::clone(&served), Arc::clone(&kept));
                thread::spawn(move || answer(&stream, &served, &kept));
            }
        });
        Self { port, texts, posts }
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Hands a text out at a path, such as `/a.json`.
    pub(crate) fn put(&self, path: &str, text: &str) {
        let mut texts = self.texts.lock().expect("no thread panics");
        texts.insert(path.to_owned(), text.to_owned());
    }

    /// What was posted so far.
    pub(crate) fn posts(&self) -> Vec<Value> {
        self.posts.lock().expect("no thread panics").clone()
    }
}

fn answer(stream: &TcpStream, texts: &Texts, posts: &Posts) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let path = words.get(1).cloned().unwrap_or_default();
    let text = match words.first().map(String::as_str) {
        Some("POST") => {
            let posted = serde_json::from_slice(&body).unwrap_or(Value::Null);
            posts.lock().expect("no thread panics").push(posted);
            Some(String::new())
        }
        _ => texts.lock().expect("no thread panics").get(&path).cloned(),
    };
    let (status, text) = match text {
        Some(text) => ("200 OK", text),
        None => ("404 Not Found", String::new()),
    };
    let mut stream = stream;
    // Whoever asked may be gone.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}
