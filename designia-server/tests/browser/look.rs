//! What a page is looked at with: a screen, a theme, and whether scripts run.

use designia_services::ChromeDriver;
use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

/// What every session is given.
const ARGUMENTS: [&str; 10] = [
    "--headless=new",
    "--disable-gpu",
    // Containers have a small one.
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    // Pages must not ask any other host for anything; whatever does is told on the console.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    // Letters look the same wherever the pictures are taken.
    "--font-render-hinting=none",
];

/// The screens that pages are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// A laptop.
    Desktop,
    /// A telephone with a touch screen.
    Phone,
}

impl Screen {
    /// Width and height in CSS pixels.
    pub(crate) const fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1280, 800),
            Self::Phone => (390, 844),
        }
    }
}

/// What the person prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// The value of `prefers-color-scheme`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) screen: Screen,
    pub(crate) theme: Theme,
    pub(crate) scripts: bool,
}

impl Look {
    pub(crate) const DESKTOP: Self = Self { screen: Screen::Desktop, theme: Theme::Light, scripts: true };
    pub(crate) const PHONE: Self = Self { screen: Screen::Phone, ..Self::DESKTOP };

    pub(crate) const fn dark(self) -> Self {
        Self { theme: Theme::Dark, ..self }
    }

    /// As for somebody who has switched JavaScript off. What tests say to the page by script works all the same.
    pub(crate) const fn without_scripts(self) -> Self {
        Self { scripts: false, ..self }
    }

    /// What a session has to ask this driver for.
    pub(crate) fn capabilities(self, driver: &ChromeDriver) -> Capabilities {
        let (width, height) = self.screen.size();
        let mut arguments: Vec<_> = ARGUMENTS.map(str::to_owned).into();
        arguments.push(format!("--window-size={width},{height}"));
        if rustix::process::geteuid().is_root() {
            // What keeps pages from the machine is not to be had as root, nor in most containers that run as root.
            arguments.push("--no-sandbox".to_owned());
        }
        let mut chrome = json!({ "binary": driver.browser(), "args": arguments });
        match self.screen {
            Screen::Desktop => {}
            Screen::Phone => {
                let metrics = json!({ "width": width, "height": height, "pixelRatio": 2, "touch": true });
                chrome["mobileEmulation"] = json!({ "deviceMetrics": metrics });
            }
        }
        if !self.scripts {
            chrome["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let all: [(&str, Value); 3] = [
            ("browserName", json!("chrome")),
            ("goog:chromeOptions", chrome),
            ("goog:loggingPrefs", json!({ "browser": "ALL" })),
        ];
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
