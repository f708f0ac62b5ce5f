//! Pictures of pages, as PNG.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::extra::tell;
use crate::page::Page;

impl Page {
    /// Takes a picture of the page from its top, as wide as the screen and down to its end, or to this many CSS pixels.
    pub(crate) async fn picture(&self, file: &Path, at_most: u64) {
        let size = self.eval("return [innerWidth, document.documentElement.scrollHeight]").await;
        let (width, height) = (size[0].as_u64().unwrap(), size[1].as_u64().unwrap().min(at_most));
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let asked = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let taken = tell(&self.client, "Page.captureScreenshot", asked).await;
        fs::write(file, BASE64_STANDARD.decode(taken["data"].as_str().unwrap()).unwrap()).unwrap();
    }
}
