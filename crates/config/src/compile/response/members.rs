//! The default members, some of them left out, renamed or merged.

use mapping::{Members, Merge, Part, Policy};
use orchestration::Call;

use super::call;
use crate::compile;
use crate::compile::scope::Scope;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{MergeSettings, PolicySettings, ResponseSettings};

/// The members, or `None` after a fault.
pub(super) fn compile(
    response: &ResponseSettings,
    calls: &[Call],
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Members> {
    let before = report.faults.len();
    let mut dropped = Vec::new();
    for (index, name) in response.drop.iter().enumerate() {
        dropped.extend(call(name, scope, &place.key("drop").index(index), report));
    }
    let mut names: Vec<String> = calls.iter().map(|call| call.name.to_string()).collect();
    for (old, new) in &response.rename {
        let place = place.key("rename").key(old);
        let found = call(old, scope, &place, report);
        member_name(new, &place, report);
        if let Some(name) = found.and_then(|index| names.get_mut(index)) {
            name.clone_from(new);
        }
    }
    let merge = response
        .merge
        .as_ref()
        .and_then(|merge| self::merge(merge, calls.len(), scope, &place.key("merge"), report));
    let merged = |index: &usize| merge.iter().any(|merge| merge.of.contains(index));
    for index in dropped.iter().filter(|index| merged(index)) {
        if let Some(name) = names.get(*index) {
            report.fault_at_key(
                &place.key("drop"),
                format!("`{name}` is left out and merged"),
                "leave it out of one of them, or say `of` which are merged",
            );
        }
    }
    let mut parts = Vec::new();
    let mut placed = false;
    for (index, name) in names.into_iter().enumerate() {
        if merged(&index) {
            // Where the first of the merged ones stands.
            if !std::mem::replace(&mut placed, true) {
                parts.extend(merge.clone().map(Part::Merge));
            }
        } else if !dropped.contains(&index) {
            parts.push(Part::Call { name, call: index });
        }
    }
    unique(&parts, place, report);
    let joins = parts.iter().any(
        |part| matches!(part, Part::Merge(merge) if merge.policy == Policy::Concat && merge.name.is_none()),
    );
    if joins && parts.len() > 1 {
        report.fault_at_key(
            &place.key("merge"),
            "an answer that is an array has no room for other members",
            "give the array a name with `as`, or leave out the others with `drop`",
        );
    }
    (report.faults.len() == before).then_some(Members { parts })
}

fn merge(
    settings: &MergeSettings,
    number: usize,
    scope: &Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Merge> {
    let policy = match settings.policy {
        PolicySettings::Namespace => None,
        PolicySettings::First => Some(Policy::First),
        PolicySettings::Error => Some(Policy::Error),
        PolicySettings::Concat => Some(Policy::Concat),
    };
    let mut of = Vec::new();
    match &settings.of {
        None => of.extend(0..number),
        Some(names) => {
            for (index, name) in names.iter().enumerate() {
                let place = place.key("of").index(index);
                match call(name, scope, &place, report) {
                    Some(call) if of.contains(&call) => {
                        let message = format!("`{name}` stands here twice");
                        report.fault(&place, message, "leave one out");
                    }
                    found => of.extend(found),
                }
            }
        }
    }
    if let Some(name) = &settings.name {
        member_name(name, &place.key("as"), report);
        if policy.is_none() {
            report.fault_at_key(
                &place.key("as"),
                "`namespace` makes nothing that could have a name",
                "leave it out, or take another policy",
            );
        }
    }
    Some(Merge {
        of,
        policy: policy?,
        name: settings.name.clone(),
    })
}

fn member_name(name: &str, place: &Place, report: &mut Report<'_>) {
    if name == "problems" {
        report.fault(
            place,
            "`problems` is the service's own member",
            "give it another name",
        );
    } else {
        compile::name(name, place, report);
    }
}

/// A fault when two members have the same name.
fn unique(parts: &[Part], place: &Place, report: &mut Report<'_>) {
    let names: Vec<&String> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Call { name, .. } => Some(name),
            Part::Merge(merge) => merge.name.as_ref(),
        })
        .collect();
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|other| other == name) {
            report.fault_at_key(
                place,
                format!("two members of the answer are called `{name}`"),
                "rename one of them",
            );
        }
    }
}
