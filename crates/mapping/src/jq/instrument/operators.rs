//! Operators: what they look at is counted, and some are ours in place of jq's.

use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::ops::Math;

use super::made::{HELD, call, counted, held};
use super::{Instrument, Node, Result};
use crate::jq::meter::{FINITE, LOAD, MINUS, TICK, TIMES, WEIGH};

impl<'s> Instrument<'s> {
    pub(super) fn operation(
        &mut self,
        left: Node<'s>,
        operator: BinaryOp<&'s str>,
        right: Node<'s>,
    ) -> Result<Node<'s>> {
        let at = self.start(&[&left, &right]);
        Ok(match operator {
            BinaryOp::Pipe(None) => {
                let left = self.boxed(left)?;
                Term::BinOp(left, BinaryOp::Pipe(None), self.boxed(right)?)
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let left = self.boxed(left)?;
                let simple = matches!(pattern, Pattern::Var(_));
                let pattern = BinaryOp::Pipe(Some(self.pattern(pattern)?));
                let bound = Term::BinOp(left, pattern, self.boxed(right)?);
                // The value may not be what the pattern wants.
                if simple {
                    bound
                } else {
                    self.marked(at, bound)
                }
            }
            BinaryOp::Comma => {
                let left = self.boxed(left)?;
                let both = Term::BinOp(left, BinaryOp::Comma, self.boxed(right)?);
                counted(TICK, both)
            }
            BinaryOp::Cmp(compare) => {
                let (mut left, mut right) = (self.term(left)?, self.term(right)?);
                // jq's own definitions compare with constants only.
                if !self.library {
                    (left, right) = (counted(WEIGH, left), counted(WEIGH, right));
                }
                Term::BinOp(left.into(), BinaryOp::Cmp(compare), right.into())
            }
            BinaryOp::Math(Math::Sub) => {
                let arguments = vec![self.term(left)?, self.term(right)?];
                self.marked(at, call(MINUS, arguments))
            }
            BinaryOp::Math(Math::Mul) => {
                let arguments = vec![self.term(left)?, self.term(right)?];
                self.marked(at, call(TIMES, arguments))
            }
            BinaryOp::Math(math) => {
                let cost = if self.caught { WEIGH } else { LOAD };
                let left = counted(cost, self.term(left)?);
                let right = counted(cost, self.term(right)?);
                let result = Term::BinOp(left.into(), BinaryOp::Math(math), right.into());
                self.marked(at, counted(FINITE, result))
            }
            // As jq defines it: `r as $x | l |= . + $x`.
            BinaryOp::UpdateMath(math) => {
                self.at = at;
                let sum = BinaryOp::Math(math);
                let sum = Term::BinOp(Term::Id.into(), sum, Term::Var(HELD).into());
                let update = Term::BinOp(left.into(), BinaryOp::Update, sum.into());
                self.one(held(right, update))?
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt => {
                let left = self.updated(left)?;
                let right = self.boxed(right)?;
                self.marked(
                    at,
                    counted(WEIGH, Term::BinOp(left.into(), operator, right)),
                )
            }
            BinaryOp::Alt | BinaryOp::Or | BinaryOp::And => {
                let left = self.boxed(left)?;
                Term::BinOp(left, operator, self.boxed(right)?)
            }
        })
    }
}
