//! Collects what is wrong with a configuration, each finding at its place in the text.
//!
//! It must not know what makes a configuration right.

use std::path::Path;

use crate::inputs::Seen;
use indexmap::IndexSet;

use crate::place::Place;
use crate::yaml::{Empty, Kind, Node};

/// Stands for what has a fault: the report tells which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told;

/// A setting that may be left out (`None`) and that may have a fault.
pub(crate) type Setting<T> = Result<Option<T>, Told>;

/// Where something stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    /// Which of the configuration's files, counted from 0.
    pub(crate) file: usize,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
    /// In characters, within the first line; at least 1.
    pub(crate) width: usize,
    /// The last line it reaches into.
    pub(crate) last_line: usize,
}

impl Span {
    /// The first character of the first file.
    pub(crate) const START: Self = Self::start_of(0);

    /// The first character of a file.
    pub(crate) const fn start_of(file: usize) -> Self {
        Self {
            file,
            line: 1,
            column: 1,
            width: 1,
            last_line: 1,
        }
    }

    /// Where this is, as a sentence about `from` says it: with the file's name only if it is
    /// another one.
    pub(crate) fn in_words(self, from: Self, names: &[String]) -> String {
        match names.get(self.file) {
            Some(name) if self.file != from.file => format!("line {} of {name}", self.line),
            _ => format!("line {}", self.line),
        }
    }
}

/// Something wrong or doubtful.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// Where.
    pub(crate) span: Span,
    /// What.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) help: Option<String>,
    /// The place in words, such as `endpoints[0].budget`; empty when there is none.
    pub(crate) path: String,
    /// A part of the line to point at, if it stands behind the span's beginning.
    pub(crate) needle: Option<String>,
}

impl Finding {
    /// A finding at a span of the text.
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
            path: String::new(),
            needle: None,
        }
    }

    /// Says how to mend it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All findings so far.
#[derive(Debug)]
pub(crate) struct Report<'tree> {
    root: &'tree Node,
    names: &'tree [String],
    /// What keeps the configuration from being used.
    pub(crate) faults: Vec<Finding>,
    /// What is allowed and probably not meant.
    pub(crate) warnings: Vec<Finding>,
    /// The files that the configuration names, as they were before they were read.
    pub(crate) named: Seen,
}

impl<'tree> Report<'tree> {
    /// A report on the files `names` that `root` was read from, with what is known already.
    pub(crate) fn new(root: &'tree Node, names: &'tree [String], faults: Vec<Finding>) -> Self {
        Self {
            root,
            names,
            faults,
            warnings: Vec::new(),
            named: Seen::default(),
        }
    }

    /// A file, named by the configuration, that is about to be read: should there be a fault, another
    /// content may mend it.
    pub(crate) fn reads(&mut self, path: &Path) {
        self.named.look(path);
    }

    /// A fault at the value of `place`.
    pub(crate) fn fault(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = self.finding(place, false, message, help);
        self.faults.push(finding);
    }

    /// A fault at the key of `place`.
    pub(crate) fn fault_at_key(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = self.finding(place, true, message, help);
        self.faults.push(finding);
    }

    /// A fault at `needle` within the value of `place`.
    pub(crate) fn fault_within(
        &mut self,
        place: &Place,
        needle: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = self.finding(place, false, message, help);
        self.faults.push(Finding {
            needle: Some(needle.to_owned()),
            ..finding
        });
    }

    /// A warning at the key of `place`, or at its value if it has no key.
    pub(crate) fn warn(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = self.finding(place, true, message, help);
        self.warnings.push(finding);
    }

    /// Where `place` stands, as a sentence about `from` says it: `line 3`, `line 3 of labs.yaml`.
    pub(crate) fn line(&self, place: &Place, from: &Place) -> String {
        let from = self.root.locate(from, true);
        self.root.locate(place, true).in_words(from, self.names)
    }

    /// The names in a section, each once, those of faulty items too.
    pub(crate) fn names(&self, section: &str) -> Vec<&'tree str> {
        match self
            .root
            .find(&Place::ROOT.key(section))
            .map(|node| &node.kind)
        {
            Some(Kind::Map(entries)) => {
                let names: IndexSet<&str> =
                    entries.iter().map(|entry| entry.key.as_str()).collect();
                names.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the text at `place` is written in the file, whole.
    pub(crate) fn is_literal(&self, place: &Place) -> bool {
        matches!(
            self.root.find(place).map(|node| &node.kind),
            Some(Kind::Text {
                interpolated: false,
                ..
            })
        )
    }

    fn finding(
        &self,
        place: &Place,
        key: bool,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        let (mut message, mut help) = (message.into(), help.into());
        // Whatever a value from elsewhere lacks, it lacks because there is none.
        if !key
            && let Some(Kind::Text {
                empty: Some(source),
                ..
            }) = self.root.find(place).map(|node| &node.kind)
        {
            (message, help) = nothing_in(source);
        }
        Finding {
            span: self.root.locate(place, key),
            message,
            help: (!help.is_empty()).then_some(help),
            path: place.to_string(),
            needle: None,
        }
    }
}

/// That a source holds nothing, and the mend.
fn nothing_in(source: &Empty) -> (String, String) {
    match source {
        Empty::Variable(name) => (
            format!("the environment variable `{name}` is set but empty"),
            format!("give `{name}` its value before the start, or correct the name"),
        ),
        Empty::File(path) => (
            format!("the file `{path}` is empty"),
            "write the value into it, or correct the path".to_owned(),
        ),
    }
}
