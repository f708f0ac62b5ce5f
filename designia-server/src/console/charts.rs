//! Small charts as drawings that are part of the page: nothing has to run to see them, and a table says the same in words where
//! a reader needs it.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

/// Bars side by side, each with its label and its number for whoever points at it.
pub(super) fn bars(title: &str, bars: &[(String, u64)]) -> String {
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let total: u64 = bars.iter().map(|(_, count)| *count).sum();
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {} 92\" role=\"img\" aria-label=\"{title}: {total} in all, at most {most} in one\">",
        bars.len() * 20
    );
    for (at, (label, count)) in bars.iter().enumerate() {
        let height = if *count == 0 { 1 } else { (count * 68 / most).max(2) };
        let (x, y) = (at * 20 + 2, 72 - height);
        // Writing into a text does not fail.
        let _ = write!(
            svg,
            "<rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"16\" height=\"{height}\"><title>{label}: {count}</title></rect>"
        );
        if at % 4 == 0 {
            let _ = write!(svg, "<text x=\"{x}\" y=\"88\">{label}</text>");
        }
    }
    svg.push_str("</svg>");
    svg
}

/// A curve through points that are decimal numbers, each with its label for whoever points at it. What is drawn is rounded to the
/// pixel; what is told is not.
pub(super) fn curve(title: &str, points: &[(String, String)]) -> String {
    let heights = heights(points);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 600 160\" role=\"img\" aria-label=\"{title}, {} days\">\
         <path class=\"axis\" d=\"M20 130H580\"/>",
        points.len()
    );
    let at = |index: usize| 20 + 560 * index / points.len().saturating_sub(1).max(1);
    let path: Vec<String> = heights.iter().enumerate().map(|(index, y)| format!("{} {y}", at(index))).collect();
    if path.len() > 1 {
        let _ = write!(svg, "<path class=\"curve\" d=\"M{}\"/>", path.join("L"));
    }
    for (index, ((label, value), y)) in points.iter().zip(&heights).enumerate() {
        let x = at(index);
        let _ =
            write!(svg, "<circle class=\"bar\" cx=\"{x}\" cy=\"{y}\" r=\"3\"><title>{label}: {value}</title></circle>");
    }
    for (label, x, anchor) in [(points.first(), 20, "start"), (points.last(), 580, "end")] {
        if let Some((label, _)) = label {
            let _ = write!(svg, "<text x=\"{x}\" y=\"148\" text-anchor=\"{anchor}\">{label}</text>");
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Where each point stands between the bottom, 120, and the top, 20.
fn heights(points: &[(String, String)]) -> Vec<u8> {
    let values: Vec<Decimal> = points.iter().map(|(_, value)| value.parse().unwrap_or_default()).collect();
    let (Some(least), Some(most)) = (values.iter().min().copied(), values.iter().max().copied()) else {
        return Vec::new();
    };
    let span = most - least;
    let height = |value: &Decimal| {
        let share = if span.is_zero() { Decimal::new(5, 1) } else { (*value - least) / span };
        120 - (share * Decimal::from(100)).round().to_u8().unwrap_or(50)
    };
    values.iter().map(height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_says_its_number_and_the_whole_says_the_sum() {
        let svg = bars("Due", &[("10:00".to_owned(), 0), ("11:00".to_owned(), 30), ("12:00".to_owned(), 3)]);
        assert!(svg.contains("Due: 33 in all, at most 30 in one"), "{svg}");
        assert!(svg.contains("<title>11:00: 30</title>") && svg.contains("height=\"68\""), "{svg}");
    }

    #[test]
    fn a_curve_rises_with_its_numbers_and_keeps_them_as_they_are() {
        let point = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let points = [point("a", "1.0800000000001"), point("b", "1.09"), point("c", "1.10")];
        assert_eq!(heights(&points), [120, 70, 20]);
        let svg = curve("1 EUR in USD", &points);
        assert!(svg.contains("<title>a: 1.0800000000001</title>") && svg.contains("M20 120L300 70L580 20"), "{svg}");
        assert_eq!(heights(&points[..1]), [70], "one by itself stands in the middle");
        assert!(heights(&[]).is_empty());
    }
}
