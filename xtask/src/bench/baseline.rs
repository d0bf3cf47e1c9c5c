//! The committed counts, and the limits that hold whatever is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::callgrind::Counts;
use super::report::Hundredths;
use super::size::Size;
use crate::workspace::root;

/// User instructions per request at 3 × 300 B, at most.
const MOST_INSTRUCTIONS: u64 = 230_000;
/// How many more allocations, in hundredths, 3 × 10 KB may take than 3 × 300 B: a few buffers, and no
/// tree, which would take thousands.
const MOST_ALLOCATIONS_FOR_SIZE: u64 = 1_500;
/// How much over the baseline is a regression, in percent: callgrind repeats within a quarter of one.
const TOLERANCE: u64 = 2;

/// Counts by size's name.
pub(super) type Baseline = BTreeMap<String, Counts>;

/// What was measured, as it is committed.
pub(super) fn of(counts: &[(Size, Counts)]) -> Baseline {
    counts
        .iter()
        .map(|(size, counts)| (size.name().to_owned(), *counts))
        .collect()
}

/// Writes the baseline.
///
/// # Errors
/// When it cannot be written.
pub(super) fn bless(measured: &Baseline) -> Result<()> {
    let file = file();
    let text = serde_json::to_string_pretty(measured)? + "\n";
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Compares with the committed baseline and with the limits.
///
/// # Errors
/// With everything that is over.
pub(super) fn gate(measured: &Baseline) -> Result<()> {
    let file = file();
    let text = fs::read_to_string(&file)
        .with_context(|| format!("{} is missing: `--bless` writes it", file.display()))?;
    let mut faults = over_limits(measured);
    faults.extend(over_baseline(measured, &serde_json::from_str(&text)?));
    if !faults.is_empty() {
        bail!(
            "{}\nwhere the cost is meant, `cargo xtask bench --gate --bless` commits to it",
            faults.join("\n")
        );
    }
    Ok(())
}

fn file() -> PathBuf {
    root().join("bench").join("baseline.json")
}

fn over_limits(measured: &Baseline) -> Vec<String> {
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

fn over_baseline(measured: &Baseline, committed: &Baseline) -> Vec<String> {
    let is_over = |now: u64, then: u64| now * 100 > then * (100 + TOLERANCE);
    let mut faults = Vec::new();
    for (size, now) in measured {
        let Some(then) = committed.get(size) else {
            faults.push(format!("{size} has no baseline"));
            continue;
        };
        if is_over(now.instructions, then.instructions) {
            faults.push(format!(
                "{} instructions per request at {size}: more than {TOLERANCE} % over {}",
                now.instructions, then.instructions
            ));
        }
        if is_over(now.allocations, then.allocations) {
            faults.push(format!(
                "{} allocations per request at {size}: more than {TOLERANCE} % over {}",
                Hundredths(now.allocations),
                Hundredths(then.allocations)
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Counts, Size, of, over_baseline, over_limits};

    fn baseline(small: (u64, u64), medium: (u64, u64)) -> Baseline {
        let counts = |(instructions, allocations)| Counts {
            instructions,
            allocations,
        };
        of(&[(Size::Small, counts(small)), (Size::Medium, counts(medium))])
    }

    #[test]
    fn two_percent_over_the_baseline_is_a_regression() {
        let committed = baseline((200_000, 10_000), (300_000, 11_000));
        for (small, faults) in [
            ((204_000, 10_200), 0),
            ((204_001, 10_200), 1),
            ((204_001, 10_201), 2),
            ((100, 100), 0),
        ] {
            let measured = baseline(small, (300_000, 11_000));
            assert_eq!(over_baseline(&measured, &committed).len(), faults);
        }
        assert_eq!(over_baseline(&committed, &Baseline::new()).len(), 2);
    }

    #[test]
    fn the_limits_hold_whatever_is_committed() {
        for (small, medium, faults) in [
            ((230_000, 10_000), (900_000, 11_500), 0),
            ((230_001, 10_000), (900_000, 11_500), 1),
            ((230_001, 10_000), (900_000, 11_501), 2),
        ] {
            assert_eq!(over_limits(&baseline(small, medium)).len(), faults);
        }
    }
}
