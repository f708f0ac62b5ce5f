//! What was done about a webhook event, and the calls of an effect, as columns hold them: one JSON array with an array for each
//! line, instants as microseconds since 1970. Statements append to them, so their form is no business of `serde` alone.

use serde::Serialize;

use super::{from_json, json, word};
use crate::effect::{CallKind, EffectCall, EffectState};
use crate::ports::{InboxStep, InboxStepKind, StoreError};
use crate::time::Timestamp;

/// At, what, note.
type Step = (i64, String, Option<String>);

/// At, what, outcome, note.
type Call = (i64, String, Option<String>, Option<String>);

/// The steps of an event as a column holds them.
///
/// # Errors
/// Never.
pub fn steps_json(log: &[InboxStep]) -> Result<String, StoreError> {
    json(&log.iter().map(|it| (it.at.as_micros(), it.what.as_str(), &it.note)).collect::<Vec<_>>())
}

/// The steps of an event, from its column.
///
/// # Errors
/// `Corrupt` if the text is none.
pub fn steps(text: &str) -> Result<Vec<InboxStep>, StoreError> {
    let lines: Vec<Step> = from_json(|| "the log of a webhook event".to_owned(), text)?;
    let step = |(at, what, note): Step| {
        let what = word("a step of a webhook event", &InboxStepKind::ALL, &what, InboxStepKind::as_str)?;
        Ok(InboxStep { at: Timestamp::from_micros(at), what, note })
    };
    lines.into_iter().map(step).collect()
}

/// The calls of an effect as a column holds them.
///
/// # Errors
/// Never.
pub fn calls_json(calls: &[EffectCall]) -> Result<String, StoreError> {
    json(&call_lines(calls))
}

/// The calls of an effect as a part of a larger array.
#[must_use]
pub fn call_lines(calls: &[EffectCall]) -> impl Serialize + use<'_> {
    let line = |it| {
        let EffectCall { at, what, outcome, note }: &EffectCall = it;
        (at.as_micros(), what.as_str(), outcome.map(EffectState::as_str), note)
    };
    calls.iter().map(line).collect::<Vec<_>>()
}

/// The calls of an effect, from its column.
///
/// # Errors
/// `Corrupt` if the text is none.
pub fn calls(text: &str) -> Result<Vec<EffectCall>, StoreError> {
    let lines: Vec<Call> = from_json(|| "the calls of an effect".to_owned(), text)?;
    let call = |(at, what, outcome, note): Call| {
        let state = |text: String| word("an effect's state", &EffectState::ALL, &text, EffectState::as_str);
        let what = word("a call of an effect", &CallKind::ALL, &what, CallKind::as_str)?;
        Ok(EffectCall { at: Timestamp::from_micros(at), what, outcome: outcome.map(state).transpose()?, note })
    };
    lines.into_iter().map(call).collect()
}

/// The number of a minute since 1970 as the word of a counter: words are in order.
#[must_use]
pub fn minute_word(number: i64) -> String {
    format!("{number:012}")
}

/// When the minute of this word begins.
///
/// # Errors
/// `Corrupt` if the text is none.
pub fn minute_start(word: &str) -> Result<Timestamp, StoreError> {
    let number: i64 = word.parse().map_err(|error| StoreError::corrupt("a counter of a minute", error))?;
    Ok(Timestamp::from_secs(number.saturating_mul(60)))
}
