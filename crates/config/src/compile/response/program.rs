//! The jq program: compiled, and what it names looked up.

use mapping::{Program, Refused, functions, position};

use super::Reads;
use crate::compile::scope::{DeclaredAs, Scope};
use crate::place::Place;
use crate::report::Report;
use crate::suggest;

/// What a program is given.
const INPUT: [&str; 10] = [
    "body",
    "calls",
    "claims",
    "complete",
    "header",
    "path",
    "problems",
    "query",
    "response_headers",
    "status",
];

/// The program, or `None` after a fault.
pub(super) fn compile(
    code: &str,
    scope: Scope<'_>,
    reads: &mut Reads,
    place: &Place,
    report: &mut Report<'_>,
) -> Option<Program> {
    let program = match Program::compile(code) {
        Ok(program) => program,
        Err(refused) => {
            let help = help(&refused);
            let message = located(&refused.message, code, refused.at);
            report.fault(place, message, help);
            return None;
        }
    };
    let before = report.faults.len();
    let touched = program.touched();
    // A program that looks at everything looks at what there is.
    let claims = scope.claims && touched.member("claims");
    reads.claims |= claims;
    reads.body |= touched.member("body");
    for (member, names) in &touched.members {
        if !INPUT.contains(&member.as_str()) {
            let help = suggest::help(member, INPUT, "");
            let message = format!("the program's input has no `.{member}`");
            report.fault_within(place, &format!(".{member}"), message, help);
            continue;
        }
        if let Some(missing) = not_declared(member, &scope) {
            report.fault_within(place, &format!(".{member}"), missing.0, missing.1);
        }
        for (name, at) in names.iter().flatten() {
            if let Some(known) = known(member, &scope)
                && !known.contains(&name.as_str())
            {
                let message = format!("there is no `.{member}.{name}`");
                let help = suggest::help(name, known, "nothing of this kind is declared");
                report.fault(place, located(&message, code, *at), help);
            }
        }
    }
    (report.faults.len() == before).then_some(program)
}

/// The message with the place in the program, where that has several lines.
fn located(message: &str, code: &str, at: usize) -> String {
    let (line, column) = position(code, at);
    format!("{message} (line {line}, column {column} of the program)")
}

fn help(refused: &Refused) -> String {
    match (&refused.help, &refused.name) {
        (Some(help), _) => help.clone(),
        (None, Some(name)) => match suggest::nearest(name, functions()) {
            Some(nearest) if nearest != name => format!("did you mean `{nearest}`?"),
            _ => "CONFIGURATION.md lists what is: what could run for ever is not".to_owned(),
        },
        (None, None) => String::new(),
    }
}

fn not_declared(member: &str, scope: &Scope<'_>) -> Option<(&'static str, &'static str)> {
    match member {
        "claims" if !scope.claims => Some((
            "there are no claims: everybody may call this endpoint",
            "write `access: { scopes: [..] }`",
        )),
        "body" if scope.body != DeclaredAs::Json => Some((
            "the endpoint reads no JSON body",
            "declare `body: { schema: .. }` in the endpoint",
        )),
        _ => None,
    }
}

/// The names that a member of the input has; `None`: any.
fn known<'a>(member: &str, scope: &'a Scope<'_>) -> Option<Vec<&'a str>> {
    match member {
        "calls" | "status" | "response_headers" => {
            Some(scope.calls.keys().map(String::as_str).collect())
        }
        "path" | "query" | "header" => {
            let declared = scope.parameters.iter();
            let here = declared.filter(|parameter| parameter.name.place == member);
            Some(here.map(|parameter| parameter.name.name.as_str()).collect())
        }
        _ => None,
    }
}
