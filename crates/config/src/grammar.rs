//! What the JSON Schema says of a place: which settings it has, and whether it holds a secret.
//!
//! It must not know how anything is shown or checked.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::schema::schema;
use crate::suggest;

/// The schema itself.
pub(crate) static SCHEMA: LazyLock<Value> = LazyLock::new(schema);

/// The names of all settings, and of those that hold a secret.
static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::default();
    names.collect(&SCHEMA);
    names
});

#[derive(Default)]
struct Names {
    all: BTreeSet<&'static str>,
    secret: BTreeSet<&'static str>,
    choices: BTreeSet<&'static str>,
}

/// The schema of a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grammar(&'static Map<String, Value>);

/// What a key leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member {
    /// A setting.
    Setting(Grammar),
    /// Something that the configuration names: a client, a header.
    Named(Grammar),
    /// No setting.
    Unknown,
}

impl Grammar {
    /// The whole configuration.
    pub(crate) fn root() -> Option<Self> {
        resolve(&SCHEMA)
    }

    /// What the member `key` of a mapping here is.
    pub(crate) fn member(self, key: &str) -> Member {
        let object = self.object();
        let setting = object
            .get("properties")
            .and_then(|properties| properties.get(key))
            .and_then(resolve);
        let named = || object.get("additionalProperties").and_then(resolve);
        match setting {
            Some(setting) => Member::Setting(setting),
            None => named().map_or(Member::Unknown, Member::Named),
        }
    }

    /// What the elements of a list here are.
    pub(crate) fn element(self) -> Option<Self> {
        self.0.get("items").and_then(resolve)
    }

    /// Whether a mapping is expected here.
    pub(crate) fn is_mapping(self) -> bool {
        let object = self.object();
        object.contains_key("properties") || object.contains_key("additionalProperties")
    }

    /// Whether nothing but a mapping is expected here.
    pub(crate) fn is_only_mapping(self) -> bool {
        self.is_mapping() && !self.0.contains_key("anyOf") && !self.0.contains_key("oneOf")
    }

    /// Whether a secret may stand in a mapping here, under whatever key.
    pub(crate) fn holds_secrets(self) -> bool {
        holds_secrets(self, DEEPEST)
    }

    /// Whether anything may stand here.
    pub(crate) fn is_free(self) -> bool {
        let constrained = ["type", "enum", "const", "anyOf", "oneOf"];
        !constrained
            .iter()
            .any(|keyword| self.0.contains_key(*keyword))
    }

    /// Whether a list is expected here, or allowed.
    pub(crate) fn is_list(self) -> bool {
        self.0.contains_key("items")
    }

    /// Whether what stands here is a secret.
    pub(crate) fn is_secret(self) -> bool {
        is_secret(self.0)
    }

    /// Whether texts that the configuration names here are known to be no secrets.
    pub(crate) fn is_public(self) -> bool {
        self.0.get("writeOnly").and_then(Value::as_bool) == Some(false)
    }

    /// Of several ways to write something, the mapping.
    fn object(self) -> &'static Map<String, Value> {
        let ways = ["anyOf", "oneOf"]
            .iter()
            .find_map(|keyword| self.0.get(*keyword))
            .and_then(Value::as_array);
        ways.into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .find(|way| way.contains_key("properties"))
            .unwrap_or(self.0)
    }
}

/// Whether `name` is the name of a setting.
pub(crate) fn is_setting(name: &str) -> bool {
    NAMES.all.contains(name)
}

/// Whether `word` is the name of a setting, or one of the words that a setting can be.
pub(crate) fn is_vocabulary(word: &str) -> bool {
    is_setting(word) || NAMES.choices.contains(word)
}

/// Whether `name` is the name of a setting, or of one with a slip in it.
pub(crate) fn resembles_setting(name: &str) -> bool {
    let word = name
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_');
    word && (is_setting(name) || suggest::nearest(name, NAMES.all.iter().copied()).is_some())
}

/// The names of the settings that hold a secret.
pub(crate) fn secret_settings() -> impl Iterator<Item = &'static str> {
    NAMES.secret.iter().copied()
}

impl Names {
    fn collect(&mut self, schema: &'static Value) {
        match schema {
            Value::Object(members) => {
                let properties = members.get("properties").and_then(Value::as_object);
                for (name, property) in properties.into_iter().flatten() {
                    self.all.insert(name);
                    if resolve(property).is_some_and(Grammar::is_secret) {
                        self.secret.insert(name);
                    }
                }
                // What can be chosen is no secret, either.
                let choices = members.get("enum").and_then(Value::as_array);
                let choices = choices.into_iter().flatten().filter_map(Value::as_str);
                self.choices.extend(choices);
                members.values().for_each(|member| self.collect(member));
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.collect(element)),
            _ => {}
        }
    }
}

/// The schema that `schema` is or refers to.
fn resolve(schema: &'static Value) -> Option<Grammar> {
    let members = schema.as_object()?;
    let target = members.get("$ref").and_then(Value::as_str);
    let Some(pointer) = target.and_then(|target| target.strip_prefix('#')) else {
        return Some(Grammar(members));
    };
    SCHEMA.pointer(pointer)?.as_object().map(Grammar)
}

/// A secret stands no deeper than this.
const DEEPEST: usize = 6;

/// Settings that are secrets, or texts under names of the file's own: headers.
fn holds_secrets(grammar: Grammar, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    let object = grammar.object();
    let settings = object.get("properties").and_then(Value::as_object);
    let settings = settings.into_iter().flatten().map(|(_, schema)| schema);
    let named = object.get("additionalProperties").and_then(resolve);
    grammar.is_secret()
        || (!grammar.is_public()
            && named.is_some_and(|named| !named.is_mapping() || holds_secrets(named, depth)))
        || settings
            .filter_map(resolve)
            .any(|setting| holds_secrets(setting, depth))
}

fn is_secret(schema: &Map<String, Value>) -> bool {
    schema.get("writeOnly").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: &[&str]) -> Option<Grammar> {
        place
            .iter()
            .try_fold(Grammar::root()?, |grammar, key| match grammar.member(key) {
                Member::Setting(next) | Member::Named(next) => Some(next),
                Member::Unknown => None,
            })
    }

    #[test]
    fn secrets_are_known_by_their_place() {
        for (place, secret) in [
            (
                ["credentials", "a", "oauth2", "client_secret"].as_slice(),
                Some(true),
            ),
            (&["credentials", "a", "oauth2", "client_id"], Some(false)),
            (&["credentials", "a", "bearer"], Some(true)),
            (&["clients", "a", "basic", "password_hash"], Some(true)),
            (&["documents", "access", "scopes"], Some(false)),
            (&["backends", "a", "headers", "x"], Some(false)),
            (&["credentials", "a", "basc"], None),
        ] {
            assert_eq!(at(place).map(Grammar::is_secret), secret, "{place:?}");
        }
        let secrets: Vec<&str> = secret_settings().collect();
        assert!(
            ["client_secret", "password", "token", "value"]
                .iter()
                .all(|name| secrets.contains(name)),
            "{secrets:?}"
        );
    }
}
