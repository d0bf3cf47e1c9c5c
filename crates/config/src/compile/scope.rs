//! What an expression of a template may lead to: parameters, the body, results of other calls.

use orchestration::{Encoder, Part, Source, Template};

use super::template::{Piece, split};
use crate::compiled::ParameterSettings;
use crate::place::Place;
use crate::report::Report;
use crate::suggest;

const PREFIXES: &str =
    "`{id}` is a parameter of the route; others begin with `query.`, `header.`, `body` or `calls.`";

/// What the templates of one endpoint can refer to.
pub(crate) struct Scope<'a> {
    /// Declared parameters; their index is the source's.
    pub(crate) parameters: &'a [ParameterSettings],
    /// Whether a body is declared.
    pub(crate) body: bool,
    /// Names of the calls, in order.
    pub(crate) calls: &'a [&'a str],
}

/// What an optional parameter may do in a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optional {
    /// Standing alone, it is left out together with what it is the value of.
    LeftOut,
    /// It must be there.
    Refused,
}

/// How a place is written.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// How values are written.
    pub(crate) encoder: Encoder,
    /// How literals are written.
    pub(crate) literal: fn(&str) -> String,
    /// What becomes of a parameter that the client may leave out.
    pub(crate) optional: Optional,
}

/// A fault of an expression: what and how to mend it.
type Unresolved = (String, String);

impl Scope<'_> {
    /// The template that `text` is, or `None` after a fault.
    pub(crate) fn template(
        &self,
        text: &str,
        slot: Slot,
        place: &Place,
        report: &mut Report<'_>,
    ) -> Option<Template> {
        let pieces = pieces(text, place, report)?;
        let alone = pieces.len() == 1 && slot.optional == Optional::LeftOut;
        let mut parts = Vec::with_capacity(pieces.len());
        let mut complete = true;
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => parts.push(Part::Literal((slot.literal)(&literal))),
                Piece::Expression(expression) => {
                    match self.source(&expression, alone, place, report) {
                        Some(source) => {
                            let expression = format!("{{{expression}}}");
                            parts.push(Part::Value {
                                source,
                                encoder: slot.encoder,
                                expression,
                            });
                        }
                        None => complete = false,
                    }
                }
            }
        }
        complete.then_some(Template { parts })
    }

    /// Where `expression` leads; a fault if it leads nowhere, or to what may be missing.
    pub(crate) fn source(
        &self,
        expression: &str,
        may_be_left_out: bool,
        place: &Place,
        report: &mut Report<'_>,
    ) -> Option<Source> {
        let source = match self.resolve(expression) {
            Ok(source) => source,
            Err((message, help)) => {
                report.fault_within(place, &format!("{{{expression}}}"), message, help);
                return None;
            }
        };
        if let Source::Parameter(index) = source
            && !may_be_left_out
            && let Some(parameter) = self.parameters.get(index)
            && is_optional(parameter)
        {
            report.fault_within(
                place,
                &format!("{{{expression}}}"),
                format!("`{{{expression}}}` may be missing here"),
                format!(
                    "declare the {} parameter `{}` with `required: true` or a `default`",
                    parameter.name.place, parameter.name.name
                ),
            );
            return None;
        }
        Some(source)
    }

    /// Whether `expression` leads somewhere.
    pub(crate) fn knows(&self, expression: &str) -> bool {
        self.resolve(expression).is_ok()
    }

    fn resolve(&self, expression: &str) -> Result<Source, Unresolved> {
        let prefix_length = expression.find(['.', '[']).unwrap_or(expression.len());
        let (prefix, rest) = expression.split_at(prefix_length);
        let name = rest.strip_prefix('.');
        match (prefix, name) {
            ("query", Some(name)) => self.parameter("query", name),
            ("header", Some(name)) => self.parameter("header", name),
            ("claims", _) => Err((
                "claims are not available: no client presents any".to_owned(),
                "clients show who they are by `basic` or `api_key`, which carry no claims"
                    .to_owned(),
            )),
            ("body", _) if !self.body => Err((
                format!(
                    "`{{{expression}}}` needs the client's body, and the endpoint declares none"
                ),
                "declare `body: { schema: .. }` in the endpoint".to_owned(),
            )),
            ("body", _) => path(rest).map(Source::Body),
            ("calls", Some(rest)) => self.call(rest),
            _ if rest.is_empty() => self.parameter("path", expression),
            _ => Err((
                format!("`{prefix}` is not a place that values come from"),
                PREFIXES.to_owned(),
            )),
        }
    }

    fn parameter(&self, place: &'static str, name: &str) -> Result<Source, Unresolved> {
        let same = |parameter: &ParameterSettings| {
            parameter.name.place == place
                && (parameter.name.name == name
                    || (place == "header" && parameter.name.name.eq_ignore_ascii_case(name)))
        };
        if let Some(index) = self.parameters.iter().position(same) {
            return Ok(Source::Parameter(index));
        }
        let spelled: Vec<(String, String)> = self
            .parameters
            .iter()
            .map(|parameter| match parameter.name.place {
                "path" => (
                    parameter.name.name.clone(),
                    format!("{{{}}}", parameter.name.name),
                ),
                other => (
                    parameter.name.name.clone(),
                    format!("{{{other}.{}}}", parameter.name.name),
                ),
            })
            .collect();
        let nearest = suggest::nearest(name, spelled.iter().map(|(name, _)| name.as_str()));
        let help = match spelled
            .iter()
            .find(|(name, _)| Some(name.as_str()) == nearest)
        {
            Some((_, spelled)) => format!("did you mean `{spelled}`?"),
            None if place == "path" => format!(
                "write it into the route, for example `/patients/{{{name}}}`; other values are \
                 `{{query.name}}`, `{{header.name}}`, `{{body}}` and `{{calls.name}}`"
            ),
            None => format!("declare it: `parameters: {{ {place}: {{ {name}: {{}} }} }}`"),
        };
        let message = match place {
            "path" => format!("the route has no parameter `{name}`"),
            _ => format!("no {place} parameter `{name}` is declared"),
        };
        Err((message, help))
    }

    fn call(&self, rest: &str) -> Result<Source, Unresolved> {
        let length = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(length);
        let Some(call) = self.calls.iter().position(|call| *call == name) else {
            let help = suggest::help(name, self.calls.iter().copied(), "define it under `calls`");
            return Err((format!("unknown call `{name}`"), help));
        };
        path(rest).map(|path| Source::Call { call, path })
    }
}

/// The pieces of a text, or `None` after a fault.
pub(crate) fn pieces(text: &str, place: &Place, report: &mut Report<'_>) -> Option<Vec<Piece>> {
    split(text)
        .map_err(|(fault, rest)| {
            let help = "write `{{` and `}}` for literal braces";
            report.fault_within(place, rest, fault.to_string(), help);
        })
        .ok()
}

/// Whether a client may leave the parameter out, and nothing takes its place.
pub(crate) fn is_optional(parameter: &ParameterSettings) -> bool {
    !parameter.required && parameter.default.is_none()
}

/// The path that `rest` is: nothing, or `.name`, `[0]`, `["name"]` in any number.
fn path(rest: &str) -> Result<json::Path, Unresolved> {
    if rest.is_empty() {
        return Ok(json::Path::default());
    }
    json::Path::parse(rest.strip_prefix('.').unwrap_or(rest)).map_err(|fault| {
        let help = "for example `identifier[0].value`, or `[\"name with spaces\"]`";
        (format!("not a path: {}", fault.kind), help.to_owned())
    })
}
