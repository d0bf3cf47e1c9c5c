//! Takes out what has a fault and as little as possible besides, so that everything else can be
//! checked further.
//!
//! It must not know what a fault is, nor what settings mean; only which of them others depend on.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::place::{Place, Step};

/// Settings of an endpoint without which the rest of it means the same.
const LOOSE: [&str; 12] = [
    "access",
    "summary",
    "description",
    "tags",
    "patient",
    "budget",
    "limits",
    "cache_control",
    "location",
    "quorum",
    "response",
    "status",
];

/// Settings of a client and of a backend without which the rest of it means the same.
const LOOSE_IN_CLIENT: [&str; 2] = ["scopes", "limits"];
const LOOSE_IN_BACKEND: [&str; 16] = [
    "credential",
    "timeout",
    "connect_timeout",
    "read_timeout",
    "max_body",
    "max_cache",
    "page_origins",
    "check",
    "headers",
    "token_rejected_statuses",
    "schema",
    "network",
    "retry",
    "breaker",
    "concurrency",
    "hedge",
];

/// Settings under `oauth2` of a credential without which the rest of it means the same.
const LOOSE_IN_OAUTH2: [&str; 7] = [
    "scopes",
    "audience",
    "resources",
    "parameters",
    "timeout",
    "default_lifetime",
    "network",
];

/// What was taken out of an endpoint, whose faults are told already.
#[derive(Debug, Default)]
pub(crate) struct Slips {
    members: BTreeSet<String>,
    calls: BTreeSet<String>,
}

impl Slips {
    /// Whether the setting `name` of the endpoint had a fault.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains(name)
    }

    /// Whether the call `name` had a fault. The call is still there, for others to refer to.
    pub(crate) fn in_call(&self, name: &str) -> bool {
        self.calls.contains(name)
    }

    fn is_empty(&self) -> bool {
        self.members.is_empty() && self.calls.is_empty()
    }
}

/// An endpoint of which something is left.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// Which one of the file it is.
    pub(crate) index: usize,
    /// What it lacks.
    pub(crate) slips: Slips,
}

/// Takes out single settings of clients, credentials, backends and endpoints where the rest can be
/// read without them, else the whole of these; whole sections else. What remains of the endpoints.
/// With `whole` nothing is taken out singly.
pub(super) fn prune(value: &mut Value, spoilt: &[Place], whole: bool) -> Vec<Remains> {
    let Value::Object(sections) = value else {
        *value = Value::Object(Map::new());
        return Vec::new();
    };
    let items: BTreeSet<String> = spoilt.iter().map(item).collect();
    sections.retain(|name, _| !items.contains(name));
    let mut remains = Vec::new();
    for (section, members) in sections.iter_mut() {
        match members {
            Value::Object(members) => {
                members.retain(|name, member| {
                    let own = Place::ROOT.key(section).key(name);
                    !items.contains(&own.to_string())
                        || (!whole && spoil_item(member, section, &own, spoilt))
                });
            }
            Value::Array(endpoints) if section == "endpoints" => {
                let mut kept = Vec::new();
                for (index, mut endpoint) in std::mem::take(endpoints).into_iter().enumerate() {
                    if let Some(slips) = mend(&mut endpoint, index, spoilt)
                        && (!whole || slips.is_empty())
                    {
                        remains.push(Remains { index, slips });
                        kept.push(endpoint);
                    }
                }
                *endpoints = kept;
            }
            _ => {}
        }
    }
    remains
}

/// Makes a client, a credential or a backend readable; `false` when the whole of it must go.
fn spoil_item(item: &mut Value, section: &str, own: &Place, spoilt: &[Place]) -> bool {
    let inner = spoilt
        .iter()
        .filter_map(|place| place.steps().strip_prefix(own.steps()));
    inner.map(names).all(|names| {
        let Some(members) = item.as_object_mut() else {
            return false;
        };
        match (section, names.as_slice()) {
            ("clients", [name, ..]) if LOOSE_IN_CLIENT.contains(name) => {
                members.shift_remove(*name);
            }
            ("backends", [name, ..]) if LOOSE_IN_BACKEND.contains(name) => {
                members.shift_remove(*name);
            }
            ("backends", [name, ..]) => {
                let Some(value) = harmless(name) else {
                    return false;
                };
                members.insert((*name).to_owned(), value);
            }
            ("credentials", ["oauth2", name, ..]) if LOOSE_IN_OAUTH2.contains(name) => {
                let oauth2 = members.get_mut("oauth2").and_then(Value::as_object_mut);
                oauth2.and_then(|oauth2| oauth2.shift_remove(*name));
            }
            _ => return false,
        }
        true
    })
}

/// What a setting of a backend may be taken for that has a fault, so that the others are judged: it
/// makes no fault of its own. The backend is never used.
fn harmless(name: &str) -> Option<Value> {
    match name {
        "url" => Some(Value::from("https://unknown.invalid")),
        "fhir" => Some(Value::from("R4")),
        "rest" => Some(Value::Object(Map::new())),
        "allow_plain_http" => Some(Value::Bool(true)),
        _ => None,
    }
}

/// The keys that `inner` begins with.
fn names(inner: &[Step]) -> Vec<&str> {
    let keys = inner.iter().map_while(|step| match step {
        Step::Key(name) => Some(name.as_str()),
        Step::Index(_) => None,
    });
    keys.take(4).collect()
}

/// What was taken out of the endpoint; `None` when the whole of it must go.
fn mend(endpoint: &mut Value, index: usize, spoilt: &[Place]) -> Option<Slips> {
    let mut slips = Slips::default();
    let own = Place::ROOT.key("endpoints").index(index);
    for place in spoilt {
        let Some(inner) = place.steps().strip_prefix(own.steps()) else {
            continue;
        };
        let members = endpoint.as_object_mut()?;
        match names(inner).as_slice() {
            [name, ..] if LOOSE.contains(name) => {
                members.shift_remove(*name);
                slips.members.insert((*name).to_owned());
            }
            ["calls", call, inner @ ..] => {
                spoil_call(members.get_mut("calls")?.get_mut(call)?, inner)?;
                slips.calls.insert((*call).to_owned());
            }
            ["parameters", kind, parameter, inner @ ..] => {
                let parameter = members
                    .get_mut("parameters")?
                    .get_mut(kind)?
                    .get_mut(parameter)?;
                spoil_parameter(parameter, kind, inner);
                slips.members.insert("parameters".to_owned());
            }
            ["body", name @ ("max" | "required"), ..] => {
                members
                    .get_mut("body")?
                    .as_object_mut()?
                    .shift_remove(*name);
                slips.members.insert("body".to_owned());
            }
            _ => return None,
        }
    }
    Some(slips)
}

/// Makes a parameter readable, and there in every request: what needs it has no fault of its own.
fn spoil_parameter(parameter: &mut Value, kind: &str, inner: &[&str]) {
    if !parameter.is_object() {
        *parameter = Value::Object(Map::new());
    }
    let Value::Object(members) = parameter else {
        return;
    };
    if let [name, ..] = inner {
        members.shift_remove(*name);
    }
    if kind != "path" && !members.contains_key("default") {
        members.insert("required".to_owned(), Value::Bool(true));
    }
}

/// Makes a call readable, whatever is wrong below `inner`. It is not compiled, only referred to.
fn spoil_call(call: &mut Value, inner: &[&str]) -> Option<()> {
    if !call.is_object() {
        *call = Value::Object(Map::new());
    }
    let members = call.as_object_mut()?;
    match inner {
        // What a reference to the call's headers is judged by.
        ["keep_headers", ..] => return None,
        [name, ..] => {
            members.shift_remove(*name);
        }
        [] => {}
    }
    members
        .entry("backend")
        .or_insert_with(|| Value::String(String::new()));
    Some(())
}

/// The client, credential or backend that `place` is in, else its section; the endpoints only when
/// the fault is not in one of them.
fn item(place: &Place) -> String {
    let mut item = Place::ROOT;
    let named = ["clients", "credentials", "backends", "endpoints"];
    let depth = match place.steps() {
        [Step::Key(section), ..] if named.contains(&section.as_str()) => 2,
        _ => 1,
    };
    for step in place.steps().iter().take(depth) {
        item = item.with(step.clone());
    }
    item.to_string()
}
