//! The pictures of the console in the documentation. `scripts/screenshots` asks for them.

use std::fs;
use std::path::Path;

use crate::look::{Look, Screen, Theme};
use crate::page::Page;
use crate::site::Site;

/// Longer pages are cut off here, in CSS pixels.
const AT_MOST: u64 = 1600;

/// What is pictured: the file's name, the path, and how it is looked at.
const PICTURES: [(&str, &str, Look); 13] = [
    ("overview-light", "/admin/", Look::DESKTOP),
    ("overview-dark", "/admin/", Look::DESKTOP.dark()),
    ("overview-phone", "/admin/", Look::PHONE),
    ("orders-light", "/admin/orders/", Look::DESKTOP),
    ("orders-phone", "/admin/orders/", Look::PHONE),
    ("order-light", "/admin/orders/{stuck}/", Look::DESKTOP),
    ("order-dark", "/admin/orders/{stuck}/", Look::DESKTOP.dark()),
    ("order-phone", "/admin/orders/{stuck}/", Look::PHONE),
    ("webhooks-light", "/admin/webhooks/", Look::DESKTOP),
    ("tasks-light", "/admin/tasks/", Look::DESKTOP),
    ("task-phone-dark", "/admin/tasks/{failed_task}/", Look::PHONE.dark()),
    ("rates-light", "/admin/rates/?from=EUR&to=USD&amount=10", Look::DESKTOP),
    ("audit-dark", "/admin/audit/", Look::DESKTOP.dark()),
];

/// Takes the pictures of one way to look, in one browser.
async fn take(site: &Site, (screen, theme): (Screen, Theme), directory: &Path) {
    let is_ours = |look: &Look| (look.screen, look.theme) == (screen, theme);
    let mut ours = PICTURES.iter().filter(|(_, _, look)| is_ours(look)).peekable();
    let Some((_, _, look)) = ours.peek() else { return };
    let page = Page::open(&site.server.base, *look).await.unwrap();
    site.log_in(&page, "admin").await;
    for (name, path, _) in ours {
        page.go(&site.path(path)).await;
        page.picture(&directory.join(format!("{name}.png")), AT_MOST).await;
        let is_found = page.eval("return performance.getEntriesByType('navigation')[0].responseStatus").await;
        assert_eq!(is_found, 200, "{path}");
    }
    page.close().await;
}

#[tokio::test]
#[ignore = "writes files: scripts/screenshots runs it"]
async fn take_the_pictures_of_the_console() {
    let directory = std::env::var("DESIGNIA_SCREENSHOTS").unwrap();
    let directory = Path::new(&directory);
    fs::create_dir_all(directory).unwrap();
    let site = Site::furnished().await;
    for screen in [Screen::Desktop, Screen::Phone] {
        for theme in [Theme::Light, Theme::Dark] {
            take(&site, (screen, theme), directory).await;
        }
    }
}
