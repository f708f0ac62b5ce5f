//! Dividing an amount into parts that sum to the whole, to the last minor unit.
//!
//! Two methods, because no single one has every good property:
//!
//! - [`Money::allocate`], largest remainder, divides an amount *once*. Every part is within one minor unit of its exact
//!   share. But a larger amount can give somebody a smaller part (apportionment theory calls it the Alabama paradox),
//!   so it must not be used to divide a total that grows.
//! - [`Money::allocate_between`], Webster's divisor method, divides what was *added* to a growing total. Nobody's part
//!   ever shrinks, and when the total reaches the sum of the weights everybody has exactly their weight.

use std::cmp::{Ordering, Reverse};

use super::{Money, MoneyError};

impl Money {
    /// Divides the amount in proportion to `weights`, by largest remainder.
    ///
    /// The parts sum to the amount. Each is the exact share rounded down or up; the units left over by rounding down
    /// go to the largest fractions, the earlier part first among equals. A weight of zero gets zero. A negative amount
    /// divides like the positive one with the signs turned.
    ///
    /// # Errors
    ///
    /// [`MoneyError::NoWeights`] if there are no weights or all are zero.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total = self.total_weight(weights)?;
        let amount = u128::from(self.minor().unsigned_abs());
        let mut parts: Vec<u128> = weights.iter().map(|&weight| amount * u128::from(weight) / total).collect();
        let mut neediest: Vec<usize> = (0..parts.len()).collect();
        neediest.sort_by_key(|&index| Reverse(amount * u128::from(weights[index]) % total));
        let left_over = amount - parts.iter().sum::<u128>();
        // Each rounding down leaves less than one unit, so there are fewer units left than parts with a fraction.
        for (_, index) in (0..left_over).zip(neediest) {
            parts[index] += 1;
        }
        parts.into_iter().map(|part| self.part(part)).collect()
    }

    /// Divides the amount into this many parts that differ by at most one minor unit, the larger ones first.
    ///
    /// # Errors
    ///
    /// [`MoneyError::NoWeights`] if there are to be no parts.
    pub fn split(self, parts: usize) -> Result<Vec<Self>, MoneyError> {
        self.allocate(&vec![1; parts])
    }

    /// Divides what a growing total gained from `before` to `after`: the second partial refund, for example, over the
    /// lines of an order, with the lines' amounts as weights.
    ///
    /// Each part is the share in `after` less the share in `before`. Hence, whatever the steps by which a total grew:
    ///
    /// - the parts of a step sum to `after − before`, and no part is negative if the total grew;
    /// - the parts that somebody got in all the steps depend only on the total reached, and no step can undo another;
    /// - at a total of zero everybody has nothing, and at a total equal to the sum of the weights everybody has exactly
    ///   their weight, so nobody ever got more than that on the way;
    /// - a weight of zero gets zero, and negative totals divide like positive ones with the signs turned.
    ///
    /// Shares are by Webster's method: the total is handed out unit by unit, always to the part whose next half unit
    /// comes first. Up to three parts each stay within one unit of exact proportion; the deviations of `n` parts sum
    /// to at most `n` units, which takes many tiny weights beside a huge one. Methods that never take back and yet
    /// stay within one unit for any `n` exist, but must replay every unit from zero (Balinski and Young, *Fair
    /// Representation*, 1982: the quota method).
    ///
    /// The time taken grows with the square of the number of weights, in units of a few nanoseconds.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::NoWeights`], or [`MoneyError::Overflow`] between totals of
    /// opposite signs.
    pub fn allocate_between(before: Self, after: Self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        before.same_currency(after)?;
        let shares = after.growing_shares(weights)?;
        let former = before.growing_shares(weights)?;
        shares.into_iter().zip(former).map(|(share, former)| share.checked_sub(former)).collect()
    }

    /// The amount as a weight for [`Money::allocate`]: its number of minor units.
    ///
    /// # Errors
    ///
    /// [`MoneyError::NegativeWeight`].
    pub fn weight(self) -> Result<u64, MoneyError> {
        u64::try_from(self.minor()).map_err(|_| MoneyError::NegativeWeight(self))
    }

    /// Everybody's share of a total under Webster's method.
    ///
    /// The `j`-th unit of a part falls due when the total, per unit of weight, reaches `(2j − 1) / 2w`. Those moments,
    /// the earlier part first among equals, are one fixed sequence, and a total of `a` is its first `a` entries: that
    /// is why shares never shrink. Rounding the exact shares takes a run from the front of that sequence that is at
    /// most `n/2` too long or too short, and the loops correct it.
    fn growing_shares(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total = self.total_weight(weights)?;
        let amount = u128::from(self.minor().unsigned_abs());
        let mut shares: Vec<u128> = weights
            .iter()
            .map(|&weight| {
                let product = amount * u128::from(weight);
                product / total + u128::from(product % total * 2 >= total)
            })
            .collect();
        let mut handed_out = shares.iter().sum::<u128>();
        while handed_out < amount {
            let next_of = |index: usize| (shares[index] + 1, weights[index]);
            let owed = (0..weights.len()).filter(|&index| weights[index] > 0);
            let Some(first) = owed.min_by(|&left, &right| due_order(next_of(left), next_of(right))) else { break };
            shares[first] += 1;
            handed_out += 1;
        }
        while handed_out > amount {
            let last_of = |index: usize| (shares[index], weights[index]);
            let held = (0..weights.len()).filter(|&index| shares[index] > 0);
            let Some(last) = held.max_by(|&left, &right| due_order(last_of(left), last_of(right))) else { break };
            shares[last] -= 1;
            handed_out -= 1;
        }
        shares.into_iter().map(|share| self.part(share)).collect()
    }

    fn total_weight(self, weights: &[u64]) -> Result<u128, MoneyError> {
        match weights.iter().map(|&weight| u128::from(weight)).sum() {
            0 => Err(MoneyError::NoWeights { amount: self, weights: weights.len() }),
            total => Ok(total),
        }
    }

    /// A part of the amount: `share` units with the sign of the whole.
    fn part(self, share: u128) -> Result<Self, MoneyError> {
        let signed = i128::try_from(share).ok().map(|share| share * i128::from(self.minor().signum()));
        self.fitting(signed.and_then(|minor| i64::try_from(minor).ok()), || format!("part {share}"))
    }
}

/// Which of two units of a growing total falls due first, each given as its number within its part and the part's weight.
///
/// The number counts from 1 and is at most 2⁶³ + 1, so that the products fit 128 bits; the weight is positive.
fn due_order((unit, weight): (u128, u64), (other_unit, other_weight): (u128, u64)) -> Ordering {
    ((2 * unit - 1) * u128::from(other_weight)).cmp(&((2 * other_unit - 1) * u128::from(weight)))
}
