//! Moments as people read them.

use designia_core::time::Timestamp;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `22 November 2026, 18:30 UTC`.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let told = || {
        let (date, time) = text.split_once('T')?;
        let mut parts = date.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some(format!("{} {month} {year}, {} UTC", day.trim_start_matches('0'), time.get(..5)?))
    };
    told().unwrap_or_else(|| text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_words_and_with_its_zone() {
        for (text, told) in [
            ("2026-11-22T18:30:59.5Z", "22 November 2026, 18:30 UTC"),
            ("2024-02-29T00:00:00Z", "29 February 2024, 00:00 UTC"),
            ("2026-01-05T09:07:00Z", "5 January 2026, 09:07 UTC"),
        ] {
            assert_eq!(moment(text.parse().unwrap()), told);
        }
        assert_eq!(moment(Timestamp::from_micros(i64::MAX)), format!("{}us", i64::MAX), "beyond any calendar");
    }
}
