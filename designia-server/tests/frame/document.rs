//! What the OpenAPI document says of every operation.

use serde_json::Value;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// Every operation with its name.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let known =
            METHODS.iter().filter_map(|method| Some(((*method).to_owned(), path.clone(), item.get(*method)?.clone())));
        known.collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// What an operation lacks, and how to add it.
fn lacks(path: &str, operation: &Value) -> Vec<&'static str> {
    let mut lacks = Vec::new();
    let has_text = |name: &str| operation[name].as_str().is_some_and(|text| !text.trim().is_empty());
    if !has_text("summary") {
        lacks.push("a summary: the first line of the handler's doc comment");
    }
    if !has_text("operationId") {
        lacks.push("an operationId: openapi::complete makes it of method and path");
    }
    if operation["tags"].get(0).and_then(Value::as_str).is_none_or(|tag| tag.is_empty() || tag.contains("::")) {
        lacks.push("a tag: #[utoipa::path(…, tag = \"orders\")]");
    }
    if !operation["security"].is_array() {
        lacks.push("what it says of tokens: security((\"token\" = [])) or nothing for none");
    }
    let responses = operation["responses"].as_object().into_iter().flatten().collect::<Vec<_>>();
    if !responses.iter().any(|(status, _)| status.starts_with(['1', '2', '3'])) {
        lacks.push("an answer that is no error: responses((status = 200, body = …))");
    }
    if !responses.iter().any(|(status, _)| status.starts_with(['4', '5']) || *status == "default") {
        lacks.push("its errors: openapi::complete adds a default");
    }
    let has_token = operation["security"].as_array().is_some_and(|needs| !needs.is_empty());
    // A socket is opened and then closed with a code that says so: a browser sees no status.
    let is_socket = responses.iter().any(|(status, _)| *status == "101");
    if has_token && !is_socket && !responses.iter().any(|(status, _)| *status == "401") {
        lacks.push("the answer to whoever has no token: (status = 401, body = ProblemBody, content_type = …)");
    }
    if responses.iter().any(|(_, response)| response["description"].as_str().is_none_or(str::is_empty)) {
        lacks.push("a description of an answer");
    }
    let names = operation["parameters"].as_array().into_iter().flatten().filter(|it| it["in"] == "path");
    let named: Vec<&str> = names.filter_map(|it| it["name"].as_str()).collect();
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    if in_path.into_iter().any(|name| !named.contains(&name)) {
        lacks.push("a parameter of its path: params((\"id\" = Uuid, Path, description = …))");
    }
    let bodies = operation.pointer("/requestBody/content").and_then(Value::as_object).into_iter().flatten();
    for (kind, body) in bodies {
        let example = &body["example"];
        let is_json = kind == "application/json";
        if is_json
            && (example.is_null() || example.as_object().is_some_and(serde_json::Map::is_empty))
            && body["examples"].is_null()
        {
            lacks.push("an example of its body: #[schema(example = …)] on the fields of the body");
        }
    }
    lacks
}

#[test]
fn every_operation_says_what_it_is_what_it_takes_and_what_it_answers() {
    let document = designia_server::app::document().unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["servers"][0]["url"].is_string() && document["info"]["contact"].is_object());
    let operations = operations(&document);
    assert!(operations.len() > 20, "there are some");
    let wrong: Vec<String> = operations
        .iter()
        .flat_map(|(method, path, operation)| {
            lacks(path, operation).into_iter().map(move |it| format!("{method} {path} lacks {it}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_two_operations_share_a_name_and_every_reference_leads_somewhere() {
    let document = designia_server::app::document().unwrap();
    let mut names: Vec<String> =
        operations(&document).iter().map(|(_, _, it)| it["operationId"].as_str().unwrap().to_owned()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    let mut missing = Vec::new();
    look_for_references(&document, &document, &mut missing);
    assert!(missing.is_empty(), "{missing:?}");
}

fn look_for_references(value: &Value, document: &Value, missing: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let is_there = reference.strip_prefix('#').is_some_and(|pointer| document.pointer(pointer).is_some());
                missing.extend((!is_there).then(|| reference.clone()));
            }
            members.values().for_each(|it| look_for_references(it, document, missing));
        }
        Value::Array(items) => items.iter().for_each(|it| look_for_references(it, document, missing)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_repeatable(operation: &Value) -> bool {
    operation["parameters"].as_array().into_iter().flatten().any(|it| it["name"] == "Idempotency-Key")
}

#[test]
fn what_creates_may_be_repeated_under_a_key() {
    let document = designia_server::app::document().unwrap();
    let creates = operations(&document)
        .into_iter()
        .filter(|(method, _, operation)| method == "post" && operation["responses"].get("201").is_some());
    let not_repeatable = creates.filter(|(_, _, operation)| !is_repeatable(operation)).map(|(_, path, _)| path);
    // Their answers hold secrets.
    let excused = |path: &String| path.starts_with("/api/auth/");
    let wrong: Vec<String> = not_repeatable.filter(|path| !excused(path)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn no_route_whose_answers_hold_tokens_keeps_answers() {
    let document = designia_server::app::document().unwrap();
    let repeatable = operations(&document).into_iter().filter(|(_, _, operation)| is_repeatable(operation));
    let paths: Vec<String> = repeatable.map(|(_, path, _)| path).collect();
    assert!(!paths.iter().any(|path| path.starts_with("/api/auth/")), "{paths:?}");
}
