//! The query of a request, name by name.
//!
//! A name nobody declared is a fault: a search whose patient filter is misspelt would otherwise
//! return everybody. Must not know schemas.

use problem::ParameterProblem;

use super::decode;
use super::fault::{fault, shortened};

/// How alike two names must be for one to be taken for the other's misspelling.
const ALIKE: f64 = 0.75;

/// The pairs of a query, with each pair handed out once.
pub(super) struct Queries {
    pairs: Vec<Pair>,
}

struct Pair {
    name: String,
    value: Result<String, String>,
    taken: bool,
}

impl Queries {
    /// Splits a query (application/x-www-form-urlencoded). A name that cannot be decoded is a fault.
    pub(super) fn parse(query: &str, faults: &mut Vec<ParameterProblem>) -> Self {
        let mut pairs = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match decode::query(name) {
                Ok(name) => pairs.push(Pair {
                    name,
                    value: decode::query(value),
                    taken: false,
                }),
                Err(detail) => faults.push(fault(
                    "query",
                    &shortened(name),
                    format!("the name {detail}"),
                )),
            }
        }
        Self { pairs }
    }

    /// The value of `name`, or why there is none that can be used.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, String> {
        let mut found: Option<Result<String, String>> = None;
        for pair in self.pairs.iter_mut().filter(|pair| pair.name == name) {
            pair.taken = true;
            let value = std::mem::replace(&mut pair.value, Ok(String::new()));
            found = Some(match found {
                None => value,
                Some(_) => Err("must not be given twice".to_owned()),
            });
        }
        found.transpose()
    }

    /// A fault for each name that was not taken, with the one of `declared` that may be meant.
    pub(super) fn undeclared(self, declared: &[&str], faults: &mut Vec<ParameterProblem>) {
        let mut named: Vec<String> = Vec::new();
        for pair in self.pairs.into_iter().filter(|pair| !pair.taken) {
            if faults.len() < super::MOST_FAULTS && !named.contains(&pair.name) {
                faults.push(fault(
                    "query",
                    &shortened(&pair.name),
                    explain(&pair.name, declared),
                ));
                named.push(pair.name);
            }
        }
    }
}

fn explain(name: &str, declared: &[&str]) -> String {
    let name = shortened(name).to_lowercase();
    let nearest = declared
        .iter()
        .map(|known| (strsim::jaro_winkler(&name, &known.to_lowercase()), known))
        .max_by(|left, right| left.0.total_cmp(&right.0));
    match nearest {
        Some((likeness, known)) if likeness >= ALIKE => {
            format!("is not a parameter; did you mean `{known}`?")
        }
        Some(_) | None => "is not a parameter of this endpoint".to_owned(),
    }
}
