//! AES in the mode XTS (IEEE 1619), with the numbers of sectors that dm-crypt calls plain64.

use aes::Aes256Enc;
use aes::cipher::{Block, BlockCipherEncrypt as _, KeyInit as _};

/// Bytes of a key: one half for the data, one for the tweaks.
pub(super) const KEY: usize = 64;
/// Bytes by which sectors are numbered, however large a sector is.
pub(super) const UNIT: u64 = 512;

const BLOCK: usize = 16;
/// What is folded back when a tweak grows over its 128 bits.
const POLYNOMIAL: u128 = 0x87;

/// A cipher with its key.
pub(super) struct Xts {
    data: Aes256Enc,
    tweak: Aes256Enc,
}

impl Xts {
    pub(super) fn new(key: &[u8; KEY]) -> Self {
        let (data, tweak) = key.split_at(KEY / 2);
        let cipher = |half: &[u8]| {
            let mut own = [0; KEY / 2];
            own.copy_from_slice(half);
            Aes256Enc::new(&own.into())
        };
        Self {
            data: cipher(data),
            tweak: cipher(tweak),
        }
    }

    /// Encrypts whole sectors in place; `first` is where they begin, in bytes.
    pub(super) fn encrypt(&self, bytes: &mut [u8], sector: usize, first: u64) {
        let mut at = first;
        let mut blocks = vec![Block::<Aes256Enc>::default(); sector / BLOCK];
        for bytes in bytes.chunks_exact_mut(sector) {
            let start = self.tweak(at / UNIT);
            let (parts, _) = bytes.as_chunks_mut::<BLOCK>();
            let mut tweak = start;
            for (block, part) in blocks.iter_mut().zip(&*parts) {
                *block = (u128::from_le_bytes(*part) ^ tweak).to_le_bytes().into();
                tweak = next(tweak);
            }
            self.data.encrypt_blocks(&mut blocks);
            tweak = start;
            for (block, part) in blocks.iter().zip(parts) {
                *part = (u128::from_le_bytes((*block).into()) ^ tweak).to_le_bytes();
                tweak = next(tweak);
            }
            at += sector as u64;
        }
    }

    /// The tweak of the first block of a sector.
    fn tweak(&self, number: u64) -> u128 {
        let mut start = Block::<Aes256Enc>::from(u128::from(number).to_le_bytes());
        self.tweak.encrypt_block(&mut start);
        u128::from_le_bytes(start.into())
    }
}

/// The tweak of the block behind.
fn next(tweak: u128) -> u128 {
    (tweak << 1) ^ ((tweak >> 127) * POLYNOMIAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vector 10 of IEEE 1619: a sector of 512 bytes, number 0xff.
    #[test]
    fn the_standard_s_own_sector_comes_out() {
        let key = "27182818284590452353602874713526624977572470936999595749669676273141592653589793238462643383279502884197169399375105820974944592";
        let key: Vec<u8> = (0..KEY)
            .map(|at| u8::from_str_radix(key.get(at * 2..at * 2 + 2).unwrap(), 16).unwrap())
            .collect();
        let mut sector: Vec<u8> = (0..=255).chain(0..=255).collect();
        let cipher = Xts::new(key.as_slice().try_into().unwrap());
        cipher.encrypt(&mut sector, 512, 0xff * 512);
        let start = [
            0x1c, 0x3b, 0x3a, 0x10, 0x2f, 0x77, 0x03, 0x86, 0xe4, 0x83, 0x6c, 0x99, 0xe3, 0x70,
            0xcf, 0x9b,
        ];
        assert_eq!(sector[..16], start);
    }

    #[test]
    fn sectors_are_numbered_alike_whatever_their_size() {
        let cipher = Xts::new(&[7; KEY]);
        let mut whole = vec![1; 8192];
        cipher.encrypt(&mut whole, 4096, 4096);
        let mut second = vec![1; 4096];
        cipher.encrypt(&mut second, 4096, 8192);
        assert_eq!(whole[4096..], second);
        assert_ne!(whole[..4096], second);
    }
}
