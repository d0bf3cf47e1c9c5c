//! The committed counts, and the limits that hold whatever is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::callgrind::Counts;
use super::report::Hundredths;
use super::size::Size;
use crate::command;
use crate::workspace::root;

/// User instructions per request at 3 × 300 B, at most.
const MOST_INSTRUCTIONS: u64 = 230_000;
/// How many more allocations, in hundredths, 3 × 10 KB may take than 3 × 300 B: a few buffers, and no
/// tree, which would take thousands.
const MOST_ALLOCATIONS_FOR_SIZE: u64 = 1_500;
/// How much over the baseline is a regression, in percent: callgrind repeats within a quarter of one.
const TOLERANCE: u64 = 2;

/// How much more a call may cost where there are many of them, in percent.
const MOST_FOR_WIDTH: u64 = 10;

/// Counts by the name of what was measured: a size, a shape at a size, a number of calls.
pub(super) type Measured = BTreeMap<String, Counts>;

/// What is committed.
#[derive(Deserialize, Serialize)]
struct Baseline {
    /// What was measured, as git describes it.
    commit: String,
    counts: Measured,
}

/// What one more call costs, in instructions: between few calls, and between many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    pub(super) few: u64,
    pub(super) many: u64,
}

/// Writes the baseline.
///
/// # Errors
/// When it cannot be written, or git does not say what was measured.
pub(super) fn bless(counts: Measured) -> Result<()> {
    let file = file();
    let mut git = command::program("git", &root());
    git.args([
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
        "--exclude=*",
    ]);
    let commit = command::output(&mut git)?.trim().to_owned();
    let text = serde_json::to_string_pretty(&Baseline { commit, counts })? + "\n";
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Compares with the committed baseline and with the limits; `growth` where the fan-out was measured.
///
/// # Errors
/// With everything that is over.
pub(super) fn gate(measured: &Measured, growth: Option<Growth>) -> Result<()> {
    let file = file();
    let text = fs::read_to_string(&file)
        .with_context(|| format!("{} is missing: `--bless` writes it", file.display()))?;
    let committed: Baseline = serde_json::from_str(&text)
        .with_context(|| format!("{} is of another form: `--bless` writes it", file.display()))?;
    let mut faults = over_limits(measured);
    faults.extend(growth.and_then(over_linear));
    faults.extend(over_baseline(measured, &committed.counts));
    if !faults.is_empty() {
        bail!(
            "{}\nthe baseline is of {}; where the cost is meant, `cargo xtask bench --gate --bless` commits to it",
            faults.join("\n"),
            committed.commit
        );
    }
    Ok(())
}

fn file() -> PathBuf {
    root().join("bench").join("baseline.json")
}

fn over_limits(measured: &Measured) -> Vec<String> {
    let mut faults = Vec::new();
    let small = measured.get(Size::Small.name());
    if let Some(small) = small
        && small.instructions > MOST_INSTRUCTIONS
    {
        faults.push(format!(
            "{} instructions per request at {}: the limit is {MOST_INSTRUCTIONS}",
            small.instructions,
            Size::Small.label(),
        ));
    }
    if let (Some(small), Some(medium)) = (small, measured.get(Size::Medium.name())) {
        let more = medium.allocations.saturating_sub(small.allocations);
        if more > MOST_ALLOCATIONS_FOR_SIZE {
            faults.push(format!(
                "{} allocations more at {} than at {}: the limit is {}",
                Hundredths(more),
                Size::Medium.label(),
                Size::Small.label(),
                Hundredths(MOST_ALLOCATIONS_FOR_SIZE),
            ));
        }
    }
    faults
}

fn over_linear(growth: Growth) -> Option<String> {
    let is_over = growth.many * 100 > growth.few * (100 + MOST_FOR_WIDTH);
    is_over.then(|| {
        format!(
            "{} instructions for one call more among many: more than {MOST_FOR_WIDTH} % over the {} among few",
            growth.many, growth.few
        )
    })
}

fn over_baseline(measured: &Measured, committed: &Measured) -> Vec<String> {
    let is_over = |now: u64, then: u64| now * 100 > then * (100 + TOLERANCE);
    let mut faults = Vec::new();
    for (name, now) in measured {
        let Some(then) = committed.get(name) else {
            faults.push(format!("{name} has no baseline"));
            continue;
        };
        if is_over(now.instructions, then.instructions) {
            faults.push(format!(
                "{} instructions per request at {name}: more than {TOLERANCE} % over {}",
                now.instructions, then.instructions
            ));
        }
        if is_over(now.allocations, then.allocations) {
            faults.push(format!(
                "{} allocations per request at {name}: more than {TOLERANCE} % over {}",
                Hundredths(now.allocations),
                Hundredths(then.allocations)
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{Counts, Growth, Measured, over_baseline, over_limits, over_linear};

    fn measured(small: (u64, u64), medium: (u64, u64)) -> Measured {
        let counts = |(instructions, allocations)| Counts {
            instructions,
            allocations,
        };
        let named = [("small", small), ("medium", medium)];
        named
            .map(|(name, figures)| (name.to_owned(), counts(figures)))
            .into()
    }

    #[test]
    fn two_percent_over_the_baseline_is_a_regression() {
        let committed = measured((200_000, 10_000), (300_000, 11_000));
        for (small, faults) in [
            ((204_000, 10_200), 0),
            ((204_001, 10_200), 1),
            ((204_001, 10_201), 2),
            ((100, 100), 0),
        ] {
            let now = measured(small, (300_000, 11_000));
            assert_eq!(over_baseline(&now, &committed).len(), faults);
        }
        assert_eq!(over_baseline(&committed, &Measured::new()).len(), 2);
    }

    #[test]
    fn the_limits_hold_whatever_is_committed() {
        for (small, medium, faults) in [
            ((230_000, 10_000), (900_000, 11_500), 0),
            ((230_001, 10_000), (900_000, 11_500), 1),
            ((230_001, 10_000), (900_000, 11_501), 2),
        ] {
            assert_eq!(over_limits(&measured(small, medium)).len(), faults);
        }
    }

    #[test]
    fn a_call_among_many_costs_what_it_costs_among_few() {
        for (few, many, is_over) in [
            (1_000, 1_100, false),
            (1_000, 1_101, true),
            (1_000, 9, false),
        ] {
            assert_eq!(over_linear(Growth { few, many }).is_some(), is_over);
        }
    }
}
