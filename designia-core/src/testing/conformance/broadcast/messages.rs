//! Messages, to whoever is there.

use crate::ports::{Broadcast, Received, Subscription};
use crate::testing::conformance::UnderTest;

/// Once, in order.
pub async fn every_subscriber_receives_what_is_published<B: Broadcast>(broadcast: &UnderTest<B>) {
    let mut subscribers = Vec::new();
    for _ in 0..3 {
        subscribers.push(subscribe(broadcast, "channel").await);
    }
    publish(broadcast, "channel", "first").await;
    publish(broadcast, "channel", "second").await;
    for subscriber in &mut subscribers {
        assert_eq!(texts(subscriber, 2).await, ["first", "second"]);
    }
}

/// By every letter of its name.
pub async fn a_subscriber_receives_its_channel_alone<B: Broadcast>(broadcast: &UnderTest<B>) {
    let names = ["channel", "Channel", "channel ", "channel:1", "ch\u{e4}nnel", "*", ""];
    let mut subscribers = Vec::new();
    for name in names {
        subscribers.push(subscribe(broadcast, name).await);
    }
    for name in names {
        publish(broadcast, name, name).await;
    }
    for (name, subscriber) in names.iter().zip(&mut subscribers) {
        publish(broadcast, name, "end").await;
        assert_eq!(texts(subscriber, 2).await, [*name, "end"]);
    }
}

/// Also by somebody who had been there before and went away.
pub async fn what_was_published_before_is_not_received<B: Broadcast>(broadcast: &UnderTest<B>) {
    publish(broadcast, "channel", "before").await;
    let mut first = subscribe(broadcast, "channel").await;
    publish(broadcast, "channel", "while the first is there").await;
    assert_eq!(texts(&mut first, 1).await, ["while the first is there"]);
    drop(first);
    publish(broadcast, "channel", "while nobody is there").await;
    let mut second = subscribe(broadcast, "channel").await;
    publish(broadcast, "channel", "while the second is there").await;
    assert_eq!(texts(&mut second, 1).await, ["while the second is there"]);
}

/// None, and every one.
pub async fn any_bytes_survive<B: Broadcast>(broadcast: &UnderTest<B>) {
    let mut subscriber = subscribe(broadcast, "channel").await;
    let every_byte: Vec<u8> = (0..=255).collect();
    for message in [Vec::new(), every_byte.clone(), every_byte.repeat(100)] {
        broadcast.publish("channel", &message).await.expect("the broadcast answers");
        assert_eq!(subscriber.next().await.expect("the connection lasts"), Received::Message(message));
    }
}

/// Whether nobody came or everybody went.
pub async fn nobody_has_to_listen<B: Broadcast>(broadcast: &UnderTest<B>) {
    for _ in 0..3 {
        publish(broadcast, "channel", "to nobody").await;
        drop(subscribe(broadcast, "channel").await);
    }
    let mut left = subscribe(broadcast, "channel").await;
    drop(subscribe(broadcast, "channel").await);
    publish(broadcast, "channel", "to the one who is left").await;
    assert_eq!(texts(&mut left, 1).await, ["to the one who is left"]);
}

/// However several are interleaved.
pub async fn messages_of_a_publisher_come_in_its_order<B: Broadcast>(broadcast: &UnderTest<B>) {
    let mut subscriber = subscribe(broadcast, "channel").await;
    broadcast
        .at_once(4, |number, broadcast| async move {
            for index in 0..20 {
                let message = format!("{number}:{index:02}");
                broadcast.publish("channel", message.as_bytes()).await.expect("the broadcast answers");
            }
        })
        .await;
    let received = texts(&mut subscriber, 80).await;
    for number in 0..4 {
        let of_one: Vec<_> = received.iter().filter(|text| text.starts_with(&format!("{number}:"))).collect();
        assert!(of_one.is_sorted() && of_one.len() == 20, "{of_one:?}");
    }
}

/// Nobody is left to believe that nothing happened; and what is received is in order all the same.
pub async fn whoever_is_too_slow_receives_all_or_is_told<B: Broadcast>(broadcast: &UnderTest<B>) {
    const MESSAGES: u32 = 20_000;
    let mut subscriber = subscribe(broadcast, "channel").await;
    for number in 0..MESSAGES {
        publish(broadcast, "channel", &format!("{number:05}")).await;
    }
    publish(broadcast, "channel", "end").await;
    let (mut received, mut was_told, mut is_telling) = (Vec::new(), false, false);
    for _ in 0..MESSAGES * 2 {
        let next = subscriber.next().await.expect("the connection lasts");
        // The end may be among what was missed; once there is room it is said again.
        if next == Received::Missed && !is_telling {
            publish(broadcast, "channel", "end").await;
        }
        is_telling = next == Received::Missed;
        was_told |= is_telling;
        match next {
            Received::Message(message) if message == b"end" => break,
            Received::Message(message) => received.push(String::from_utf8(message).expect("text")),
            Received::Missed => {}
        }
    }
    assert!(received.is_sorted_by(|a, b| a < b), "in order, each at most once");
    let is_all = received.len() == usize::try_from(MESSAGES).expect("a small number");
    assert!(is_all || was_told, "{} messages, and not told that there were more", received.len());
}

async fn subscribe<B: Broadcast>(broadcast: &UnderTest<B>, channel: &str) -> Box<dyn Subscription> {
    broadcast.subscribe(channel).await.expect("the broadcast answers")
}

async fn publish<B: Broadcast>(broadcast: &UnderTest<B>, channel: &str, message: &str) {
    broadcast.publish(channel, message.as_bytes()).await.expect("the broadcast answers");
}

async fn texts(subscriber: &mut Box<dyn Subscription>, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        match subscriber.next().await.expect("the connection lasts") {
            Received::Message(message) => texts.push(String::from_utf8(message).expect("text")),
            Received::Missed => panic!("missed something after {texts:?}"),
        }
    }
    texts
}
