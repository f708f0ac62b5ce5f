//! A tab of a browser, and what a person does with it.

use std::time::Duration;

use designia_services::chromedriver;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::extra::tell;
use crate::look::{Look, Screen};

/// How long a condition may take to come true, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser of its own, with a profile that nobody used before.
pub(crate) struct Page {
    pub(crate) client: Client,
    base: String,
}

impl Page {
    /// Opens a browser for the pages of this address, or says loudly that there is none.
    pub(crate) async fn open(base: &str, look: Look) -> Option<Self> {
        let driver = chromedriver()?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(look.capabilities(driver))
            .connect(&driver.url())
            .await
            .unwrap();
        let preferences = [("prefers-color-scheme", look.theme.as_str()), ("prefers-reduced-motion", "reduce")];
        let features = preferences.map(|(name, value)| json!({ "name": name, "value": value }));
        tell(&client, "Emulation.setEmulatedMedia", json!({ "features": features })).await;
        let page = Self { client, base: base.to_owned() };
        page.fit(look).await;
        Some(page)
    }

    /// Makes the inside of the window as large as the screen says; a telephone's is.
    async fn fit(&self, look: Look) {
        let (width, height) = look.screen.size();
        match look.screen {
            Screen::Desktop => {
                let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                tell(&self.client, "Emulation.setDeviceMetricsOverride", metrics).await;
            }
            Screen::Phone => {}
        }
    }

    /// Goes to a path of the server, and returns when the page is loaded.
    pub(crate) async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// Where it is, without the server's address.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.base).unwrap_or(&url).to_owned()
    }

    /// The text of the first such element that a person can see, if there is one now.
    pub(crate) async fn text(&self, css: &str) -> Option<String> {
        self.client.find(Locator::Css(css)).await.ok()?.text().await.ok()
    }

    /// Whether there is such an element now.
    pub(crate) async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// How many such elements there are now.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.map_or(0, |found| found.len())
    }

    /// The first such element, which may take a while to come.
    pub(crate) async fn element(&self, css: &str) -> Element {
        self.until(&format!("there is {css}"), async || self.has(css).await).await;
        self.client.find(Locator::Css(css)).await.unwrap()
    }

    /// Presses it; returns when the page that this leads to is loaded.
    pub(crate) async fn press(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    /// Follows the link of this text.
    pub(crate) async fn follow(&self, text: &str) {
        let link = async || self.client.find(Locator::LinkText(text)).await;
        self.until(&format!("there is a link {text}"), async || link().await.is_ok()).await;
        link().await.unwrap().click().await.unwrap();
    }

    /// Types into a field, in place of what it holds.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Waits until the first such element shows this, which may be part of its text.
    pub(crate) async fn until_text(&self, css: &str, part: &str) {
        let holds = async || self.text(css).await.is_some_and(|text| text.contains(part));
        self.until(&format!("{css} shows {part}"), holds).await;
    }

    /// Waits for a condition.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let shown = self.text("body").await.unwrap_or_default();
            panic!("still not true: {what}; {} shows:\n{shown}", self.path().await);
        }
    }

    /// What a function of this body returns, past any policy of the page.
    pub(crate) async fn eval(&self, body: &str) -> Value {
        self.client.execute(body, Vec::new()).await.unwrap()
    }

    /// Logs in by the console's form, and waits until that has led elsewhere.
    pub(crate) async fn log_in(&self, email: &str, password: &str) {
        self.go("/admin/login/").await;
        self.fill("input[name=email]", email).await;
        self.fill("input[name=password]", password).await;
        self.press("form:has(input[name=password]) button").await;
        self.until("somebody is logged in", async || !self.path().await.starts_with("/admin/login/")).await;
    }

    /// Ends the browser. One that a test leaves open ends with the process.
    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }
}
