//! Templates: text and JSON with places for values, compiled at load.

use json::CheckedJson;

use crate::Encoder;

/// Text with places for values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// In order; literals are already encoded for their place.
    pub parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Copied as it is.
    Literal(String),
    /// A value, written by its place's encoder.
    Value {
        /// Where the value comes from.
        source: Source,
        /// How it is written.
        encoder: Encoder,
        /// The expression as configured, such as `{calls.patient.id}`: for error messages.
        expression: String,
    },
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A declared parameter: index into [`crate::Endpoint::parameters`].
    Parameter(usize),
    /// A place in the client's JSON body; an empty path is the whole of it.
    Body(json::Path),
    /// A place in another call's result.
    Call {
        /// Index into [`crate::Plan::calls`].
        call: usize,
        /// The place; an empty path is the whole result.
        path: json::Path,
    },
}

/// A JSON document with places for values.
#[derive(Clone, Debug)]
pub enum JsonTemplate {
    /// A constant.
    Literal(CheckedJson),
    /// A string with places for values.
    Text(Template),
    /// One value, with its own JSON type (`{body.amount}` alone in a string).
    Value {
        /// Where the value comes from.
        source: Source,
        /// The expression as configured, for error messages.
        expression: String,
    },
    /// Members in order. One whose value is an optional parameter that the client left out is left out.
    Object(Vec<(String, JsonTemplate)>),
    /// Elements in order.
    Array(Vec<JsonTemplate>),
}

impl Template {
    /// A template without places.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            parts: vec![Part::Literal(text.into())],
        }
    }

    /// The sources of all its values.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Value { source, .. } => Some(source),
        })
    }
}

impl JsonTemplate {
    /// Calls `visit` with the source of each of its values.
    pub fn each_source(&self, visit: &mut dyn FnMut(&Source)) {
        match self {
            Self::Literal(_) => {}
            Self::Text(template) => template.sources().for_each(visit),
            Self::Value { source, .. } => visit(source),
            Self::Object(members) => members
                .iter()
                .for_each(|(_, value)| value.each_source(visit)),
            Self::Array(elements) => elements.iter().for_each(|value| value.each_source(visit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonTemplate, Part, Source, Template};
    use crate::PLAIN;

    fn text(index: usize) -> Template {
        let value = Part::Value {
            source: Source::Parameter(index),
            encoder: PLAIN,
            expression: String::new(),
        };
        Template {
            parts: vec![Part::Literal("x".into()), value],
        }
    }

    #[test]
    fn every_source_of_a_template_is_visited_in_order() {
        let value = JsonTemplate::Value {
            source: Source::Parameter(2),
            expression: String::new(),
        };
        let template = JsonTemplate::Object(vec![
            ("a".into(), JsonTemplate::Text(text(1))),
            ("b".into(), JsonTemplate::Array(vec![value])),
            ("c".into(), JsonTemplate::Literal(json::CheckedJson::null())),
        ]);
        let mut visited = Vec::new();
        template.each_source(&mut |source| visited.push(source.clone()));
        assert_eq!(visited, [Source::Parameter(1), Source::Parameter(2)]);
        let sources: Vec<_> = text(7).sources().cloned().collect();
        assert_eq!(sources, [Source::Parameter(7)]);
    }
}
