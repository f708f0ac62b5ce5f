//! The promises about browsers that other suites build on, kept with the real programs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use designia_services::ChromeDriver;

/// Starts a browser, without a client library in between; the id of its process.
fn start_browser(driver: &ChromeDriver) -> Option<String> {
    let options = format!(
        r#"{{"binary":"{}","args":["--headless=new","--no-sandbox","--disable-gpu","--disable-dev-shm-usage"]}}"#,
        driver.browser().display()
    );
    let body = format!(r#"{{"capabilities":{{"alwaysMatch":{{"goog:chromeOptions":{options}}}}}}}"#);
    let address = driver.url().strip_prefix("http://")?.to_owned();
    let mut stream = TcpStream::connect(&address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let head =
        format!("POST /session HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}", body.len());
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()?;
    // The driver keeps the connection open, whatever it is asked for.
    let (mut answer, mut bytes) = (String::new(), [0; 4096]);
    while !answer.contains("sessionId") {
        let read = stream.read(&mut bytes).ok().filter(|read| *read > 0)?;
        answer.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let id = answer.split(r#""goog:processID":"#).nth(1)?.split([',', '}']).next()?;
    Some(id.trim().to_owned())
}

/// Whether a process does anything; one that has ended may wait for somebody to notice.
fn runs(id: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", id]).output();
    let state = output.map(|output| output.stdout).unwrap_or_default();
    state.first().is_some_and(|letter| *letter != b'Z')
}

#[test]
fn a_driver_takes_its_browsers_along() {
    let Some(driver) = ChromeDriver::launch_or_skip() else { return };
    let browser = start_browser(&driver).unwrap();
    assert!(runs(&browser));
    drop(driver);
    // A signal is sent before it is delivered.
    let gone = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        !runs(&browser)
    });
    assert!(gone, "{browser} still runs");
}
