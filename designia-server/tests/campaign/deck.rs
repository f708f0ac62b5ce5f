//! Who dies where: every life of a node is dealt from the seed, and what has not been seen yet is dealt first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cut::Cut;
use crate::dice::Dice;

/// How a node's life is to end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    /// Where it dies by itself, at the how-manieth passing.
    pub(crate) cut: Option<(Cut, u32)>,
    /// When it is killed at the latest, wherever it happens to be; `None` for a life that may go on.
    pub(crate) patience: Option<Duration>,
}

/// The lives to come.
#[derive(Debug)]
pub(crate) struct Deck {
    dice: Dice,
    /// Places at which nobody has died yet, in the order in which they are tried.
    unseen: Vec<Cut>,
    /// Where the nodes that live now are going to die.
    armed: BTreeMap<usize, Cut>,
    /// Whether orders come due, without which nobody sweeps.
    has_due: bool,
}

/// A node that doesn't come by its cut point in this time is killed all the same.
const LONGEST: Duration = Duration::from_secs(5);

impl Deck {
    pub(crate) fn shuffled(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "lives", 0);
        let mut unseen = Cut::ALL.to_vec();
        for last in (1..unseen.len()).rev() {
            unseen.swap(last, dice.index(last + 1));
        }
        Self { dice, unseen, armed: BTreeMap::new(), has_due: false }
    }

    /// Deadlines have come: nodes sweep from now on.
    pub(crate) fn orders_come_due(&mut self) {
        self.has_due = true;
    }

    /// A life for one of the nodes.
    pub(crate) fn deal(&mut self, seat: usize) -> Life {
        self.armed.remove(&seat);
        let taken: BTreeSet<Cut> = self.armed.values().copied().collect();
        let possible = |cut: &Cut| self.has_due || *cut != Cut::InSweep;
        let wanted = self.unseen.iter().copied().find(|cut| possible(cut) && !taken.contains(cut));
        let cut = if self.has_due && self.unseen.contains(&Cut::InSweep) {
            // One node sweeps a whole batch of orders, and nobody knows which: so any of them.
            Some((Cut::InSweep, self.passing(3)))
        } else if let Some(cut) = wanted {
            Some((cut, self.passing(4)))
        } else if self.dice.percent(65) {
            let places: Vec<_> = Cut::ALL.into_iter().filter(possible).collect();
            let cut = self.dice.pick(&places);
            Some((cut, self.passing(25)))
        } else {
            None
        };
        if let Some((cut, _)) = cut {
            self.armed.insert(seat, cut);
        }
        let patience = match cut {
            Some(_) => LONGEST,
            None => Duration::from_millis(500 + self.dice.below(3_500)),
        };
        Life { cut, patience: Some(patience) }
    }

    fn passing(&mut self, most: u64) -> u32 {
        u32::try_from(1 + self.dice.below(most)).unwrap()
    }

    /// Somebody has died there.
    pub(crate) fn seen(&mut self, seat: usize, cut: Cut) {
        self.armed.remove(&seat);
        self.unseen.retain(|it| *it != cut);
    }

    /// Places at which nobody has died.
    pub(crate) fn unseen(&self) -> &[Cut] {
        &self.unseen
    }
}

impl Life {
    /// One that ends only with the campaign.
    pub(crate) const LONG: Self = Self { cut: None, patience: None };
}
