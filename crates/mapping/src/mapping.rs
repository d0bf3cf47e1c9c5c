//! What an endpoint says of its answer, as an [`orchestration::Shape`].

mod input;
mod members;
mod select;
mod value;

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use json::{CheckedJson, Kind, Splice};
use orchestration::{
    Endpoint, Inputs, Report, Shape, Shaped, Unfit, Unshaped, View, misfit_in_header,
};
use problem::ParameterProblem;

use crate::{Failure, FailureKind, Program};
pub use members::{Members, Merge, Part, Policy};
pub use select::{Node, Piece};
pub use value::Place;
use value::Values;

/// A program whose input has more bytes than this runs where it holds up no other request.
const HEAVY: usize = 64 * 1024;
/// No program needs longer, but for very much input.
const RESERVE: Duration = Duration::from_secs(1);
/// The member that tells what is missing.
const PROBLEMS: &str = "problems";

/// How an endpoint's answer is made.
#[derive(Debug)]
pub struct Mapping {
    /// Its body.
    pub body: Body,
    /// What becomes of an answer that is not complete.
    pub partial: Partial,
    /// Its status; `None`: as without a mapping.
    pub status: Option<Status>,
    /// Headers to send on. One whose value is not there is left out.
    pub headers: Vec<(HeaderName, Vec<Piece>)>,
    /// Most bytes that a program is given.
    pub max_input: usize,
    /// Most bytes of the body.
    pub max_output: usize,
}

/// Where the body comes from.
#[derive(Debug)]
pub enum Body {
    /// A program over everything.
    Program(Program),
    /// Values in their places.
    Select(Node),
    /// The calls' members, some of them renamed, left out or merged.
    Members(Members),
    /// The body of one call, an index into [`orchestration::Plan::calls`].
    Root(usize),
}

/// What becomes of an answer that is not complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partial {
    /// An object gets `problems`; there is no other answer.
    #[default]
    Problems,
    /// It is sent as it is, and only `Manifold-Complete` tells.
    Header,
    /// There is none.
    Refuse,
}

/// The status of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Always this one.
    Fixed(u16),
    /// That of a call, an index into [`orchestration::Plan::calls`], where it brought a result.
    Of(usize),
}

impl Status {
    /// Whether an answer may have this status of a call's: it has a whole body (RFC 9110 §15.3.5 to 7,
    /// §15.4).
    #[must_use]
    pub const fn is_passed_on(status: u16) -> bool {
        !matches!(status, 204..=206 | 300..=399)
    }
}

impl Shape for Mapping {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        if self.partial == Partial::Refuse && !view.problems.is_empty() {
            return Err(Unshaped::Incomplete);
        }
        let values = Values::new(view);
        let body = self.body(&values)?;
        let body = match (self.partial, view.problems, body.kind()) {
            (_, [], _) | (Partial::Header, _, _) => body,
            (Partial::Problems, _, Kind::Object) => with_problems(&body, view)?,
            (Partial::Problems | Partial::Refuse, _, _) => return Err(Unshaped::Incomplete),
        };
        if body.len() > self.max_output {
            return Err("the answer is larger than `response.max_output`"
                .to_owned()
                .into());
        }
        let mut headers = Vec::new();
        for (name, pieces) in &self.headers {
            if let Some(text) = select::text(pieces, &values)? {
                let value = HeaderValue::from_bytes(text.as_bytes());
                let value = value.map_err(|_| {
                    format!("the value for the header `{name}` holds characters that no header may")
                })?;
                headers.push((name.clone(), value));
            }
        }
        Ok(Shaped {
            status: self.status(view.reports),
            headers,
            ..body.into()
        })
    }

    fn misfits(&self, endpoint: &Endpoint, inputs: &Inputs) -> Vec<ParameterProblem> {
        let pieces = self.headers.iter().flat_map(|(_, pieces)| pieces);
        let mut misfits = Vec::new();
        for piece in pieces {
            if let Piece::Value(place) = piece
                && let Some(fault) =
                    misfit_in_header(&place.source, &place.expression, endpoint, inputs)
                && !misfits.contains(&fault)
            {
                misfits.push(fault);
            }
        }
        misfits
    }

    fn reserve(&self, budget: Duration) -> Duration {
        match &self.body {
            Body::Program(_) => (budget / 5).min(RESERVE),
            Body::Select(_) | Body::Members(_) | Body::Root(_) => Duration::ZERO,
        }
    }

    fn is_heavy(&self, view: View<'_>) -> bool {
        match &self.body {
            Body::Program(program) => input::bytes(program.touched(), view) > HEAVY,
            Body::Select(_) | Body::Members(_) | Body::Root(_) => false,
        }
    }
}

impl Mapping {
    fn body(&self, values: &Values<'_>) -> Result<CheckedJson, Unshaped> {
        let view = values.view;
        Ok(match &self.body {
            Body::Root(call) => view.member(*call),
            Body::Select(node) => select::render(node, values)?,
            Body::Members(members) => members.render(values)?,
            Body::Program(program) => {
                let bytes = input::bytes(program.touched(), view);
                if bytes > self.max_input {
                    let detail = "the program's input is larger than `response.max_input`";
                    return Err(detail.to_owned().into());
                }
                let input = input::of(program.touched(), view)?;
                program
                    .run(input, bytes, self.max_output, view.until)
                    .map_err(unshaped)?
            }
        })
    }

    fn status(&self, reports: &[Report]) -> Option<u16> {
        match self.status? {
            Status::Fixed(status) => Some(status),
            Status::Of(call) => {
                let success = reports.get(call)?.outcome.success()?;
                Some(success.status).filter(|status| Status::is_passed_on(*status))
            }
        }
    }
}

/// What the program says itself is for the operator.
fn unshaped(failure: Failure) -> Unshaped {
    if failure.kind == FailureKind::Late {
        return Unshaped::Late;
    }
    let detail = format!("`response.jq`: {failure}");
    let note = match failure.says {
        Some(says) => format!("{detail}: {says:?}"),
        None => detail.clone(),
    };
    Unshaped::from(Unfit { detail, note })
}

/// The object with `problems` as its last member.
fn with_problems(object: &CheckedJson, view: View<'_>) -> Result<CheckedJson, Unshaped> {
    let mut whole = Splice::object();
    for (name, value) in object.members().filter(|(name, _)| name != PROBLEMS) {
        whole.member(&name, value);
    }
    whole
        .member_serialized(PROBLEMS, view.problems)
        .map_err(|_| "the problems cannot be written".to_owned())?;
    Ok(whole.finish())
}

#[cfg(test)]
mod tests;
