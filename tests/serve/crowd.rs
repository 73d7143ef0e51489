//! Many machines at once, and a server that is killed in between: nothing that it accepted is lost.
//!
//! `TERROIR_CROWD=HOSTS,KILLS` says how many; `make test-crowd` takes 5,000 and 50.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::{INVENTORY, Server};

/// How many machines ask at the same time.
const AT_ONCE: usize = 16;
/// How long a machine asks again before it gives up.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many hosts there are, and how often the server is killed.
#[expect(clippy::disallowed_methods, reason = "who runs the test may want more")]
fn size() -> (usize, usize) {
    let wanted = std::env::var("TERROIR_CROWD").unwrap_or_default();
    let (hosts, kills) = wanted.split_once(',').unwrap_or(("120", "6"));
    (hosts.parse().unwrap(), kills.parse().unwrap())
}

fn name(number: usize) -> String {
    format!("m{number:05}")
}

fn mac(number: usize, by: char) -> String {
    let [.., a, b, c] = number.to_be_bytes();
    format!("52{by}54{by}77{by}{a:02x}{by}{b:02x}{by}{c:02x}")
}

/// The inventory of the other tests with hosts of terroir's own installer.
fn inventory(hosts: usize) -> String {
    let mut text = INVENTORY.to_owned();
    text += "  crowd:\n    defaults: { target: debian-13, network: ~, root: ~ }\n    hosts:\n";
    for number in 0..hosts {
        let _ = writeln!(
            text,
            "      {}: {{ mac: {} }}",
            name(number),
            mac(number, ':')
        );
    }
    text
}

/// What the machines see of the server, and what they note.
struct Crowd {
    address: RwLock<String>,
    /// Milliseconds until a document was there, of requests that no end of the server broke.
    documents: Mutex<Vec<f64>>,
    /// Reports that were accepted.
    accepted: AtomicUsize,
}

impl Crowd {
    /// One request; none when the connection fails or breaks.
    fn try_ask(&self, head: &str, body: &str) -> Option<(u16, String)> {
        let address = self.address.read().unwrap().clone();
        let mut stream = TcpStream::connect(&address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .ok()?;
        let length = body.len();
        let (first, headers) = head.split_once('\n').unwrap_or((head, ""));
        let request = format!(
            "{first} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, text) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let stated = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then_some(value)
        });
        // What broke off in the middle is no answer.
        let whole = stated.is_none_or(|stated| stated.parse() == Ok(text.len()));
        whole.then(|| (status, text.to_owned()))
    }

    /// Asks until there is an answer, as machines do.
    fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let start = Instant::now();
        loop {
            let this = Instant::now();
            match self.try_ask(head, body) {
                Some((503, _)) | None => {}
                Some(answer) => {
                    if head.ends_with("/host.json") {
                        let took = this.elapsed().as_secs_f64() * 1000.0;
                        self.documents.lock().unwrap().push(took);
                    }
                    return answer;
                }
            }
            assert!(start.elapsed() < PATIENCE, "no answer to {head}");
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// A whole installation, and the first start.
    fn installs(&self, number: usize) {
        let (status, script) = self.ask(&format!("GET /ipxe/{}.ipxe", mac(number, '-')), "");
        assert_eq!(status, 200, "{script}");
        let (_, rest) = script.split_once("terroir.token=").expect("it is armed");
        let token = rest.split_whitespace().next().unwrap();
        let host = name(number);
        let (status, document) = self.ask(&format!("GET /hosts/{host}/host.json"), "");
        assert_eq!(status, 200, "{document}");
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["hostname"], format!("{host}.lab.acme.example"));
        for body in [
            r#"{"phase":"installing"}"#.to_owned(),
            r#"{"phase":"installed"}"#.to_owned(),
            format!(r#"{{"deployment":"x","digest":"{}"}}"#, digest(number)),
        ] {
            let head = format!("POST /report/{host}\nX-Terroir-Token: {token}\r\n");
            let (status, said) = self.ask(&head, &body);
            assert_eq!(status, 200, "{host}: {body}: {said}");
            self.accepted.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// The digest that a machine says to have started.
fn digest(number: usize) -> String {
    format!("sha256:{number:064x}")
}

/// Lets all hosts install themselves; the server is killed as often as that, spread over the work.
fn install(crowd: &Crowd, server: &mut Server, (hosts, kills): (usize, usize)) {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= hosts {
                return;
            }
            crowd.installs(number);
        }
    };
    thread::scope(|scope| {
        let machines: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        for kill in 1..=kills {
            let wanted = hosts * 3 * kill / (kills + 1);
            let is_due = || crowd.accepted.load(Ordering::SeqCst) >= wanted;
            while !is_due() && machines.iter().any(|one| !one.is_finished()) {
                thread::sleep(Duration::from_millis(1));
            }
            server.crash();
            crowd.address.write().unwrap().clone_from(&server.address);
        }
        for machine in machines {
            machine.join().unwrap();
        }
    });
}

/// Every host is in its last state, and the log has each step in its order.
fn nothing_is_lost(server: &Server, hosts: usize) {
    let lines = (hosts * 20 + 1000).to_string();
    let (done, said) = server.verb(&["status", "--log", &lines, "--format=json"]);
    assert!(done, "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    let mut logged: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in said["log"].as_array().unwrap() {
        let host = row["host"].as_str().unwrap();
        let what = row["what"].as_str().unwrap();
        logged.entry(host).or_default().push(what);
    }
    for number in 0..hosts {
        let host = name(number);
        let state = &said["hosts"][&host];
        assert_eq!(state["state"], "booted", "{host}: {state}");
        assert_eq!(state["digest"], digest(number), "{host}");
        let words = &logged[host.as_str()];
        let mut at = words.iter();
        let mut order = ["arm", "boot", "fetch", "installing", "installed", "booted"].iter();
        assert!(
            order.all(|word| at.any(|one| one == word)),
            "{host}: {words:?}"
        );
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures of a run")]
fn a_crowd_installs_itself_while_the_server_is_killed() {
    let (hosts, kills) = size();
    let mut server = Server::of(&inventory(hosts), &[]);
    let names: Vec<String> = (0..hosts).map(name).collect();
    for some in names.chunks(1000) {
        let words = std::iter::once("arm").chain(some.iter().map(String::as_str));
        let (done, said) = server.verb(&words.collect::<Vec<_>>());
        assert!(done, "{said}");
    }
    let crowd = Crowd {
        address: RwLock::new(server.address.clone()),
        documents: Mutex::default(),
        accepted: AtomicUsize::new(0),
    };
    let start = Instant::now();
    install(&crowd, &mut server, (hosts, kills));
    let seconds = start.elapsed().as_secs_f64();
    nothing_is_lost(&server, hosts);
    let mut documents = crowd.documents.into_inner().unwrap();
    documents.sort_by(f64::total_cmp);
    println!(
        "{hosts} hosts, {kills} kills: {seconds:.1} s; a document: median {:.1} ms, p99 {:.1} ms; memory {} MiB",
        documents[documents.len() / 2],
        documents[documents.len() * 99 / 100],
        server.memory() >> 10,
    );
}
