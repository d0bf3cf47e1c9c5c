//! What a server says of SMART Backend Services, held against what the credential is going to do
//! (SMART App Launch 2.2, "Conformance" and "Backend Services"). Pure.

use serde::Deserialize;
use token_provider::Definition;

use super::report::Diagnosis;

/// `smart-configuration`, of which only this is read. Left out means: not said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SmartConfiguration {
    token_endpoint: Option<String>,
    grant_types_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Vec<String>,
    capabilities: Vec<String>,
}

/// What a credential needs of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    method: &'static str,
    v1_scopes: bool,
    v2_scopes: bool,
}

impl Needs {
    pub(super) fn of(definition: &Definition) -> Self {
        let permissions = || {
            let scopes = definition.scopes.iter();
            scopes.filter_map(|scope| permission(scope))
        };
        Self {
            method: definition.client.method(),
            v1_scopes: permissions().any(is_v1),
            v2_scopes: permissions().any(|permission| !is_v1(permission)),
        }
    }
}

/// What follows the resource type: `read` of `system/Patient.read`, `rs` of `system/Patient.rs?…`.
fn permission(scope: &str) -> Option<&str> {
    let (level, resource) = scope.split_once('/')?;
    let (_, permission) = resource.split_once('.')?;
    let granular = permission.split('?').next()?;
    matches!(level, "system" | "user" | "patient").then_some(granular)
}

fn is_v1(permission: &str) -> bool {
    matches!(permission, "read" | "write" | "*")
}

impl SmartConfiguration {
    /// Reads the document; what is not JSON of this shape is none.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Whether the server says that it can do what is needed. A list that it leaves out says nothing.
    pub(super) fn diagnose(&self, needs: &Needs) -> Diagnosis {
        if self.token_endpoint.is_none() {
            return Diagnosis::wrong(
                "smart-configuration names no token_endpoint",
                "name it in `token_url`",
            );
        }
        let lacks = |list: &[String], word: &str| {
            !list.is_empty() && !list.iter().any(|known| known == word)
        };
        let mut missing = Vec::new();
        if lacks(&self.grant_types_supported, "client_credentials") {
            missing.push("the grant client_credentials");
        }
        if lacks(&self.token_endpoint_auth_methods_supported, needs.method) {
            missing.push(needs.method);
        }
        for (needed, capability) in [
            (
                needs.method == "private_key_jwt",
                "client-confidential-asymmetric",
            ),
            (needs.v1_scopes, "permission-v1"),
            (needs.v2_scopes, "permission-v2"),
        ] {
            if needed && lacks(&self.capabilities, capability) {
                missing.push(capability);
            }
        }
        if missing.is_empty() {
            return Diagnosis::fine("offers what the credential uses");
        }
        Diagnosis::look(
            format!("does not say that it offers {}", missing.join(", ")),
            "compare `authentication`, `grant` and `scopes` with its smart-configuration",
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use token_provider::ClientAuthentication;

    use super::super::report::Verdict;
    use super::*;

    fn needs(scopes: &[&str]) -> Needs {
        let client = ClientAuthentication::SecretPost {
            client_id: "id".into(),
            client_secret: "secret".into(),
        };
        let url = "https://sso.example/token".parse().unwrap();
        let mut definition = Definition::new("ehr", url, client);
        definition.scopes = scopes.iter().map(|&scope| scope.into()).collect();
        Needs::of(&definition)
    }

    fn diagnosis(document: &str, needs: &Needs) -> Diagnosis {
        let read = SmartConfiguration::read(document.as_bytes());
        read.unwrap().diagnose(needs)
    }

    #[test]
    fn f47_scopes_are_told_apart_by_their_version() {
        for (scope, v1, v2) in [
            ("system/Patient.read", true, false),
            ("system/*.*", true, false),
            ("system/Patient.rs", false, true),
            ("system/Observation.rs?category=laboratory", false, true),
            ("openid", false, false),
            ("reports/weekly.read", false, false),
        ] {
            let needs = needs(&[scope]);
            assert_eq!((needs.v1_scopes, needs.v2_scopes), (v1, v2), "{scope}");
        }
    }

    #[test]
    fn f48_what_the_server_does_not_offer_is_named() {
        let needs = Needs {
            method: "private_key_jwt",
            ..needs(&["system/Patient.rs"])
        };
        let poor = r#"{"token_endpoint":"https://sso.example/token","capabilities":["permission-v1"],
            "grant_types_supported":["authorization_code"],"token_endpoint_auth_methods_supported":["client_secret_basic"]}"#;
        let found = diagnosis(poor, &needs);
        assert_eq!(found.verdict, Verdict::Look);
        for word in [
            "client_credentials",
            "private_key_jwt",
            "client-confidential-asymmetric",
            "permission-v2",
        ] {
            assert!(found.result.contains(word), "{}", found.result);
        }
    }

    #[test]
    fn f48_what_is_not_said_is_no_fault_but_a_token_endpoint_must_be() {
        let silent = r#"{"token_endpoint":"https://sso.example/token"}"#;
        assert_eq!(
            diagnosis(silent, &needs(&["system/Patient.rs"])).verdict,
            Verdict::Fine
        );
        assert_eq!(diagnosis("{}", &needs(&[])).verdict, Verdict::Wrong);
    }
}
