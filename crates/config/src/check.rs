//! The first check: the tree against the configuration's JSON Schema, all faults at once. What has a
//! fault is taken out, so that the rest can be checked further.
//!
//! Messages are ours: the library's own quote values.

mod mend;
mod prune;

use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::grammar::SCHEMA;
use crate::place::{Place, Step};
use crate::report::Report;
use crate::settings::File;
use crate::suggest;
use crate::yaml::{self, Node};

pub(crate) use mend::unquoted_place;
pub(crate) use prune::{Remains, Slips};

/// `None` would be a defect of the generated schema, which a test excludes.
static VALIDATOR: LazyLock<Option<Validator>> =
    LazyLock::new(|| jsonschema::validator_for(&SCHEMA).ok());

/// What could be read of a file.
pub(crate) struct Checked {
    /// The settings without those that have a fault.
    pub(crate) file: File,
    /// Which endpoint of the file each endpoint of `file` is, and what was taken out of it.
    pub(crate) endpoints: Vec<Remains>,
}

/// Checks the tree and reads what is right of it.
pub(crate) fn check(root: &Node, report: &mut Report<'_>) -> Checked {
    let mut value = root.to_value();
    coerce(root, &mut value);
    let mut spoilt = Vec::new();
    if let Some(validator) = VALIDATOR.as_ref() {
        let mut unknown = Vec::new();
        for error in validator.iter_errors(&value) {
            explain(&error, report, &mut spoilt, &mut unknown);
        }
        for place in &unknown {
            remove(&mut value, place);
        }
    }
    if let Some(checked) = read(value.clone(), &spoilt, false) {
        return checked;
    }
    read(value, &spoilt, true).unwrap_or_else(|| {
        // The schema is generated from the same structs, so that this is not reached; if it is,
        // nothing is compiled.
        report.fault(&Place::ROOT, "the configuration cannot be read", "");
        Checked {
            file: File::default(),
            endpoints: Vec::new(),
        }
    })
}

/// What can be read without what is spoilt.
fn read(mut value: Value, spoilt: &[Place], whole: bool) -> Option<Checked> {
    let endpoints = prune::prune(&mut value, spoilt, whole);
    let file = serde_json::from_value(value).ok()?;
    Some(Checked { file, endpoints })
}

/// The settings that are no texts but may come from the environment, where everything is a text.
fn coerce(root: &Node, value: &mut Value) {
    let place = Place::ROOT.key("server").key("workers");
    let interpolated = matches!(
        root.find(&place).map(|node| &node.kind),
        Some(yaml::Kind::Text {
            interpolated: true,
            ..
        })
    );
    if interpolated
        && let Some(workers) = value.pointer_mut("/server/workers")
        && let Some(number) = workers.as_str().and_then(|text| text.parse::<u32>().ok())
    {
        *workers = Value::from(number);
    }
}

/// Takes out a member that no setting knows.
fn remove(value: &mut Value, place: &Place) {
    let Some((Step::Key(name), parents)) = place.steps().split_last() else {
        return;
    };
    let mut parent = value;
    for step in parents {
        let next = match step {
            Step::Key(name) => parent.get_mut(name),
            Step::Index(index) => parent.get_mut(index),
        };
        let Some(next) = next else { return };
        parent = next;
    }
    if let Value::Object(members) = parent {
        members.shift_remove(name);
    }
}

fn explain(
    error: &ValidationError<'_>,
    report: &mut Report<'_>,
    spoilt: &mut Vec<Place>,
    unknown: &mut Vec<Place>,
) {
    let place = Place::ROOT.join(error.instance_path());
    match error.kind() {
        // For editors: what is excluded is told when the answer is compiled.
        Kind::Not { .. } => return,
        Kind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                let place = place.key(name);
                unknown_key(&place, name, error, report);
                unknown.push(place);
            }
            return;
        }
        // Of several ways to write something, the one that was meant is told by its type.
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let depth = place.steps().len();
            let at_root = |error: &&ValidationError<'_>| {
                Place::ROOT.join(error.instance_path()).steps().len() == depth
            };
            let of_its_type = context.iter().find(|errors| {
                !errors
                    .iter()
                    .filter(at_root)
                    .any(|error| matches!(error.kind(), Kind::Type { .. }))
            });
            if let Some(errors) = of_its_type {
                for error in errors {
                    explain(error, report, spoilt, unknown);
                }
                return;
            }
            report.fault(
                &place,
                "a value of another kind is expected here",
                access_help(&place),
            );
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let message = format!("{} needs `{name}`", place.kind());
            if name == "access" {
                // The rest of the endpoint is looked at all the same; without a rule it never loads.
                report.fault(&place, message, ACCESS_HELP);
                return;
            }
            report.fault(&place, message, example(error, name));
            spoilt.push(place.key(name));
            return;
        }
        // Never "write `public`" alone: whoever obeys opens the endpoint to everybody.
        kind => match (access_help(&place), expected_form(error)) {
            (help, form) if !help.is_empty() && !is_suggestion(form.as_deref()) => {
                report.fault(&place, "this is no access rule", help);
            }
            (_, form) => {
                let help = unquoted_place(error.instance())
                    .or(form)
                    .or_else(|| mend::shape(subject(error)?));
                let message =
                    expected_kind(error).unwrap_or_else(|| describe(kind, error.instance()));
                report.fault(&place, message, help.unwrap_or_default());
            }
        },
    }
    spoilt.push(place);
}

/// Where several kinds of value are allowed: what the schema calls them together.
fn expected_kind(error: &ValidationError<'_>) -> Option<String> {
    let Kind::Type {
        kind: TypeKind::Multiple(_),
    } = error.kind()
    else {
        return None;
    };
    let title = subject(error)?.get("title")?.as_str()?;
    Some(format!(
        "expected {title}, found {}",
        found(error.instance())
    ))
}

/// Whether the help names what was probably meant.
fn is_suggestion(help: Option<&str>) -> bool {
    help.is_some_and(|help| help.starts_with("did you mean"))
}

fn access_help(place: &Place) -> &'static str {
    if place.steps().contains(&Step::Key("access".to_owned())) {
        ACCESS_HELP
    } else {
        ""
    }
}

/// Both spellings of an access rule.
pub(crate) const ACCESS_HELP: &str =
    "write `access: { scopes: [..] }`, or `access: public` to let everybody in";

fn unknown_key(place: &Place, name: &str, error: &ValidationError<'_>, report: &mut Report<'_>) {
    let parent = Place::ROOT.join(error.instance_path());
    let known = properties(error);
    let message = format!("unknown key `{name}` in {}", parent.kind());
    report.fault_at_key(place, message, mend::unknown_key(name, &known));
}

/// The schema that the failing keyword stands in.
fn subject(error: &ValidationError<'_>) -> Option<&'static Value> {
    let path = error.schema_path().as_str();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    SCHEMA.pointer(parent)
}

fn properties(error: &ValidationError<'_>) -> Vec<&'static str> {
    let properties = subject(error)
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect()
}

/// How the missing property `name` is written.
fn example(error: &ValidationError<'_>, name: &str) -> String {
    let property = subject(error)
        .and_then(|schema| schema.get("properties"))
        .and_then(|all| all.get(name));
    match property
        .and_then(mend::examples)
        .and_then(|all| all.first())
    {
        Some(example) => {
            let example = plain(example);
            // What begins with a brace or holds one must be quoted in YAML's short form.
            let quote = if example.contains('{') { "\"" } else { "" };
            format!("for example `{name}: {quote}{example}{quote}`")
        }
        None => format!("add `{name}: ..`"),
    }
}

/// What the failing value should have looked like.
fn expected_form(error: &ValidationError<'_>) -> Option<String> {
    let schema = subject(error)?;
    if let Some(Value::Array(choices)) = schema.get("enum") {
        let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
        let written = error.instance().as_str().unwrap_or_default();
        if let Some(help) = mend::value(written) {
            return Some(help.to_owned());
        }
        return Some(match suggest::nearest(written, choices.iter().copied()) {
            Some(choice) => format!("did you mean `{choice}`?"),
            None => format!("write {}", suggest::list(choices, "or")),
        });
    }
    let examples = schema.get("examples").and_then(Value::as_array)?;
    let quoted: Vec<String> = examples.iter().map(plain).collect();
    Some(format!(
        "for example {}",
        suggest::list(quoted.iter().map(String::as_str), "or")
    ))
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// What is wrong with a value, in words that do not show it.
pub(crate) fn describe(kind: &Kind, instance: &Value) -> String {
    match kind {
        Kind::Type { kind } => {
            let expected: Vec<String> = match kind {
                TypeKind::Single(one) => vec![one.to_string()],
                TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect(),
            };
            let expected: Vec<&str> = expected.iter().map(|name| in_words(name)).collect();
            format!(
                "expected {}, found {}",
                expected.join(" or "),
                found(instance)
            )
        }
        Kind::Enum { options } => match options.as_array() {
            Some(options) => {
                let options: Vec<String> = options.iter().map(plain).collect();
                format!(
                    "expected {}",
                    suggest::list(options.iter().map(String::as_str), "or")
                )
            }
            None => "not one of the allowed values".to_owned(),
        },
        Kind::Pattern { .. } => "not of the expected form".to_owned(),
        Kind::Minimum { limit } => format!("less than {limit}"),
        Kind::Maximum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("not more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("not less than {limit}"),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("shorter than {limit} characters"),
        Kind::MaxLength { limit } => format!("longer than {limit} characters"),
        Kind::MinItems { limit } => format!("fewer than {limit} elements"),
        Kind::MaxItems { limit } => format!("more than {limit} elements"),
        Kind::Required { property } => {
            format!("`{}` is missing", property.as_str().unwrap_or_default())
        }
        Kind::Format { format } => format!("not of the format `{format}`"),
        other => format!("breaks the rule `{}`", other.keyword()),
    }
}

fn in_words(name: &str) -> &str {
    match name {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a mapping",
        "null" => "nothing",
        other => other,
    }
}

/// The kind of `value`, in words.
pub(crate) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
