//! What a server writes down while people prove who they are: nothing that would let somebody else do so.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use crate::process::{Place, Server};

const PASSWORD: &str = "correct horse battery staple 7";
const NEW_PASSWORD: &str = "another horse and its battery 8";

impl Server {
    /// A POST of somebody who is not logged in; the whole answer.
    fn ask(&self, path: &str, body: &str) -> String {
        let mut answer = String::new();
        self.send_with("POST", path, "accept: */*", body).read_to_string(&mut answer).unwrap();
        answer
    }

    /// What the admin sees there.
    fn look(&self, authorization: &str, path: &str) -> String {
        let mut answer = String::new();
        self.send_with("GET", path, authorization, "").read_to_string(&mut answer).unwrap();
        answer
    }

    /// What the mail of this kind to Zoe says, once it is there.
    fn mail(&self, authorization: &str, kind: &str) -> String {
        let find = || {
            let list = self.look(authorization, "/api/admin/mails/?page_size=100");
            let rows = list.split(r#"{"id":""#).skip(1);
            let row = rows.into_iter().find(|row| {
                row.contains(&format!(r#""kind":"{kind}""#)) && row.contains(r#""to_email":"zoe@example.com""#)
            });
            row.map(|row| row[..36].to_owned())
        };
        let id = until(&format!("{kind} is mailed"), find);
        self.look(authorization, &format!("/api/admin/mails/{id}/"))
    }
}

fn until<T>(what: &str, mut comes: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_500 {
        if let Some(it) = comes() {
            return it;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("still not true: {what}");
}

/// What follows these words, up to the end of its line in a JSON text.
fn after<'t>(text: &'t str, words: &str) -> &'t str {
    let rest = text.split_once(words).unwrap_or_else(|| panic!("no {words} in {text}")).1;
    rest.split(['\\', '"']).next().unwrap()
}

#[test]
fn links_codes_passwords_and_addresses_are_mailed_and_neither_printed_nor_logged() {
    let place = Place::new("mail");
    let files = ["printed", "logged"].map(|name| place.0.join(name));
    let [printed, logged] = files.each_ref().map(|path| File::create(path).unwrap());
    let mut command = place.command(&["--frontend-url", "https://shop.example"]);
    command.env("DATABASE_URL", "memory:").env("BIND", "127.0.0.1:0").env("DESIGNIA_LOG", "trace");
    let child = command.stdout(Stdio::from(printed)).stderr(Stdio::from(logged)).spawn().unwrap();
    let greeting = until("it greets", || {
        let printed = std::fs::read_to_string(&files[0]).unwrap();
        let lines: Vec<_> = printed.lines().map(str::to_owned).collect();
        lines.iter().any(|line| line.trim_start().starts_with("admin ")).then_some(lines)
    });
    let address = greeting[0].split("http://").nth(1).unwrap().to_owned();
    let server = Server { child, address, greeting };
    let admin = format!("authorization: Bearer {}", server.token_of("admin"));

    let person = format!(
        r#"{{"username":"zoe","email":"zoe@example.com","password":"{PASSWORD}","password_confirm":"{PASSWORD}"}}"#
    );
    assert!(server.ask("/api/auth/register/", &person).starts_with("HTTP/1.1 201"));
    let mail = server.mail(&admin, "verify_email");
    let token = after(&mail, "https://shop.example/verify-email/").to_owned();
    let verified = server.ask("/api/auth/verify-email/", &format!(r#"{{"token":"{token}"}}"#));
    assert!(verified.starts_with("HTTP/1.1 200"), "{verified}");

    server.ask("/api/auth/password/reset/", r#"{"email":"zoe@example.com"}"#);
    let mail = server.mail(&admin, "reset_password");
    let code = after(&mail, "reset-password?email=zoe%40example.com&code=").to_owned();
    let reset = format!(
        r#"{{"email":"zoe@example.com","code":"{code}","password":"{NEW_PASSWORD}","password_confirm":"{NEW_PASSWORD}"}}"#
    );
    let answer = server.ask("/api/auth/password/reset/verify/", &reset);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.mail(&admin, "password_changed");
    drop(server);

    let [printed, logged] = files.map(|path| std::fs::read_to_string(path).unwrap());
    assert!(logged.contains("a mail waits in the console's inbox"), "there is a log");
    let code = format!("code={code}");
    for secret in [&token, &code, PASSWORD, NEW_PASSWORD, "zoe@example.com"] {
        let told = printed.lines().chain(logged.lines()).find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret} is nobody else's business");
    }
}
