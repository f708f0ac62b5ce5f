//! Who gets in, and how far.

use reqwest::header::LOCATION;
use serde_json::json;

use super::StaffMember;
use super::staff::routes;
use crate::support::{Place, Server};
use crate::visitor::Visitor;

/// An id of nothing, for the names in a path.
const NONE: &str = "0192f0c1-a2b3-7d4e-8f90-1234567890ab";

/// What is open to everybody: the way in, and the files that pages are made of.
const OUTSIDE: [&str; 3] = ["/admin/login/", "/admin/login/code/", "/admin/static/{name}"];

/// What staff may do, too: moderate, and leave.
const FOR_STAFF: [&str; 3] = ["/admin/applications/{id}/decide/", "/admin/reports/{id}/resolve/", "/admin/logout/"];

/// What only admins may look at: what stands in mails opens accounts.
const FOR_ADMINS: &str = "/admin/mails/";

fn filled(path: &str) -> String {
    path.replace("{id}", NONE).replace("{name}", "nobodys")
}

/// A server with somebody of each kind in front of the console.
async fn people(server: &Server) -> (StaffMember, StaffMember) {
    let nobody = Visitor::of(server);
    let admin = nobody.demo("admin").await;
    let stella = nobody.join("stella", &admin.at).await;
    let role = json!({ "role": "customer", "is_staff": true });
    admin.at.post(&format!("/api/auth/admin/accounts/{}/role/", stella.id), role).await.ok();
    let staff = StaffMember::enter(server, &stella.email, &stella.password).await;
    (StaffMember::enter(server, &admin.email, &admin.password).await, staff)
}

#[tokio::test]
async fn every_page_leads_nobody_to_the_log_in_and_shows_the_staff_what_is_there() {
    let server = Server::start(&Place::memory(), &[]).await;
    let (admin, staff) = people(&server).await;
    let nobody = StaffMember::nobody(&server);
    let mut wrong = Vec::new();
    let pages: Vec<_> = routes().into_iter().filter(|it| it.is_page && !OUTSIDE.contains(&it.path.as_str())).collect();
    assert!(pages.len() > 25, "the table of routes can't be read any more: {pages:?}");
    for route in pages {
        // Streams never end; what they show is what their page shows.
        if route.path.ends_with("/live/") {
            continue;
        }
        let path = filled(&route.path);
        let expected = if route.path.contains('{') { 404 } else { 200 };
        let for_staff = if route.path.starts_with(FOR_ADMINS) { 403 } else { expected };
        let led = nobody.get(&path).await;
        let to = led.headers.get(LOCATION).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        if led.status != 303 || !to.starts_with("/admin/login/?next=%2Fadmin%2F") {
            wrong.push(format!("{path} answers nobody with {} {to}", led.status));
        }
        for (who, member, expected) in [("an admin", &admin, expected), ("staff", &staff, for_staff)] {
            let status = member.get(&path).await.status;
            if status != expected {
                wrong.push(format!("{path} answers {who} with {status} instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_action_is_the_admins_but_for_moderation_and_nobody_acts_without_a_session() {
    let server = Server::start(&Place::memory(), &[]).await;
    let (admin, staff) = people(&server).await;
    let nobody = StaffMember::nobody(&server);
    let mut wrong = Vec::new();
    for route in routes().into_iter().filter(|it| it.is_action && !OUTSIDE.contains(&it.path.as_str())) {
        let path = filled(&route.path);
        let refused = nobody.submit(&path, &[]).await.status;
        if refused != 401 {
            wrong.push(format!("{path} answers nobody with {refused}"));
        }
        if route.path == "/admin/logout/" {
            continue;
        }
        // With no field at all: who may act hears what is missing, or that there is no such thing.
        let status = staff.act(&path, &[]).await.status;
        let may = FOR_STAFF.contains(&route.path.as_str());
        if may != (status != 403) {
            wrong.push(format!("{path} answers staff with {status}"));
        }
        let status = admin.act(&path, &[]).await.status;
        if [401, 403].contains(&status) || status >= 500 {
            wrong.push(format!("{path} answers an admin with {status}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn customers_and_sellers_are_not_let_in_and_their_session_ends_at_the_door() {
    let server = Server::start(&Place::memory(), &[]).await;
    let buyer = Visitor::of(&server).demo("buyer").await;
    let seller = Visitor::of(&server).demo("seller").await;
    let nobody = StaffMember::nobody(&server);
    for person in [&buyer, &seller] {
        let before = person.at.get("/api/auth/sessions/").await.ok()["results"].as_array().unwrap().len();
        let fields = [("email", person.email.as_str()), ("password", person.password.as_str())];
        let reply = nobody.submit("/admin/login/", &fields).await;
        assert_eq!(reply.status, 403, "{}", reply.text);
        assert!(reply.text.contains("for the staff"), "{}", reply.text);
        let after = person.at.get("/api/auth/sessions/").await.ok()["results"].as_array().unwrap().len();
        assert_eq!(before, after, "no session is left behind");
    }
    let wrong = nobody.submit("/admin/login/", &[("email", "admin@example.com"), ("password", "guess")]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("value=\"admin@example.com\"") && !wrong.text.contains("guess"), "{}", wrong.text);
}

#[tokio::test]
async fn leaving_ends_the_session_and_so_does_closing_the_account() {
    let server = Server::start(&Place::memory(), &[]).await;
    let (admin, staff) = people(&server).await;
    let left = staff.act("/admin/logout/", &[]).await;
    assert_eq!((left.status, left.headers[LOCATION].to_str().unwrap()), (303, "/admin/login/"));
    assert_eq!(staff.get("/admin/").await.status, 303, "the cookie alone is worth nothing");
    let stella = StaffMember::enter(&server, "stella@example.net", "a kiln and a wheel and stella").await;
    let accounts = admin.page("/admin/accounts/?q=stella").await;
    let (_, rest) = accounts.split_once("/admin/accounts/0").expect("her account is listed");
    let id = format!("0{}", rest.split('/').next().unwrap());
    let closed = admin.act(&format!("/admin/accounts/{id}/disable/"), &[("reason", "left the company")]).await;
    assert_eq!(closed.status, 303, "{}", closed.text);
    server.until("her session is over", async || stella.get("/admin/").await.status == 303).await;
}

#[tokio::test]
async fn a_console_that_is_read_only_shows_everything_and_changes_nothing() {
    let server = Server::start(&Place::memory(), &["--console", "read-only"]).await;
    let person = Visitor::of(&server).demo("admin").await;
    let admin = StaffMember::enter(&server, &person.email, &person.password).await;
    assert!(admin.page("/admin/").await.contains("set to read-only"));
    let refused = admin.act("/admin/schedules/rates.update/disable/", &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let schedule = person.at.get("/api/admin/schedules/rates.update/").await.ok();
    assert_eq!(schedule["enabled"], true);
    assert_eq!(admin.act("/admin/logout/", &[]).await.status, 303, "leaving is no change");
}

#[tokio::test]
async fn a_console_that_is_off_is_not_there() {
    let server = Server::start(&Place::memory(), &["--console", "off"]).await;
    let nobody = StaffMember::nobody(&server);
    for path in ["/admin/", "/admin/login/", "/admin/static/console.css"] {
        assert_eq!(nobody.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_second_factor_is_asked_for_here_too() {
    let server = Server::start(&Place::memory(), &[]).await;
    let person = Visitor::of(&server).demo("admin").await;
    person.secure(&person.at).await;
    let nobody = StaffMember::nobody(&server);
    let fields = [("email", person.email.as_str()), ("password", person.password.as_str()), ("next", "/admin/tasks/")];
    let asked = nobody.submit("/admin/login/", &fields).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let field = |name: &str| {
        let (_, rest) = asked.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let code = person.at.mail(&person.email, "log_in_code").await.code();
    let (challenge, next) = (field("challenge"), field("next"));
    let step = |code| {
        let fields =
            [("challenge", challenge.clone()), ("code", code), ("by_mail", "true".to_owned()), ("next", next.clone())];
        let nobody = &nobody;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            nobody.submit("/admin/login/code/", &fields).await
        }
    };
    let wrong = step("000000".to_owned()).await;
    assert!(wrong.status == 400 && wrong.text.contains("role=\"alert\""), "{} {}", wrong.status, wrong.text);
    let right = step(code).await;
    assert_eq!((right.status, right.headers[LOCATION].to_str().unwrap()), (303, "/admin/tasks/"));
}
