//! What a stranger's page, a stranger's text and a stranger's link get out of the console: nothing.

use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, X_FRAME_OPTIONS};
use serde_json::json;

use super::StaffMember;
use crate::support::{GOOD, Place, Server};
use crate::visitor::Visitor;

/// What somebody writes who wants it to run in front of the staff.
const MARKS: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

async fn admin(server: &Server) -> StaffMember {
    let person = Visitor::of(server).demo("admin").await;
    StaffMember::enter(server, &person.email, &person.password).await
}

#[tokio::test]
async fn a_form_of_another_site_or_without_its_token_changes_nothing() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = admin(&server).await;
    let token = admin.form_token().await;
    let path = "/admin/schedules/rates.update/disable/";
    let good = [("form_token", token.as_str())];
    for (origin, fields) in [
        (server.base.as_str(), &[][..]),
        (&server.base, &[("form_token", "")]),
        (&server.base, &[("form_token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]),
        ("https://evil.example", &good),
        ("null", &good),
        ("http://127.0.0.1:1", &good),
    ] {
        let refused = admin.submit_from(origin, path, fields).await;
        assert_eq!(refused.status, 403, "{origin} {fields:?}: {}", refused.text);
    }
    let someone = StaffMember::enter(&server, "admin@example.com", &password(&server).await).await;
    let theirs = someone.form_token().await;
    let refused = admin.submit(path, &[("form_token", theirs.as_str())]).await;
    assert_eq!(refused.status, 403, "the token of another session is none");
    let schedules = admin.page("/admin/schedules/").await;
    assert!(schedules.contains("/admin/schedules/rates.update/disable/"), "it is still on");
    assert_eq!(admin.submit(path, &good).await.status, 303, "the same form from its own page is taken");
}

async fn password(server: &Server) -> String {
    Visitor::of(server).demo("admin").await.password
}

#[tokio::test]
async fn pages_can_t_be_framed_or_kept_and_run_nothing_but_our_files() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = admin(&server).await;
    for path in ["/admin/", "/admin/login/", "/admin/orders/", "/admin/orders/0192f0c1-a2b3-7d4e-8f90-1234567890ab/"] {
        let reply = admin.get(path).await;
        let header = |name| reply.headers.get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header(CONTENT_SECURITY_POLICY);
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!((header(X_FRAME_OPTIONS), header(CACHE_CONTROL)), ("DENY".to_owned(), "no-store".to_owned()));
        // Nothing in the page itself would need more than that allows.
        assert!(!reply.text.contains(" style=") && !reply.text.contains(" onclick"), "{path}");
        assert_eq!(reply.text.matches("<script").count(), reply.text.matches("<script src=\"/admin/static/").count());
    }
}

#[tokio::test]
async fn a_link_can_t_lead_out_of_the_console() {
    let server = Server::start(&Place::memory(), &[]).await;
    let (nobody, password) = (StaffMember::nobody(&server), password(&server).await);
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/api/docs/", "/admin//evil"] {
        let fields = [("email", "admin@example.com"), ("password", &*password), ("next", next)];
        let reply = nobody.submit("/admin/login/", &fields).await;
        assert_eq!((reply.status, reply.headers[LOCATION].to_str().unwrap()), (303, "/admin/"), "{next}");
    }
}

#[tokio::test]
async fn what_people_write_is_shown_as_they_wrote_it_and_runs_nowhere() {
    let server = Server::start(&Place::memory(), &[]).await;
    let nobody = Visitor::of(&server);
    let (operator, buyer, seller) =
        (nobody.demo("admin").await, nobody.demo("buyer").await, nobody.demo("seller").await);
    // Names, texts of products, notes, what is said, complaints, applications, reasons, arguments of tasks.
    let names =
        json!({ "first_name": MARKS, "last_name": MARKS, "street_address": MARKS, "city": MARKS, "country": "GB" });
    let names = buyer.at.patch("/api/auth/profile/", names).await;
    assert!(names.status < 300 || names.status == 400, "{}", names.text);
    let offer = json!({ "name": MARKS, "price": "5.00", "stock_quantity": 9, "condition": "new", "description": MARKS,
        "brand": MARKS, "tags": ["<script>alert(1)</script>"] });
    let offer = seller.at.post("/api/marketplace/products/", offer).await.ok();
    let body =
        json!({ "items": [{ "product_id": offer["id"], "quantity": 1 }], "currency": "EUR", "buyer_notes": MARKS });
    let order = buyer.at.post("/api/payments/checkout_session/", body).await.ok();
    server.pay(&order, GOOD).await;
    let talk = json!({ "product_id": offer["id"] });
    let talk = buyer.at.post("/api/chat/conversations/", talk).await.ok();
    let said = format!("/api/chat/conversations/{}/messages/", talk["thread_id"].as_str().unwrap());
    let message = seller.at.post(&said, json!({ "text": MARKS })).await.ok();
    let report = json!({ "message": message["id"], "reason": "other", "description": MARKS });
    let report = buyer.at.post("/api/chat/reports/", report).await.ok();
    let applicant = nobody.join("applicant", &operator.at).await;
    applicant.secure(&operator.at).await;
    let application = applicant.apply(&[("business_name", MARKS), ("motivation", MARKS)]).await.ok();
    let order = order["order_id"].as_str().unwrap().to_owned();
    let admin = StaffMember::enter(&server, &operator.email, &operator.password).await;
    let version = |page: &str| {
        let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let page = admin.page(&format!("/admin/orders/{order}/")).await;
    let fields = [("action", "cancel"), ("version", &*version(&page)), ("reason", MARKS)];
    admin.act(&format!("/admin/orders/{order}/act/"), &fields).await;
    let args = serde_json::to_string(&json!({ "order": MARKS })).unwrap();
    admin.act("/admin/tasks/run/", &[("kind", "orders.cancel_expired"), ("args", &args)]).await;
    let (product, text) = (offer["id"].as_str().unwrap(), MARKS);
    let query =
        serde_urlencoded::to_string([("q", text), ("status", text), ("kind", text), ("from", text), ("actor", text)])
            .unwrap();
    let account = format!("/admin/accounts/{}/", buyer.id);
    let mut seen = 0;
    for path in [
        format!("/admin/orders/{order}/"),
        "/admin/orders/".to_owned(),
        format!("/admin/orders/?{query}"),
        format!("/admin/products/{product}/"),
        format!("/admin/products/?{query}"),
        account,
        format!("/admin/accounts/?{query}"),
        format!("/admin/applications/{}/", application["application_id"].as_str().unwrap()),
        "/admin/applications/".to_owned(),
        format!("/admin/reports/{}/", report["id"].as_str().unwrap()),
        "/admin/reports/".to_owned(),
        "/admin/audit/".to_owned(),
        format!("/admin/audit/?{query}"),
        format!("/admin/tasks/?{query}"),
        format!("/admin/webhooks/?{query}"),
        "/admin/mails/".to_owned(),
        format!("/admin/rates/?from={0}&to={0}&amount={0}", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
        format!("/admin/login/?next={}", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
    ] {
        let page = admin.get(&path).await.text;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}: {page}");
        seen += usize::from(page.contains("&#60;script&#62;alert(1)"));
    }
    assert!(seen >= 8, "the texts are shown: on {seen} pages");
}
