//! The nodes as processes: started, killed, started again, until the campaign has seen enough.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cut::Cut;
use crate::deck::{Deck, Life};
use crate::dice::Dice;
use crate::node::Brief;
use crate::world::until;

/// How many nodes there are.
pub(crate) const NODES: usize = 3;

/// The nodes.
#[derive(Debug)]
pub(crate) struct Fleet {
    shared: Arc<Shared>,
    mood: watch::Sender<Mood>,
    seats: JoinSet<()>,
}

/// What happens to nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// They die. With another number, those that live die at once.
    Stormy(u32),
    /// They are left alone, and those that are dead come back for good.
    Calm,
    /// They are asked to end.
    Over,
}

#[derive(Debug)]
struct Shared {
    brief: Brief,
    directory: PathBuf,
    seed: u64,
    deck: Mutex<Deck>,
    addresses: Mutex<[Option<SocketAddr>; NODES]>,
    deaths: Mutex<Deaths>,
}

/// Who has died, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deaths {
    /// At cut points.
    pub(crate) cuts: BTreeMap<Cut, u32>,
    /// Wherever they happened to be.
    pub(crate) kills: u32,
    /// Starts that failed because the database was away.
    pub(crate) false_starts: u32,
    /// By themselves, which a node never may.
    pub(crate) unexpected: Vec<String>,
}

impl Deaths {
    /// How many nodes have died.
    pub(crate) fn count(&self) -> u32 {
        self.kills + self.cuts.values().sum::<u32>()
    }
}

impl Fleet {
    /// Starts the nodes, all at once. Their logs go into the directory.
    pub(crate) fn start(brief: Brief, directory: PathBuf, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            brief,
            directory,
            seed,
            deck: Mutex::new(Deck::shuffled(seed)),
            addresses: Mutex::default(),
            deaths: Mutex::default(),
        });
        let mood = watch::Sender::new(Mood::Calm);
        let mut seats = JoinSet::new();
        for seat in 0..NODES {
            seats.spawn(keep(Arc::clone(&shared), seat, mood.subscribe()));
        }
        Self { shared, mood, seats }
    }

    /// Who can be reached now; a copy that follows the nodes.
    pub(crate) fn addresses(&self) -> Addresses {
        Addresses(Arc::clone(&self.shared))
    }

    /// From now on nodes die.
    pub(crate) fn storm(&self) {
        self.mood.send_replace(Mood::Stormy(0));
    }

    /// From now on nobody is killed, and everybody comes back.
    pub(crate) fn calm(&self) {
        self.mood.send_replace(Mood::Calm);
    }

    /// From now on nodes sweep, and may die of it. All die at once first, so that those who sweep first are dealt to die of it.
    pub(crate) async fn orders_come_due(&self) {
        self.shared.deck.lock().unwrap().orders_come_due();
        let before = self.deaths().count();
        self.mood.send_modify(|mood| {
            *mood = match *mood {
                Mood::Stormy(storm) => Mood::Stormy(storm + 1),
                Mood::Calm | Mood::Over => Mood::Stormy(0),
            }
        });
        let all = u32::try_from(NODES).unwrap();
        until("every node has died and is back", || {
            self.deaths().count() >= before + all && self.addresses().are_complete()
        })
        .await;
    }

    /// Places at which nobody has died yet.
    pub(crate) fn unseen(&self) -> Vec<Cut> {
        self.shared.deck.lock().unwrap().unseen().to_vec()
    }

    pub(crate) fn deaths(&self) -> Deaths {
        self.shared.deaths.lock().unwrap().clone()
    }

    /// Lets every node finish what it does, and waits.
    pub(crate) async fn end(mut self) -> Deaths {
        self.mood.send_replace(Mood::Over);
        while self.seats.join_next().await.is_some() {}
        self.deaths()
    }
}

/// Where nodes can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Addresses(Arc<Shared>);

impl Addresses {
    /// One of the nodes that live, beginning to look at a place of the die's choice.
    pub(crate) fn any(&self, dice: &mut Dice) -> Option<SocketAddr> {
        let first = dice.index(NODES);
        let addresses = self.0.addresses.lock().unwrap();
        (0..NODES).find_map(|step| addresses[(first + step) % NODES])
    }

    /// Every node that lives.
    pub(crate) fn all(&self) -> Vec<SocketAddr> {
        self.0.addresses.lock().unwrap().iter().copied().flatten().collect()
    }

    /// Whether every node lives.
    pub(crate) fn are_complete(&self) -> bool {
        self.0.addresses.lock().unwrap().iter().all(Option::is_some)
    }
}

/// Keeps one node going until the campaign is over.
async fn keep(shared: Arc<Shared>, seat: usize, mut mood: watch::Receiver<Mood>) {
    let mut pauses = Dice::of(shared.seed, "pauses", u64::try_from(seat).unwrap());
    loop {
        let now = *mood.borrow_and_update();
        let life = match now {
            Mood::Stormy(_) => shared.deck.lock().unwrap().deal(seat),
            Mood::Calm => Life::LONG,
            Mood::Over => return,
        };
        let mut node = Node::start(&shared, seat, life);
        let end = live(&shared, seat, &mut node, life, &mut mood).await;
        shared.addresses.lock().unwrap()[seat] = None;
        let status = node.child.wait().await.unwrap();
        shared.count(seat, &end, status);
        // How long a supervisor takes to notice is chance, too.
        tokio::time::sleep(Duration::from_millis(pauses.below(400))).await;
    }
}

impl Shared {
    fn count(&self, seat: usize, end: &End, status: ExitStatus) {
        let mut deaths = self.deaths.lock().unwrap();
        match end {
            End::Cut(cut) => {
                self.deck.lock().unwrap().seen(seat, *cut);
                *deaths.cuts.entry(*cut).or_default() += 1;
            }
            End::Killed => deaths.kills += 1,
            End::Failed => deaths.false_starts += 1,
            End::LetGo if status.success() => {}
            End::LetGo | End::ByItself => {
                let log = self.directory.join(format!("node-{seat}.log"));
                deaths.unexpected.push(format!("node {seat} ended by itself: {status}; see {}", log.display()));
            }
        }
    }
}

/// How a node ended.
#[derive(Debug)]
enum End {
    Cut(Cut),
    Killed,
    Failed,
    LetGo,
    ByItself,
}

/// Follows a node to its end.
async fn live(shared: &Shared, seat: usize, node: &mut Node, life: Life, mood: &mut watch::Receiver<Mood>) -> End {
    let mut end = End::ByItself;
    let mut doom: Option<tokio::time::Instant> = None;
    loop {
        let doomed = async {
            match doom {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            line = node.lines.next_line() => {
                let Some(line) = line.unwrap() else { return end };
                match line.strip_prefix("> ").and_then(|line| line.split_once(' ')) {
                    Some(("ready", address)) => {
                        shared.addresses.lock().unwrap()[seat] = Some(address.parse().unwrap());
                        doom = life.patience.map(|patience| tokio::time::Instant::now() + patience);
                    }
                    Some(("cut", cut)) => end = End::Cut(cut_named(cut)),
                    Some(("failed", _)) => end = End::Failed,
                    Some(_) | None => {}
                }
            }
            () = doomed => {
                doom = None;
                end = End::Killed;
                node.child.start_kill().unwrap();
            }
            changed = mood.changed() => {
                changed.unwrap();
                match *mood.borrow_and_update() {
                    Mood::Stormy(_) => doom = Some(tokio::time::Instant::now()),
                    Mood::Calm => doom = None,
                    Mood::Over => {
                        doom = None;
                        end = End::LetGo;
                        node.child.stdin.take();
                    }
                }
            }
        }
    }
}

fn cut_named(name: &str) -> Cut {
    Cut::ALL.into_iter().find(|cut| format!("{cut:?}") == name).unwrap()
}

/// A node's process.
struct Node {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Node {
    fn start(shared: &Shared, seat: usize, life: Life) -> Self {
        let brief = Brief { cut: life.cut, ..shared.brief.clone() };
        let (variable, text) = brief.variable();
        let log = File::options().create(true).append(true).open(shared.directory.join(format!("node-{seat}.log")));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_node_works_until_it_dies", "--ignored", "--nocapture"])
            .env(variable, text)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }
}
