//! The browser does what the other tests take for granted, and finds what they want found.

use std::time::Duration;

use serde_json::json;

use crate::look::Look;
use crate::page::Page;
use crate::site::Site;

const DOCS: &str = "/api/docs/";
const THANKS: &str = "/checkout/confirmation/1/";

/// What Swagger UI shows of an operation, which its script makes.
const OPERATION: &str = ".opblock";

#[tokio::test]
async fn a_page_is_drawn_by_its_scripts_and_complains_of_nothing() {
    let site = Site::open().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP).await else { return };
    page.go(DOCS).await;
    page.element(OPERATION).await;
    page.until_text("body", "/api/marketplace/products/").await;
    page.is_quiet().await;
    assert_eq!(page.path().await, DOCS);
    page.close().await;
}

#[tokio::test]
async fn a_script_that_the_policy_forbids_does_not_run_and_is_told() {
    let site = Site::open().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP).await else { return };
    page.go(DOCS).await;
    // The test itself may, whatever the policy says.
    let planted = "const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        return typeof window.ran";
    assert_eq!(page.eval(planted).await, "undefined");
    let complaints = page.complaints().await;
    assert!(complaints.iter().any(|told| told.contains("Content Security Policy")), "{complaints:?}");
    page.is_quiet().await;
    page.close().await;
}

#[tokio::test]
async fn axe_finds_what_is_planted_and_nothing_on_a_sound_page() {
    let site = Site::open().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP).await else { return };
    page.go(THANKS).await;
    page.is_accessible().await;
    // The policy forbids styles that are written into a page, and not those that a script sets.
    page.eval(
        "document.body.innerHTML += '<img src=\"data:,\"><p id=pale>pale</p><input>';
        pale.style.color = '#aaa'",
    )
    .await;
    let Some(violations) = page.axe().await else { return };
    let mut rules: Vec<_> = violations.iter().map(|it| it.rule.as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["color-contrast", "image-alt", "label"]);
    page.close().await;
}

#[tokio::test]
async fn a_page_is_seen_on_the_screen_and_in_the_theme_that_were_asked_for() {
    let site = Site::open().await;
    let seen = "const is = query => matchMedia(query).matches;
        return [innerWidth, innerHeight, is('(prefers-color-scheme: dark)'), is('(pointer: coarse)')]";
    for (look, expected) in [
        (Look::DESKTOP, json!([1280, 800, false, false])),
        (Look::DESKTOP.dark(), json!([1280, 800, true, false])),
        (Look::PHONE, json!([390, 844, false, true])),
        (Look::PHONE.dark(), json!([390, 844, true, true])),
    ] {
        let Some(page) = Page::open(&site.server.base, look).await else { return };
        for path in [THANKS, DOCS] {
            page.go(path).await;
            assert_eq!(page.eval(seen).await, expected, "{look:?} on {path}");
        }
        page.close().await;
    }
}

#[tokio::test]
async fn without_scripts_a_page_shows_what_it_has_of_itself() {
    let site = Site::open().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP.without_scripts()).await else { return };
    page.go(DOCS).await;
    assert!(!page.has(OPERATION).await && page.has("script").await);
    page.go(THANKS).await;
    assert_eq!(page.text("h1").await.as_deref(), Some("Thank you"));
    page.close().await;
}

#[tokio::test]
async fn what_a_page_costs_is_measured_for_the_first_time_and_again() {
    let site = Site::open().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP).await else { return };
    page.go(DOCS).await;
    let first = page.weight().await;
    page.go(DOCS).await;
    let again = page.weight().await;
    page.forget_files().await;
    page.go(DOCS).await;
    let anew = page.weight().await;
    assert!(first.requests >= 4 && first.load >= first.answer && first.load > Duration::ZERO, "{first:?}");
    // Script and style may be kept for a day.
    assert!(again.bytes < first.bytes / 2 && anew.bytes > first.bytes / 2, "{first:?} {again:?} {anew:?}");
    page.close().await;
}

#[tokio::test]
async fn a_picture_shows_the_page_as_wide_as_the_screen_and_no_longer_than_wanted() {
    let site = Site::open().await;
    for (look, width) in [(Look::DESKTOP, 1280), (Look::PHONE, 780)] {
        let Some(page) = Page::open(&site.server.base, look).await else { return };
        page.go(DOCS).await;
        page.element(OPERATION).await;
        let file = std::env::temp_dir().join(format!("designia-picture-{width}-{}.png", std::process::id()));
        page.picture(&file, 1000).await;
        let picture = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!((number(16), number(20)), (width, 1000 * width / look.screen.size().0), "two pixels for one");
        page.close().await;
    }
}

#[tokio::test]
async fn what_a_person_types_and_presses_reaches_the_page() {
    let site = Site::open().await;
    let Some(page) = Page::open(&site.server.base, Look::PHONE).await else { return };
    page.go(THANKS).await;
    page.eval(&format!(
        "document.body.innerHTML = `<form action='{DOCS}'><input name=word value=old><button>Go</button></form>`"
    ))
    .await;
    page.fill("input", "new").await;
    page.press("button").await;
    page.until("the form is sent", async || page.path().await == format!("{DOCS}?word=new")).await;
    page.go(THANKS).await;
    page.eval(&format!("document.body.innerHTML = `<p>1<p>2<a href='{DOCS}'>read on</a>`")).await;
    assert_eq!(page.count("p").await, 2);
    page.follow("read on").await;
    page.until("the link is followed", async || page.path().await == DOCS).await;
    page.close().await;
}
