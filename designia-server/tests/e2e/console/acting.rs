//! What actions do, and what they leave behind.

use reqwest::header::LOCATION;
use serde_json::{Value, json};

use super::StaffMember;
use crate::support::{GOOD, Place, Server, on_every_database};
use crate::visitor::{Person, Visitor};

on_every_database! {
    an_order_is_cancelled_as_its_dry_run_said_and_the_audit_log_tells_who_and_why,
    an_action_on_what_has_changed_meanwhile_does_nothing,
    lists_and_exports_hold_what_is_searched_for,
    payments_of_all_orders_are_listed_by_their_state,
    a_schedule_is_switched_off_and_on_and_a_queue_is_held,
    the_overview_counts_what_there_is,
}

async fn admin(server: &Server) -> (Person, StaffMember) {
    let person = Visitor::of(server).demo("admin").await;
    let member = StaffMember::enter(server, &person.email, &person.password).await;
    (person, member)
}

/// An order of the buyer's, not paid.
async fn placed(server: &Server) -> String {
    let buyer = Visitor::of(server).demo("buyer").await;
    let product = server.product("tea-bowl").await;
    let body = json!({ "items": [{ "product_id": product["id"], "quantity": 2 }], "currency": "EUR" });
    let checkout = buyer.at.post("/api/payments/checkout_session/", body).await.ok();
    checkout["order_id"].as_str().unwrap().to_owned()
}

async fn explained(operator: &Person, order: &str) -> Value {
    operator.at.get(&format!("/api/admin/orders/{order}/")).await.ok()
}

async fn an_order_is_cancelled_as_its_dry_run_said_and_the_audit_log_tells_who_and_why(place: &Place) {
    let server = Server::start(place, &[]).await;
    let (operator, admin) = admin(&server).await;
    let order = placed(&server).await;
    server
        .until("its page is open", async || explained(&operator, &order).await["payments"][0]["state"] == "open")
        .await;
    let before = explained(&operator, &order).await;
    let dry_run = before["actions"].as_array().unwrap().iter().find(|it| it["action"] == "cancel").unwrap().clone();
    // A payment page is open: the provider is asked first.
    assert_eq!(dry_run["status"], "expiring", "{dry_run}");
    assert!(dry_run["calls"][0].as_str().unwrap().contains("close payment 1"), "{dry_run}");
    assert_eq!(before["upcoming"][0]["what"], "the buyer is reminded to pay", "{before}");
    let page = admin.page(&format!("/admin/orders/{order}/")).await;
    for told in ["What happens next", "the buyer is reminded to pay", "Cancel the order", "to close payment 1"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let version = before["version"].to_string();
    let fields = [("action", "cancel"), ("version", version.as_str()), ("reason", "the kiln has burst")];
    let acted = admin.act(&format!("/admin/orders/{order}/act/"), &fields).await;
    assert_eq!((acted.status, acted.headers[LOCATION].to_str().unwrap()), (303, &*format!("/admin/orders/{order}/")));
    let is_cancelled = async || explained(&operator, &order).await["order"]["status"] == "cancelled";
    server.until("it is cancelled", is_cancelled).await;
    let after = explained(&operator, &order).await;
    let asked = after["timeline"].as_array().unwrap().iter().find(|it| it["type"] == "closing_began").unwrap();
    assert_eq!((&asked["cause"], &asked["caused_by"]), (&json!("request"), &json!("the marketplace")));
    assert!(after["order"]["cancellation_reason"].as_str().unwrap().contains("the kiln has burst"));
    let rows = operator.at.get(&format!("/api/admin/audit/?kind=order&subject={order}")).await.ok();
    let row = &rows["results"][0];
    assert_eq!(
        (&row["action"], &row["actor_name"], &row["reason"], &row["outcome"]),
        (&json!("order.cancel"), &json!("admin"), &json!("the kiln has burst"), &json!("done")),
        "{rows}"
    );
    assert!(row["request_id"].is_string() && row["from"].is_string(), "{row}");
}

async fn an_action_on_what_has_changed_meanwhile_does_nothing(place: &Place) {
    let server = Server::start(place, &[]).await;
    let (operator, admin) = admin(&server).await;
    let order = placed(&server).await;
    let fields = [("action", "cancel"), ("version", "1"), ("reason", "too late")];
    server.until("it has moved on", async || explained(&operator, &order).await["version"] != 1).await;
    let acted = admin.act(&format!("/admin/orders/{order}/act/"), &fields).await;
    assert_eq!(acted.status, 303, "{}", acted.text);
    assert_eq!(explained(&operator, &order).await["order"]["status"], "pending_payment");
    let rows = operator.at.get("/api/admin/audit/?area=order").await.ok();
    assert_eq!(rows["results"][0]["outcome"], "refused", "{rows}");
    assert!(rows["results"][0]["why"].as_str().unwrap().contains("has changed"), "{rows}");
}

async fn lists_and_exports_hold_what_is_searched_for(place: &Place) {
    let server = Server::start(place, &[]).await;
    let (operator, admin) = admin(&server).await;
    let (unpaid, paid) = (placed(&server).await, placed(&server).await);
    let buyer = Visitor::of(&server).demo("buyer").await;
    let checkout = buyer.at.post(&format!("/api/payments/checkout_session/{paid}/"), json!({})).await;
    if checkout.status < 300 {
        server.pay(&checkout.json(), GOOD).await;
    }
    server
        .until("a page is open", async || explained(&operator, &unpaid).await["payments"][0]["state"] == "open")
        .await;
    let session = explained(&operator, &unpaid).await["payments"][0]["session"].as_str().unwrap().to_owned();
    let found = async |query: &str| {
        let page = operator.at.get(&format!("/api/admin/orders/?{query}")).await.ok();
        let rows = page["results"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("q={unpaid}")).await, [unpaid.as_str()]);
    assert_eq!(found(&format!("q={session}")).await, [unpaid.as_str()], "by what the provider calls it");
    assert_eq!(found("q=buyer@example.com").await.len(), 2);
    assert_eq!(found("q=buyer").await.len(), 2, "by name");
    assert_eq!(found("q=nobody-there").await.len(), 0);
    assert_eq!(found("seller=seller").await.len(), 2);
    assert_eq!(found("currency=EUR&min=80&max=90").await.len(), 0);
    assert_eq!(found("currency=EUR&min=70.00&max=80").await.len(), 2);
    assert_eq!(found("from=2026-11-22&to=2026-11-22").await.len(), 2);
    assert_eq!(found("to=2026-11-21").await.len(), 0);
    assert!(found("list=due").await.contains(&unpaid));
    assert_eq!(found("list=attention").await.len(), 0);
    for (query, field) in [
        ("status=x", "status"),
        ("from=x", "from"),
        ("min=1", "currency"),
        ("list=x", "list"),
        ("currency=EUR&min=x", "min"),
    ] {
        let refused = operator.at.get(&format!("/api/admin/orders/?{query}")).await;
        assert_eq!((refused.status, &refused.json()["field"]), (400, &json!(field)), "{query}");
    }
    let table = admin.get("/admin/orders/export/?q=buyer@example.com").await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = table.text.lines().collect();
    assert_eq!(lines.len(), 3, "{}", table.text);
    assert!(lines[0].starts_with("id,placed_at,status,payment_status,buyer,email"), "{}", lines[0]);
    assert!(lines[1..].iter().any(|line| line.starts_with(&unpaid) && line.contains(",77.00,EUR,")), "{}", table.text);
    let page = admin.page("/admin/orders/?status=pending_payment").await;
    assert!(page.contains(&unpaid), "{page}");
}

async fn payments_of_all_orders_are_listed_by_their_state(place: &Place) {
    let server = Server::start(place, &[]).await;
    let (operator, admin) = admin(&server).await;
    let (first, second) = (placed(&server).await, placed(&server).await);
    let listed = async |query: &str| operator.at.get(&format!("/api/admin/payments/?{query}")).await.ok();
    let orders = async |query: &str| {
        let page = listed(query).await;
        let rows = page["results"].as_array().unwrap().iter();
        rows.map(|row| row["order_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let both = [second.as_str(), first.as_str()];
    server.until("both pages are open", async || orders("state=open").await == both).await;
    let page = listed("list=attempts&state=open&page_size=1").await;
    assert_eq!(page["results"][0]["attempts"][0]["state"], "open", "{page}");
    let next = page["next"].as_str().unwrap();
    assert_eq!(orders(&format!("state=open&page_size=1&after={next}")).await, [first.as_str()]);
    assert_eq!(orders("").await.len(), 0, "nobody has paid");
    assert_eq!(orders("list=refunds&state=failed").await.len(), 0);
    for (query, field) in
        [("list=x", "list"), ("state=x", "state"), ("list=refunds&state=open", "state"), ("after=x", "after")]
    {
        let refused = operator.at.get(&format!("/api/admin/payments/?{query}")).await;
        assert_eq!((refused.status, &refused.json()["field"]), (400, &json!(field)), "{query}");
    }
    let page = admin.page("/admin/payments/?list=attempts&state=open").await;
    assert!(both.iter().all(|order| page.contains(&format!("/admin/orders/{order}/"))), "{page}");
    assert!(admin.page("/admin/payments/?list=refunds&state=succeeded").await.contains("None."));
}

async fn a_schedule_is_switched_off_and_on_and_a_queue_is_held(place: &Place) {
    let server = Server::start(place, &[]).await;
    let (operator, admin) = admin(&server).await;
    let enabled = async || operator.at.get("/api/admin/schedules/rates.update/").await.ok()["enabled"].clone();
    server
        .until("there are schedules", async || {
            operator.at.get("/api/admin/schedules/rates.update/").await.status == 200
        })
        .await;
    assert_eq!(admin.act("/admin/schedules/rates.update/disable/", &[]).await.status, 303);
    assert_eq!(enabled().await, false);
    assert_eq!(admin.act("/admin/schedules/rates.update/enable/", &[]).await.status, 303);
    assert_eq!(enabled().await, true);
    assert_eq!(admin.act("/admin/queues/payment_tasks/pause/", &[]).await.status, 303);
    assert!(admin.page("/admin/").await.contains("the queue payment_tasks is held"), "it is trouble until it goes on");
    assert_eq!(admin.act("/admin/queues/payment_tasks/resume/", &[]).await.status, 303);
    let run = admin.act("/admin/schedules/rates.update/run/", &[]).await;
    let task = run.headers[LOCATION].to_str().unwrap().to_owned();
    assert!(task.starts_with("/admin/tasks/"), "{task}");
    server.until("it has run", async || admin.page(&task).await.contains("SUCCESS")).await;
    let rows = operator.at.get("/api/admin/audit/?area=schedule").await.ok();
    let actions: Vec<_> = rows["results"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, ["schedule.run", "schedule.enable", "schedule.disable"]);
}

async fn the_overview_counts_what_there_is(place: &Place) {
    let server = Server::start(place, &[]).await;
    let (operator, admin) = admin(&server).await;
    placed(&server).await;
    let overview = async || operator.at.get("/api/admin/overview/").await.ok();
    server.until("an order is counted", async || overview().await["orders"][0]["count"] == 1).await;
    let it = overview().await;
    assert_eq!(it["orders"][0]["path"], "/admin/orders/?status=pending_payment", "{it}");
    assert_eq!(it["due"]["hours"].as_array().unwrap().len(), 24);
    assert_eq!(it["due"]["overdue"], 0);
    let page = admin.page("/admin/").await;
    assert!(page.contains("/admin/orders/?status=pending_payment"), "{page}");
    let files = ["console.css", "htmx.js", "hx-sse.js", "icon.svg"];
    let mut size = page.len();
    for file in files {
        let reply = admin.get(&format!("/admin/static/{file}")).await;
        assert!(reply.headers["cache-control"].to_str().unwrap().contains("immutable"), "{file}");
        size += reply.text.len();
    }
    assert!(size < 100_000, "the first view weighs {size} bytes");
}
