//! The machine of states, without any file.

use super::error::Error;
use super::event::Event;
use super::ledger::Ledger;
use super::state::{ARMED_FOR, HostState, State};

fn arm() -> Event {
    Event::Arm {
        token: "t".to_owned(),
        again: false,
    }
}

fn from(address: &str) -> Event {
    Event::Fetched {
        address: address.to_owned(),
    }
}

fn secret(name: &str, address: &str) -> Event {
    Event::Secret {
        name: name.to_owned(),
        address: address.to_owned(),
    }
}

fn wipe() -> Event {
    Event::Wipe {
        token: "w".to_owned(),
    }
}

fn says(word: &str, said: &str) -> Event {
    Event::Report {
        word: word.to_owned(),
        said: said.to_owned(),
    }
}

/// What a row of events leads to, and what is refused on the way.
fn lead(events: &[Event]) -> (HostState, Vec<String>) {
    let mut host = HostState {
        wipes: true,
        ..HostState::new(0)
    };
    let mut refused = Vec::new();
    for (now, event) in (1..).zip(events) {
        match host.after(event, now) {
            Ok(next) => host = next,
            Err(why) => refused.push(why),
        }
    }
    (host, refused)
}

/// A report of a start, as terroir's own and as `bootc status` has it.
fn starts() -> [String; 2] {
    let digest = digest();
    let booted = format!("{{\"digest\": \"{digest}\"}}");
    let bootc =
        format!("{{\"status\": {{\"booted\": {{\"image\": {{\"imageDigest\": \"{digest}\"}}}}}}}}");
    [booted, bootc]
}

fn digest() -> String {
    format!("sha256:{}", "a".repeat(64))
}

/// Checks what rows of events lead to, and how many of them are refused.
fn follow(rows: &[(&str, State, usize)]) {
    let [booted, _] = starts();
    let event = |word: &str| match word.split_once(' ') {
        Some(("fetch", address)) => from(address),
        Some(("secret", address)) => secret("x", address),
        _ => match word {
            "arm" => arm(),
            "disarm" => Event::Disarm,
            "retire" => Event::Retire,
            "wipe" => wipe(),
            "still runs" => Event::OlderReport {
                word: "booted".to_owned(),
                said: booted.clone(),
            },
            "booted" => says("booted", &booted),
            word => says(word, "-"),
        },
    };
    for (words, state, refused) in rows {
        let words = words.split(", ").filter(|word| !word.is_empty());
        let events: Vec<Event> = words.map(event).collect();
        let (host, said) = lead(&events);
        let found = (host.state, said.len());
        assert_eq!(found, (*state, *refused), "{events:?}: {said:?}");
    }
}

#[test]
fn events_lead_from_state_to_state() {
    follow(&[
        ("", State::Known, 0),
        ("disarm", State::Known, 1),
        ("fetch a", State::Known, 1),
        ("arm, disarm", State::Known, 0),
        ("arm, fetch a, fetch a", State::Fetched, 0),
        ("arm, fetch a, fetch b", State::Fetched, 1),
        ("arm, fetch a, arm", State::Fetched, 1),
        ("arm, secret a", State::Armed, 1),
        ("arm, fetch a, secret a, secret a", State::Fetched, 1),
        ("arm, fetch a, secret b", State::Fetched, 1),
        ("arm, fetch a, secret a, fetch a", State::Fetched, 1),
        ("arm, fetch a, installing, disk", State::Installing, 0),
        ("arm, fetch a, installed, installing", State::Installed, 0),
        ("arm, fetch a, disarm, installing", State::Known, 0),
        ("arm, fetch a, failed", State::Failed, 0),
        ("arm, fetch a, installed, fetch a", State::Installed, 1),
        ("booted", State::Booted, 0),
        ("booted, arm, retire", State::Armed, 1),
        ("booted, retire, arm", State::Armed, 0),
    ]);
    for said in starts() {
        let (host, _) = lead(&[says("booted", &said), arm()]);
        assert_eq!(host.digest, Some(digest()));
    }
}

#[test]
fn a_system_that_was_there_before_an_order_does_not_carry_it_out() {
    follow(&[
        ("booted, arm, still runs", State::Armed, 0),
        ("booted, arm, fetch a, still runs", State::Fetched, 0),
        ("booted, wipe, still runs", State::Wiping, 0),
        ("booted, arm, disarm, still runs", State::Booted, 0),
        ("booted, arm, failed, still runs", State::Booted, 0),
        ("booted, retire, still runs", State::Retired, 0),
    ]);
    // The token of the system on the disk stays until another one is there.
    let [booted, _] = starts();
    let arm = |token: &str| Event::Arm {
        token: token.to_owned(),
        again: true,
    };
    let mut events = vec![
        arm("1"),
        says("installed", "-"),
        arm("2"),
        Event::Disarm,
        arm("3"),
    ];
    assert_eq!(lead(&events).0.running, "1");
    events.push(says("failed", "-"));
    events.push(arm("4"));
    assert_eq!(lead(&events).0.running, "1");
    events.push(says("booted", &booted));
    assert_eq!(lead(&events).0.running, "");
    events.push(arm("5"));
    assert_eq!(lead(&events).0.running, "4");
    events.extend([Event::Disarm, wipe(), says("wiped", "-"), arm("6")]);
    assert_eq!(lead(&events).0.running, "");
}

#[test]
fn a_host_that_is_wiped_installs_nothing() {
    follow(&[
        ("booted, retire, wipe", State::Wiping, 0),
        ("wipe, fetch a, wiping, fetch a", State::Wiping, 0),
        ("wipe, fetch a, fetch b", State::Wiping, 1),
        ("wipe, fetch a, secret a", State::Wiping, 1),
        ("wipe, installing", State::Wiping, 0),
        ("wipe, fetch a, wiped, fetch a", State::Wiped, 1),
        ("wipe, arm, retire, wipe", State::Wiping, 3),
        ("wipe, disarm, wiped", State::Known, 0),
        ("wipe, failed, wiped, wipe", State::Wiping, 0),
        ("arm, wipe", State::Armed, 1),
        ("arm, wiped", State::Armed, 0),
        ("wipe, wiped, retire", State::Retired, 0),
        ("wipe, wiped, arm", State::Armed, 0),
    ]);
}

#[test]
fn nobody_stays_armed_for_ever() {
    let (host, _) = lead(&[arm()]);
    let host = HostState { since: 10, ..host };
    assert!(host.may_fetch(10 + ARMED_FOR) && !host.may_fetch(11 + ARMED_FOR));
    assert!(host.after(&from("a"), 11 + ARMED_FOR).is_err());
}

#[test]
fn an_attempt_begins_with_nothing_of_the_one_before() {
    let (host, _) = lead(&[
        arm(),
        from("a"),
        secret("x", "a"),
        says("failed", "log"),
        arm(),
        from("b"),
    ]);
    assert_eq!((host.attempt, host.secrets.len()), (2, 0));
    assert_eq!(
        (host.address.as_deref(), host.message.as_str()),
        (Some("b"), "")
    );
}

proptest::proptest! {
    /// Whatever happens, a secret goes to one address and once in an attempt.
    #[test]
    fn a_secret_is_given_once(events in proptest::collection::vec((0..8_u8, 0..2_u8), 0..40)) {
        let mut host = HostState { wipes: true, ..HostState::new(0) };
        let mut given = std::collections::BTreeMap::new();
        for (now, (kind, who)) in (1..).zip(events) {
            let address = ["a", "b"][usize::from(who)];
            let event = match kind {
                0 => arm(),
                1 => Event::Disarm,
                2 | 3 => from(address),
                4 => secret("x", address),
                5 => says("installing", "-"),
                6 => wipe(),
                _ => says("failed", "-"),
            };
            let Ok(next) = host.after(&event, now) else { continue };
            if kind == 4 {
                let before = given.insert(host.attempt, address);
                proptest::prop_assert_eq!(before, None);
                proptest::prop_assert!(host.state.installs());
                proptest::prop_assert_eq!(host.address.as_deref(), Some(address));
            }
            host = next;
        }
    }
}

#[test]
fn only_a_host_whose_installer_can_is_wiped() {
    let refused = HostState::new(0).after(&wipe(), 1).unwrap_err();
    assert!(refused.contains("clears no disks"), "{refused}");
    let (wiped, _) = lead(&[
        says(
            "booted",
            &format!("{{\"digest\": \"sha256:{}\"}}", "a".repeat(64)),
        ),
        wipe(),
        says("wiped", "-"),
    ]);
    assert_eq!((wiped.digest, wiped.booted), (None, None));
}

/// The tables of formats 1 and 2, with a recovery key in the log.
const FORMER: &str = r#"
CREATE TABLE host (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
CREATE TABLE unknown (name TEXT PRIMARY KEY, address TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  times INTEGER NOT NULL) STRICT;
CREATE TABLE log (number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, host TEXT NOT NULL,
  address TEXT NOT NULL, what TEXT NOT NULL, result TEXT NOT NULL, said TEXT NOT NULL) STRICT;
CREATE TRIGGER log_is_not_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is not changed'); END;
CREATE TRIGGER log_is_not_shortened BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is not shortened'); END;
INSERT INTO host VALUES ('a', '{"state":"booted","attempt":1,"token":"t","since":5}');
INSERT INTO host VALUES ('c', '{"state":"installed","attempt":1,"token":"t","since":5,"message":"recovery-key: /dev/sda3 kluchtbvfn"}');
INSERT INTO log (time, host, address, what, result, said) VALUES
  (6, 'c', '192.0.2.7', 'recovery-key', 'installed', '/dev/sda3 kluchtbvfn' || char(10)),
  (7, 'c', '192.0.2.7', 'recovery-key', 'refused: wrong token', ''),
  (8, 'c', '192.0.2.7', 'booted', 'booted', 'all is well');
"#;

#[test]
fn older_files_are_read_and_newer_ones_are_not() {
    for version in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("states.sqlite");
        let file = rusqlite::Connection::open(&path).unwrap();
        file.execute_batch(FORMER).unwrap();
        file.pragma_update(None, "user_version", version).unwrap();
        drop(file);
        let ledger = Ledger::open(&path).unwrap();
        let host = ledger.host("a", 9).unwrap();
        assert_eq!(
            (host.state, host.since, host.booted),
            (State::Booted, 5, None)
        );
        ledger
            .know([("a", true), ("b", false)].into_iter(), 9)
            .unwrap();
        let hosts = ledger.hosts().unwrap();
        let known: Vec<(&str, bool, u64)> = hosts
            .iter()
            .map(|(name, host)| (name.as_str(), host.wipes, host.since))
            .collect();
        assert_eq!(known, [("a", true, 5), ("b", false, 9), ("c", false, 5)]);
        keys_left_the_log(&ledger);
        let changed = ledger.run("writing", |file| {
            file.execute("UPDATE log SET said = ''", [])
        });
        assert!(changed.is_err(), "the log is written to at its end alone");
        ledger
            .run("writing", |file| {
                file.pragma_update(None, "user_version", 4)
            })
            .unwrap();
        let refused = Ledger::open(&path).unwrap_err();
        assert!(
            matches!(refused, Error::Format { found: 4, .. }),
            "{refused}"
        );
    }
}

fn keys_left_the_log(ledger: &Ledger) {
    let log = ledger.log(Some("c"), 10).unwrap();
    let said: Vec<&str> = log.iter().map(|row| row.said.as_str()).collect();
    assert_eq!(said, ["", "", "all is well"]);
    assert_eq!(ledger.host("c", 9).unwrap().message, "");
    let keys = ledger.recovery_keys("c", "console", 10).unwrap();
    let keys: Vec<(u64, &str, &str)> = keys
        .iter()
        .map(|key| (key.time, key.device.as_str(), key.key.as_str()))
        .collect();
    assert_eq!(keys, [(6, "/dev/sda3", "kluchtbvfn")]);
    assert_eq!(ledger.recovery_keys("a", "console", 10).unwrap(), []);
    let last = ledger.log(None, 1).unwrap().remove(0);
    let line = (last.address.as_str(), last.result.as_str());
    assert_eq!(line, ("console", "1 shown"));
}
