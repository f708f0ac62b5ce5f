//! A test that runs itself again as a child, which works and says aloud what was answered, until it is killed with SIGKILL.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Runs this test of the same binary as a child, told by this variable what to do, and kills it when it has said so much.
pub(crate) fn kill_after(lines: usize, test: &str, (variable, order): (&str, String)) -> Vec<String> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(variable, order)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        // Half a line is no answer.
        if let Some(answer) = line.strip_prefix("> ").and_then(|answer| answer.strip_suffix('\n')) {
            said.push(answer.to_owned());
        }
        line.clear();
        if said.len() == lines {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "the child ended by itself: {status}");
    assert!(said.len() >= lines);
    said
}

/// Numbers that are random enough for this, and come again with the seed: a linear congruential generator.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}
