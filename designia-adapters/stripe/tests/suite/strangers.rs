//! The official SDKs as a second opinion: they sign and we verify, we sign and they verify.
//!
//! `DESIGNIA_PYTHON` names a Python interpreter that has PyPI `stripe` 16.1.0; `DESIGNIA_NODE_MODULES` a directory whose
//! `node_modules` has npm `stripe` 23.1.0. Without them these tests are skipped, but on CI they fail instead.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use designia_core::time::Timestamp;
use designia_stripe::secret::SigningSecret;
use designia_stripe::webhook::SignatureVerifier;
use serde_json::{Value, json};

use crate::matrix::{NOW, SECRET, sign, variants};

/// A command that runs a stranger's script, or `None` after saying that it is missing.
pub(crate) fn stranger(variable: &str, script: &str) -> Option<Command> {
    let Ok(place) = std::env::var(variable) else {
        assert!(std::env::var("CI").is_err(), "{variable} must be set on CI");
        // Past the test harness, which keeps the output of tests that pass to itself.
        std::io::stderr().write_all(format!("SKIPPED: {script} needs {variable}\n").as_bytes()).unwrap();
        return None;
    };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/strangers").join(script);
    Some(if script.ends_with(".py") {
        let mut command = Command::new(place);
        command.arg(path);
        command
    } else {
        let mut command = Command::new("node");
        command.arg(path).arg(place);
        command
    })
}

/// The script's answers, one per line.
pub(crate) fn converse(mut command: Command, lines: &[Value]) -> Vec<Value> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn strangers() -> impl Iterator<Item = (&'static str, Command)> {
    [("python", stranger("DESIGNIA_PYTHON", "webhook.py")), ("node", stranger("DESIGNIA_NODE_MODULES", "webhook.mjs"))]
        .into_iter()
        .filter_map(|(name, command)| command.map(|command| (name, command)))
}

#[test]
fn the_official_sdks_judge_every_header_as_the_frozen_table_says() {
    for (name, command) in strangers() {
        let variants = variants();
        let lines: Vec<_> = variants
            .iter()
            .map(|v| json!({"op": "verify", "header": v.header, "body": v.body, "secret": v.secret, "now": NOW}))
            .collect();
        let answers = converse(command, &lines);
        assert_eq!(answers.len(), variants.len());
        for (variant, answer) in variants.iter().zip(answers) {
            let expected = if name == "python" { variant.verdict.python } else { variant.verdict.node };
            assert_eq!(answer["accepted"], expected, "{name}: {}", variant.name);
        }
    }
}

/// Bodies that break a signature over anything but the raw bytes. One with a byte-order mark is left out: the Node SDK drops
/// the mark before it computes.
const BODIES: [&str; 5] = [
    "{\"id\":\"evt_1\"}",
    "{ \"b\": 1.0, \"a\": 1e3, \"a\": 2 }\n",
    "{\"emoji\":\"😀\",\"escaped\":\"\\ud83d\\ude00\"}",
    "{\r\n\t\"nul\":\"\\u0000\"}",
    "x",
];

#[test]
fn what_the_official_sdks_sign_we_accept() {
    let verifier = SignatureVerifier::new([SigningSecret::new(SECRET).unwrap()]).unwrap();
    for (name, command) in strangers() {
        let lines: Vec<_> =
            BODIES.iter().map(|body| json!({"op": "sign", "body": body, "secret": SECRET, "time": NOW})).collect();
        for (body, answer) in BODIES.iter().zip(converse(command, &lines)) {
            let header = answer["header"].as_str().unwrap();
            let verdict = verifier.verify(header, body.as_bytes(), Timestamp::from_secs(NOW));
            assert_eq!(verdict, Ok(Timestamp::from_secs(NOW)), "{name}: {body:?}");
        }
    }
}

#[test]
fn what_we_sign_the_official_sdks_accept() {
    for (name, command) in strangers() {
        let lines: Vec<_> = BODIES
            .iter()
            .map(|body| {
                let header = sign(SECRET, NOW, body);
                json!({"op": "verify", "header": header, "body": body, "secret": SECRET, "now": NOW})
            })
            .collect();
        for (body, answer) in BODIES.iter().zip(converse(command, &lines)) {
            assert_eq!(answer["accepted"], true, "{name}: {body:?}");
        }
    }
}
