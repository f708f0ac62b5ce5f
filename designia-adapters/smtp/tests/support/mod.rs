//! A mail server on loopback that speaks real SMTP, keeps what it is told, and misbehaves on demand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the server does to the next conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Takes everything.
    #[default]
    Good,
    /// Answers a recipient like this.
    Recipient(&'static str),
    /// Answers a finished mail like this.
    Finished(&'static str),
    /// Hangs up in the middle of a mail.
    HangsUp,
    /// Never answers a finished mail.
    Silent,
}

/// Whether it encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    None,
    StartTls,
    Tls,
}

/// A mail as it came over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) message: String,
    /// Whether the connection was encrypted.
    pub(crate) is_encrypted: bool,
    /// Who had logged in.
    pub(crate) user: Option<String>,
}

#[derive(Default)]
struct Shared {
    mood: Mutex<Mood>,
    received: Mutex<Vec<Received>>,
    connections: Mutex<u32>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The certificate of the authority that vouches for it.
    pub(crate) root: Vec<u8>,
    shared: Arc<Shared>,
}

impl Server {
    /// One that takes this user with this password, if any is asked for.
    pub(crate) async fn start(encryption: Encryption, login: Option<(&'static str, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .expect("a configuration");
        let (shared, acceptor) = (Arc::new(Shared::default()), TlsAcceptor::from(Arc::new(tls)));
        let host = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *host.connections.lock().expect("a lock") += 1;
                let desk = Desk { encryption, login, acceptor: acceptor.clone(), shared: Arc::clone(&host) };
                tokio::spawn(desk.serve(stream));
            }
        });
        Self { address, root: certified.cert.pem().into_bytes(), shared }
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.shared.mood.lock().expect("a lock") = mood;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("a lock").clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        *self.shared.connections.lock().expect("a lock")
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

struct Desk {
    encryption: Encryption,
    login: Option<(&'static str, &'static str)>,
    acceptor: TlsAcceptor,
    shared: Arc<Shared>,
}

impl Desk {
    async fn serve(self, stream: TcpStream) {
        let mut is_encrypted = false;
        let mut wire: Box<dyn Wire> = Box::new(stream);
        if self.encryption == Encryption::Tls {
            let Ok(stream) = self.acceptor.accept(wire).await else { return };
            (wire, is_encrypted) = (Box::new(stream), true);
        }
        let mut wire = BufStream::new(wire);
        if say(&mut wire, "220 here").await.is_none() {
            return;
        }
        let mut mail = Received::default();
        while let Some(line) = hear(&mut wire).await {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let answer = match word.as_str() {
                "EHLO" => {
                    let tls =
                        if self.encryption == Encryption::StartTls && !is_encrypted { "250-STARTTLS\r\n" } else { "" };
                    let auth = if self.login.is_some() { "250-AUTH PLAIN\r\n" } else { "" };
                    format!("250-here\r\n{tls}{auth}250 8BITMIME")
                }
                "STARTTLS" if self.encryption == Encryption::StartTls => {
                    if say(&mut wire, "220 go").await.is_none() {
                        return;
                    }
                    let Ok(stream) = self.acceptor.accept(wire.into_inner()).await else { return };
                    wire = BufStream::new(Box::new(stream));
                    is_encrypted = true;
                    continue;
                }
                "AUTH" => self.log_in(&line, &mut mail),
                "MAIL" => {
                    if self.login.is_some() && mail.user.is_none() {
                        "530 log in first".to_owned()
                    } else {
                        mail = Received { user: mail.user, is_encrypted, from: path(&line), ..Received::default() };
                        "250 ok".to_owned()
                    }
                }
                "RCPT" => {
                    mail.to = path(&line);
                    match self.mood() {
                        Mood::Recipient(answer) => answer.to_owned(),
                        _ => "250 ok".to_owned(),
                    }
                }
                "DATA" => {
                    if say(&mut wire, "354 go on").await.is_none() {
                        return;
                    }
                    match self.take(&mut wire, &mut mail).await {
                        Some(answer) => answer,
                        None => return,
                    }
                }
                "NOOP" | "RSET" => "250 ok".to_owned(),
                "QUIT" => "221 bye".to_owned(),
                _ => "502 what".to_owned(),
            };
            if say(&mut wire, &answer).await.is_none() || word == "QUIT" {
                return;
            }
        }
    }

    fn mood(&self) -> Mood {
        *self.shared.mood.lock().expect("a lock")
    }

    fn log_in(&self, line: &str, mail: &mut Received) -> String {
        let given = line.split(' ').nth(2).and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let given = String::from_utf8(given).unwrap_or_default();
        let is_right = self.login.is_some_and(|(user, password)| given == format!("\0{user}\0{password}"));
        if is_right {
            mail.user = self.login.map(|(user, _)| user.to_owned());
            "235 welcome".to_owned()
        } else {
            "535 wrong".to_owned()
        }
    }

    /// The mail after `DATA`; `None` hangs up.
    async fn take(&self, wire: &mut BufStream<Box<dyn Wire>>, mail: &mut Received) -> Option<String> {
        let mood = self.mood();
        loop {
            let line = hear(wire).await?;
            if mood == Mood::HangsUp {
                return None;
            }
            if line == "." {
                break;
            }
            mail.message.push_str(line.strip_prefix('.').unwrap_or(&line));
            mail.message.push_str("\r\n");
        }
        match mood {
            Mood::Finished(answer) => Some(answer.to_owned()),
            Mood::Silent => std::future::pending().await,
            Mood::Good | Mood::Recipient(_) | Mood::HangsUp => {
                self.shared.received.lock().expect("a lock").push(mail.clone());
                Some("250 taken".to_owned())
            }
        }
    }
}

fn path(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

async fn say(wire: &mut BufStream<Box<dyn Wire>>, line: &str) -> Option<()> {
    wire.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    wire.flush().await.ok()
}

async fn hear(wire: &mut BufStream<Box<dyn Wire>>) -> Option<String> {
    let mut line = String::new();
    match wire.read_line(&mut line).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}
