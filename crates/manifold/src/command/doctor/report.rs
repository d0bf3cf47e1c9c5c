//! What was found, for a person and for a program. Holds no secret: names from the configuration,
//! statuses, codes.

use std::fmt::Write;
use std::io::IsTerminal;
use std::time::Duration;

use serde::Serialize;

/// Cells are padded to the longest, but to no more characters than a terminal's line has room for
/// beside the other columns.
const WIDEST: usize = 50;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Fine,
    /// It works, or may; somebody should look.
    Look,
    /// Nobody knows: it was not asked, for want of something else that is wrong.
    Unasked,
    /// The service cannot use it.
    Wrong,
}

impl Verdict {
    const fn sign(self) -> &'static str {
        match self {
            Self::Fine => "✓",
            Self::Look => "!",
            Self::Unasked => "-",
            Self::Wrong => "✗",
        }
    }

    /// The colour, by its ANSI number.
    const fn colour(self) -> u8 {
        match self {
            Self::Fine => 32,
            Self::Look => 33,
            Self::Unasked => 90,
            Self::Wrong => 31,
        }
    }
}

/// A verdict with its reason and what mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    pub(super) verdict: Verdict,
    pub(super) result: String,
    pub(super) mend: Option<String>,
}

impl Diagnosis {
    pub(super) fn fine(result: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fine,
            result: result.into(),
            mend: None,
        }
    }

    pub(super) fn look(result: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Look,
            result: result.into(),
            mend: Some(mend.into()),
        }
    }

    pub(super) fn wrong(result: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Wrong,
            result: result.into(),
            mend: Some(mend.into()),
        }
    }

    /// Its mend is that of what is wrong.
    pub(super) fn unasked(result: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unasked,
            result: result.into(),
            mend: None,
        }
    }

    /// The finding about `name`, after `took`.
    pub(super) fn about(self, kind: &'static str, name: &str, took: Duration) -> Finding {
        Finding {
            name: name.to_owned(),
            kind,
            verdict: self.verdict,
            result: self.result,
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            mend: self.mend,
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The credential's or backend's name.
    pub(super) name: String,
    /// What was asked for.
    pub(super) kind: &'static str,
    pub(super) verdict: Verdict,
    pub(super) result: String,
    pub(super) milliseconds: u64,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mend: Option<String>,
}

/// All findings: tokens first, then backends, in the order of the configuration.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    fine: bool,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        let wrong = |finding: &Finding| finding.verdict == Verdict::Wrong;
        Self {
            fine: !findings.iter().any(wrong),
            findings,
        }
    }

    /// Whether nothing is wrong; what only needs looking at is no fault.
    pub(super) const fn is_fine(&self) -> bool {
        self.fine
    }

    #[cfg(test)]
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The table as it is printed, in colour where a person watches.
    pub(super) fn table(&self) -> String {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        self.draw(colour)
    }

    fn draw(&self, colour: bool) -> String {
        let width = |title: &str, cell: fn(&Finding) -> usize| {
            let cells = self.findings.iter().map(cell);
            // What is longer is not cut, and pads no other line.
            let cells = cells.filter(|cell| *cell <= WIDEST);
            cells.max().unwrap_or_default().max(title.len())
        };
        let name = width("NAME", |finding| finding.name.chars().count());
        let kind = width("KIND", |finding| finding.kind.len());
        let result = width("RESULT", |finding| finding.result.chars().count());
        let mut table = format!(
            "  {:name$}  {:kind$}  {:result$}  TIME\n",
            "NAME", "KIND", "RESULT"
        );
        for finding in &self.findings {
            let sign = if colour {
                let (number, sign) = (finding.verdict.colour(), finding.verdict.sign());
                format!("\u{1b}[{number}m{sign}\u{1b}[0m")
            } else {
                finding.verdict.sign().to_owned()
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                table,
                "{sign} {:name$}  {:kind$}  {:result$}  {} ms",
                finding.name, finding.kind, finding.result, finding.milliseconds
            );
            if let Some(mend) = &finding.mend {
                let _ = writeln!(table, "    → {mend}");
            }
        }
        table + &self.summary()
    }

    fn summary(&self) -> String {
        let count = |verdict| {
            let of = self.findings.iter();
            of.filter(|finding| finding.verdict == verdict).count()
        };
        let all = self.findings.len();
        let (wrong, look) = (count(Verdict::Wrong), count(Verdict::Look));
        let mut summary = match (wrong, look) {
            (0, 0) => format!("\nall {all} fine"),
            (0, look) => format!("\n{look} of {all} to look at, none wrong"),
            (wrong, 0) => format!("\n{wrong} of {all} wrong"),
            (wrong, look) => format!("\n{wrong} of {all} wrong, {look} to look at"),
        };
        // There is none unless something is wrong.
        let unasked = count(Verdict::Unasked);
        if unasked > 0 {
            let _ = write!(summary, ", {unasked} not asked");
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned_and_puts_the_mend_below_its_line() {
        let took = Duration::from_millis(7);
        let report = Report::new(vec![
            Diagnosis::fine("a token for 300 s").about("token", "hospital", took),
            Diagnosis::wrong("no connection", "check `url`").about("FHIR R4", "ehr", took),
        ]);
        assert_eq!(
            report.draw(false),
            "  NAME      KIND     RESULT             TIME\n\
             ✓ hospital  token    a token for 300 s  7 ms\n\
             ✗ ehr       FHIR R4  no connection      7 ms\n    \
                 → check `url`\n\
             \n1 of 2 wrong"
        );
        assert!(!report.is_fine());
    }

    #[test]
    fn a_long_result_pads_no_other_line() {
        let long = "x".repeat(120);
        let took = Duration::from_millis(7);
        let report = Report::new(vec![
            Diagnosis::wrong(long, "mend it").about("token", "hospital", took),
            Diagnosis::fine("FHIR 4.0.1").about("FHIR R4", "ehr", took),
        ]);
        let drawn = report.draw(false);
        assert!(drawn.contains("FHIR R4  FHIR 4.0.1  7 ms\n"), "{drawn}");
    }

    #[test]
    fn what_is_to_be_looked_at_is_no_fault() {
        let look = Diagnosis::look("500", "later").about("REST", "labs", Duration::ZERO);
        let report = Report::new(vec![look]);
        assert!(report.is_fine());
        assert!(report.draw(true).contains("\u{1b}[33m!\u{1b}[0m labs"));
    }
}
