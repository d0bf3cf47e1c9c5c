//! Who may see how an answer came about.

use super::access;
use crate::check::Checked;
use crate::place::Place;
use crate::report::Report;

/// The parameter with which a client asks for it, on every endpoint.
const PARAMETER: &str = "explain";

/// The scopes that a client needs; `None`: nobody may.
pub(crate) fn compile(checked: &Checked, report: &mut Report<'_>) -> Option<Vec<String>> {
    let settings = checked.file.explain.as_ref()?;
    let place = Place::ROOT.key("explain").key("scopes");
    access::scopes(&settings.scopes, &place, report);
    for (endpoint, remains) in checked.file.endpoints.iter().zip(&checked.endpoints) {
        if endpoint.parameters.query.contains_key(PARAMETER) {
            let place = Place::ROOT.key("endpoints").index(remains.index);
            report.fault_at_key(
                &place.key("parameters").key("query").key(PARAMETER),
                "`explain` is the service's own parameter",
                "give the parameter another name, or leave the section `explain` out",
            );
        }
    }
    Some(settings.scopes.clone())
}
