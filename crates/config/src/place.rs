//! A place in the configuration: the keys and numbers that lead to it.
//!
//! It must not know lines and columns; the tree does.

use std::fmt;

/// The way to a value, from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(Vec<Step>);

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Into the member of this name.
    Key(String),
    /// Into the element at this index.
    Index(usize),
}

impl Place {
    /// The whole configuration.
    pub(crate) const ROOT: Self = Self(Vec::new());

    /// The member `name` of this place.
    pub(crate) fn key(&self, name: &str) -> Self {
        self.with(Step::Key(name.to_owned()))
    }

    /// The element `index` of this place.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// One step further.
    pub(crate) fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The steps, from the root.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// `at` below this place, given as a JSON Pointer's steps.
    pub(crate) fn join(&self, location: &jsonschema::paths::Location) -> Self {
        use jsonschema::paths::LocationSegment;
        let mut steps = self.0.clone();
        steps.extend(location.into_iter().map(|segment| match segment {
            LocationSegment::Property(name) => Step::Key(name.into_owned()),
            LocationSegment::Index(index) => Step::Index(index),
        }));
        Self(steps)
    }

    /// What the place is part of, in words: `an endpoint`, `a backend`.
    pub(crate) fn kind(&self) -> &'static str {
        let names: Vec<&str> = self
            .0
            .iter()
            .map(|step| match step {
                Step::Key(name) => name.as_str(),
                Step::Index(_) => "",
            })
            .collect();
        match names.as_slice() {
            [] => "the configuration",
            ["server"] => "`server`",
            ["documents"] => "`documents`",
            ["clients", _] => "a client",
            ["credentials", _] => "a credential",
            ["credentials", _, "oauth2"] => "`oauth2`",
            ["backends", _] => "a backend",
            ["endpoints", _] => "an endpoint",
            ["endpoints", _, "parameters"] => "`parameters`",
            ["endpoints", _, "parameters", _, _] => "a parameter",
            ["endpoints", _, "body"] => "`body`",
            ["endpoints", _, "calls", _] => "a call",
            ["endpoints", _, "calls", _, "when"] | ["endpoints", _, "calls", _, "when", _] => {
                "a condition"
            }
            ["endpoints", _, "calls", _, "multipart", _] => "a part",
            ["endpoints", _, "quorum"] => "`quorum`",
            ["endpoints", _, "response"] => "`response`",
            ["endpoints", _, "response", "merge"] => "`merge`",
            [.., "access"] => "`access`",
            [.., "basic"] => "`basic`",
            [.., "api_key"] | [.., "api_keys", _] => "`api_key`",
            _ => "this place",
        }
    }
}

/// `endpoints[0].calls.patient`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(name) if index == 0 => formatter.write_str(name)?,
                Step::Key(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}
