//! The files of a folder made one: their sections joined, and nothing defined twice.
//!
//! It must not know what the sections mean.

use crate::report::Finding;
use crate::yaml::{Entry, Kind, Node};

/// One tree of all `roots`, in their order; what cannot be joined is told in `findings`, and stays
/// out of the tree. A single root is the tree as it is.
pub(crate) fn merge(
    roots: impl IntoIterator<Item = Node>,
    names: &[String],
    findings: &mut Vec<Finding>,
) -> Node {
    let mut roots = roots.into_iter();
    let mut merged = roots.next().unwrap_or_else(Node::empty);
    for root in roots {
        match (&mut merged.kind, root.kind) {
            (Kind::Map(sections), Kind::Map(more)) => {
                for section in more {
                    join(sections, section, names, findings);
                }
            }
            // The check says so of the first one.
            (_, Kind::Map(_)) => {}
            _ => findings.push(
                Finding::at(root.span, "a file of the configuration is a mapping")
                    .help("begin with a section, for example `backends:`"),
            ),
        }
    }
    merged
}

fn join(sections: &mut Vec<Entry>, section: Entry, names: &[String], findings: &mut Vec<Finding>) {
    let Some(first) = sections.iter_mut().find(|first| first.key == section.key) else {
        sections.push(section);
        return;
    };
    match (&mut first.value.kind, section.value.kind) {
        (Kind::Map(entries), Kind::Map(more)) => {
            for entry in more {
                match entries.iter().find(|known| known.key == entry.key) {
                    // Twice in one file has been told already.
                    Some(known) if known.key_span.file == entry.key_span.file => {}
                    Some(known) => findings.push(twice(&entry, known, names)),
                    None => entries.push(entry),
                }
            }
        }
        (Kind::List(elements), Kind::List(more)) => elements.extend(more),
        _ => findings.push(
            Finding::at(
                section.key_span,
                format!("the section `{}` cannot be joined", section.key),
            )
            .help(format!(
                "it has another form in {}: write both as mappings, `endpoints` as lists",
                first.key_span.in_words(section.key_span, names)
            )),
        ),
    }
}

fn twice(entry: &Entry, first: &Entry, names: &[String]) -> Finding {
    let place = first.key_span.in_words(entry.key_span, names);
    Finding::at(
        entry.key_span,
        format!("the key `{}` is given twice", entry.key),
    )
    .help(format!("the first one is in {place}; keep one of them"))
}
