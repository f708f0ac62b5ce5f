//! An example of every body in the document, made of the examples that its fields have, so that no route can lack one.

use serde_json::{Map, Value, json};

/// Deeper than this nothing is shown of what contains itself.
const DEEPEST: usize = 6;

/// Gives every JSON body of a request an example, unless it has one.
pub(super) fn complete(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let content = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
        for (kind, body) in content.into_iter().flatten() {
            let has_one = body.get("example").is_some() || body.get("examples").is_some();
            if kind == "application/json" && !has_one {
                body["example"] = of(&body["schema"], &schemas, 0);
            }
        }
    }
}

/// An example of what the schema describes.
fn of(schema: &Value, schemas: &Value, depth: usize) -> Value {
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)).or_else(|| schema.get("default"))
    {
        return example.clone();
    }
    if depth > DEEPEST {
        return Value::Null;
    }
    let inner = |schema: &Value| of(schema, schemas, depth + 1);
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return inner(&schemas[name]);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let members = parts.iter().filter_map(|part| inner(part).as_object().cloned()).flatten();
        return Value::Object(members.collect());
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let told = choices.iter().find(|choice| choice["type"] != "null");
            return told.map_or(Value::Null, inner);
        }
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kinds = schema["type"].as_array().map_or_else(|| vec![&schema["type"]], |kinds| kinds.iter().collect());
    match kinds.into_iter().filter_map(Value::as_str).find(|kind| *kind != "null") {
        Some("object") | None => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            Value::Object(properties.map(|(name, schema)| (name.clone(), inner(schema))).collect())
        }
        Some("array") => json!([inner(&schema["items"])]),
        Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("number") => json!(1),
        Some("boolean") => json!(true),
        Some(_) => json!(text(schema["format"].as_str())),
    }
}

fn text(format: Option<&str>) -> &'static str {
    match format {
        Some("uuid") => "01995f2e-7e5c-7bbb-8a3a-1c2d3e4f5a6b",
        Some("date-time") => "2026-11-22T12:00:00Z",
        Some("date") => "2026-11-22",
        Some("email") => "ada@example.com",
        Some("uri") => "https://shop.example/",
        Some(_) | None => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_made_of_those_of_the_fields_and_one_that_is_given_stays() {
        let body = json!({"schema": {"$ref": "#/components/schemas/Thing"}});
        let mut document = json!({
            "paths": {"/things/": {
                "post": {"requestBody": {"content": {"application/json": body.clone()}}},
                "put": {"requestBody": {"content": {"application/json": {"schema": {}, "example": 7}}}},
            }},
            "components": {"schemas": {"Thing": {"type": "object", "properties": {
                "name": {"type": ["string", "null"], "example": "tea"},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                "at": {"oneOf": [{"type": "null"}, {"type": "string", "format": "date"}]},
                "itself": {"$ref": "#/components/schemas/Loop"},
            }}, "Part": {"type": "string", "enum": ["a", "b"]}, "Loop": {"$ref": "#/components/schemas/Loop"}}},
        });
        complete(&mut document);
        let example = &document["paths"]["/things/"]["post"]["requestBody"]["content"]["application/json"]["example"];
        assert_eq!(*example, json!({"name": "tea", "parts": ["a"], "at": "2026-11-22", "itself": null}));
        assert_eq!(document["paths"]["/things/"]["put"]["requestBody"]["content"]["application/json"]["example"], 7);
    }
}
