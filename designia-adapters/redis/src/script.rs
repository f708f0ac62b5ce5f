//! Scripts that run inside the server, where a change of several keys is one change.

use std::sync::LazyLock;

use designia_core::ports::StoreError;
use redis::{Arg, Cmd, ErrorKind, FromRedisValue, ServerErrorKind, ToRedisArgs};

use crate::connection::RedisConnection;
use crate::error::store_error;

/// A script, known to the server by its hash once it has been brought there.
pub(crate) struct Script {
    text: &'static str,
    hash: LazyLock<String>,
}

/// One call of a script.
pub(crate) struct ScriptCall<'a> {
    script: &'a Script,
    connection: &'a RedisConnection,
    command: Cmd,
}

impl Script {
    pub(crate) const fn new(text: &'static str, hash: fn() -> String) -> Self {
        Self { text, hash: LazyLock::new(hash) }
    }

    /// A call that is about many keys of the connection's namespace: their prefix stands for them all, being in the same slot.
    pub(crate) fn on<'a>(&'a self, connection: &'a RedisConnection) -> ScriptCall<'a> {
        self.at(connection, &connection.key(""))
    }

    /// A call that is about one key.
    pub(crate) fn at<'a>(&'a self, connection: &'a RedisConnection, key: &str) -> ScriptCall<'a> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(self.hash.as_str()).arg(1).arg(key);
        ScriptCall { script: self, connection, command }
    }
}

impl ScriptCall<'_> {
    pub(crate) fn arg(mut self, value: impl ToRedisArgs) -> Self {
        self.command.arg(value);
        self
    }

    pub(crate) fn add(&mut self, value: impl ToRedisArgs) {
        self.command.arg(value);
    }

    /// Runs it. A server that was restarted, or told to forget its scripts, gets the whole text.
    pub(crate) async fn run<T: FromRedisValue>(self) -> Result<T, StoreError> {
        match self.connection.try_ask(&self.command).await? {
            Ok(answer) => Ok(answer),
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.connection.ask(&self.with_text()).await
            }
            Err(error) => Err(store_error(&error)),
        }
    }

    /// The same call with the text in the hash's place, which the server then knows.
    fn with_text(&self) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(self.script.text);
        for arg in self.command.args_iter().skip(2) {
            if let Arg::Simple(arg) = arg {
                command.arg(arg);
            }
        }
        command
    }
}

/// The hash by which a server knows a text.
pub(crate) fn hash_of(text: &str) -> String {
    redis::Script::new(text).get_hash().to_owned()
}

/// A script made of files in `lua`.
macro_rules! script {
    ($($file:literal),+) => {{
        const TEXT: &str = concat!($(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lua/", $file, ".lua")), "\n"),+);
        $crate::script::Script::new(TEXT, || $crate::script::hash_of(TEXT))
    }};
}

pub(crate) use script;
