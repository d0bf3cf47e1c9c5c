//! Operators: what they look at is counted, and some are ours in place of jq's.

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Math;

use super::made::{HELD, call, counted, held};
use super::{Instrument, Node, Result};
use crate::jq::meter::{LOAD, MINUS, TICK, TIMES, WEIGH};

impl<'s> Instrument<'s> {
    pub(super) fn operation(
        &mut self,
        left: Node<'s>,
        operator: BinaryOp<&'s str>,
        right: Node<'s>,
    ) -> Result<Node<'s>> {
        Ok(match operator {
            BinaryOp::Pipe(pattern) => {
                let left = self.boxed(left)?;
                let pattern = pattern.map(|pattern| self.pattern(pattern)).transpose()?;
                Term::BinOp(left, BinaryOp::Pipe(pattern), self.boxed(right)?)
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
                self.here(call(MINUS, arguments))
            }
            BinaryOp::Math(Math::Mul) => {
                let arguments = vec![self.term(left)?, self.term(right)?];
                self.here(call(TIMES, arguments))
            }
            BinaryOp::Math(math) => {
                let cost = if self.caught { WEIGH } else { LOAD };
                let left = counted(cost, self.term(left)?);
                let right = counted(cost, self.term(right)?);
                self.here(Term::BinOp(left.into(), BinaryOp::Math(math), right.into()))
            }
            // As jq defines it: `r as $x | l |= . + $x`.
            BinaryOp::UpdateMath(math) => {
                let sum = BinaryOp::Math(math);
                let sum = Term::BinOp(Term::Id.into(), sum, Term::Var(HELD).into());
                let update = Term::BinOp(left.into(), BinaryOp::Update, sum.into());
                self.one(held(right, update))?
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateAlt => {
                let left = self.updated(left)?;
                let right = self.boxed(right)?;
                counted(WEIGH, Term::BinOp(left.into(), operator, right))
            }
            BinaryOp::Alt | BinaryOp::Or | BinaryOp::And => {
                let left = self.boxed(left)?;
                Term::BinOp(left, operator, self.boxed(right)?)
            }
        })
    }
}
