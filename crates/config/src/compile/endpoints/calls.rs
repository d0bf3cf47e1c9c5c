//! The calls of an endpoint, and their order.

use std::cell::RefCell;
use std::collections::BTreeSet;

use orchestration::Call;

use crate::check::Slips;
use crate::compile::call;
use crate::compile::order::{self, Waiting};
use crate::compile::scope::{Own, Scope};
use crate::compiled::Member;
use crate::place::Place;
use crate::report::Report;
use crate::settings::{EndpointEntry, File};

/// The calls with their members, or `None` when one has a fault: indices of calls hold only while
/// every call is there.
pub(super) fn compile(
    (settings, slips): (&EndpointEntry, &Slips),
    file: &File,
    scope: Scope<'_>,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<(Vec<Call>, Vec<Member>)> {
    let mut compiled = Vec::new();
    let mut waiting = Vec::new();
    for (name, call) in &settings.calls {
        if slips.in_call(name) {
            compiled.push(None);
            waiting.push(Waiting {
                name,
                need: None,
                awaits: BTreeSet::new(),
            });
            continue;
        }
        let place = place.key(name);
        // Of a faulty quorum any call may be one.
        let in_quorum = match &settings.quorum {
            Some(quorum) => quorum.of.contains(name),
            None => slips.has("quorum") && call.need.is_none(),
        };
        let awaits = RefCell::default();
        let own = Own {
            name,
            awaits: &awaits,
        };
        let scope = Scope {
            own: Some(own),
            ..scope
        };
        let sources = (file, scope);
        compiled.push(call::compile(
            name, call, in_quorum, sources, &place, report,
        ));
        waiting.push(Waiting {
            name,
            need: (!slips.has("quorum")).then(|| call::need(call, in_quorum)),
            awaits: awaits.into_inner(),
        });
        if let Some(timeout) = call.timeout
            && timeout > settings.budget
        {
            report.warn(
                &place.key("timeout"),
                format!("longer than the endpoint's budget of {}", settings.budget),
                "the budget ends the call first",
            );
        }
    }
    order::check(&waiting, place, report);
    let compiled: Option<Vec<_>> = compiled.into_iter().collect();
    Some(compiled?.into_iter().unzip())
}
