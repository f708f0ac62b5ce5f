//! Ids and dice without ambient randomness: both are functions of a seed and a counter, so a failing run can be repeated.

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes object ids. Two sandboxes with one seed and one history give the same ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ids {
    seed: u64,
    next: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, next: 0 }
    }

    /// A fresh id: the prefix and 22 letters and digits. The first eleven are a bijection of the counter: never twice.
    pub(crate) fn next(&mut self, prefix: &str) -> String {
        self.next += 1;
        let unique = mix(mix(self.seed) ^ self.next);
        let filler = mix(unique ^ self.seed.rotate_left(17));
        let mut id = String::with_capacity(prefix.len() + 22);
        id.push_str(prefix);
        push_base62(&mut id, unique);
        push_base62(&mut id, filler);
        id
    }
}

fn push_base62(out: &mut String, mut number: u64) {
    for _ in 0..11 {
        let digit = usize::try_from(number % 62).unwrap_or_default();
        out.push(char::from(ALPHABET[digit]));
        number /= 62;
    }
}

/// SplitMix64's finaliser: a bijection that looks random.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a over text: stable between runs and machines, unlike the standard hasher.
pub(crate) fn hash(parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn one_seed_gives_one_history_of_ids() {
        let (mut a, mut b) = (Ids::new(7), Ids::new(7));
        assert_eq!(a.next("pi_"), b.next("pi_"));
        assert_ne!(a.next("pi_"), Ids::new(8).next("pi_"));
    }

    #[test]
    fn ids_never_repeat() {
        let mut ids = Ids::new(1);
        let made: HashSet<_> = (0..20_000).map(|_| ids.next("x_")).collect();
        assert_eq!(made.len(), 20_000);
    }
}
