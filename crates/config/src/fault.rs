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
    /// The file, as messages call it.
    pub file: String,
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
    drawing: Drawing,
}

/// Something that is allowed and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(Fault);

impl Warning {
    /// The warning under its line, as [`Faults`] draws faults. No secret is shown.
    #[must_use]
    pub fn drawn(&self) -> String {
        self.0.drawn(Level::WARNING)
    }
}

/// What is doubtful, where.
impl std::ops::Deref for Warning {
    type Target = Fault;

    fn deref(&self) -> &Fault {
        &self.0
    }
}

/// For a line of a log: `labs.yaml, line 3, column 5: …`.
impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}, line {}, column {}: {}",
            self.file, self.line, self.column, self.message
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
pub struct Faults(Vec<Fault>);

/// A masked line and the bytes of it to point at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Drawing {
    line: String,
    start: usize,
    end: usize,
}

impl Faults {
    /// `findings` in the files `names`, whose lines are drawn through `mask`.
    pub(crate) fn new(names: &[String], mask: &Mask<'_>, findings: Vec<Finding>) -> Self {
        Self(locate(names, mask, findings))
    }

    /// The faults, sorted by place.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

/// The findings that do not keep the configuration from being used.
pub(crate) fn warnings(names: &[String], mask: &Mask<'_>, findings: Vec<Finding>) -> Vec<Warning> {
    locate(names, mask, findings)
        .into_iter()
        .map(Warning)
        .collect()
}

/// The findings as they are shown: sorted by place, each once.
fn locate(names: &[String], mask: &Mask<'_>, findings: Vec<Finding>) -> Vec<Fault> {
    let mut located: Vec<(usize, Fault)> = findings
        .into_iter()
        .map(|finding| (finding.span.file, draw(names, mask, finding)))
        .collect();
    located.sort_by(|(left_file, left), (right_file, right)| {
        (left_file, left.line, left.column, &left.message).cmp(&(
            right_file,
            right.line,
            right.column,
            &right.message,
        ))
    });
    located.dedup();
    located.into_iter().map(|(_, fault)| fault).collect()
}

/// Conceals secrets, moves the finding to its needle and cuts out the line.
fn draw(names: &[String], mask: &Mask<'_>, finding: Finding) -> Fault {
    let span = finding.span;
    let line = mask.line(span);
    let byte_of = |column: usize| {
        line.char_indices()
            .nth(column)
            .map_or(line.len(), |(byte, _)| byte)
    };
    let mut column = span.column;
    let mut start = byte_of(column.saturating_sub(1));
    let mut end = byte_of(column.saturating_add(span.width).saturating_sub(1));
    if let Some(needle) = &finding.needle
        && let Some(offset) = line
            .get(start..)
            .and_then(|rest| rest.find(needle.as_str()))
    {
        start = start.saturating_add(offset);
        end = start.saturating_add(needle.len());
        let before = line.get(..start).unwrap_or_default();
        column = before.chars().count().saturating_add(1);
    }
    Fault {
        file: names.get(span.file).cloned().unwrap_or_default(),
        line: span.line,
        column,
        message: mask.conceal(&finding.message),
        help: finding.help.map(|help| mask.conceal(&help)),
        path: mask.conceal_path(&finding.path),
        drawing: Drawing { line, start, end },
    }
}

impl Fault {
    fn drawn(&self, level: Level<'_>) -> String {
        let drawing = &self.drawing;
        let snippet = Snippet::source(drawing.line.as_str())
            .line_start(self.line)
            .path(self.file.as_str())
            .annotation(AnnotationKind::Primary.span(drawing.start..drawing.end));
        let mut group = level.primary_title(self.message.as_str()).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        Renderer::plain().render(&[group])
    }
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
        for fault in self {
            writeln!(formatter, "{}\n", fault.drawn(Level::ERROR))?;
        }
        match self.0.len() {
            1 => formatter.write_str("1 fault"),
            number => write!(formatter, "{number} faults"),
        }
    }
}

impl std::error::Error for Faults {}
