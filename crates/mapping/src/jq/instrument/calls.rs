//! Calls: only what is offered, at its cost.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;

use super::made::{HELD, call, counted, held, pipe};
use super::{Instrument, Node, Result};
use crate::jq::Refused;
use crate::jq::meter::{FINITE, LOAD, PRODUCT, WEIGH};
use crate::jq::offered::{self, Cost};

impl<'s> Instrument<'s> {
    pub(super) fn call(&mut self, name: &'s str, arguments: Vec<Node<'s>>) -> Result<Node<'s>> {
        self.see(name);
        let cost = if self.library {
            offered::within(name, arguments.len())
        } else if let Some(cost) = offered::offered(name, arguments.len()) {
            cost
        } else {
            return Err(Refused {
                at: self.at,
                message: match arguments.len() {
                    0 => format!("`{name}` is not offered"),
                    number => format!("`{name}/{number}` is not offered"),
                },
                help: None,
                name: Some(name.to_owned()),
            });
        };
        let place = self.at;
        let says = match (name, arguments.as_slice()) {
            ("error", [Term::Str(None, parts)]) => constant(parts),
            _ => None,
        };
        let mut arguments: Vec<Node<'s>> = arguments
            .into_iter()
            .map(|argument| match name {
                "del" => self.updated(argument),
                _ => self.term(argument),
            })
            .collect::<Result<_>>()?;
        self.at = place;
        if matches!(cost, Cost::Keys | Cost::Text) {
            let weighed = arguments.into_iter();
            arguments = weighed.map(|key| counted(WEIGH, key)).collect();
        }
        let counted = match (cost, arguments.pop()) {
            (Cost::Product, Some(argument)) => {
                let product = call(PRODUCT, vec![Term::Var(HELD)]);
                held(argument, pipe(product, call(name, vec![Term::Var(HELD)])))
            }
            (cost, last) => {
                arguments.extend(last);
                let made = match name {
                    // Of a number beyond those that can be computed with.
                    "ceil" | "floor" | "length" | "round" => counted(FINITE, call(name, arguments)),
                    _ => call(name, arguments),
                };
                match cost {
                    Cost::Step | Cost::Product => made,
                    Cost::Load | Cost::Text => pipe(call(LOAD, vec![]), made),
                    Cost::Weigh | Cost::Keys => pipe(call(WEIGH, vec![]), made),
                }
            }
        };
        let term = self.here(counted);
        if let Some(mark) = self.marks.last_mut().filter(|_| !self.library) {
            mark.says = says;
        }
        Ok(term)
    }
}

/// The text, where nothing is inserted into it.
fn constant(parts: &[StrPart<&str, Node<'_>>]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(character) => text.push(*character),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}
