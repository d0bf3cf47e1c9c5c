//! Every value of the client's, checked before any backend is called; what can be made ready already
//! is made ready, once.

use problem::ParameterProblem;

use super::{Constants, Fault, Item, Values, body, condition, prepare, text, value};
use crate::execute::State;
use crate::{Call, Endpoint, Inputs, Outcome, Part, Report, SkipReason, Source, Template};

/// The calls of one request, those that need no other's result made ready.
pub struct Checked(pub(crate) Vec<State>);

/// Checks every value of the client's in every call, before any backend is called.
///
/// # Errors
/// All faults together, one per parameter and rule.
pub fn check(endpoint: &Endpoint, inputs: &Inputs) -> Result<Checked, Vec<ParameterProblem>> {
    let values = Values {
        endpoint,
        inputs,
        results: &[],
        item: None,
    };
    let mut faults = Vec::new();
    let mut states = Vec::with_capacity(endpoint.plan.calls.len());
    for call in &endpoint.plan.calls {
        states.push(begin(call, values, &mut faults));
    }
    if faults.is_empty() {
        Ok(Checked(states))
    } else {
        let clients = |fault| match fault {
            Fault::Client(problem) => Some(problem),
            Fault::Result(_) => None,
        };
        Err(faults.into_iter().filter_map(clients).collect())
    }
}

/// Why the request of `call` cannot be made for an element of its list. Nothing is rendered; what is
/// the same for every element is looked at with the `first` of them only.
pub(crate) fn misfit(call: &Call, values: Values<'_>, first: bool) -> Option<Fault> {
    let mut faults = Vec::new();
    let mut checker = Checker {
        values,
        made_for_sure: true,
        everything: true,
        constants: first,
        faults: &mut faults,
    };
    checker.call(call);
    faults.into_iter().next()
}

fn begin(call: &Call, values: Values<'_>, faults: &mut Vec<Fault>) -> State {
    // Whether the call is made is known now unless a condition looks at a result.
    let known =
        call.considers.is_empty() && call.when.iter().all(|when| when.source.call().is_none());
    if known && !condition::when(call, values) {
        let omitted = Outcome::Skipped(SkipReason::Condition);
        return State::Ended(Report::from(omitted));
    }
    if known && call.waits_for.is_empty() && call.for_each.is_none() {
        // A fault may not be the only one.
        if let Ok(prepared) = prepare(call, values) {
            return State::Ready(prepared);
        }
    }
    let mut checker = Checker {
        values,
        made_for_sure: known,
        everything: false,
        constants: true,
        faults,
    };
    match &call.for_each {
        None => checker.call(call),
        Some(each) => checker.each(call, each),
    }
    State::Waiting
}

pub(super) struct Checker<'a, 'b> {
    pub(super) values: Values<'a>,
    /// Otherwise what is missing may not be needed.
    made_for_sure: bool,
    /// Results are looked at, too; else the client's values only.
    everything: bool,
    /// Also what is the same for every element of a list.
    constants: bool,
    faults: &'b mut Vec<Fault>,
}

impl Checker<'_, '_> {
    fn call(&mut self, call: &Call) {
        let texts = std::iter::once(&call.path)
            .chain(call.query.iter().map(|(_, template)| template))
            .chain(call.headers.iter().map(|(_, template)| template));
        for template in texts {
            self.text(template);
        }
        if let Some(body) = &call.body {
            body::check(body, self);
        }
    }

    fn each(&mut self, call: &Call, each: &crate::ForEach) {
        // Elements of a result are not there yet.
        if !self.is_clients(&each.source) {
            return self.call(call);
        }
        let list = match condition::items(each, self.values) {
            Ok(list) => list,
            Err(fault) => return self.fault(fault),
        };
        let mut number = 0;
        let constants = Constants::default();
        for (index, json) in json::elements(&list).enumerate() {
            number = index + 1;
            if number > each.max_items {
                let rule = format!("must not hold more than {} elements", each.max_items);
                let fault = value::misfit(&each.source, &each.expression, self.values, &rule);
                return self.fault(fault);
            }
            let item = Item {
                json,
                index,
                list: &each.source,
                constants: &constants,
            };
            let mut checker = Checker {
                values: Values {
                    item: Some(&item),
                    ..self.values
                },
                made_for_sure: self.made_for_sure,
                everything: false,
                constants: index == 0,
                faults: self.faults,
            };
            checker.call(call);
        }
        if number == 0 {
            // What does not depend on an element is the client's fault with none, too.
            self.call(call);
        }
    }

    pub(super) fn text(&mut self, template: &Template) {
        if text::is_left_out(template, self.values) {
            return;
        }
        let mut scratch = String::new();
        for part in &template.parts {
            if let Part::Value {
                source, expression, ..
            } = part
                && self.is_due(source, expression)
                && let Err(fault) = text::write_part(part, self.values, &mut scratch)
            {
                self.fault(fault);
            }
        }
    }

    /// A value that keeps its JSON type.
    pub(super) fn value(&mut self, source: &Source, expression: &str) {
        // A parameter may be left out: the member is left out with it.
        if !matches!(source, Source::Parameter(_))
            && self.is_due(source, expression)
            && let Err(fault) = value::find(source, expression, self.values)
        {
            self.fault(fault);
        }
    }

    /// Whether the value is looked at, and must be there.
    fn is_due(&self, source: &Source, expression: &str) -> bool {
        (self.constants || varies(source))
            && (self.everything || self.is_clients(source))
            && (self.made_for_sure || value::find(source, expression, self.values).is_ok())
    }

    fn is_clients(&self, source: &Source) -> bool {
        match source {
            Source::Parameter(_) | Source::Body(_) | Source::Claim(_) => true,
            Source::Item(_) => self.values.item.is_some(),
            Source::Call { .. } | Source::Status { .. } | Source::ResponseHeader { .. } => false,
        }
    }

    /// Whether anything of `template` has not been looked at with an element before this one.
    pub(super) fn is_new(&self, template: &Template) -> bool {
        self.constants || template.sources().any(varies)
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        if (self.everything || matches!(fault, Fault::Client(_))) && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

fn varies(source: &Source) -> bool {
    matches!(source, Source::Item(_))
}
