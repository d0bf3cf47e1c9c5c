//! Templates: text and JSON with places for values, compiled at load.

use http::{HeaderName, HeaderValue};
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
    /// The status of another call's answer.
    Status {
        /// Index into [`crate::Plan::calls`].
        call: usize,
    },
    /// A header of another call's answer, one of [`crate::Expect::keep_headers`].
    ResponseHeader {
        /// Index into [`crate::Plan::calls`].
        call: usize,
        /// Its name.
        name: HeaderName,
    },
    /// A place in what is verified of the client, [`crate::Inputs::claims`].
    Claim(json::Path),
    /// A place in the element for which the call is made, [`crate::ForEach`].
    Item(json::Path),
}

impl Source {
    /// The call whose result is needed, where one is.
    #[must_use]
    pub const fn call(&self) -> Option<usize> {
        match self {
            Self::Call { call, .. } | Self::Status { call } | Self::ResponseHeader { call, .. } => {
                Some(*call)
            }
            Self::Parameter(_) | Self::Body(_) | Self::Claim(_) | Self::Item(_) => None,
        }
    }
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum BodyTemplate {
    /// JSON.
    Json {
        /// Its text.
        template: JsonTemplate,
        /// Its `Content-Type`.
        media_type: &'static str,
    },
    /// `application/x-www-form-urlencoded`: pairs in order; names and literals are encoded.
    Form(Vec<(String, Template)>),
    /// `multipart/form-data` (RFC 7578).
    Multipart(Vec<Field>),
    /// The client's own bytes under its own `Content-Type`.
    Client,
}

/// One part of a `multipart/form-data` body.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: FieldContent,
    /// The name of the file that it is.
    pub file_name: Option<Template>,
    /// Its `Content-Type`; `None`: none is said, and for the client's bytes theirs.
    pub media_type: Option<HeaderValue>,
}

/// What a part of a `multipart/form-data` body holds.
#[derive(Clone, Debug)]
pub enum FieldContent {
    /// Text.
    Text(Template),
    /// Bytes that a value holds in base64 (RFC 4648 §4).
    Base64(Template),
    /// The client's own bytes.
    Client,
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
        self.places().map(|(source, _)| source)
    }

    /// The sources of all its values, each with its expression as configured.
    fn places(&self) -> impl Iterator<Item = (&Source, &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Value {
                source, expression, ..
            } => Some((source, expression.as_str())),
        })
    }

    pub(crate) fn each_place(&self, visit: &mut dyn FnMut(&Source, &str)) {
        self.places()
            .for_each(|(source, expression)| visit(source, expression));
    }
}

impl JsonTemplate {
    /// Calls `visit` with the source of each of its values.
    pub fn each_source(&self, visit: &mut dyn FnMut(&Source)) {
        self.each_place(&mut |source, _| visit(source));
    }

    fn each_place(&self, visit: &mut dyn FnMut(&Source, &str)) {
        match self {
            Self::Literal(_) => {}
            Self::Text(template) => template.each_place(visit),
            Self::Value { source, expression } => visit(source, expression),
            Self::Object(members) => members
                .iter()
                .for_each(|(_, value)| value.each_place(visit)),
            Self::Array(elements) => elements.iter().for_each(|value| value.each_place(visit)),
        }
    }
}

impl BodyTemplate {
    /// Calls `visit` with the source of each of its values.
    pub fn each_source(&self, visit: &mut dyn FnMut(&Source)) {
        self.each_place(&mut |source, _| visit(source));
    }

    /// As [`BodyTemplate::each_source`], each with its expression as configured.
    pub(crate) fn each_place(&self, visit: &mut dyn FnMut(&Source, &str)) {
        match self {
            Self::Json { template, .. } => template.each_place(visit),
            Self::Form(pairs) => pairs.iter().for_each(|(_, value)| value.each_place(visit)),
            Self::Multipart(fields) => {
                for field in fields {
                    if let FieldContent::Text(value) | FieldContent::Base64(value) = &field.content
                    {
                        value.each_place(visit);
                    }
                    if let Some(name) = &field.file_name {
                        name.each_place(visit);
                    }
                }
            }
            Self::Client => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyTemplate, Field, FieldContent, JsonTemplate, Part, Source, Template};
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

    #[test]
    fn every_source_of_a_body_is_visited_whatever_its_kind() {
        let visited = |body: BodyTemplate| {
            let mut visited = Vec::new();
            body.each_source(&mut |source| visited.push(source.clone()));
            visited
        };
        let parameters = |indices: [usize; 2]| indices.map(Source::Parameter);
        let form = vec![("a".into(), text(1)), ("b".into(), text(2))];
        assert_eq!(visited(BodyTemplate::Form(form)), parameters([1, 2]));
        let part = |content, file_name| Field {
            name: "a".into(),
            content,
            file_name,
            media_type: None,
        };
        let parts = vec![
            part(FieldContent::Base64(text(3)), Some(text(4))),
            part(FieldContent::Client, None),
        ];
        assert_eq!(visited(BodyTemplate::Multipart(parts)), parameters([3, 4]));
        assert_eq!(visited(BodyTemplate::Client), []);
    }

    #[test]
    fn a_source_knows_the_call_that_it_needs() {
        let path = json::Path::default();
        let header = http::header::ETAG;
        for (source, call) in [
            (
                Source::Call {
                    call: 3,
                    path: path.clone(),
                },
                Some(3),
            ),
            (Source::Status { call: 4 }, Some(4)),
            (
                Source::ResponseHeader {
                    call: 5,
                    name: header,
                },
                Some(5),
            ),
            (Source::Item(path), None),
            (Source::Parameter(6), None),
        ] {
            assert_eq!(source.call(), call);
        }
    }
}
