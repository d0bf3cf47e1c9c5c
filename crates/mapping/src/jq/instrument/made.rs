//! Terms that no program has written.

use jaq_core::load::parse::{BinaryOp, Pattern, Term};

use super::Node;

/// Holds an intermediate value; no program can name it.
pub(super) const HELD: &str = "$!held";

/// The term, whose value is then counted by `name`.
pub(super) fn counted<'s>(name: &'static str, term: Node<'s>) -> Node<'s> {
    pipe(term, call(name, vec![]))
}

pub(super) fn call<'s>(name: &'s str, arguments: Vec<Node<'s>>) -> Node<'s> {
    Term::Call(name, arguments)
}

pub(super) fn pipe<'s>(left: Node<'s>, right: Node<'s>) -> Node<'s> {
    Term::BinOp(left.into(), BinaryOp::Pipe(None), right.into())
}

pub(super) fn held<'s>(value: Node<'s>, then: Node<'s>) -> Node<'s> {
    let pattern = Some(Pattern::Var(HELD));
    Term::BinOp(value.into(), BinaryOp::Pipe(pattern), then.into())
}
