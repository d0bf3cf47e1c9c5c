//! What of a configuration's text may be shown. When in doubt, it is masked.
//!
//! Two nets: lines are drawn with literal secrets masked, and messages have every value that is
//! secret or came from outside of the file taken out of them. Which settings are secrets, the schema
//! says.

mod message;
mod unreadable;

use crate::grammar::{Grammar, Member, resembles_setting, secret_settings};
use crate::report::Span;
use crate::yaml::{Entry, Kind, Node};

/// Parts of keys that name a secret where no setting is expected: in the headers and bodies of calls,
/// and in a text whose places nobody knows.
const SUSPICIOUS: [&str; 5] = ["authorization", "key", "password", "secret", "token"];

/// What of the configuration's texts may be shown.
#[derive(Debug)]
pub(crate) struct Mask<'text> {
    texts: Vec<Text<'text>>,
    secret_spans: Vec<Span>,
    secret_values: Vec<String>,
}

/// One file.
#[derive(Debug)]
struct Text<'text> {
    lines: Vec<&'text str>,
    /// Whether it is YAML, so that its secrets are known. If not, far more is masked.
    parsed: bool,
}

/// What a part of the tree is drawn like.
#[derive(Clone, Copy)]
enum Trust {
    /// What the schema calls no secret.
    Settings(Grammar),
    /// Templates of an endpoint: a text with braces shows no secret.
    Templates,
    /// Nothing.
    Secret,
}

impl<'text> Mask<'text> {
    /// The mask of texts that have not been read.
    pub(crate) fn new(texts: impl IntoIterator<Item = &'text str>) -> Self {
        let text = |text: &'text str| Text {
            lines: text.lines().collect(),
            parsed: false,
        };
        Self {
            texts: texts.into_iter().map(text).collect(),
            secret_spans: Vec::new(),
            secret_values: Vec::new(),
        }
    }

    /// Takes note of the tree that a file was read into, interpolated.
    pub(crate) fn reveal(&mut self, file: usize, root: &Node) {
        if let Some(text) = self.texts.get_mut(file) {
            text.parsed = true;
        }
        let trust = Grammar::root().map_or(Trust::Secret, Trust::Settings);
        self.walk(root, trust);
        self.secret_values
            .sort_by_key(|value| std::cmp::Reverse(value.len()));
        self.secret_values.dedup();
    }

    fn hide(&mut self, text: &str, span: Span) {
        self.secret_values.push(text.to_owned());
        self.secret_spans.push(span);
    }

    fn walk(&mut self, node: &Node, trust: Trust) {
        match (&node.kind, trust) {
            (Kind::Map(entries), _) => entries.iter().for_each(|entry| self.entry(entry, trust)),
            (Kind::List(nodes), _) => {
                let trust = match trust {
                    Trust::Settings(grammar) if grammar.is_list() && !grammar.is_secret() => {
                        grammar.element().map_or(Trust::Secret, Trust::Settings)
                    }
                    Trust::Settings(grammar) if grammar.is_free() => trust,
                    Trust::Settings(_) | Trust::Secret => Trust::Secret,
                    Trust::Templates => Trust::Templates,
                };
                for node in nodes {
                    self.walk(node, trust);
                }
            }
            (
                Kind::Text {
                    value,
                    interpolated: true,
                    ..
                },
                _,
            ) => self.secret_values.push(value.clone()),
            (Kind::Text { value, .. }, _) => {
                let hidden = match trust {
                    // A text where a mapping belongs may be the secret that belongs into it, and a
                    // URL may hold a password.
                    Trust::Settings(grammar) => {
                        (grammar.is_secret() && !is_reference(value))
                            || (grammar.is_only_mapping() && grammar.holds_secrets())
                            || value.contains('@')
                    }
                    Trust::Templates => false,
                    Trust::Secret => true,
                };
                if hidden {
                    self.hide(value, node.span);
                }
            }
            (Kind::Number(_) | Kind::Boolean(_) | Kind::Null, Trust::Secret) => {
                self.secret_spans.push(node.span);
            }
            (Kind::Number(_) | Kind::Boolean(_) | Kind::Null, Trust::Settings(grammar)) => {
                if grammar.is_secret() {
                    self.secret_spans.push(node.span);
                }
            }
            (Kind::Number(_) | Kind::Boolean(_) | Kind::Null, Trust::Templates) => {}
        }
    }

    fn entry(&mut self, entry: &Entry, trust: Trust) {
        let Entry {
            key,
            key_span,
            value,
        } = entry;
        // Where a colon or a space is missing, a key holds the value too.
        let has_value = is_word(key) && !matches!(value.kind, Kind::Null);
        let (shown, trust) = match trust {
            Trust::Settings(grammar) => match grammar.member(key) {
                Member::Setting(_) if key == "endpoints" => (true, Trust::Templates),
                // Any JSON may hold anything; a JSON Schema holds no secret.
                Member::Setting(setting) if setting.is_free() && key != "schema" => {
                    (true, Trust::Secret)
                }
                Member::Setting(setting) => (true, Trust::Settings(setting)),
                // Clients, credentials and backends; not headers and further parameters.
                Member::Named(named) if named.is_mapping() || grammar.is_public() => {
                    (has_value, Trust::Settings(named))
                }
                // JSON Schemas, whose own words are the file's.
                Member::Unknown if grammar.is_free() && !is_suspicious(key) => {
                    (has_value, Trust::Settings(grammar))
                }
                Member::Named(_) => (has_value, Trust::Secret),
                Member::Unknown => (has_value || resembles_setting(key), Trust::Secret),
            },
            Trust::Templates => match &value.kind {
                Kind::Text { value, .. } if is_suspicious(key) && !value.contains('{') => {
                    (true, Trust::Secret)
                }
                _ => (true, Trust::Templates),
            },
            Trust::Secret => (has_value, Trust::Secret),
        };
        if !shown {
            self.hide(key, *key_span);
        }
        self.walk(value, trust);
    }

    /// The line of `span` with every secret masked, character for character.
    pub(crate) fn line(&self, span: Span) -> String {
        let Some(text) = self.texts.get(span.file) else {
            return String::new();
        };
        let number = span.line;
        let line = text
            .lines
            .get(number.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        if !text.parsed {
            return unreadable::line(&text.lines, number, line);
        }
        let mut characters: Vec<char> = line.chars().collect();
        let secrets = self.secret_spans.iter();
        for span in secrets.filter(|secret| secret.file == span.file) {
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

    /// `message` without any secret in it.
    pub(crate) fn conceal(&self, message: &str) -> String {
        message::conceal(message, &self.secret_values)
    }

    /// `path`, which is made of keys, without any secret in it.
    pub(crate) fn conceal_path(&self, path: &str) -> String {
        message::conceal_keys(path, &self.secret_values)
    }
}

fn is_word(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'))
}

/// Whether `text` only says where a secret is. It is still there when nothing could be found.
fn is_reference(text: &str) -> bool {
    let inside = text
        .strip_prefix("${env:")
        .or_else(|| text.strip_prefix("${file:"))
        .and_then(|rest| rest.strip_suffix('}'));
    inside.is_some_and(|inside| !inside.contains(['$', '{', '}']))
}

/// Whether a key that is no setting names a secret.
fn is_suspicious(key: &str) -> bool {
    let key = key.to_lowercase();
    SUSPICIOUS.iter().any(|part| key.contains(part)) || secret_settings().any(|name| name == key)
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

fn mask(characters: &mut [char], from: usize, to: usize) {
    let to = to.min(characters.len());
    for character in characters.get_mut(from..to).unwrap_or_default() {
        if !character.is_whitespace() {
            *character = '*';
        }
    }
}
