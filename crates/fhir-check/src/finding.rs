//! What a failed check says: a class from a closed list and at most the name of an element.
//!
//! Reads the parser's error texts, which quote values of patients, and lets none of that through.

use std::fmt;

/// Why a resource did not pass. A closed list, so that it can label a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultClass {
    /// An element that the type does not have, in this release.
    UnknownElement,
    /// A required element is absent.
    MissingElement,
    /// An element that may stand once stands twice, or two variants of a choice (`value[x]`) do.
    DuplicateElement,
    /// An array or object that holds nothing.
    EmptyElement,
    /// A JSON type that the element does not take.
    WrongType,
    /// A value that the element's type cannot be read from.
    InvalidValue,
    /// `resourceType` names no type of the release.
    UnknownResourceType,
    /// A JSON value that is no resource: not an object, or without `resourceType`.
    NotAResource,
    /// Not one JSON document in Unicode.
    Malformed,
    /// Deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
    /// Larger than [`MAX_RESOURCE_BYTES`](crate::MAX_RESOURCE_BYTES).
    TooLarge,
    /// A fault that the parser words in a way not known here.
    Other,
}

impl FaultClass {
    /// The stable name, for metric labels, logs and problem details.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownElement => "unknown_element",
            Self::MissingElement => "missing_element",
            Self::DuplicateElement => "duplicate_element",
            Self::EmptyElement => "empty_element",
            Self::WrongType => "wrong_type",
            Self::InvalidValue => "invalid_value",
            Self::UnknownResourceType => "unknown_resource_type",
            Self::NotAResource => "not_a_resource",
            Self::Malformed => "malformed",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for FaultClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The first fault of a resource. Safe to log: it holds no value of the resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class}{}{}", Element(self.element.as_deref()), Entry(self.entry))]
pub struct Finding {
    /// The zero-based index in `Bundle.entry`, where the resource came from one.
    pub entry: Option<usize>,
    /// What is wrong.
    pub class: FaultClass,
    /// The element's name, where the parser says one and it looks like one: a lower-case letter,
    /// then up to 63 letters or digits, with a leading underscore for a primitive's sibling.
    pub element: Option<String>,
}

impl Finding {
    /// The finding with the index of the Bundle entry that holds the resource.
    #[must_use]
    pub fn at_entry(mut self, index: usize) -> Self {
        self.entry = Some(index);
        self
    }

    /// The class with a name as it stood in the document, which is kept only if it is a safe one.
    pub(crate) fn named(class: FaultClass, name: &[u8]) -> Self {
        Self {
            element: element_name(name),
            ..Self::of(class)
        }
    }

    pub(crate) fn of(class: FaultClass) -> Self {
        Self {
            entry: None,
            class,
            element: None,
        }
    }
}

struct Element<'a>(Option<&'a str>);

impl fmt::Display for Element<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(formatter, " `{name}`"))
    }
}

struct Entry(Option<usize>);

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |index| {
            write!(formatter, " in Bundle.entry[{index}]")
        })
    }
}

/// Classifies a parser's error, by the fixed words its text starts with where it is about data.
pub(crate) fn read(error: &serde_json::Error) -> Finding {
    if error.is_data() {
        classify(&error.to_string())
    } else {
        Finding::of(FaultClass::Malformed)
    }
}

fn classify(text: &str) -> Finding {
    use FaultClass as Class;
    // Fixed sentences first: they start like those that quote a value.
    if text.starts_with("invalid type: resourceType, expected valid resourceType") {
        return Finding::of(Class::UnknownResourceType);
    }
    if text.starts_with("invalid type: an element, expected a resource") {
        return Finding::of(Class::NotAResource);
    }
    let named = [
        ("unknown field `", Class::UnknownElement),
        ("missing field `", Class::MissingElement),
        ("duplicate field `", Class::DuplicateElement),
    ];
    for (prefix, class) in named {
        if let Some(rest) = text.strip_prefix(prefix) {
            let (name, _) = rest.split_once('`').unwrap_or_default();
            return Finding::named(class, name.as_bytes());
        }
    }
    let unnamed = [
        ("invalid type: ", Class::WrongType),
        ("invalid value: ", Class::InvalidValue),
        ("invalid length ", Class::InvalidValue),
        ("ParseBoolError", Class::InvalidValue),
        ("ParseIntError", Class::InvalidValue),
        (
            "data did not match any variant of untagged enum",
            Class::WrongType,
        ),
    ];
    let class = unnamed
        .into_iter()
        .find_map(|(prefix, class)| text.starts_with(prefix).then_some(class));
    Finding::of(class.unwrap_or(Class::Other))
}

/// The name, if it can be that of a FHIR element and nothing else.
fn element_name(name: &[u8]) -> Option<String> {
    const MAX_LETTERS: usize = 64;
    let letters = name.strip_prefix(b"_").unwrap_or(name);
    let is_name = letters.first().is_some_and(u8::is_ascii_lowercase)
        && letters.len() <= MAX_LETTERS
        && letters.iter().all(u8::is_ascii_alphanumeric);
    is_name
        .then(|| String::from_utf8(name.to_vec()).ok())
        .flatten()
}
