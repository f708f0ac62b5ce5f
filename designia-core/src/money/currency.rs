//! What one can ask a currency, and its text form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MoneyError;
use super::iso4217::{ALL, Currency, ROWS, Row};

impl Currency {
    /// Every currency, in the order of the codes.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        ALL.iter().copied()
    }

    /// The alphabetic code in capitals: `EUR`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// The numeric code: 978 for the euro. ISO writes it with three digits (`{:03}`).
    #[must_use]
    pub fn numeric(self) -> u16 {
        self.row().numeric
    }

    /// How many decimal digits the minor unit has: 2 for the cent, 0 for the yen, 3 for the fils, 4 for the CLF.
    ///
    /// This is ISO's exponent. A payment provider may count differently; that is its adapter's affair.
    #[must_use]
    pub fn exponent(self) -> u8 {
        self.row().exponent
    }

    /// The English name in the standard: `Pound Sterling`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The place in [`Currency::all`], for tables with one entry per currency. Never stored: it shifts when the
    /// standard changes.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    fn row(self) -> &'static Row {
        &ROWS[self.index()]
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// # Errors
    ///
    /// [`MoneyError::UnknownCurrency`] for anything but a code of the table, in any letter case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let capitals = text.to_ascii_uppercase();
        ROWS.binary_search_by(|row| row.code.cmp(&capitals))
            .map(|index| ALL[index])
            .map_err(|_| MoneyError::UnknownCurrency(text.to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_currency_sits_at_its_own_index_in_the_order_of_the_codes() {
        assert!(Currency::all().enumerate().all(|(index, currency)| currency.index() == index));
        assert!(ROWS.is_sorted_by(|left, right| left.code < right.code));
    }

    #[test]
    fn a_code_is_read_in_any_letter_case_and_written_in_capitals() {
        for currency in Currency::all() {
            assert_eq!(currency.code().parse(), Ok(currency));
            assert_eq!(currency.code().to_lowercase().parse(), Ok(currency));
            assert_eq!(serde_json::to_string(&currency).unwrap(), format!("\"{currency}\""));
        }
    }

    #[test]
    fn what_is_not_a_currency_of_payment_is_refused_by_its_name() {
        for text in ["", "EU", "EURO", " EUR", "eür", "XXX", "XAU", "XDR", "BGN", "HRK"] {
            assert_eq!(text.parse::<Currency>(), Err(MoneyError::UnknownCurrency(text.to_owned())));
        }
    }

    #[test]
    fn the_table_has_the_counts_of_list_one_2026_01_01() {
        let with_exponent = |wanted| Currency::all().filter(|currency| currency.exponent() == wanted).count();
        assert_eq!(Currency::all().len(), 165);
        assert_eq!([with_exponent(0), with_exponent(2), with_exponent(3), with_exponent(4)], [17, 139, 7, 2]);
        assert_eq!(Currency::all().map(Currency::numeric).collect::<BTreeSet<_>>().len(), 165);
    }
}
