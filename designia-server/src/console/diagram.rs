//! The states of an order as a drawing, made from the table of transitions that the rules are tested against.
//!
//! The places are fixed, so that an order moves on a map that people know; the arrows are whatever the table allows. Where the order
//! has been is marked, and so is where it stands.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use designia_core::order::OrderStatus;
use designia_core::order::transition::{Outcome, Trigger, rule};

const WIDTH: i32 = 132;
const HEIGHT: i32 = 30;

/// The middle of a state's box.
const fn place(status: OrderStatus) -> (i32, i32) {
    match status {
        OrderStatus::PendingPayment => (80, 40),
        OrderStatus::PaymentConfirmed => (250, 40),
        OrderStatus::AwaitingShipment => (420, 40),
        OrderStatus::Shipped => (590, 40),
        OrderStatus::Delivered => (760, 40),
        OrderStatus::Expiring => (80, 140),
        OrderStatus::Cancelled => (335, 140),
        OrderStatus::Refunded => (505, 140),
        OrderStatus::ReturnRequested => (760, 140),
    }
}

/// Every step from one state to another that the table allows.
fn steps() -> BTreeSet<(OrderStatus, OrderStatus)> {
    let mut steps = BTreeSet::new();
    for from in OrderStatus::ALL {
        for trigger in Trigger::ALL {
            for outcome in rule(*from, *trigger).outcomes {
                match outcome {
                    Outcome::Becomes(to) if to != from => {
                        steps.insert((*from, *to));
                    }
                    Outcome::Becomes(_) | Outcome::Refused | Outcome::Nothing => {}
                }
            }
        }
    }
    steps
}

/// The drawing for an order that has been in these states, the last of which is the present one. It holds nothing that anybody wrote.
pub(super) fn of_order(been: &[&str]) -> String {
    let here = been.last().copied().unwrap_or_default();
    let taken: BTreeSet<(&str, &str)> = been.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mut svg = String::from(
        "<svg class=\"chart\" viewBox=\"0 0 840 190\" role=\"img\" aria-labelledby=\"states-title\">\
         <title id=\"states-title\">The states of an order and the steps between them</title>\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\" fill=\"context-stroke\"/></marker></defs>",
    );
    for (from, to) in steps() {
        let class = if taken.contains(&(from.as_str(), to.as_str())) { "arrow taken" } else { "arrow" };
        let (from, to) = (place(from), place(to));
        // Writing into a text does not fail.
        let _ = write!(svg, "<path class=\"{class}\" marker-end=\"url(#tip)\" d=\"{}\"/>", path(from, to));
    }
    for status in OrderStatus::ALL {
        let (x, y) = place(*status);
        let word = status.as_str();
        let class = match word {
            _ if word == here => "state here",
            _ if been.contains(&word) => "state been",
            _ => "state",
        };
        let (left, top, label) = (x - WIDTH / 2, y - HEIGHT / 2, word.replace('_', " "));
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\
             <text x=\"{x}\" y=\"{}\">{label}</text>",
            y + 4
        );
    }
    svg.push_str("</svg>");
    svg
}

/// From the edge of one box to the edge of another; steps within a row that pass over others take a bow.
fn path((x1, y1): (i32, i32), (x2, y2): (i32, i32)) -> String {
    let (half_width, half_height) = (WIDTH / 2, HEIGHT / 2);
    if y1 == y2 {
        let neighbours = (x1 - x2).abs() <= 260;
        if neighbours {
            let way = (x2 - x1).signum();
            return format!("M{} {y1}L{} {y2}", x1 + way * half_width, x2 - way * half_width);
        }
        let (edge, bow) = if y1 < 90 { (-half_height, -34) } else { (half_height, 34) };
        return format!("M{x1} {}Q{} {} {x2} {}", y1 + edge, i32::midpoint(x1, x2), y1 + edge + bow, y2 + edge);
    }
    let way = (y2 - y1).signum();
    // Steps there and back don't lie on each other.
    let shift = way * 7;
    format!("M{} {}L{} {}", x1 + shift, y1 + way * half_height, x2 + shift, y2 - way * half_height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_shows_every_step_of_the_table_and_where_the_order_stands() {
        let svg = of_order(&["pending_payment", "expiring", "cancelled"]);
        assert_eq!(svg.matches("<path class=\"arrow").count(), steps().len());
        assert_eq!(svg.matches("arrow taken").count(), 2);
        assert_eq!(svg.matches("state here").count(), 1);
        assert_eq!(svg.matches("state been").count(), 2);
    }
}
