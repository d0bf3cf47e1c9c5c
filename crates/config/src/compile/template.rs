//! Texts with places: `{…}` split from what is literal. It must not know what a place leads to.

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Literal text, `{{` and `}}` already one brace each.
    Literal(String),
    /// What stands between `{` and `}`.
    Expression(String),
}

/// Why a text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateFault {
    /// `{` without `}`.
    #[error("`{{` without its `}}`")]
    Unclosed,
    /// `}` without `{`.
    #[error("`}}` without its `{{`")]
    Unopened,
    /// `{}`.
    #[error("nothing stands between `{{` and `}}`")]
    Empty,
}

impl TemplateFault {
    /// The part of the text to point at.
    pub(crate) const fn needle(self) -> &'static str {
        match self {
            Self::Unclosed => "{",
            Self::Unopened => "}",
            Self::Empty => "{}",
        }
    }
}

/// Splits a text. A closing brace inside a quoted name of a path, `{body["a}b"]}`, does not close.
pub(crate) fn split(text: &str) -> Result<Vec<Piece>, TemplateFault> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if let Some(after) = from.strip_prefix('{') {
            let end = end_of_expression(after).ok_or(TemplateFault::Unclosed)?;
            let (expression, after) = after.split_at(end);
            if expression.trim().is_empty() {
                return Err(TemplateFault::Empty);
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Expression(expression.to_owned()));
            rest = after.strip_prefix('}').unwrap_or(after);
        } else {
            return Err(TemplateFault::Unopened);
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn end_of_expression(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return Some(at),
            '{' if !quoted => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Piece, TemplateFault, split};

    #[test]
    fn a_text_is_split_into_literals_and_expressions() {
        let literal = |text: &str| Piece::Literal(text.to_owned());
        let expression = |text: &str| Piece::Expression(text.to_owned());
        for (text, expected) in [
            ("", Ok(vec![])),
            ("a", Ok(vec![literal("a")])),
            ("{id}", Ok(vec![expression("id")])),
            (
                "a{b}{c}d",
                Ok(vec![
                    literal("a"),
                    expression("b"),
                    expression("c"),
                    literal("d"),
                ]),
            ),
            ("{{id}}", Ok(vec![literal("{id}")])),
            (r#"{body["a}b"]}"#, Ok(vec![expression(r#"body["a}b"]"#)])),
            ("a{b", Err(TemplateFault::Unclosed)),
            ("{a{b}}", Err(TemplateFault::Unclosed)),
            ("a}b", Err(TemplateFault::Unopened)),
            ("{ }", Err(TemplateFault::Empty)),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
