//! The operations console as the person uses it who runs the marketplace: on a laptop, on a phone, in the dark, with the keyboard, and
//! without scripts.

use serde_json::json;

use crate::look::Look;
use crate::page::Page;
use crate::site::Site;

/// Every page that there is something on.
const PAGES: [&str; 27] = [
    "/admin/",
    "/admin/orders/",
    "/admin/orders/?list=attention",
    "/admin/orders/?status=x",
    "/admin/orders/{stuck}/",
    "/admin/orders/{delivered}/",
    "/admin/orders/{refunded}/",
    "/admin/orders/{unpaid}/",
    "/admin/webhooks/",
    "/admin/webhooks/?state=folded&preview=1",
    "/admin/payments/",
    "/admin/payments/?list=refunds&state=failed",
    "/admin/calls/",
    "/admin/tasks/",
    "/admin/tasks/{failed_task}/",
    "/admin/schedules/",
    "/admin/workers/",
    "/admin/rates/?amount=10&from=EUR&to=USD",
    "/admin/products/",
    "/admin/accounts/",
    "/admin/accounts/?q=buyer",
    "/admin/applications/",
    "/admin/reports/",
    "/admin/mails/",
    "/admin/audit/",
    "/admin/system/",
    "/admin/orders/0192f0c1-a2b3-7d4e-8f90-1234567890ab/",
];

/// The demo's stuck order is found, understood, tried out and mended, and moves while one looks.
async fn mends_the_stuck_order(site: &Site, look: Look) {
    let Some(page) = Page::open(&site.server.base, look).await else { return };
    site.log_in(&page, "admin").await;
    page.until_text("section.alarm", "1 order needs a person").await;
    page.press("section.alarm a[href='/admin/orders/?list=attention']").await;
    page.until_text("tbody", "needs a person").await;
    page.press("tbody tr td a").await;
    let stuck = site.path("/admin/orders/{stuck}/");
    page.until("its page is open", async || page.path().await == stuck).await;
    page.until_text("#live", "arrived after the cancellation and is held").await;
    page.until_text("#live", "the held money goes back, unless a person has decided before").await;
    let action = "details.action:has(input[value=return_held])";
    page.press(&format!("{action} summary")).await;
    page.until_text(action, "to give 120.00 EUR back").await;
    page.until_text(action, "120.00 EUR of the buyer's money are set aside to go back").await;
    page.fill(&format!("{action} input[name=reason]"), "the jar is sold").await;
    page.press(&format!("{action} button")).await;
    page.until_text(".notice", "Done.").await;
    // Nobody loads the page again: the refund goes through at the provider, and the page follows.
    page.until_text("#live", "refund 1 went through").await;
    page.until_text("#live .split", "refunded").await;
    page.go("/admin/audit/").await;
    page.until_text("tbody tr", "order.return_held").await;
    page.until_text("tbody tr", "the jar is sold").await;
    page.is_quiet().await;
    page.close().await;
}

#[tokio::test]
async fn the_stuck_order_is_found_understood_tried_out_and_mended_on_a_laptop() {
    mends_the_stuck_order(&Site::furnished().await, Look::DESKTOP).await;
}

#[tokio::test]
async fn the_stuck_order_is_found_understood_tried_out_and_mended_on_a_phone() {
    mends_the_stuck_order(&Site::furnished().await, Look::PHONE.dark()).await;
}

#[tokio::test]
async fn the_stuck_order_is_mended_without_scripts_too() {
    let site = Site::furnished().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP.without_scripts()).await else { return };
    site.log_in(&page, "admin").await;
    page.go(&site.path("/admin/orders/{stuck}/")).await;
    let action = "details.action:has(input[value=return_held])";
    page.press(&format!("{action} summary")).await;
    page.fill(&format!("{action} input[name=reason]"), "the jar is sold").await;
    page.press(&format!("{action} button")).await;
    page.until_text(".notice", "Done.").await;
    page.until("the money is back", async || {
        page.go(&site.path("/admin/orders/{stuck}/")).await;
        page.text("#live .split").await.is_some_and(|text| text.contains("refunded"))
    })
    .await;
    page.close().await;
}

#[tokio::test]
async fn what_one_is_filling_in_stays_while_the_page_moves() {
    let site = Site::furnished().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP).await else { return };
    site.log_in(&page, "admin").await;
    page.go(&site.path("/admin/orders/{paid}/")).await;
    let action = "details.action:has(input[value=cancel])";
    page.press(&format!("{action} summary")).await;
    page.fill(&format!("{action} input[name=reason]"), "half a sentence").await;
    // Somebody else acts: the page shows it, and the form is as it was.
    let paid = site.path("{paid}");
    site.server.act("seller", &paid, "prepare", json!({})).await.ok();
    page.until_text("#live", "seller is preparing the part").await;
    let typed = page.eval("return document.querySelector('details.action[open] input[name=reason]').value").await;
    assert_eq!(typed, "half a sentence");
    // What was looked at is not what there is any more, so nothing is done.
    page.press(&format!("{action} button")).await;
    page.until_text(".notice", "Nothing was done: the order has changed").await;
    page.close().await;
}

#[tokio::test]
async fn a_dead_task_is_retried_a_schedule_disabled_and_an_event_replayed() {
    let site = Site::furnished().await;
    for (look, is_first) in [(Look::DESKTOP, true), (Look::PHONE, false)] {
        let Some(page) = Page::open(&site.server.base, look).await else { return };
        site.log_in(&page, "admin").await;
        if is_first {
            page.press("section.alarm a[href*='state=FAILURE']").await;
            page.press("tbody td a[href*='/admin/tasks/']").await;
            page.go(&site.path("/admin/tasks/{failed_task}/")).await;
            page.until_text("main", "the printer is out of paper").await;
            page.press("form[action$='/retry/'] button").await;
            page.until_text("#live .split", "SUCCESS").await;
        }
        page.go("/admin/schedules/").await;
        page.press("form[action='/admin/schedules/rates.update/disable/'] button").await;
        page.until_text(".notice", "rates.update does not fire any more").await;
        page.press("form[action='/admin/schedules/rates.update/enable/'] button").await;
        page.until_text(".notice", "rates.update fires at its times again").await;
        page.go("/admin/webhooks/?state=folded&kind=checkout.session.completed").await;
        page.press("tbody tr td a").await;
        page.press("form[action$='/replay/'] button").await;
        page.until_text(".notice", "waits to be folded again").await;
        let here = page.path().await;
        page.until("it is folded again", async || {
            page.go(&here).await;
            let shows = async |css: &str, part: &str| page.text(css).await.is_some_and(|text| text.contains(part));
            shows("ol.timeline", "revived").await && shows("ol.timeline li:last-child", "folded").await
        })
        .await;
        page.is_quiet().await;
        page.close().await;
    }
}

#[tokio::test]
async fn nothing_keeps_anybody_from_using_any_page_in_light_and_dark_on_laptop_and_phone() {
    let site = Site::furnished().await;
    let mut wrong = Vec::new();
    for look in [Look::DESKTOP, Look::DESKTOP.dark(), Look::PHONE, Look::PHONE.dark()] {
        let Some(page) = Page::open(&site.server.base, look).await else { return };
        page.go("/admin/login/").await;
        page.is_accessible().await;
        site.log_in(&page, "admin").await;
        for path in PAGES {
            page.go(&site.path(path)).await;
            // What is folded away is a part of the page, too.
            page.eval("document.querySelectorAll('main details').forEach(it => { it.open = true })").await;
            let Some(violations) = page.axe().await else { return };
            wrong.extend(violations.iter().map(|it| format!("{path} {look:?}: {it}")));
            let wide = "return document.documentElement.scrollWidth - innerWidth";
            if page.eval(wide).await.as_i64().unwrap() > 0 {
                wrong.push(format!("{path} {look:?}: is wider than the screen"));
            }
        }
        page.close().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_keyboard_alone_leads_past_the_menu_and_through_an_action() {
    let site = Site::furnished().await;
    let Some(page) = Page::open(&site.server.base, Look::DESKTOP).await else { return };
    site.log_in(&page, "admin").await;
    page.go(&site.path("/admin/orders/{stuck}/")).await;
    let focus = async || page.eval("return document.activeElement.textContent.trim()").await;
    let type_keys = async |keys: &str| {
        page.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    };
    type_keys("\u{e004}").await;
    assert_eq!(focus().await, "Skip to content");
    type_keys("\u{e007}").await;
    page.until("the content has the focus", async || page.eval("return document.activeElement.id").await == "main")
        .await;
    for _ in 0..10 {
        type_keys("\u{e004}").await;
        if focus().await.as_str().is_some_and(|text| text.starts_with("Give the held money back")) {
            break;
        }
    }
    type_keys("\u{e007}\u{e004}").await;
    type_keys("by keyboard\u{e007}").await;
    page.until_text(".notice", "Done.").await;
    page.close().await;
}

#[tokio::test]
async fn the_first_view_is_light_and_quick() {
    let site = Site::furnished().await;
    let Some(page) = Page::open(&site.server.base, Look::PHONE).await else { return };
    site.log_in(&page, "admin").await;
    page.forget_files().await;
    page.go("/admin/").await;
    let weight = page.weight().await;
    assert!(weight.bytes < 100_000, "{weight:?}");
    page.close().await;
}
