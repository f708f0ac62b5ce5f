//! What Celery 5.7.0 was seen to send, read and written.

use super::*;

/// `send_task('a.b', args=[1], kwargs={'x': 'é'}, queue='q1', countdown=30, expires=60, priority=5, time_limit=10,
/// soft_time_limit=5)`, as it lay in Redis.
const SEEN: &str = r#"{"body": "W1sxXSwgeyJ4IjogIlx1MDBlOSJ9LCB7ImNhbGxiYWNrcyI6IG51bGwsICJlcnJiYWNrcyI6IG51bGwsICJjaGFpbiI6IG51bGwsICJjaG9yZCI6IG51bGx9XQ==", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"lang": "py", "task": "a.b", "id": "1a445fe2-171f-4c69-9810-920d9bee7a09", "shadow": null, "eta": "2026-11-22T19:02:49.667602+00:00", "expires": "2026-11-22T19:03:19.667602+00:00", "group": null, "group_index": null, "retries": 0, "timelimit": [10, 5], "root_id": "1a445fe2-171f-4c69-9810-920d9bee7a09", "parent_id": null, "argsrepr": "[1]", "kwargsrepr": "{'x': '\\u00e9'}", "origin": "gen6292@vm", "ignore_result": null, "replaced_task_nesting": 0, "stamped_headers": null, "stamps": {}}, "properties": {"correlation_id": "1a445fe2-171f-4c69-9810-920d9bee7a09", "reply_to": "8653c5d4-3134-3933-aa2a-b11d52a06dce", "delivery_mode": 2, "expiration": "60000", "delivery_info": {"exchange": "", "routing_key": "q1"}, "priority": 5, "body_encoding": "base64", "delivery_tag": "3fe79cd2-2f4b-4128-a1d9-27e6a9d7e83e"}}"#;

fn seen() -> Envelope {
    serde_json::from_str(SEEN).unwrap()
}

#[test]
fn what_celery_sends_is_read() {
    let envelope = seen();
    assert_eq!(envelope.headers.task.as_deref(), Some("a.b"));
    assert_eq!(envelope.headers.eta.as_deref(), Some("2026-11-22T19:02:49.667602+00:00"));
    assert_eq!(envelope.priority().get(), 5);
    assert_eq!(envelope.properties.delivery_info.routing_key.as_deref(), Some("q1"));
    let Body(args, kwargs, embed) = envelope.read_body().unwrap();
    assert_eq!(args.iter().map(|it| it.get()).collect::<Vec<_>>(), ["1"]);
    assert_eq!(serde_json::from_str::<String>(kwargs["x"].get()).unwrap(), "é");
    assert_eq!(embed.sequel(), None);
}

#[test]
fn a_number_in_the_arguments_is_passed_on_as_it_was_written() {
    let body = r#"[[], {"price": 19.990, "big": 123456789012345678901234567890}, {}]"#;
    let mut envelope = seen();
    envelope.body = body.to_owned();
    envelope.properties.body_encoding = None;
    let Body(_, kwargs, _) = envelope.read_body().unwrap();
    assert_eq!(kwargs["price"].get(), "19.990");
    assert_eq!(kwargs["big"].get(), "123456789012345678901234567890");
}

#[test]
fn a_body_that_is_not_plain_json_is_refused_and_the_reason_told() {
    let mut pickled = seen();
    pickled.content_type = Some("application/x-python-serialize".to_owned());
    assert!(pickled.read_body().unwrap_err().contains("task_serializer"));
    let mut compressed = seen();
    compressed.headers.compression = Some("application/x-gzip".to_owned());
    assert!(compressed.read_body().unwrap_err().contains("compressed"));
    let mut broken = seen();
    broken.body = "W1sxXSw=".to_owned();
    assert!(broken.read_body().unwrap_err().starts_with("body: "));
    let mut strange = seen();
    strange.properties.body_encoding = Some("rot13".to_owned());
    assert!(strange.read_body().unwrap_err().contains("rot13"));
}

#[test]
fn what_is_to_happen_afterwards_is_seen() {
    for (name, embed) in [
        ("link", r#"{"callbacks": [{"task": "b"}]}"#),
        ("link_error", r#"{"errbacks": [{"task": "b"}]}"#),
        ("chain", r#"{"chain": [{"task": "b"}], "chord": null}"#),
        ("chord", r#"{"chord": {"task": "b"}}"#),
    ] {
        assert_eq!(serde_json::from_str::<Embed>(embed).unwrap().sequel(), Some(name));
    }
    assert_eq!(serde_json::from_str::<Embed>(r#"{"callbacks": [], "chain": null}"#).unwrap().sequel(), None);
}
