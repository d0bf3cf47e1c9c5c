//! The default members, some of them renamed, left out or merged.

use indexmap::IndexMap;
use indexmap::map::Entry;
use json::{CheckedJson, Key, Kind, Splice};
use orchestration::Unfit;

use super::PROBLEMS;
use super::value::Values;

/// A longer name of a member is not shown.
const LONGEST_NAME: usize = 40;

/// The members of an answer, in order.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Without a merge that is the answer itself, their names are unique.
    pub parts: Vec<Part>,
}

/// A part of an answer.
#[derive(Clone, Debug)]
pub enum Part {
    /// A member: one call's result.
    Call {
        /// Its name.
        name: String,
        /// An index into [`orchestration::Plan::calls`].
        call: usize,
    },
    /// Several calls' results in one.
    Merge(Merge),
}

/// Several calls' results in one. A call without a result adds nothing.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Indices into [`orchestration::Plan::calls`], in order.
    pub of: Vec<usize>,
    /// How.
    pub policy: Policy,
    /// The member that holds it; `None`: its members are the answer's, its array is the answer.
    pub name: Option<String>,
}

/// How results are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Members of objects; of those with the same name, the first.
    First,
    /// Members of objects; the same name twice is a fault.
    Error,
    /// Elements of arrays.
    Concat,
}

impl Members {
    pub(super) fn render(&self, values: &Values<'_>) -> Result<CheckedJson, Unfit> {
        if let [Part::Merge(merge)] = self.parts.as_slice()
            && merge.name.is_none()
            && merge.policy == Policy::Concat
        {
            return Ok(concat(merge, values)?);
        }
        let mut members = IndexMap::new();
        for part in &self.parts {
            match part {
                Part::Call { name, call } => {
                    let policy = self.policy();
                    let result = values.view.member(*call);
                    add(&mut members, name.clone(), result, policy, name)?;
                }
                Part::Merge(merge) => match (&merge.name, merge.policy) {
                    (Some(name), Policy::Concat) => {
                        members.insert(name.clone(), concat(merge, values)?);
                    }
                    (Some(name), _) => {
                        let mut inner = IndexMap::new();
                        objects(merge, values, &mut inner)?;
                        members.insert(name.clone(), object(inner));
                    }
                    (None, _) => objects(merge, values, &mut members)?,
                },
            }
        }
        Ok(object(members))
    }

    /// That of the merge that is the answer itself; names are unique without one.
    fn policy(&self) -> Policy {
        let mut merges = self.parts.iter().filter_map(|part| match part {
            Part::Merge(merge) if merge.name.is_none() => Some(merge.policy),
            Part::Merge(_) | Part::Call { .. } => None,
        });
        merges.next().unwrap_or(Policy::Error)
    }
}

fn object(members: IndexMap<String, CheckedJson>) -> CheckedJson {
    let mut object = Splice::object();
    for (name, value) in members {
        object.member_key(&Key::new(&name), value);
    }
    object.finish()
}

fn add(
    members: &mut IndexMap<String, CheckedJson>,
    name: String,
    value: CheckedJson,
    policy: Policy,
    call: &str,
) -> Result<(), Unfit> {
    match members.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(value);
            Ok(())
        }
        Entry::Occupied(_) if policy == Policy::First => Ok(()),
        Entry::Occupied(taken) => {
            let note = format!("`{call}`: a member is there already, from another result");
            let detail = match taken.key() {
                name if is_structure(name) => {
                    note.replacen("a member", &format!("the member `{name}`"), 1)
                }
                _ => note.clone(),
            };
            Err(Unfit { detail, note })
        }
    }
}

/// Whether the name of a member looks like one that a programmer has chosen. One that is data, such as
/// a patient's number in an object that is a map, is not told, and none is in a log.
fn is_structure(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// Adds the members of the merged results.
fn objects(
    merge: &Merge,
    values: &Values<'_>,
    members: &mut IndexMap<String, CheckedJson>,
) -> Result<(), Unfit> {
    for call in &merge.of {
        let result = values.view.member(*call);
        match result.kind() {
            Kind::Object => {}
            Kind::Null => continue,
            _ => return Err(format!("`{}`: not an object to merge", name(*call, values)).into()),
        }
        // Of a name that an object has twice, the last counts.
        let own: IndexMap<String, CheckedJson> = result.members().collect();
        for (member, value) in own {
            // The service's own, where the merge is the answer itself.
            if member == PROBLEMS && merge.name.is_none() {
                match merge.policy {
                    Policy::First => continue,
                    Policy::Error | Policy::Concat => {
                        return Err(format!(
                            "`{}`: the member `problems` is the service's own",
                            name(*call, values)
                        )
                        .into());
                    }
                }
            }
            add(members, member, value, merge.policy, name(*call, values))?;
        }
    }
    Ok(())
}

fn concat(merge: &Merge, values: &Values<'_>) -> Result<CheckedJson, String> {
    let mut array = Splice::array();
    for call in &merge.of {
        let result = values.view.member(*call);
        match result.kind() {
            Kind::Array => result.elements().for_each(|element| array.element(element)),
            Kind::Null => {}
            _ => return Err(format!("`{}`: not an array to join", name(*call, values))),
        }
    }
    Ok(array.finish())
}

fn name<'a>(call: usize, values: &Values<'a>) -> &'a str {
    let call = values.view.endpoint.plan.calls.get(call);
    call.map_or("", |call| &call.name)
}
