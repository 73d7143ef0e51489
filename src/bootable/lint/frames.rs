//! The frames of a zstd stream, counted while it is read.
//!
//! Format: RFC 8878, sections 3.1.1 and 3.1.2.

use std::io::{self, Read};

/// What is expected next.
enum State {
    /// The magic number of a frame, of which bytes were read.
    Magic,
    /// The descriptor of a frame.
    Descriptor,
    /// The rest of a frame's header.
    Header,
    /// The length of a skippable frame.
    SkippableSize,
    /// The header of a block.
    Block,
    /// Bytes to pass over, and whether the frame ends after them.
    Skip { then: Next },
    /// Something that is not zstd.
    Lost,
}

#[derive(Clone, Copy)]
enum Next {
    Magic,
    Block,
    Checksum,
}

/// A reader that counts the frames of what is read through it.
pub(super) struct Frames<R> {
    inner: R,
    state: State,
    /// Bytes of what is expected, so far.
    held: Vec<u8>,
    /// How many bytes are expected.
    wanted: u64,
    has_checksum: bool,
    count: u64,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            state: State::Magic,
            held: Vec::new(),
            wanted: 4,
            has_checksum: false,
            count: 0,
        }
    }

    /// The frames that hold data; frames to be skipped do not count.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let held = self.held.len() as u64;
            let is_skip = matches!(self.state, State::Skip { .. });
            let missing = if is_skip {
                self.wanted
            } else {
                self.wanted - held
            };
            let count = usize::try_from(missing)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            let (now, rest) = bytes.split_at(count);
            bytes = rest;
            match self.state {
                State::Lost => return,
                State::Skip { .. } => self.wanted -= count as u64,
                _ => self.held.extend_from_slice(now),
            }
            let left = if is_skip {
                self.wanted
            } else {
                self.wanted - self.held.len() as u64
            };
            if left == 0 {
                self.advance();
            }
        }
    }

    /// Goes on after all that was expected is there.
    fn advance(&mut self) {
        let held = std::mem::take(&mut self.held);
        let number = held
            .iter()
            .rev()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let (state, wanted) = match self.state {
            State::Magic if number == 0xFD2F_B528 => {
                self.count += 1;
                (State::Descriptor, 1)
            }
            State::Magic if number & 0xFFFF_FFF0 == 0x184D_2A50 => (State::SkippableSize, 4),
            State::Magic | State::Lost => (State::Lost, u64::MAX),
            State::Descriptor => {
                self.has_checksum = number & 4 != 0;
                (State::Header, header_size(number))
            }
            State::Header => (State::Block, 3),
            State::SkippableSize => (State::Skip { then: Next::Magic }, number),
            State::Block => {
                let size = match number >> 1 & 3 {
                    1 => 1,
                    _ => number >> 3,
                };
                let then = match number & 1 == 1 {
                    true => Next::Checksum,
                    false => Next::Block,
                };
                (State::Skip { then }, size)
            }
            State::Skip { then: Next::Block } => (State::Block, 3),
            State::Skip {
                then: Next::Checksum,
            } if self.has_checksum => (State::Skip { then: Next::Magic }, 4),
            State::Skip { .. } => (State::Magic, 4),
        };
        self.state = state;
        self.wanted = wanted;
        // Nothing to wait for: a skippable frame or a block without content.
        if wanted == 0 {
            self.advance();
        }
    }
}

/// The bytes of a frame's header after its descriptor.
fn header_size(descriptor: u64) -> u64 {
    let is_single = descriptor >> 5 & 1 == 1;
    let dictionary = [0, 1, 2, 4].get(usize::try_from(descriptor & 3).unwrap_or(0));
    let content = match (descriptor >> 6, is_single) {
        (0, false) => 0,
        (0, true) => 1,
        (1, _) => 2,
        (2, _) => 4,
        _ => 8,
    };
    u64::from(!is_single) + dictionary.copied().unwrap_or(0) + content
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(space)?;
        self.take(space.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(content: &[u8], checksum: bool) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(checksum).unwrap();
        io::Write::write_all(&mut encoder, content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn frames_are_counted_wherever_reads_end() {
        let mut seed = 7_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed.to_le_bytes()[7]
        })
        .take(700_000)
        .collect();
        let skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3].to_vec();
        let empty = [0x51, 0x2A, 0x4D, 0x18, 0, 0, 0, 0].to_vec();
        let small = zstd::bulk::compress(b"hello hello hello hello", 3).unwrap();
        let cases = [
            (vec![frame(&noise, true)], 1),
            (vec![frame(&noise, false), frame(b"", true)], 2),
            (vec![skippable.clone(), frame(&vec![0; 9_000_000], true)], 1),
            (
                vec![small.clone(), empty, skippable, small, frame(b"x", false)],
                3,
            ),
            (vec![b"this is no zstd".to_vec()], 0),
        ];
        for (parts, expected) in cases {
            let bytes = parts.concat();
            for step in [1, 3, 4096, bytes.len()] {
                let mut frames = Frames::new(bytes.as_slice());
                let mut space = vec![0; step];
                while frames.read(&mut space).unwrap() > 0 {}
                assert_eq!(frames.count(), expected, "{step}");
            }
        }
    }
}
