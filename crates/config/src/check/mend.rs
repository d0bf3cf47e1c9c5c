//! What to write instead: mends for slips that newcomers make.
//!
//! It must not know where the slip is, nor show what was written for a value.

use serde_json::Value;

use crate::grammar::SCHEMA;
use crate::suggest;

/// What others call a setting: the unknown key, a setting that its place must have, what to write.
const ELSEWHERE: [(&str, &str, &str); 9] = [
    (
        "path",
        "get",
        "write the path behind its method: `get: /path`",
    ),
    (
        "route",
        "get",
        "write the path behind its method: `get: /path`",
    ),
    (
        "url",
        "get",
        "write the path behind its method: `get: /path`",
    ),
    ("method", "get", "the method is a key: `get: /path`"),
    ("optional", "need", "write `need: optional`"),
    (
        "required",
        "need",
        "a call is required unless it says `need: optional`",
    ),
    (
        "type",
        "rest",
        "write `fhir: R4`, or `rest: {}` for JSON over HTTP",
    ),
    (
        "query",
        "parameters",
        "declare it: `parameters: { query: { name: {} } }`",
    ),
    (
        "header",
        "parameters",
        "declare it: `parameters: { header: { name: {} } }`",
    ),
];

/// The mend for the key `name` where only `known` ones are settings.
pub(super) fn unknown_key(name: &str, known: &[&str]) -> String {
    let elsewhere = ELSEWHERE
        .iter()
        .find(|(key, sibling, _)| *key == name && known.contains(sibling));
    if let Some((_, _, help)) = elsewhere {
        return (*help).to_owned();
    }
    // `secret` for `client_secret`.
    let mut longer = known
        .iter()
        .filter(|known| known.split('_').any(|word| word == name));
    if let (Some(longer), None) = (longer.next(), longer.next()) {
        return format!("did you mean `{longer}`?");
    }
    suggest::help(name, known.iter().copied(), "leave it out")
}

/// The mend for a value of a list of words that others know and this service does not.
pub(super) fn value(written: &str) -> Option<&'static str> {
    (written == "client_secret_jwt").then_some(
        "it is not supported: write `private_key_jwt`, or `client_secret_basic` with the secret",
    )
}

/// The mend for a value that should be what `schema` calls a mapping or a list.
pub(super) fn shape(schema: &Value) -> Option<String> {
    match schema.get("type")?.as_str()? {
        "object" => {
            let settings = schema.get("properties").and_then(Value::as_object);
            let names = settings
                .into_iter()
                .flatten()
                .map(|(name, _)| name.as_str());
            let names = suggest::list(names, "and");
            let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
            Some(if names.is_empty() && is_closed {
                "write `{}`".to_owned()
            } else if names.is_empty() {
                "write one entry per name: `name: ..`".to_owned()
            } else {
                format!("its keys: {names}")
            })
        }
        "array" => Some("write a list: `[..]`, or one line with `- ` per element".to_owned()),
        _ => None,
    }
}

/// What to write instead of `{query.x}`, which without quotes is a mapping whose one key has no value.
pub(crate) fn unquoted_place(instance: &Value) -> Option<String> {
    let mut members = instance.as_object()?.iter();
    match (members.next(), members.next()) {
        (Some((name, Value::Null)), None) => Some(format!(
            "quote a text that begins with a brace: `\"{{{name}}}\"`"
        )),
        _ => None,
    }
}

/// The examples of a setting, or of its type.
pub(super) fn examples(property: &'static Value) -> Option<&'static Vec<Value>> {
    let own = property.get("examples").and_then(Value::as_array);
    own.or_else(|| {
        let target = property.get("$ref")?.as_str()?.strip_prefix('#')?;
        SCHEMA.pointer(target)?.get("examples")?.as_array()
    })
}
