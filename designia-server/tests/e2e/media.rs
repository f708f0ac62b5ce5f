//! Uploads: nothing leaves the folder, nothing runs.

use serde_json::{Value, json};

use crate::catalog::{PRODUCTS, base64_text, picture};
use crate::support::{Place, Server, on_every_database};

on_every_database! {
    a_picture_is_handed_out_so_that_no_browser_runs_it,
    what_was_hidden_in_a_picture_is_not_handed_out,
    no_path_leads_out_of_the_pictures,
    files_of_a_form_are_named_by_us,
    pictures_of_a_product_that_never_was_are_deleted,
}

fn path_of(url: &str) -> &str {
    &url[url.find("/media/").unwrap()..]
}

async fn made(server: &Server, image: &str) -> Value {
    let body = json!({ "name": "Bowl", "price": "1", "currency": "EUR", "image_data": [{ "image_content": image, "filename": "x.html" }] });
    server.post("seller", PRODUCTS, body).await.ok()
}

async fn a_picture_is_handed_out_so_that_no_browser_runs_it(place: &Place) {
    let server = Server::start(place, &[]).await;
    let url = made(&server, &picture()).await["primary_image"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&server.base), "pages of another origin can show it: {url}");
    let page = server.get_page("", path_of(&url)).await;
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((page.status().as_u16(), header("content-type")), (200, "image/png".to_owned()));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert!(header("cache-control").contains("immutable"));
    assert!(
        header("content-disposition").starts_with("inline; filename=\"")
            && !header("content-disposition").contains("html")
    );
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
}

/// D-26.
async fn what_was_hidden_in_a_picture_is_not_handed_out(place: &Place) {
    let server = Server::start(place, &[]).await;
    let png = include_bytes!("../../src/media/image/samples/told.png");
    let polyglot = [&png[..], b"<script>alert(1)</script>PK\x03\x04"].concat();
    let url = made(&server, &base64_text(&polyglot)).await["primary_image"].as_str().unwrap().to_owned();
    let bytes = server.get_page("", path_of(&url)).await.bytes().await.unwrap();
    let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    assert!(bytes.starts_with(b"\x89PNG") && !has(b"<script>") && !has(b"secret author") && !has(b"SecretCam"));
    for bad in [
        b"<!doctype html><script>alert(1)</script>".as_slice(),
        b"GIF89a=1;alert(1)//",
        b"%PDF-1.7",
        b"\xff\xd8\xff<script>",
    ] {
        let body = json!({ "name": "Bowl", "price": "1", "image_data": [{ "image_content": base64_text(bad) }] });
        server.post("seller", PRODUCTS, body).await.refused(400, "invalid_field");
    }
}

/// D-03, D-27.
async fn no_path_leads_out_of_the_pictures(place: &Place) {
    let server = Server::start(place, &[]).await;
    let table = "sku,name,price\nA,Bowl,1\n".as_bytes().to_vec();
    let import = server.post_file("seller", "/api/marketplace/products/import/", "text/csv", table).await.ok();
    let key = import["id"].as_str().unwrap().replace('-', "");
    for path in [
        &format!("/media/imports/{key}.csv"),
        &format!("/media/images/../imports/{key}.csv"),
        &format!("/media/images/imports/{key}.csv"),
        "/media/",
        "/media/images/",
        "/media/images/00/",
        "/media/images/..%2f..%2fjwt-secret/a.png",
        "/media/images/%2e%2e/designia.db",
        "/media/images/00/..%5c..%5ca.png",
        "/media//etc/passwd",
        "/media/images/00/a.svg",
        "/media/images/00/a.png%00.html",
        "/media/.incoming/1-1",
    ] {
        let answer = server.get("", path).await;
        assert!(answer.status == 404, "{path}: {} {}", answer.status, answer.body);
    }
}

async fn files_of_a_form_are_named_by_us(place: &Place) {
    let server = Server::start(place, &[]).await;
    let png = include_bytes!("../../src/media/image/samples/told.png");
    let form = |content: &[u8]| {
        let head = "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"../../../evil.html\"\r\nContent-Type: text/html\r\n\r\n";
        [head.as_bytes(), content, b"\r\n--x--\r\n"].concat()
    };
    let kind = "multipart/form-data; boundary=x";
    let path = format!("{PRODUCTS}tea-bowl/images/");
    let added = server.post_file("seller", &path, kind, form(png)).await.ok();
    let url = added[0]["url"].as_str().unwrap();
    assert!(url.ends_with(".png") && !url.contains("evil"), "{url}");
    assert_eq!(server.get_page("", path_of(url)).await.status(), 200);
    let problem = server.post_file("seller", &path, kind, form(b"<html>")).await.refused(400, "invalid_field");
    assert_eq!(problem["field"], "image[0]");
    server.post_file("seller2", &path, kind, form(png)).await.refused(403, "not_allowed");
    server.post_file("seller", &path, "image/png", png.to_vec()).await.refused(415, "unsupported_media_type");
    let large = [&png[..], &vec![0; 10 * 1024 * 1024]].concat();
    server.post_file("seller", &path, kind, form(&large)).await.refused(400, "invalid_field");
    let body = vec![b'x'; 2 * 1024 * 1024];
    server
        .post_file("seller", "/api/activity/track/", "application/json", body)
        .await
        .refused(413, "payload_too_large");
}

async fn pictures_of_a_product_that_never_was_are_deleted(place: &Place) {
    let server = Server::start(place, &[]).await;
    let made = made(&server, &picture()).await;
    let kept = path_of(made["primary_image"].as_str().unwrap()).to_owned();
    let path = format!("{PRODUCTS}{}/", made["slug"].as_str().unwrap());
    let more = json!({ "image_data": [{ "image_content": picture() }] });
    let changed = server.send("seller", reqwest::Method::PATCH, &path, more).await.ok();
    let gone = path_of(changed["images"][1]["url"].as_str().unwrap()).to_owned();
    server.send("seller", reqwest::Method::DELETE, &format!("{path}images/2/"), json!({})).await.ok();
    assert_eq!(server.get("", &gone).await.status, 200, "for a while, for pages that show it");
    server.clock.advance(crate::support::HOUR * 2);
    server.until("what was taken off is deleted", async || server.get("", &gone).await.status == 404).await;
    assert_eq!(server.get("", &kept).await.status, 200);
}

#[tokio::test]
async fn all_of_it_holds_in_a_file_too() {
    a_picture_is_handed_out_so_that_no_browser_runs_it(&Place::file()).await;
    what_was_hidden_in_a_picture_is_not_handed_out(&Place::file()).await;
    no_path_leads_out_of_the_pictures(&Place::file()).await;
    files_of_a_form_are_named_by_us(&Place::file()).await;
    pictures_of_a_product_that_never_was_are_deleted(&Place::file()).await;
}
