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

/// Splits a text; a fault comes with the rest of the text from where it is.
/// A closing brace inside a quoted name of a path, `{body["a}b"]}`, does not close.
pub(crate) fn split(text: &str) -> Result<Vec<Piece>, (TemplateFault, &str)> {
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
            let end = end_of_expression(after).ok_or((TemplateFault::Unclosed, from))?;
            let (expression, after) = after.split_at(end);
            if expression.trim().is_empty() {
                return Err((TemplateFault::Empty, from));
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Expression(expression.to_owned()));
            rest = after.strip_prefix('}').unwrap_or(after);
        } else {
            return Err((TemplateFault::Unopened, from));
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
            ("a{b", Err((TemplateFault::Unclosed, "{b"))),
            ("{a{b}}", Err((TemplateFault::Unclosed, "{a{b}}"))),
            ("a}b", Err((TemplateFault::Unopened, "}b"))),
            ("{ }", Err((TemplateFault::Empty, "{ }"))),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
