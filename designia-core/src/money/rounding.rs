//! Rounding modes, always named by the caller: the law, the ledger and the price tag want different ones.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// Which whole number of minor units stands for a value between two of them.
///
/// There is no default. Allocation and book-keeping usually take [`HalfEven`](Self::HalfEven), which has no bias over
/// many roundings; amounts converted to or from the euro for a consumer take [`HalfUp`](Self::HalfUp), as Council
/// Regulation (EC) 1103/97, article 5, prescribed for the currencies that the euro replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, a tie to the even neighbour: 2.5 → 2, 3.5 → 4, −2.5 → −2.
    HalfEven,
    /// To the nearest, a tie away from zero: 2.5 → 3, −2.5 → −3.
    HalfUp,
    /// To the nearest, a tie towards zero: 2.5 → 2, −2.5 → −2.
    HalfDown,
    /// Away from zero: 2.1 → 3, −2.1 → −3.
    Up,
    /// Towards zero: 2.9 → 2, −2.9 → −2.
    Down,
    /// Towards positive infinity: 2.1 → 3, −2.9 → −2.
    Ceiling,
    /// Towards negative infinity: 2.9 → 2, −2.1 → −3.
    Floor,
}

impl Rounding {
    /// Whether a value that lies strictly between two whole numbers goes to the one farther from zero: given its
    /// sign, the parity of the one nearer to zero, and how its fraction compares with a half.
    pub(super) fn away_from_zero(self, negative: bool, odd: bool, half: Ordering) -> bool {
        match self {
            Self::HalfEven => half.is_gt() || (half.is_eq() && odd),
            Self::HalfUp => half.is_ge(),
            Self::HalfDown => half.is_gt(),
            Self::Up => true,
            Self::Down => false,
            Self::Ceiling => !negative,
            Self::Floor => negative,
        }
    }
}
