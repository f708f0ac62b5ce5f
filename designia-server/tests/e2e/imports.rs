//! Tables of products.

use serde_json::Value;

use crate::support::{Place, Server, on_every_database};

const IMPORT: &str = "/api/marketplace/products/import/";

on_every_database! {
    good_rows_are_imported_and_bad_ones_told_by_line_and_column,
    all_or_nothing_is_nothing_if_one_row_is_bad,
    a_table_is_the_sellers_own_affair,
}

const TABLE: &str = "sku,name,price,currency,stock_quantity,tags\n\
    B1,Winter bowl,38.50,EUR,4,clay|tea\n\
    B2,,12.00,EUR,1,\n\
    B3,Summer bowl,free,EUR,1,\n\
    B4,\"Bowl, large\",52,EUR,2,\n";

async fn import(server: &Server, query: &str, table: &str) -> Value {
    let begun = server.post_file("seller", &format!("{IMPORT}{query}"), "text/csv", table.as_bytes().to_vec()).await;
    assert_eq!(begun.status, 202, "{}", begun.body);
    let path = begun.body["status_url"].as_str().unwrap().to_owned();
    let state = async || server.get("seller", &path).await.ok()["state"].as_str().unwrap().to_owned();
    server.until("the import has ended", async || state().await == "SUCCESS").await;
    server.get("seller", &path).await.ok()["report"].clone()
}

fn told(report: &Value) -> [u64; 4] {
    ["rows", "created", "updated", "failed"].map(|name| report[name].as_u64().unwrap())
}

async fn good_rows_are_imported_and_bad_ones_told_by_line_and_column(place: &Place) {
    let server = Server::start(place, &[]).await;
    let report = import(&server, "", TABLE).await;
    assert_eq!(told(&report), [4, 2, 0, 2]);
    let faults: Vec<_> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["row"].as_u64().unwrap(), it["column"].as_str().unwrap()))
        .collect();
    assert_eq!(faults, [(3, "name"), (4, "price")]);
    let again = import(&server, "", &TABLE.replace("38.50", "39.00")).await;
    assert_eq!(told(&again), [4, 0, 2, 2], "what is known by its number is changed, not made twice");
    let mine = server.get("seller", "/api/marketplace/products/my_products/?page_size=50").await.ok();
    let bowls: Vec<_> = mine["results"].as_array().unwrap().iter().filter(|it| it["name"] == "Winter bowl").collect();
    assert_eq!(
        (bowls.len(), bowls[0]["price"].as_str(), bowls[0]["stock_quantity"].as_u64()),
        (1, Some("39.00"), Some(4))
    );
    let by_slug = format!("slug,stock_quantity\n{},7\ntide-print,1\n", bowls[0]["slug"].as_str().unwrap());
    let by_slug = import(&server, "", &by_slug).await;
    assert_eq!((told(&by_slug), by_slug["errors"][0]["column"].as_str()), ([2, 0, 1, 1], Some("slug")));
    assert_eq!(server.stock(bowls[0]["slug"].as_str().unwrap()).await, 7);
}

async fn all_or_nothing_is_nothing_if_one_row_is_bad(place: &Place) {
    let server = Server::start(place, &[]).await;
    let count = async || {
        server.get("seller", "/api/marketplace/products/my_products/").await.ok()["results"].as_array().unwrap().len()
    };
    let before = count().await;
    assert_eq!(told(&import(&server, "?atomic=true", TABLE).await), [4, 0, 0, 2]);
    assert_eq!(count().await, before);
    let good = "sku,name,price,currency\nB1,Bowl,1,EUR\nB2,Cup,2,EUR\n";
    assert_eq!(told(&import(&server, "?atomic=true", good).await), [2, 2, 0, 0]);
    assert_eq!(count().await, before + 2);
}

async fn a_table_is_the_sellers_own_affair(place: &Place) {
    let server = Server::start(place, &[]).await;
    let send =
        async |who: &str, kind: &str, table: &str| server.post_file(who, IMPORT, kind, table.as_bytes().to_vec()).await;
    send("buyer", "text/csv", TABLE).await.refused(403, "forbidden");
    send("seller", "application/json", TABLE).await.refused(415, "unsupported_media_type");
    for table in ["", "name,price\n", "name,secret_column\na,b\n", "name,price\na\n"] {
        assert_eq!(send("seller", "text/csv", table).await.refused(400, "invalid_field")["field"], "file");
    }
    let begun = send("seller", "text/csv", "sku,name,price,currency\nX,Bowl,1,EUR\n").await.ok();
    let path = begun["status_url"].as_str().unwrap();
    server.get("seller2", path).await.refused(404, "not_found");
    server.get("seller", &format!("{IMPORT}00000000-0000-0000-0000-000000000001/")).await.refused(404, "not_found");
    let form =
        format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{TABLE}\r\n--x--\r\n");
    assert_eq!(send("seller", "multipart/form-data; boundary=x", &form).await.status, 202);
}

#[tokio::test]
async fn all_of_it_holds_in_a_file_too() {
    good_rows_are_imported_and_bad_ones_told_by_line_and_column(&Place::file()).await;
    all_or_nothing_is_nothing_if_one_row_is_bad(&Place::file()).await;
    a_table_is_the_sellers_own_affair(&Place::file()).await;
}
