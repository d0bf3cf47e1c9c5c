//! Faults as the reader of a configuration sees them: sorted, each drawn under the line it is in.
//!
//! Only masked lines are kept: what could be a secret is not in here, so that no way of printing
//! faults can show it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::mask::Mask;
use crate::report::Finding;

/// Something that keeps a configuration from being used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The place in the configuration, such as `endpoints[0].calls.vitals.backend`; empty for a
    /// fault of the text itself.
    pub path: String,
}

/// Something that is allowed and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is doubtful.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The place in the configuration, such as `backends.labs`.
    pub path: String,
}

/// `line 3, column 5: …`.
impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )?;
        self.help
            .iter()
            .try_for_each(|help| write!(formatter, " ({help})"))
    }
}

/// Everything that is wrong with a configuration, sorted by place; never empty.
///
/// `Display` draws each fault under its line and ends with their number. No secret is shown.
#[derive(Clone, Debug)]
pub struct Faults {
    name: String,
    list: Vec<Fault>,
    drawings: Vec<Drawing>,
}

/// A masked line and the bytes of it to point at.
#[derive(Clone, Debug)]
struct Drawing {
    line: String,
    start: usize,
    end: usize,
}

impl Faults {
    /// `findings` in the file `name`, whose lines are drawn through `mask`.
    pub(crate) fn new(name: &str, mask: &Mask<'_>, findings: Vec<Finding>) -> Self {
        let mut located: Vec<(Fault, Drawing)> = findings
            .into_iter()
            .map(|finding| {
                let (finding, drawing) = draw(mask, finding);
                let Finding {
                    span,
                    message,
                    help,
                    path,
                    ..
                } = finding;
                (
                    Fault {
                        line: span.line,
                        column: span.column,
                        message,
                        help,
                        path,
                    },
                    drawing,
                )
            })
            .collect();
        located.sort_by(|(left, _), (right, _)| {
            (left.line, left.column, &left.message).cmp(&(right.line, right.column, &right.message))
        });
        located.dedup_by(|(left, _), (right, _)| left == right);
        let (list, drawings) = located.into_iter().unzip();
        Self {
            name: name.to_owned(),
            list,
            drawings,
        }
    }

    /// The faults, sorted by place.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.list.iter()
    }
}

/// The findings that do not keep the configuration from being used.
pub(crate) fn warnings(mask: &Mask<'_>, findings: Vec<Finding>) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = findings
        .into_iter()
        .map(|finding| {
            let Finding {
                span,
                message,
                help,
                path,
                ..
            } = draw(mask, finding).0;
            Warning {
                line: span.line,
                column: span.column,
                message,
                help,
                path,
            }
        })
        .collect();
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    warnings
}

/// Conceals secrets, moves the finding to its needle and cuts out the line.
fn draw(mask: &Mask<'_>, mut finding: Finding) -> (Finding, Drawing) {
    finding.message = mask.conceal(&finding.message);
    finding.path = mask.conceal(&finding.path);
    finding.help = finding.help.map(|help| mask.conceal(&help));
    let line = mask.line(finding.span.line);
    let byte_of = |column: usize| {
        line.char_indices()
            .nth(column)
            .map_or(line.len(), |(byte, _)| byte)
    };
    let mut start = byte_of(finding.span.column.saturating_sub(1));
    let mut end = byte_of(
        finding
            .span
            .column
            .saturating_add(finding.span.width)
            .saturating_sub(1),
    );
    if let Some(needle) = &finding.needle
        && let Some(offset) = line
            .get(start..)
            .and_then(|rest| rest.find(needle.as_str()))
    {
        start = start.saturating_add(offset);
        end = start.saturating_add(needle.len());
        let before = line.get(..start).unwrap_or_default();
        finding.span.column = before.chars().count().saturating_add(1);
    }
    (finding, Drawing { line, start, end })
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (fault, drawing) in self.list.iter().zip(&self.drawings) {
            let snippet = Snippet::source(drawing.line.as_str())
                .line_start(fault.line)
                .path(self.name.as_str())
                .annotation(AnnotationKind::Primary.span(drawing.start..drawing.end));
            let mut group = Level::ERROR
                .primary_title(fault.message.as_str())
                .element(snippet);
            if let Some(help) = &fault.help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            writeln!(formatter, "{}\n", renderer.render(&[group]))?;
        }
        match self.list.len() {
            1 => formatter.write_str("1 fault"),
            number => write!(formatter, "{number} faults"),
        }
    }
}

impl std::error::Error for Faults {}
