//! How much is answered: floods end here.

use std::collections::BTreeMap;

/// How long answers count, in seconds.
const WINDOW: u64 = 10;
/// Most answers in that time, to all and to one machine. Firmware asks up to four times, then iPXE does.
const ALL: u32 = 5000;
const EACH: u32 = 20;

/// How much was answered.
#[derive(Debug, Default)]
pub(super) struct Limit {
    since: u64,
    all: u32,
    each: BTreeMap<[u8; 6], u32>,
}

impl Limit {
    /// Whether one more answer may go to a machine; counts it.
    pub(super) fn allows(&mut self, mac: [u8; 6], now: u64) -> bool {
        // A clock that was set back begins anew, too.
        if !(self.since..self.since + WINDOW).contains(&now) {
            *self = Self {
                since: now,
                ..Self::default()
            };
        }
        if self.all >= ALL {
            return false;
        }
        let count = self.each.entry(mac).or_default();
        if *count >= EACH {
            return false;
        }
        *count += 1;
        self.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_machine_or_many_cannot_ask_without_end() {
        let mut limit = Limit::default();
        let count = (0..100).filter(|_| limit.allows([1; 6], 100)).count();
        assert_eq!(count, 20);
        assert!(limit.allows([2; 6], 109));
        assert!(limit.allows([1; 6], 110));
        let all = (0..10_000_u32).filter(|n| {
            let [a, b, c, d] = n.to_be_bytes();
            limit.allows([0, 0, a, b, c, d], 111)
        });
        assert_eq!(all.count(), 4999);
        assert!(limit.each.len() <= 5000);
        assert!(!limit.allows([9; 6], 119));
        assert!(limit.allows([9; 6], 120));
        assert!(limit.allows([9; 6], 5));
    }
}
