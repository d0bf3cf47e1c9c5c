//! What an expression of a template may lead to: parameters, the body, results of other calls.

use std::cell::RefCell;
use std::collections::BTreeSet;

use http::HeaderName;
use indexmap::IndexMap;
use orchestration::{Encoder, Part, Source, Template};

use super::template::{Piece, split};
use crate::compiled::ParameterSettings;
use crate::place::Place;
use crate::report::Report;
use crate::settings::CallSettings;
use crate::suggest;

const PREFIXES: &str = "`{id}` is a parameter of the route; others begin with `query.`, `header.`, `body`, `claims.`, `calls.`, `status.` or `response_headers.`";

/// What the templates of one endpoint can refer to.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Declared parameters; their index is the source's.
    pub(crate) parameters: &'a [ParameterSettings],
    /// What body is declared.
    pub(crate) body: DeclaredAs,
    /// Whether clients show who they are.
    pub(crate) claims: bool,
    /// The calls, in order.
    pub(crate) calls: &'a IndexMap<String, CallSettings>,
    /// Whether a call is made for each element of a list: `{item}`.
    pub(crate) item: bool,
    /// Parameters that are there whenever the call is made: indices into `parameters`.
    pub(crate) present: &'a [usize],
    /// The call whose templates these are, if they are those of a call.
    pub(crate) own: Option<Own<'a>>,
}

/// A call while its templates are read.
#[derive(Clone, Copy)]
pub(crate) struct Own<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Takes note of the calls that they refer to, also of those beside a fault.
    pub(crate) awaits: &'a RefCell<BTreeSet<usize>>,
}

/// What body an endpoint declares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeclaredAs {
    /// None.
    Nothing,
    /// JSON, whose members are values.
    Json,
    /// Bytes that nobody reads.
    Bytes,
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
        if let (Some(own), Some(call)) = (self.own, source.call()) {
            own.awaits.borrow_mut().insert(call);
        }
        if let Source::Parameter(index) = source
            && !may_be_left_out
            && !self.present.contains(&index)
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
            ("item", _) if self.item => path(rest).map(Source::Item),
            ("item", Some(_)) => Err((
                format!("`{{{expression}}}` needs a call that is made for each of a list"),
                "write `for_each: \"{calls.name.list}\"` in the call".to_owned(),
            )),
            ("claims", _) if !self.claims => Err((
                "there are no claims: everybody may call this endpoint".to_owned(),
                "write `access: { scopes: [..] }`".to_owned(),
            )),
            ("claims", _) => path(rest).map(Source::Claim),
            ("body", _) if self.body == DeclaredAs::Bytes => Err((
                format!(
                    "`{{{expression}}}` needs a JSON body, and the endpoint passes it on unread"
                ),
                "leave out `media_types` in the endpoint's `body`".to_owned(),
            )),
            ("body", _) if self.body == DeclaredAs::Nothing => Err((
                format!(
                    "`{{{expression}}}` needs the client's body, and the endpoint declares none"
                ),
                "declare `body: { schema: .. }` in the endpoint".to_owned(),
            )),
            ("body", _) => path(rest).map(Source::Body),
            ("status", Some(name)) => self.known(name).map(|(call, _)| Source::Status { call }),
            ("response_headers", Some(rest)) => self.header(rest),
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
        let (call, settings) = self.known(name)?;
        if !settings.accept.is_empty() {
            return Err((
                format!("`{name}` reads a file, which no template can look into"),
                format!("`{{status.{name}}}` and `{{response_headers.{name}.…}}` are there"),
            ));
        }
        path(rest).map(|path| Source::Call { call, path })
    }

    /// `call.name`: a header of the call's answer.
    fn header(&self, rest: &str) -> Result<Source, Unresolved> {
        let how = || "for example `{response_headers.order.etag}`".to_owned();
        let Some((call, header)) = rest.split_once('.') else {
            return Err((
                "a header of an answer names the call and itself".to_owned(),
                how(),
            ));
        };
        let (index, settings) = self.known(call)?;
        let name = HeaderName::from_bytes(header.as_bytes())
            .map_err(|_| ("not the name of a header".to_owned(), how()))?;
        let kept = &settings.keep_headers;
        if kept.iter().any(|kept| kept.eq_ignore_ascii_case(header)) {
            return Ok(Source::ResponseHeader { call: index, name });
        }
        Err((
            format!("the call `{call}` does not keep the header `{header}`"),
            format!("write `keep_headers: [{header}]` in it"),
        ))
    }

    fn known(&self, name: &str) -> Result<(usize, &CallSettings), Unresolved> {
        if let Some((index, _, settings)) = self.calls.get_full(name) {
            return Ok((index, settings));
        }
        let own = self.own.map(|own| own.name);
        let names = self.calls.keys().map(String::as_str);
        let names = names.filter(|name| Some(*name) != own);
        let help = suggest::help(name, names, "define it under `calls`");
        Err((format!("unknown call `{name}`"), help))
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
