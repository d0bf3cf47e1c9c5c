//! What of a configuration's text may be shown. When in doubt, it is masked.
//!
//! Two nets: lines are drawn with literal secrets masked, and messages have every value that is
//! secret or came from outside of the file taken out of them.

mod keys;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use self::keys::{GUARDED_KEYS, PUBLIC_KEYS, SECRET_KEYS};
use crate::report::Span;
use crate::schema::schema;
use crate::suggest;
use crate::yaml::{Entry, Kind, Node};

/// Shorter values are taken out of messages only where they stand alone: they may be part of a word.
const LONG_ENOUGH: usize = 4;

const CONCEALED: &str = "…";

/// What of a text may be shown.
#[derive(Debug)]
pub(crate) struct Mask<'text> {
    lines: Vec<&'text str>,
    secret_spans: Vec<Span>,
    secret_values: Vec<String>,
    parsed: bool,
}

/// What a part of the tree is drawn like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// All of it, except under a key that names a secret.
    Open,
    /// Templates of an endpoint: a text with braces shows no secret.
    Templates,
    /// Nothing, except under a key known to hold none.
    Guarded,
    /// Nothing.
    Secret,
}

impl<'text> Mask<'text> {
    /// The mask of a text and of its tree; without a tree (the text is not YAML) far more is masked.
    pub(crate) fn new(text: &'text str, root: Option<&Node>) -> Self {
        let mut mask = Self {
            lines: text.lines().collect(),
            secret_spans: Vec::new(),
            secret_values: Vec::new(),
            parsed: root.is_some(),
        };
        if let Some(root) = root {
            mask.top(root);
        }
        mask.secret_values
            .sort_by_key(|value| std::cmp::Reverse(value.len()));
        mask.secret_values.dedup();
        mask
    }

    fn top(&mut self, root: &Node) {
        let Kind::Map(entries) = &root.kind else {
            return self.walk(root, Trust::Secret);
        };
        for Entry {
            key,
            key_span,
            value,
        } in entries
        {
            if !resembles_setting(key) {
                self.hide(key, *key_span);
            }
            let trust = match key.as_str() {
                "server" | "documents" | "jwks" | "backends" => Trust::Open,
                "endpoints" => Trust::Templates,
                _ => Trust::Guarded,
            };
            // The names of clients, credentials and backends are no keys to be judged.
            match &value.kind {
                Kind::Map(items)
                    if matches!(key.as_str(), "clients" | "credentials" | "backends") =>
                {
                    for item in items {
                        let settings = matches!(item.value.kind, Kind::Map(_));
                        if !settings || !is_word(&item.key) {
                            self.hide(&item.key, item.key_span);
                        }
                        self.walk(&item.value, if settings { trust } else { Trust::Secret });
                    }
                }
                Kind::Text { .. } | Kind::List(_) if key != "endpoints" => {
                    self.walk(value, Trust::Secret);
                }
                _ => self.walk(value, trust),
            }
        }
    }

    fn hide(&mut self, text: &str, span: Span) {
        self.secret_values.push(text.to_owned());
        self.secret_spans.push(span);
    }

    fn walk(&mut self, node: &Node, trust: Trust) {
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    // Where a colon or a space is missing, a key holds the value too.
                    let shown = match trust {
                        Trust::Templates => true,
                        Trust::Open | Trust::Guarded => resembles_setting(&entry.key),
                        Trust::Secret => {
                            is_word(&entry.key) && !matches!(entry.value.kind, Kind::Null)
                        }
                    };
                    if !shown {
                        self.hide(&entry.key, entry.key_span);
                    }
                    let trust = judge(&entry.key, &entry.value, trust);
                    self.walk(&entry.value, trust);
                }
            }
            Kind::List(nodes) => nodes.iter().for_each(|node| self.walk(node, trust)),
            Kind::Text {
                value,
                interpolated: true,
            } => self.secret_values.push(value.clone()),
            Kind::Text {
                value,
                interpolated: false,
            } => {
                let template = trust == Trust::Templates;
                let hidden = matches!(trust, Trust::Guarded | Trust::Secret);
                if hidden || (!template && value.contains('@')) {
                    self.hide(value, node.span);
                }
            }
            Kind::Number(_) | Kind::Boolean(_) | Kind::Null => {
                if trust == Trust::Secret {
                    self.secret_spans.push(node.span);
                }
            }
        }
    }

    /// The line `number` (counted from 1) with every secret masked, character for character.
    pub(crate) fn line(&self, number: usize) -> String {
        let line = self
            .lines
            .get(number.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        if !self.parsed {
            return self.guarded_line(number, line);
        }
        let mut characters: Vec<char> = line.chars().collect();
        for span in &self.secret_spans {
            let (from, to) = if number == span.line {
                let from = span.column.saturating_sub(1);
                let whole = span.last_line > span.line;
                (
                    from,
                    if whole {
                        usize::MAX
                    } else {
                        from.saturating_add(span.width)
                    },
                )
            } else if number > span.line && number <= span.last_line {
                (0, usize::MAX)
            } else {
                continue;
            };
            mask(&mut characters, from, to);
        }
        if let Some(from) = comment_from(line) {
            mask(&mut characters, from, usize::MAX);
        }
        characters.into_iter().collect()
    }

    /// A line of a text that is not YAML: nobody knows where a value ends. Its structure and the
    /// names of settings are shown; behind a key that names a secret, nothing is.
    fn guarded_line(&self, number: usize, line: &str) -> String {
        let mut characters: Vec<char> = line.chars().collect();
        let indentation = |line: &str| {
            line.chars()
                .take_while(|character| character.is_whitespace())
                .count()
        };
        let parent = self
            .lines
            .get(..number.saturating_sub(1))
            .unwrap_or_default()
            .iter()
            .rev()
            .find(|above| !above.trim().is_empty() && indentation(above) < indentation(line));
        let continues = parent.is_some_and(|parent| secret_from(parent).is_some());
        let guarded = if continues || !line.contains(':') {
            Some(0)
        } else {
            secret_from(line)
        };
        if let Some(from) = guarded {
            mask(&mut characters, from, usize::MAX);
        }
        for word in
            characters.chunk_by_mut(|left, right| is_structure(*left) == is_structure(*right))
        {
            let shown = word.iter().all(|character| is_structure(*character));
            if !shown && !SETTINGS.contains(&word.iter().collect::<String>()) {
                mask(word, 0, usize::MAX);
            }
        }
        characters.into_iter().collect()
    }

    /// `message` without any secret in it.
    pub(crate) fn conceal(&self, message: &str) -> String {
        let mut concealed = message.to_owned();
        for value in self.secret_values.iter().filter(|value| !value.is_empty()) {
            if value.chars().count() >= LONG_ENOUGH {
                concealed = concealed.replace(value.as_str(), CONCEALED);
            } else {
                concealed = concealed.replace(&format!("`{value}`"), &format!("`{CONCEALED}`"));
            }
        }
        concealed
    }
}

fn judge(key: &str, value: &Node, trust: Trust) -> Trust {
    let key = key.to_lowercase();
    let container = matches!(value.kind, Kind::Map(_) | Kind::List(_));
    match trust {
        Trust::Guarded if container && GUARDED_KEYS.contains(&key.as_str()) => Trust::Guarded,
        // Names of clients and of credentials.
        Trust::Guarded if container && key == "by_client" => Trust::Templates,
        Trust::Guarded if PUBLIC_KEYS.contains(&key.as_str()) => Trust::Open,
        Trust::Guarded | Trust::Secret => Trust::Secret,
        Trust::Open if key == "headers" || (is_secret(&key) && !container) => Trust::Secret,
        // A misspelt `headers` or `password` is no setting.
        Trust::Open if !SETTINGS.contains(&key) => Trust::Secret,
        Trust::Open => Trust::Open,
        Trust::Templates => match &value.kind {
            Kind::Text { value, .. } if is_secret(&key) && !value.contains('{') => Trust::Secret,
            _ => Trust::Templates,
        },
    }
}

/// The names of all settings.
static SETTINGS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut names = BTreeSet::new();
    collect_names(&schema(), &mut names);
    names
});

fn collect_names(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            let properties = members.get("properties").and_then(Value::as_object);
            names.extend(
                properties
                    .into_iter()
                    .flat_map(|properties| properties.keys().cloned()),
            );
            members
                .values()
                .for_each(|member| collect_names(member, names));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| collect_names(element, names)),
        _ => {}
    }
}

/// Whether `key` is a setting, or one with a slip in it.
fn resembles_setting(key: &str) -> bool {
    let word = key
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_');
    word && (SETTINGS.contains(key)
        || suggest::nearest(key, SETTINGS.iter().map(String::as_str)).is_some())
}

fn is_word(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'))
}

/// The character behind the first `#` that may begin a comment: it may hold what was a secret until
/// yesterday.
fn comment_from(line: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, character) in line.chars().enumerate() {
        if character == '#' && before.is_whitespace() {
            return Some(at.saturating_add(1));
        }
        before = character;
    }
    None
}

fn is_structure(character: char) -> bool {
    character.is_whitespace() || ":{}[],\"'-#&*|>".contains(character)
}

fn is_secret(key: &str) -> bool {
    SECRET_KEYS.contains(&key)
}

/// The character behind the first key of `line` that names a secret, or resembles such a name.
fn secret_from(line: &str) -> Option<usize> {
    let mut from = 0_usize;
    let mut word = String::new();
    for character in line.chars() {
        from = from.saturating_add(1);
        if character.is_alphanumeric() || matches!(character, '_' | '-') {
            word.extend(character.to_lowercase());
        } else if matches!(character, '"' | '\'' | ' ') && !word.is_empty() {
            // A key may be quoted, and its colon may stand apart.
        } else {
            let named = character == ':' && SECRET_KEYS.iter().any(|key| word.contains(key));
            if named || (character == ':' && word.contains("headers")) {
                return Some(from);
            }
            word.clear();
        }
    }
    None
}

fn mask(characters: &mut [char], from: usize, to: usize) {
    let to = to.min(characters.len());
    for character in characters.get_mut(from..to).unwrap_or_default() {
        if !character.is_whitespace() {
            *character = '*';
        }
    }
}
