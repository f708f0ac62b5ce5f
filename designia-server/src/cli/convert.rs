//! `convert`: an amount in another currency, with the rate, its publisher and its day.

use std::process::ExitCode;

use clap::Args;
use designia_core::exchange::Conversion;
use designia_core::money::{Currency, Money};
use designia_core::service::{Engine, Error};
use designia_core::time::Date;

use super::{Failure, engine};
use crate::api::view::conversion::ConversionView;
use crate::config::Config;

/// What to convert.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Convert {
    /// A decimal number, such as 10.00
    #[arg(allow_negative_numbers = true)]
    amount: String,
    /// Its currency, as ISO 4217
    from: String,
    /// The currency to convert to
    to: String,
    /// The day whose rates to use, such as 2020-03-17 [default: the latest]
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Config, ask: &Convert) -> Result<ExitCode, Failure> {
    let amount = Money::parse(&ask.amount, ask.from.parse()?)?;
    let to: Currency = ask.to.parse()?;
    let on = ask.on.as_deref().map(str::parse::<Date>).transpose()?;
    let engine = engine::reading(config).await?;
    let conversion = convert(&engine, amount, to, on).await?;
    if ask.json {
        println!("{}", serde_json::to_string(&ConversionView::of(&conversion))?);
    } else {
        let Conversion { amount: result, rate, source, as_of } = &conversion;
        println!("{amount} = {result}  ({rate}, {source}, {as_of})");
    }
    Ok(ExitCode::SUCCESS)
}

/// Converts at the stored rates; if none are stored for that time, the sources are asked first.
async fn convert(engine: &Engine, amount: Money, to: Currency, on: Option<Date>) -> Result<Conversion, Failure> {
    match engine.convert(amount, to, on).await {
        Err(Error::NoRates | Error::Exchange(_)) => {}
        other => return Ok(other?),
    }
    match on {
        None => drop(engine.update_rates().await?),
        Some(day) => ask_sources(engine, day).await?,
    }
    Ok(engine.convert(amount, to, on).await?)
}

async fn ask_sources(engine: &Engine, day: Date) -> Result<(), Failure> {
    let now = engine.ports().clock.now();
    let mut reasons = Vec::new();
    for source in &engine.ports().rate_sources {
        match source.on(day, now).await {
            Ok(batch) => return Ok(engine.import_rates(&[batch]).await?),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    Err(format!("no rates of {day}: {}; `rates import FILE` brings a history", reasons.join("; ")).into())
}
