//! Files: what is asked for by a path that leads elsewhere, and uploads that are not what they say.

use reqwest::Method;
use serde_json::json;

use super::raw;
use crate::samples::{PNG, base64};
use crate::support::{Place, Server};
use crate::visitor::{JWT_SECRET, Part, Visitor};

/// Uploads of one person in a minute are limited, so they are tried a few at a time.
const PICTURES: &str = "/api/marketplace/products/tea-bowl/images/";

#[tokio::test]
async fn no_path_leads_out_of_the_folder_of_pictures() {
    let server = Server::start(&Place::file(), &[]).await;
    let paths = [
        "/media/../designia.db",
        "/media/..%2fdesignia.db",
        "/media/%2e%2e/designia.db",
        "/media/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/media/....//....//etc/passwd",
        "/media/..%5c..%5cetc%5cpasswd",
        "/media//etc/passwd",
        "/media/%00",
        "/media/x%00.png",
        "/media/../../../../../../etc/passwd",
        "/media/%252e%252e%252fetc%252fpasswd",
        "/media/.",
        "/media/..",
        "/media/",
        "/media",
        "/media/exports/",
        "/media/exports/x.json",
        "/media/file:///etc/passwd",
        "/media/~root/.profile",
        "/media/C:%5cWindows",
    ];
    for path in paths {
        let answer = raw::get(&server, path).await;
        assert!(matches!(raw::status(&answer), 400 | 404), "{path}: {answer}");
        assert!(
            !answer.contains("root:") && !answer.contains("SQLite format") && !answer.contains(JWT_SECRET),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_export_is_nobodys_but_its_owners() {
    let server = Server::start(&Place::memory(), &[]).await;
    let admin = Visitor::of(&server).demo("admin").await;
    let (owner, other) = (admin.at.join("owner", &admin.at).await, admin.at.join("other", &admin.at).await);
    let url = owner.at.get("/api/auth/profile/export/").await.ok()["url"].as_str().unwrap().to_owned();
    server.until("it is there", async || owner.at.get(&url).await.status == 200).await;
    assert_eq!(Visitor::of(&server).get(&url).await.status, 401);
    assert_eq!(other.at.get(&url).await.status, 404);
    assert_eq!(admin.at.get(&url).await.status, 404);
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap();
    for path in
        [format!("/media/exports/{}/{name}.json", owner.id), format!("/media/exports%2f{}%2f{name}.json", owner.id)]
    {
        assert!(matches!(raw::status(&raw::get(&server, &path).await), 400 | 404), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_whatever_it_calls_itself() {
    let server = Server::start(&Place::memory(), &[]).await;
    let seller = Visitor::of(&server).demo("seller").await;
    let files: [(&str, &str, &[u8]); 7] = [
        ("page.png", "image/png", b"<html><script>alert(1)</script></html>"),
        ("picture.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("program.jpg", "image/jpeg", b"\x7fELF\x02\x01\x01"),
        ("empty.webp", "image/webp", b""),
        ("head.png", "image/png", &PNG[..20]),
        ("archive.png", "image/png", b"PK\x03\x04"),
        ("old.gif", "image/gif", b"GIF89a\x01\0\x01\0"),
    ];
    for (name, kind, content) in files {
        let reply = seller.at.form(Method::POST, PICTURES, &[Part::file("image", name, kind, content)]).await;
        assert!(matches!(reply.status, 400 | 415), "{name}: {} {}", reply.status, reply.text);
    }
}

#[tokio::test]
async fn a_picture_is_named_and_typed_by_the_server_and_nothing_in_it_runs() {
    let server = Server::start(&Place::memory(), &[]).await;
    let seller = Visitor::of(&server).demo("seller").await;
    for name in ["../../../etc/cron.d/x", "x.html", "x.php\\0.png", "..\\..\\x.png"] {
        let part = Part::file("image", name, "text/html", PNG);
        let pictures = seller.at.form(Method::POST, PICTURES, &[part]).await.ok();
        let url = pictures.as_array().unwrap().last().unwrap()["url"].as_str().unwrap().to_owned();
        assert!(!url.contains("..") && !url.contains("cron") && !url.contains("html") && !url.contains("php"), "{url}");
        let shown = seller.at.nobody().get(&url[url.find("/media/").unwrap()..]).await;
        assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")));
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        assert!(shown.header("content-security-policy").unwrap().contains("sandbox"));
        assert!(shown.header("content-disposition").is_some());
    }
}

#[tokio::test]
async fn a_picture_that_would_fill_the_memory_is_refused_by_what_its_head_says() {
    let server = Server::start(&Place::memory(), &[]).await;
    let seller = Visitor::of(&server).demo("seller").await;
    let mut bomb = PNG.to_vec();
    // Width and height stand behind the length and the name of the first chunk.
    bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let reply = seller.at.form(Method::POST, PICTURES, &[Part::file("image", "bomb.png", "image/png", &bomb)]).await;
    assert!(matches!(reply.status, 400 | 413), "{} {}", reply.status, reply.text);
    let heavy = vec![0; 11 * 1024 * 1024];
    let reply = seller.at.form(Method::POST, PICTURES, &[Part::file("image", "heavy.png", "image/png", &heavy)]).await;
    assert!(matches!(reply.status, 400 | 413), "{} {}", reply.status, reply.text);
}

#[tokio::test]
async fn a_data_uri_is_held_to_the_same_rules_and_nothing_is_stored_of_an_offer_that_breaks_them() {
    let server = Server::start(&Place::memory(), &[]).await;
    let seller = Visitor::of(&server).demo("seller").await;
    for content in [
        format!("data:image/png;base64,{}", base64(b"<html>")),
        format!("data:text/html;base64,{}", base64(b"<script>alert(1)</script>")),
        "data:image/png;base64,****".to_owned(),
        "https://evil.example/x.png".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let picture = json!({ "image_content": content, "filename": "x.png", "is_primary": true, "order": 0 });
        let offer = json!({ "name": "Unwanted", "price": "1.00", "stock_quantity": 1, "condition": "new", "image_data": [picture] });
        let reply = seller.at.post("/api/marketplace/products/", offer).await;
        assert_eq!(reply.status, 400, "{content}: {}", reply.text);
    }
    let mine = seller.at.get("/api/marketplace/products/my_products/").await;
    assert!(!mine.text.contains("Unwanted"));
}
