//! With which schemes somebody can use an endpoint: the one answer for challenges and documents.
//!
//! Must not know requests.

use config::{Access, Client};
use http::HeaderName;

/// A way for a client to show who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// HTTP Basic (RFC 7617).
    Basic,
    /// A key in this header.
    ApiKey(HeaderName),
}

/// The schemes of those clients that have the scopes `access` asks for: Basic first, then headers
/// in the clients' order. Where no client has them, the schemes of all clients, and Basic where
/// there is no client: a 401 must name a scheme (RFC 9110 §15.5.2). Empty for public access.
pub(crate) fn usable_schemes(clients: &[Client], access: &Access) -> Vec<Scheme> {
    let Access::Scopes(required) = access else {
        return Vec::new();
    };
    let able = clients
        .iter()
        .filter(|client| missing_scopes(required, &client.scopes).is_empty());
    [schemes(able), schemes(clients.iter())]
        .into_iter()
        .find(|schemes| !schemes.is_empty())
        .unwrap_or_else(|| vec![Scheme::Basic])
}

/// The scopes in `required` that are not in `granted`, separated by spaces.
pub(crate) fn missing_scopes(required: &[String], granted: &[String]) -> String {
    // The common case costs no allocation.
    let mut missing = String::new();
    for scope in required.iter().filter(|scope| !granted.contains(scope)) {
        if !missing.is_empty() {
            missing.push(' ');
        }
        missing.push_str(scope);
    }
    missing
}

fn schemes<'a>(clients: impl Iterator<Item = &'a Client>) -> Vec<Scheme> {
    let mut basic = Vec::new();
    let mut keys = Vec::new();
    for client in clients {
        if client.basic.is_some() && basic.is_empty() {
            basic.push(Scheme::Basic);
        }
        for key in &client.api_keys {
            let scheme = Scheme::ApiKey(key.header.clone());
            if !keys.contains(&scheme) {
                keys.push(scheme);
            }
        }
    }
    basic.extend(keys);
    basic
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests")]
    use super::{Scheme, usable_schemes};
    use crate::authenticate::tests::{scopes, with_basic, with_key};
    use config::Access;

    #[test]
    fn only_schemes_of_clients_with_the_scopes_are_usable() {
        let clients = [
            with_basic("portal", "pw", &["a"]),
            with_key("robot", "x-api-key", "key", &["b"]),
        ];
        let key = Scheme::ApiKey("x-api-key".parse().expect("a header name"));
        assert_eq!(usable_schemes(&clients, &scopes(&["a"])), [Scheme::Basic]);
        assert_eq!(
            usable_schemes(&clients, &scopes(&["b"])),
            std::slice::from_ref(&key)
        );
        assert_eq!(
            usable_schemes(&clients, &scopes(&[])),
            [Scheme::Basic, key.clone()]
        );
        assert_eq!(
            usable_schemes(&clients, &scopes(&["c"])),
            [Scheme::Basic, key]
        );
        assert_eq!(usable_schemes(&[], &scopes(&["a"])), [Scheme::Basic]);
        assert_eq!(usable_schemes(&clients, &Access::Public), []);
    }
}
