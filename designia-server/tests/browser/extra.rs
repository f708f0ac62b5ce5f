//! What chromedriver can do beyond WebDriver.

use std::str::FromStr;

use axum::http::Method;
use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Url;
use serde_json::{Value, json};

/// A command of a session, posted.
#[derive(Debug)]
struct Extra {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Says something to the browser in the protocol of its developer tools.
pub(crate) async fn tell(client: &Client, command: &str, parameters: Value) -> Value {
    let body = json!({ "cmd": command, "params": parameters });
    client.issue_cmd(Extra { path: "goog/cdp/execute", body }).await.unwrap()
}

/// What was written to the console since this was asked last.
pub(crate) async fn console(client: &Client) -> Vec<Value> {
    let entries = client.issue_cmd(Extra { path: "se/log", body: json!({ "type": "browser" }) }).await.unwrap();
    entries.as_array().unwrap().clone()
}
