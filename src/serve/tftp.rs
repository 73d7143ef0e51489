//! TFTP, for loaders that have nothing else: only reading (RFC 1350), with the options blksize, tsize,
//! timeout (RFC 2347 to 2349) and windowsize (RFC 7440).

use std::collections::VecDeque;

use super::content::Content;

/// The operation codes.
const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;
const ACKNOWLEDGE: u16 = 4;
const ERROR: u16 = 5;
const OPTIONS: u16 = 6;

/// Longest request that is looked at, in bytes.
const MAX_REQUEST: usize = 512;
/// Block sizes without the option, the least and the most.
const BLOCK: usize = 512;
const BLOCKS: std::ops::RangeInclusive<u64> = 8..=65_464;
/// Most blocks on the way.
const MAX_WINDOW: u64 = 64;
/// Seconds until something is sent again, without the option.
const TIMEOUT: u64 = 2;

/// Codes of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// The file is not there.
    NotFound = 1,
    /// It may not be had.
    Denied = 2,
    /// What was sent makes no sense.
    Illegal = 4,
}

/// A request to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The file, without slashes at its beginning.
    pub(super) file: String,
    block: usize,
    window: u64,
    pub(super) timeout: u64,
    /// The options that are agreed to, as they are answered; the size of the file is filled in later.
    options: Vec<(&'static str, Option<u64>)>,
}

/// Reads the first packet of a client.
///
/// # Errors
/// The packet that answers what is no request to read.
pub(super) fn request(packet: &[u8]) -> Result<Wanted, Vec<u8>> {
    let illegal = || error(Code::Illegal, "this is not a request to read");
    let (code, rest) = packet.split_at_checked(2).ok_or_else(illegal)?;
    match u16::from_be_bytes([code[0], code[1]]) {
        READ => {}
        WRITE => return Err(error(Code::Denied, "nothing is taken here")),
        _ => return Err(illegal()),
    }
    let rest = rest
        .strip_suffix(&[0])
        .filter(|_| packet.len() <= MAX_REQUEST);
    let words = rest.ok_or_else(illegal)?.split(|byte| *byte == 0);
    let words: Result<Vec<&str>, _> = words.map(std::str::from_utf8).collect();
    let words = words.map_err(|_| illegal())?;
    let [file, mode, options @ ..] = words.as_slice() else {
        return Err(illegal());
    };
    let is_known = ["octet", "netascii"]
        .iter()
        .any(|one| mode.eq_ignore_ascii_case(one));
    if !is_known {
        return Err(illegal());
    }
    let mut wanted = Wanted {
        file: file.trim_start_matches('/').to_owned(),
        block: BLOCK,
        window: 1,
        timeout: TIMEOUT,
        options: Vec::new(),
    };
    for pair in options.chunks_exact(2) {
        wanted.option(pair[0], pair[1]);
    }
    Ok(wanted)
}

impl Wanted {
    /// Agrees to an option, or is silent about it.
    fn option(&mut self, name: &str, value: &str) {
        let Ok(value) = value.parse::<u64>() else {
            return;
        };
        let (name, agreed) = match name.to_ascii_lowercase().as_str() {
            "blksize" if value >= *BLOCKS.start() => {
                let block = value.min(*BLOCKS.end());
                self.block = usize::try_from(block).unwrap_or(BLOCK);
                ("blksize", Some(block))
            }
            "windowsize" if value > 0 => {
                self.window = value.min(MAX_WINDOW);
                ("windowsize", Some(self.window))
            }
            "timeout" if (1..=255).contains(&value) => {
                self.timeout = value;
                ("timeout", Some(value))
            }
            "tsize" => ("tsize", None),
            _ => return,
        };
        if !self.options.iter().any(|(known, _)| *known == name) {
            self.options.push((name, agreed));
        }
    }
}

/// A transfer: what is sent next depends on what was acknowledged.
#[derive(Debug)]
pub(super) struct Transfer {
    content: Content,
    block: usize,
    window: u64,
    size: u64,
    /// The number of the last block that was acknowledged in order, not wrapped.
    done: u64,
    /// The options, until they are acknowledged.
    options: Option<Vec<u8>>,
}

impl Transfer {
    /// Begins to send.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn new(wanted: &Wanted, content: Content) -> std::io::Result<Self> {
        let size = content.size()?;
        let mut packet = OPTIONS.to_be_bytes().to_vec();
        for (name, value) in &wanted.options {
            packet.extend(name.as_bytes());
            packet.push(0);
            packet.extend(value.unwrap_or(size).to_string().as_bytes());
            packet.push(0);
        }
        Ok(Self {
            content,
            block: wanted.block,
            window: wanted.window,
            size,
            done: 0,
            options: (!wanted.options.is_empty()).then_some(packet),
        })
    }

    /// The number of the last block, which is shorter than the others, if only by nothing.
    fn last(&self) -> u64 {
        self.size / self.block as u64 + 1
    }

    /// Tells whether everything was acknowledged.
    pub(super) fn is_done(&self) -> bool {
        self.done >= self.last()
    }

    /// The packets that are to be sent now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn packets(&mut self) -> std::io::Result<VecDeque<Vec<u8>>> {
        if let Some(options) = &self.options {
            return Ok(VecDeque::from([options.clone()]));
        }
        let end = self.last().min(self.done + self.window);
        let mut packets = VecDeque::new();
        for number in self.done + 1..=end {
            let place = (number - 1) * self.block as u64;
            let mut packet = DATA.to_be_bytes().to_vec();
            packet.extend(wrapped(number).to_be_bytes());
            packet.extend(self.content.at(place, self.block)?);
            packets.push_back(packet);
        }
        Ok(packets)
    }

    /// Takes a packet of the client; tells whether something new may be sent.
    ///
    /// # Errors
    /// The client gave up, or what it sent makes no sense.
    pub(super) fn take(&mut self, packet: &[u8]) -> Result<bool, ()> {
        let [a, b, c, d, ..] = *packet else {
            return Err(());
        };
        match u16::from_be_bytes([a, b]) {
            ACKNOWLEDGE => {}
            _ => return Err(()),
        }
        let number = u16::from_be_bytes([c, d]);
        if self.options.is_some() {
            let is_first = number == 0;
            if is_first {
                self.options = None;
            }
            return Ok(is_first);
        }
        // Numbers wrap; what is acknowledged lies in the window.
        let most = self.last().min(self.done + self.window);
        let found = (self.done..=most).rev().find(|one| wrapped(*one) == number);
        match found {
            // An old acknowledgement that comes again starts nothing (RFC 1123, 4.2.3.1).
            Some(found) if found > self.done => {
                self.done = found;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "block numbers begin again at 0 behind 65535"
)]
fn wrapped(number: u64) -> u16 {
    number as u16
}

/// The packet of an error.
pub(super) fn error(code: Code, why: &str) -> Vec<u8> {
    let mut packet = ERROR.to_be_bytes().to_vec();
    packet.extend((code as u16).to_be_bytes());
    packet.extend(why.as_bytes());
    packet.push(0);
    packet
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(words: &[&str]) -> Vec<u8> {
        let mut packet = READ.to_be_bytes().to_vec();
        for word in words {
            packet.extend(word.as_bytes());
            packet.push(0);
        }
        packet
    }

    fn acknowledge(number: u16) -> Vec<u8> {
        [ACKNOWLEDGE.to_be_bytes(), number.to_be_bytes()].concat()
    }

    /// A client that loses some packets: what it has in the end.
    fn transfer(words: &[&str], content: &[u8], loses: &mut dyn FnMut() -> bool) -> Vec<u8> {
        let wanted = request(&read(words)).unwrap();
        let content = Content::Text(Cursor::new(content.to_vec()));
        let mut sending = Transfer::new(&wanted, content).unwrap();
        let (mut got, mut blocks) = (Vec::new(), 0);
        for _ in 0..100_000 {
            if sending.is_done() {
                return got;
            }
            for packet in sending.packets().unwrap() {
                if loses() {
                    continue;
                }
                if packet[..2] == OPTIONS.to_be_bytes() {
                    let _ = sending.take(&acknowledge(0));
                    break;
                }
                if packet[2..4] == wrapped(blocks + 1).to_be_bytes() {
                    got.extend(&packet[4..]);
                    blocks += 1;
                }
            }
            if blocks > 0 && !loses() {
                let _ = sending.take(&acknowledge(wrapped(blocks)));
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn files_arrive_whole_whatever_is_lost() {
        let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
        for (size, words) in [
            (0, vec!["x", "octet"]),
            (512, vec!["x", "octet"]),
            (513, vec!["/x", "OCTET", "tsize", "0"]),
            (
                200_000,
                vec!["x", "octet", "blksize", "1468", "windowsize", "8"],
            ),
            (
                200_000,
                vec![
                    "x",
                    "octet",
                    "blksize",
                    "8",
                    "windowsize",
                    "64",
                    "timeout",
                    "1",
                ],
            ),
        ] {
            let mut state = 1_u32;
            let mut loses = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 29 == 0
            };
            let got = transfer(&words, &content[..size], &mut loses);
            assert_eq!(got.len(), size, "{words:?}");
            assert!(got == content[..size], "{words:?}");
        }
        // Block numbers wrap.
        let large = vec![7_u8; 70_000 * 8];
        let got = transfer(
            &["x", "octet", "blksize", "8", "windowsize", "64"],
            &large,
            &mut || false,
        );
        assert_eq!(got.len(), large.len());
    }

    #[test]
    fn odd_requests_are_answered_by_errors() {
        let code = |packet: &[u8]| request(packet).map_err(|packet| packet[3]);
        assert_eq!(code(b""), Err(4));
        assert_eq!(code(b"\0\x01x"), Err(4));
        assert_eq!(code(b"\0\x02x\0octet\0"), Err(2));
        assert_eq!(code(b"\0\x07x\0octet\0"), Err(4));
        assert_eq!(code(&read(&["x", "mail"])), Err(4));
        assert_eq!(code(&read(&["x"])), Err(4));
        assert_eq!(code(&read(&[&"x".repeat(600), "octet"])), Err(4));
        assert_eq!(code(b"\0\x01\xff\0octet\0"), Err(4));
        let odd = [
            "x",
            "octet",
            "blksize",
            "4",
            "windowsize",
            "0",
            "tsize",
            "-1",
            "tsize",
            "0",
            "a",
            "b",
            "tsize",
        ];
        let wanted = request(&read(&odd)).unwrap();
        assert_eq!((wanted.block, wanted.window), (512, 1));
        assert_eq!(wanted.options, [("tsize", None)]);
        let most = request(&read(&[
            "x",
            "octet",
            "blksize",
            "99999",
            "windowsize",
            "9999",
        ]))
        .unwrap();
        assert_eq!((most.block, most.window), (65_464, 64));
    }

    proptest::proptest! {
        #[test]
        fn no_packet_breaks_it(packet in proptest::collection::vec(proptest::num::u8::ANY, 0..600), more in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..8), 0..20)) {
            let wanted = request(&packet).or_else(|_| request(&read(&["x", "octet", "windowsize", "4"])));
            let mut sending = Transfer::new(&wanted.unwrap(), Content::Text(Cursor::new(vec![1; 4000]))).unwrap();
            for packet in more {
                let _ = sending.take(&packet);
                sending.packets().unwrap();
            }
        }
    }
}
