//! Figures as a table for people.

use std::fmt;
use std::io::Write as _;

use anyhow::Result;

/// A figure kept as a whole number of hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hundredths(pub(super) u64);

impl fmt::Display for Hundredths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        formatter.pad(&text)
    }
}

/// A row: what is measured, and a figure per column.
pub(super) type Row = (String, Vec<String>);

/// Prints a table to standard output.
///
/// # Errors
/// When nobody reads it.
pub(super) fn table(columns: &[&str], rows: &[Row]) -> Result<()> {
    let mut out = std::io::stdout();
    write!(out, "\n{:<34}", "")?;
    for column in columns {
        write!(out, "{column:>12}")?;
    }
    writeln!(out)?;
    for (name, figures) in rows {
        write!(out, "{name:<34}")?;
        for figure in figures {
            write!(out, "{figure:>12}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The middle of the figures, the upper one of two.
pub(super) fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Hundredths, median};

    #[test]
    fn a_median_is_one_of_its_figures() {
        assert_eq!(median(vec![3, 1, 2]), 2);
        assert_eq!(median(vec![4, 1, 2, 3]), 3);
        assert_eq!(median(Vec::new()), 0);
    }

    #[test]
    fn hundredths_read_as_a_decimal() {
        assert_eq!(Hundredths(1_207).to_string(), "12.07");
        assert_eq!(Hundredths(5).to_string(), "0.05");
    }
}
