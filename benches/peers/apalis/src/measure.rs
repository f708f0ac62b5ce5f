//! Rounds of one measure, and the line that tells them.

#[derive(Default)]
pub struct Rounds(Vec<f64>);

impl Rounds {
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    fn told(&self) -> (f64, f64, f64) {
        let mut values = self.0.clone();
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2], values[0], values[values.len() - 1])
    }
}

/// `contestant | measure | value | unit | notes`: the median of the rounds, with the least and the most of them in the notes.
pub fn row(measure: &str, rounds: &Rounds, unit: &str, notes: &str) {
    let (median, least, most) = rounds.told();
    let count = rounds.0.len();
    println!(
        "apalis-postgres 1.0.0 | {measure} | {median:.1} | {unit} | {notes}; fsync on; {count} rounds, {least:.1} to {most:.1}"
    );
}
