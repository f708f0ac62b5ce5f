//! Breadth-first search, and the proof that rest can be reached from everywhere.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use designia_core::order::OrderStatus;

use super::engine::Engine;
use super::moves::Move;
use super::world::World;

/// A hash that is quick without optimisation, too; what it mixes is small and under our control.
#[derive(Default)]
struct Quick(u64);

impl Quick {
    fn mix(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_isize(&mut self, value: isize) {
        self.mix(value.unsigned_abs() as u64);
    }
}

pub(crate) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = Quick::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// What a search has seen.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    /// The longest of all shortest ways from the beginning.
    pub(crate) depth: u32,
    /// The longest way to rest by the engine's own work.
    pub(crate) to_rest: u32,
    pub(crate) resting: usize,
    pub(crate) orders: usize,
    pub(crate) questions: usize,
    /// Every status in which the order was seen.
    pub(crate) statuses: BTreeSet<OrderStatus>,
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} states, {} transitions, depth {}, {} at rest, rest within {} steps of everywhere ({} orders, {} questions)",
            self.states, self.transitions, self.depth, self.resting, self.to_rest, self.orders, self.questions
        )
    }
}

/// A promise that was broken, and the shortest way there.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) what: String,
    pub(crate) trace: Vec<Move>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        self.trace.iter().enumerate().try_for_each(|(index, step)| writeln!(f, "  {:>2}. {step:?}", index + 1))
    }
}

const NOWHERE: u32 = u32::MAX;

/// The states found so far: an open-addressing table of indices into them.
struct Found {
    worlds: Vec<World>,
    slots: Vec<u32>,
}

impl Found {
    fn new() -> Self {
        Self { worlds: Vec::new(), slots: vec![NOWHERE; 1 << 12] }
    }

    /// The index of a state, and whether it is new.
    fn add(&mut self, world: World) -> (u32, bool) {
        if self.worlds.len() * 2 > self.slots.len() {
            self.grow();
        }
        let slot = self.slot_of(&world);
        if self.slots[slot] != NOWHERE {
            return (self.slots[slot], false);
        }
        let index = u32::try_from(self.worlds.len()).expect("fewer states than that");
        self.slots[slot] = index;
        self.worlds.push(world);
        (index, true)
    }

    fn slot_of(&self, world: &World) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(world.fingerprint() & u64::try_from(mask).expect("64 bits")).expect("masked");
        loop {
            let known = self.slots[slot];
            if known == NOWHERE || self.worlds[known as usize] == *world {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.slots = vec![NOWHERE; self.slots.len() * 2];
        for index in 0..self.worlds.len() {
            let slot = self.slot_of(&self.worlds[index]);
            self.slots[slot] = u32::try_from(index).expect("fewer states than that");
        }
    }
}

/// Visits every state that the engine and its surroundings can reach.
pub(crate) fn explore(mut engine: Engine) -> Result<Explored, Box<Broken>> {
    let mut found = Found::new();
    let mut came_from: Vec<(u32, Move)> = Vec::new();
    let mut towards_rest: Vec<u32> = Vec::new();
    let mut depths: Vec<u32> = Vec::new();
    let mut transitions = 0;
    let broken = |what: String, came_from: &[(u32, Move)], at: u32, then: Option<Move>| {
        let mut trace: Vec<Move> = then.into_iter().collect();
        let mut at = at as usize;
        while at != 0 {
            let (before, step) = came_from[at];
            trace.push(step);
            at = before as usize;
        }
        trace.reverse();
        Box::new(Broken { what, trace })
    };

    let start = engine.start().map_err(|what| broken(what, &came_from, 0, None))?;
    found.add(start);
    came_from.push((0, Move::Clock));
    depths.push(0);
    let mut next = 0_u32;
    let mut moves = Vec::new();
    while (next as usize) < found.worlds.len() {
        let world = found.worlds[next as usize].clone();
        engine.check(&world).map_err(|what| broken(what, &came_from, next, None))?;
        moves.clear();
        engine.moves(&world, &mut moves);
        let fair = engine.fair_move(&world);
        let mut towards = NOWHERE;
        for step in &moves {
            let after = engine.after(&world, *step).map_err(|what| broken(what, &came_from, next, Some(*step)))?;
            let Some(after) = after else { continue };
            transitions += 1;
            let (index, is_new) = found.add(after);
            if is_new {
                came_from.push((next, *step));
                depths.push(depths[next as usize] + 1);
            }
            if fair == Some(*step) {
                towards = index;
            }
        }
        match fair {
            Some(step) if towards == NOWHERE => {
                return Err(broken(format!("{step:?} should be possible and is not"), &came_from, next, None));
            }
            Some(_) => {}
            None => engine.check_rest(&world).map_err(|what| broken(what, &came_from, next, None))?,
        }
        towards_rest.push(towards);
        next += 1;
    }
    let to_rest = steps_to_rest(&towards_rest)
        .map_err(|stuck| broken("from here the engine never comes to rest".to_owned(), &came_from, stuck, None))?;
    Ok(Explored {
        states: found.worlds.len(),
        transitions,
        depth: depths.iter().copied().max().unwrap_or(0),
        to_rest,
        resting: towards_rest.iter().filter(|next| **next == NOWHERE).count(),
        orders: engine.book.orders(),
        questions: engine.book.questions(),
        statuses: engine.book.statuses(),
    })
}

/// Follows every state's own way to rest; fails with a state from which it goes round in circles.
fn steps_to_rest(towards: &[u32]) -> Result<u32, u32> {
    const UNKNOWN: u32 = u32::MAX;
    const ON_THE_WAY: u32 = u32::MAX - 1;
    let mut steps = vec![UNKNOWN; towards.len()];
    for start in 0..towards.len() {
        let mut way = Vec::new();
        let mut at = start;
        let mut count = loop {
            match steps[at] {
                UNKNOWN => {}
                ON_THE_WAY => return Err(u32::try_from(start).expect("an index")),
                known => break known,
            }
            way.push(at);
            if towards[at] == NOWHERE {
                way.pop();
                steps[at] = 0;
                break 0;
            }
            steps[at] = ON_THE_WAY;
            at = towards[at] as usize;
        };
        for at in way.into_iter().rev() {
            count += 1;
            steps[at] = count;
        }
    }
    Ok(steps.into_iter().max().unwrap_or(0))
}
