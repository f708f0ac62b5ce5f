use super::*;

fn stripe(minor: i64, currency: Currency) -> Result<i64, AmountError> {
    to_stripe(Money::new(minor, currency))
}

/// Where Stripe's exponent is not ISO's, with both. The last five are not offered by Stripe.
const DIFFERENT: [(Currency, u8, u8); 8] = [
    (Currency::ISK, 0, 2),
    (Currency::UGX, 0, 2),
    (Currency::MGA, 2, 0),
    (Currency::IQD, 3, 2),
    (Currency::LYD, 3, 2),
    (Currency::CLF, 4, 2),
    (Currency::UYW, 4, 2),
    (Currency::UYI, 0, 2),
];

#[test]
fn every_currency_counts_as_in_iso_but_for_the_known_exceptions() {
    for currency in Currency::all() {
        let expected = DIFFERENT
            .iter()
            .find(|(code, ..)| *code == currency)
            .map_or((currency.exponent(), currency.exponent()), |(_, iso, stripe)| (*iso, *stripe));
        assert_eq!((currency.exponent(), unit(currency).exponent), expected, "{currency}");
    }
}

#[test]
fn the_currencies_counted_without_decimals_are_the_official_sixteen_less_the_shilling() {
    let zero: Vec<_> = Currency::all().filter(|currency| unit(*currency).exponent == 0).map(Currency::code).collect();
    let official = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF";
    assert_eq!(zero, official.split(' ').filter(|code| *code != "UGX").collect::<Vec<_>>());
    let three: Vec<_> = Currency::all().filter(|currency| unit(*currency).exponent == 3).map(Currency::code).collect();
    assert_eq!(three, ["BHD", "JOD", "KWD", "OMR", "TND"]);
}

#[test]
fn one_unit_of_every_currency_survives_the_way_to_stripe_and_back() {
    for currency in Currency::all() {
        let one = Money::new(10_i64.pow(u32::from(currency.exponent())), currency);
        let expected = 10_i64.pow(u32::from(unit(currency).exponent));
        assert_eq!(to_stripe(one), Ok(expected), "{currency}");
        assert_eq!(from_stripe(expected, &code(currency)), Ok(one), "{currency}");
        assert_eq!(from_stripe(-expected, currency.code()), one.checked_neg().map_err(Into::into), "{currency}");
    }
}

#[test]
fn amounts_are_written_as_stripes_documentation_writes_them() {
    let table = [
        (Currency::USD, 1000, Ok(1000)),
        (Currency::JPY, 500, Ok(500)),
        (Currency::ISK, 5, Ok(500)),
        (Currency::UGX, 5, Ok(500)),
        (Currency::HUF, 1050, Ok(1050)),
        (Currency::TWD, 80_045, Ok(80_045)),
        (Currency::COP, 100, Ok(100)),
        (Currency::MGA, 500, Ok(5)),
        (Currency::KWD, 5120, Ok(5120)),
        (Currency::KWD, 5124, Err(10)),
        (Currency::MGA, 550, Err(100)),
    ];
    for (currency, minor, expected) in table {
        let amount = Money::new(minor, currency);
        assert_eq!(to_stripe(amount), expected.map_err(|step| AmountError::TooFine { amount, step }), "{amount}");
    }
}

#[test]
fn a_refusal_names_the_amount() {
    let error = stripe(1005, Currency::KWD).unwrap_err().to_string();
    assert!(error.contains("1.005") && error.contains("KWD"), "{error}");
    assert_eq!(stripe(i64::MAX, Currency::ISK), Err(AmountError::TooLarge(Money::new(i64::MAX, Currency::ISK))));
    assert_eq!(stripe(i64::MIN, Currency::EUR), Ok(i64::MIN));
}

#[test]
fn an_amount_that_stripe_could_not_have_charged_is_still_read_exactly_or_not_at_all() {
    assert_eq!(from_stripe(5124, "kwd"), Ok(Money::new(5124, Currency::KWD)));
    assert_eq!(from_stripe(150, "isk"), Err(AmountError::Foreign { amount: 150, currency: Currency::ISK }));
    assert_eq!(from_stripe(i64::MAX, "mga"), Err(AmountError::Foreign { amount: i64::MAX, currency: Currency::MGA }));
    assert!(matches!(from_stripe(1, "zzz"), Err(AmountError::Currency(_))));
}
