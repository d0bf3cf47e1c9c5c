//! What a FHIR server says of itself: the few members of a `CapabilityStatement` that decide whether
//! the service can work with it (<https://hl7.org/fhir/R4/capabilitystatement.html>). Pure.

use serde::Deserialize;
use url::Url;

use super::report::Diagnosis;

/// The extension by which servers named their OAuth endpoints before `smart-configuration` did
/// (SMART App Launch 1.0, "Declaring support for `OAuth2`").
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
/// R4 and its technical corrections; 4.1 and 4.3 are R4B.
const R4: &str = "4.0.";
/// A version is a few characters: what is longer is not one.
const LONGEST_VERSION: usize = 20;

/// A `CapabilityStatement`, of which only this is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Capability {
    resource_type: String,
    fhir_version: String,
    rest: Vec<Rest>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rest {
    security: Security,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Security {
    extension: Vec<Extension>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Extension {
    url: String,
    value_uri: Option<String>,
    #[serde(rename = "extension")]
    nested: Vec<Extension>,
}

impl Capability {
    /// Reads a statement; what is not JSON of this shape is none.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(body).ok()?;
        (read.resource_type == "CapabilityStatement").then_some(read)
    }

    /// Whether it is the version that the service speaks.
    pub(super) fn diagnose(&self) -> Diagnosis {
        let version = &self.fhir_version;
        let plain = version.len() <= LONGEST_VERSION
            && !version.is_empty()
            && version.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain {
            Diagnosis::look(
                "a CapabilityStatement without a version",
                "check with whoever runs it that it speaks R4 (4.0.x)",
            )
        } else if version.starts_with(R4) {
            Diagnosis::fine(format!("FHIR {version}"))
        } else {
            Diagnosis::wrong(
                format!("FHIR {version}, where R4 (4.0.x) is expected"),
                "name its R4 base: many servers have one beside the other versions",
            )
        }
    }

    /// The token endpoint that it declares, if that is an address without a secret in it.
    pub(super) fn token_url(&self) -> Option<Url> {
        let security = self.rest.iter().map(|rest| &rest.security);
        let declared = security
            .flat_map(|security| &security.extension)
            .filter(|extension| extension.url == OAUTH_URIS)
            .flat_map(|extension| &extension.nested)
            .find(|endpoint| endpoint.url == "token");
        let url = Url::parse(declared?.value_uri.as_deref()?).ok()?;
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        (bare && matches!(url.scheme(), "https" | "http")).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::report::Verdict;
    use super::*;

    fn statement(version: &str) -> Capability {
        let body = format!(
            r#"{{"resourceType":"CapabilityStatement","fhirVersion":"{version}","rest":[{{"mode":"server"}}]}}"#
        );
        Capability::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn r4_and_its_corrections_are_fine_and_other_versions_are_not() {
        for (version, verdict) in [
            ("4.0.1", Verdict::Fine),
            ("4.0.0", Verdict::Fine),
            ("4.3.0", Verdict::Wrong),
            ("4.0", Verdict::Wrong),
            ("5.0.0", Verdict::Wrong),
            ("3.0.2", Verdict::Wrong),
            ("", Verdict::Look),
            ("a version with spaces", Verdict::Look),
        ] {
            assert_eq!(statement(version).diagnose().verdict, verdict, "{version}");
        }
    }

    #[test]
    fn another_resource_and_what_is_no_json_are_no_statement() {
        assert!(Capability::read(br#"{"resourceType":"Conformance"}"#).is_none());
        assert!(Capability::read(b"<html>").is_none());
        assert!(Capability::read(br#"{"resourceType":7}"#).is_none());
    }

    #[test]
    fn f48_the_token_endpoint_stands_in_the_extension_of_old_servers() {
        let declared = |uri: &str| {
            let body = format!(
                r#"{{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{{"security":{{"extension":[
                    {{"url":"{OAUTH_URIS}","extension":[
                        {{"url":"authorize","valueUri":"https://sso.example/authorize"}},
                        {{"url":"token","valueUri":"{uri}"}}]}}]}}}}]}}"#
            );
            let token_url = Capability::read(body.as_bytes()).unwrap().token_url();
            token_url.map(String::from)
        };
        let plain = "https://sso.example/token";
        assert_eq!(declared(plain).as_deref(), Some(plain));
        for odd in [
            "https://user:secret@sso.example/",
            "https://sso.example/?key=1",
            "/token",
            "urn:x",
        ] {
            assert_eq!(declared(odd), None, "{odd}");
        }
        assert!(statement("4.0.1").token_url().is_none());
    }
}
