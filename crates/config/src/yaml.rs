//! YAML text → a tree of values in which every value and every key knows its place.
//!
//! Built from the parser's events: no recursion, so that depth cannot exhaust the stack, and no
//! aliases, so that nothing can grow beyond the text. It must not know what the values mean.

mod syntax;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as YamlSpan};
use serde_json::{Map, Number, Value};

use crate::place::{Place, Step};
use crate::report::{Finding, Span};

/// Nested deeper than this is refused: JSON Schema and serde recurse over the result.
const DEPTH_LIMIT: usize = 64;

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    /// From its first character to the end of its first line, or of itself.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// As JSON writes numbers; the digits are kept.
    Number(Number),
    /// Anything else, and all that is quoted.
    Text {
        /// What it says, after interpolation.
        value: String,
        /// Whether a part of it came from outside of the file.
        interpolated: bool,
        /// From where, if nothing came.
        empty: Option<Empty>,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Vec<Entry>),
}

/// What holds nothing, where a value should have come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    /// The variable of this name.
    Variable(String),
    /// The file at this path.
    File(String),
}

/// A key and its value.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) key_span: Span,
    /// The value.
    pub(crate) value: Node,
}

/// An unfinished list or map.
struct Open {
    span: Span,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Span)>,
    },
}

/// Reads one document: the tree, if the text is YAML that a configuration has a use for, and what is
/// wrong with it. A key given twice does not spoil the tree: the first one counts.
/// `file` is the place of the text among the configuration's files.
pub(crate) fn read(text: &str, file: usize) -> (Option<Node>, Vec<Finding>) {
    let mut builder = Builder {
        file,
        ..Builder::default()
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(Box::new(syntax::fault(&error, text, file))),
        };
        if let Err(finding) = step {
            builder.findings.push(*finding);
            return (None, builder.findings);
        }
    }
    let empty = || Node {
        span: Span::start_of(file),
        ..Node::empty()
    };
    (Some(builder.root.unwrap_or_else(empty)), builder.findings)
}

#[derive(Default)]
struct Builder {
    file: usize,
    open: Vec<Open>,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: YamlSpan) -> Result<(), Box<Finding>> {
        let span = span(at, self.file);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_none() => Ok(()),
            Event::DocumentStart(_) => Err(Box::new(Finding::at(span, "a second document begins here")
                .help("write one document per file, without `---` between parts"))),
            Event::Alias(_) => Err(Box::new(Finding::at(span, "aliases are not supported").help(
                "write the value out, so that every place of the file can be read on its own",
            ))),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor > 0 =>
            {
                Err(Box::new(Finding::at(span, "anchors are not supported").help(
                    "write the value out, so that every place of the file can be read on its own",
                )))
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => Err(Box::new(Finding::at(span, "tags are not supported")
                .help("leave the tag out; quote what must be a text"))),
            Event::Scalar(text, style, _, None) => self.scalar(&text, style, span),
            Event::SequenceStart(_, None) => self.start(span, Content::List(Vec::new())),
            Event::MappingStart(_, None) => self.start(
                span,
                Content::Map {
                    entries: Vec::new(),
                    key: None,
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => {
                match self.open.pop() {
                    Some(Open {
                        span,
                        content: Content::List(nodes),
                    }) => {
                        self.value(Node {
                            span,
                            kind: Kind::List(nodes),
                        });
                    }
                    Some(Open {
                        span,
                        content: Content::Map { entries, .. },
                    }) => {
                        self.value(Node {
                            span,
                            kind: Kind::Map(entries),
                        });
                    }
                    None => {}
                }
                Ok(())
            }
        }
    }

    fn start(&mut self, span: Span, content: Content) -> Result<(), Box<Finding>> {
        if self.expects_key() {
            return Err(Box::new(
                Finding::at(span, "a key must be a text")
                    .help("quote a key that begins with `{` or `[`"),
            ));
        }
        if self.open.len() >= DEPTH_LIMIT {
            return Err(Box::new(Finding::at(
                span,
                format!("nested deeper than {DEPTH_LIMIT} levels"),
            )));
        }
        self.open.push(Open { span, content });
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                content: Content::Map { key: None, .. },
                ..
            })
        )
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<(), Box<Finding>> {
        if let Some(Open {
            content:
                Content::Map {
                    entries,
                    key: key @ None,
                },
            ..
        }) = self.open.last_mut()
        {
            if text == "<<" && style == ScalarStyle::Plain {
                return Err(Box::new(
                    Finding::at(span, "merge keys are not supported").help("write the members out"),
                ));
            }
            if let Some(first) = entries.iter().find(|entry| entry.key == text) {
                let finding =
                    Finding::at(span, format!("the key `{text}` is given twice")).help(format!(
                        "the first one is in line {}; keep one of them",
                        first.key_span.line
                    ));
                self.findings.push(finding);
            }
            *key = Some((text.to_owned(), span));
            return Ok(());
        }
        self.value(Node {
            span,
            kind: resolve(text, style),
        });
        Ok(())
    }

    fn value(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open {
                content: Content::List(nodes),
                ..
            }) => nodes.push(node),
            Some(Open {
                content: Content::Map { entries, key },
                ..
            }) => {
                if let Some((key, key_span)) = key.take() {
                    entries.push(Entry {
                        key,
                        key_span,
                        value: node,
                    });
                }
            }
        }
    }
}

/// YAML 1.2's core schema with JSON's numbers: `0x1F` and `.inf` are texts.
fn resolve(text: &str, style: ScalarStyle) -> Kind {
    if style == ScalarStyle::Plain {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
            "true" | "True" | "TRUE" => return Kind::Boolean(true),
            "false" | "False" | "FALSE" => return Kind::Boolean(false),
            _ => {}
        }
        let numeric = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        if numeric && let Ok(number) = text.parse::<Number>() {
            return Kind::Number(number);
        }
    }
    Kind::Text {
        value: text.to_owned(),
        interpolated: false,
        empty: None,
    }
}

fn span(at: YamlSpan, file: usize) -> Span {
    let column = at.start.col().saturating_add(1);
    let one_line = at.end.line() == at.start.line() && at.end.col() > at.start.col();
    let width = if one_line {
        at.end.col().saturating_sub(at.start.col())
    } else {
        1
    };
    let last_line = if at.end.col() == 0 {
        at.end.line().saturating_sub(1)
    } else {
        at.end.line()
    };
    Span {
        file,
        line: at.start.line().max(1),
        column,
        width,
        last_line: last_line.max(at.start.line()),
    }
}

impl Node {
    /// An empty mapping.
    pub(crate) fn empty() -> Self {
        Self {
            span: Span::START,
            kind: Kind::Map(Vec::new()),
        }
    }

    /// Whether it is a mapping without members.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.kind, Kind::Map(entries) if entries.is_empty())
    }

    /// The value without places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Boolean(value) => Value::Bool(*value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text { value, .. } => Value::String(value.clone()),
            Kind::List(nodes) => Value::Array(nodes.iter().map(Self::to_value).collect()),
            Kind::Map(entries) => {
                let mut members = Map::new();
                for entry in entries {
                    members
                        .entry(entry.key.clone())
                        .or_insert_with(|| entry.value.to_value());
                }
                Value::Object(members)
            }
        }
    }

    /// Where `place` stands: its key if it is a member and `key` is wanted, else its value. A place
    /// that is not in the tree stands where its nearest ancestor does.
    pub(crate) fn locate(&self, place: &Place, key: bool) -> Span {
        let mut node = self;
        let mut at = self.span;
        for (index, step) in place.steps().iter().enumerate() {
            let last = index.saturating_add(1) == place.steps().len();
            let (next, key_span) = match (&node.kind, step) {
                (Kind::Map(entries), Step::Key(name)) => {
                    match entries.iter().find(|entry| entry.key == *name) {
                        Some(entry) => (&entry.value, Some(entry.key_span)),
                        None => return at,
                    }
                }
                (Kind::List(nodes), Step::Index(index)) => match nodes.get(*index) {
                    Some(node) => (node, None),
                    None => return at,
                },
                _ => return at,
            };
            node = next;
            // A container's own place says little: its key is what one looks for.
            let container = matches!(node.kind, Kind::Map(_) | Kind::List(_) | Kind::Null);
            at = match key_span {
                Some(span) if !last || key || container => span,
                _ => node.span,
            };
        }
        at
    }

    /// The value at `place`.
    pub(crate) fn find(&self, place: &Place) -> Option<&Self> {
        place
            .steps()
            .iter()
            .try_fold(self, |node, step| match (&node.kind, step) {
                (Kind::Map(entries), Step::Key(name)) => entries
                    .iter()
                    .find(|entry| entry.key == *name)
                    .map(|entry| &entry.value),
                (Kind::List(nodes), Step::Index(index)) => nodes.get(*index),
                _ => None,
            })
    }
}
