//! The typed check on the way of an answer.
