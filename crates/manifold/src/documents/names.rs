//! Names in the document: operations, components, paths. Stable, since clients are generated from
//! them.

use std::collections::HashSet;

use config::EndpointSettings;

/// Hands out the names of operations, each once.
#[derive(Default)]
pub(super) struct OperationNames(HashSet<String>);

impl OperationNames {
    /// `getPatientsByIdSummary` for `GET /patients/{id}/summary`. Where two routes differ in
    /// punctuation only, the later one in the configuration gets a number.
    pub(super) fn name(&mut self, endpoint: &EndpointSettings) -> String {
        let mut name = endpoint.method.as_str().to_ascii_lowercase();
        let segments = endpoint
            .route
            .split('/')
            .filter(|segment| !segment.is_empty());
        let before = name.len();
        for segment in segments {
            if let Some(parameter) = parameter(segment) {
                name.push_str("By");
                name.push_str(&pascal(parameter));
            } else {
                name.push_str(&pascal(segment));
            }
        }
        if name.len() == before {
            name.push_str("Root");
        }
        let mut unique = name.clone();
        let mut number = 2;
        while !self.0.insert(unique.clone()) {
            unique = format!("{name}{number}");
            number += 1;
        }
        unique
    }
}

/// `PatientSummary` for `patient-summary`: letters and digits of any text, as a type's name.
pub(super) fn pascal(text: &str) -> String {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters).collect::<String>()
        })
        .collect()
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::{OperationNames, pascal};
    use crate::documents::tests::endpoint;

    #[test]
    fn operations_are_named_after_method_and_route_and_only_once() {
        let mut names = OperationNames::default();
        for (method, path, expected) in [
            (
                http::Method::GET,
                "/patients/{id}/summary",
                "getPatientsByIdSummary",
            ),
            (
                http::Method::POST,
                "/patients/{id}/summary",
                "postPatientsByIdSummary",
            ),
            (http::Method::GET, "/", "getRoot"),
            (
                http::Method::GET,
                "/lab-results/{order_number}",
                "getLabResultsByOrderNumber",
            ),
            (
                http::Method::GET,
                "/lab/results/{order-number}",
                "getLabResultsByOrderNumber2",
            ),
        ] {
            assert_eq!(names.name(&endpoint(&method, path)), expected);
        }
        assert_eq!(pascal("fhir.R4 ütf"), "FhirR4Tf");
    }
}
