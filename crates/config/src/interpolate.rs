//! `${env:NAME}` and `${file:path}` in scalar values, after the text was parsed: what is inserted
//! can be no syntax. `$${` stands for `${`.
//!
//! It must not know which values are secrets.

use std::io::Read;
use std::path::Path;

use crate::inputs::Inputs;
use crate::report::Finding;
use crate::suggest;
use crate::yaml::{Empty, Kind, Node};

/// Larger files hold no secret.
pub(crate) const FILE_LIMIT: u64 = 1024 * 1024;

const HOW: &str = "write `${env:NAME}` or `${file:path}`, or `$${` for a literal `${`";

/// Where inserted values come from.
pub(crate) struct Sources<'a> {
    /// Relative paths start here.
    pub(crate) folder: &'a Path,
    /// The environment.
    pub(crate) environment: &'a dyn Fn(&str) -> Option<String>,
    /// Where it is noted which files were read.
    pub(crate) inputs: &'a mut Inputs,
}

/// Replaces every expression in the tree; returns what could not be replaced.
pub(crate) fn interpolate(root: &mut Node, sources: &mut Sources<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Kind::Map(entries) = &mut root.kind {
        for entry in entries {
            // Endpoints hold no URL, secret or token, and a foreign text in a template could open
            // a place of its own.
            let sources = (entry.key != "endpoints").then_some(&mut *sources);
            walk(&mut entry.value, sources, &mut findings);
        }
    }
    findings
}

fn walk(node: &mut Node, mut sources: Option<&mut Sources<'_>>, findings: &mut Vec<Finding>) {
    match &mut node.kind {
        Kind::Text {
            value,
            interpolated,
            empty,
        } if value.contains("${") => match replace(value, sources) {
            Ok(replaced) => {
                (*value, *interpolated, *empty) = (replaced.text, replaced.foreign, replaced.empty);
            }
            Err((expression, message, help)) => {
                let finding = Finding::at(node.span, message).help(help);
                findings.push(Finding {
                    needle: Some(expression),
                    ..finding
                });
            }
        },
        Kind::List(nodes) => nodes
            .iter_mut()
            .for_each(|node| walk(node, sources.as_deref_mut(), findings)),
        Kind::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| walk(&mut entry.value, sources.as_deref_mut(), findings)),
        Kind::Null | Kind::Boolean(_) | Kind::Number(_) | Kind::Text { .. } => {}
    }
}

/// A text with its expressions replaced.
#[derive(Debug, Default, PartialEq, Eq)]
struct Replaced {
    text: String,
    /// Whether there were any.
    foreign: bool,
    /// What held nothing, if there is no text.
    empty: Option<Empty>,
}

/// The text with its expressions replaced; or the expression that could not be replaced, why, and the
/// mend.
fn replace(
    text: &str,
    mut sources: Option<&mut Sources<'_>>,
) -> Result<Replaced, (String, String, String)> {
    let mut replaced = String::new();
    let mut foreign = false;
    let mut empty = None;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            replaced.push_str(before);
            replaced.push_str("${");
            rest = after;
            continue;
        }
        replaced.push_str(before);
        let Some((expression, after)) = after.split_once('}') else {
            return Err((
                "${".to_owned(),
                "`${` without its `}`".to_owned(),
                HOW.to_owned(),
            ));
        };
        let value = match sources.as_deref_mut() {
            Some(sources) => read(expression, sources),
            None => Err((
                "`${…}` is not allowed in endpoints".to_owned(),
                "an endpoint names backends only: put the value into the backend or its credential"
                    .to_owned(),
            )),
        };
        match value {
            Ok(Ok(value)) => replaced.push_str(&value),
            Ok(Err(source)) => empty = empty.or(Some(source)),
            Err((message, help)) => return Err((format!("${{{expression}}}"), message, help)),
        }
        foreign = true;
        rest = after;
    }
    replaced.push_str(rest);
    Ok(Replaced {
        empty: empty.filter(|_| replaced.is_empty()),
        text: replaced,
        foreign,
    })
}

/// What an expression stands for.
type Value = Result<String, Empty>;

fn read(expression: &str, sources: &mut Sources<'_>) -> Result<Value, (String, String)> {
    match expression.split_once(':') {
        Some(("env", name)) => match (sources.environment)(name) {
            Some(value) if value.is_empty() => Ok(Err(Empty::Variable(name.to_owned()))),
            Some(value) => Ok(Ok(value)),
            None => Err((
                format!("the environment variable `{name}` is not set"),
                format!("set `{name}` before the start, or correct the name"),
            )),
        },
        Some(("file", path)) => {
            let file = sources.folder.join(path);
            let text = read_file(&file);
            sources.inputs.note_value(&file, text.as_deref().ok());
            let shown = std::path::absolute(&file).unwrap_or(file);
            let shown = shown.display();
            match text.map(without_line_end) {
                Ok(text) if text.is_empty() => Ok(Err(Empty::File(shown.to_string()))),
                Ok(text) => Ok(Ok(text)),
                Err(reason) => Err((
                    format!("the file `{shown}` cannot be read: {reason}"),
                    "a relative path starts at the folder of the configuration file".to_owned(),
                )),
            }
        }
        _ => Err((
            format!("`${{{expression}}}` names no source"),
            meant(expression).map_or_else(
                || HOW.to_owned(),
                |meant| format!("did you mean `${{{meant}}}`?"),
            ),
        )),
    }
}

/// What an expression that names no source was probably meant to be: a variable, as a shell writes
/// it, or a file.
fn meant(expression: &str) -> Option<String> {
    if let Some((source, rest)) = expression.split_once(':') {
        let source = suggest::nearest(source, ["env", "file"])?;
        return Some(format!("{source}:{rest}"));
    }
    let is_path = expression.contains('/');
    // Other than a variable, `${hunter2}` may be a secret: it is not repeated.
    let is_name = expression
        .chars()
        .all(|character| matches!(character, 'A'..='Z' | '0'..='9' | '_'));
    match (expression.is_empty(), is_path, is_name) {
        (false, true, _) => Some(format!("file:{expression}")),
        (false, false, true) => Some(format!("env:{expression}")),
        _ => None,
    }
}

/// The file, if it is one: to open a pipe waits until somebody writes, and a device may have no end.
pub(crate) fn open(path: &Path) -> std::io::Result<std::fs::File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    std::fs::File::open(path)
}

/// The text of a file.
fn read_file(path: &Path) -> Result<String, String> {
    let describe = |error: std::io::Error| error.to_string();
    let mut text = String::new();
    let length = open(path)
        .map_err(describe)?
        .take(FILE_LIMIT.saturating_add(1))
        .read_to_string(&mut text)
        .map_err(describe)?;
    if u64::try_from(length).is_ok_and(|length| length > FILE_LIMIT) {
        return Err("it is larger than 1 MiB".to_owned());
    }
    Ok(text)
}

/// The text without its one last line end.
fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_replaced_once_and_the_escape_is_kept() {
        let environment = |name: &str| match name {
            "A" => Some("${env:A}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let mut inputs = Inputs::default();
        let mut sources = Sources {
            folder: Path::new("."),
            environment: &environment,
            inputs: &mut inputs,
        };
        let replaced = |text: &str, foreign, empty| Replaced {
            text: text.to_owned(),
            foreign,
            empty,
        };
        let empty = Empty::Variable("EMPTY".to_owned());
        for (text, expected) in [
            ("x${env:A}y", Ok(replaced("x${env:A}y", true, None))),
            ("$${env:A}", Ok(replaced("${env:A}", false, None))),
            ("a$b {c}", Ok(replaced("a$b {c}", false, None))),
            ("${env:EMPTY}", Ok(replaced("", true, Some(empty)))),
            ("${env:EMPTY}x", Ok(replaced("x", true, None))),
            ("${env:B}", Err("the environment variable `B` is not set")),
            ("${A}", Err("`${A}` names no source")),
            ("${env:A", Err("`${` without its `}`")),
        ] {
            let found = replace(text, Some(&mut sources)).map_err(|(_, message, _)| message);
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        }
    }
}
