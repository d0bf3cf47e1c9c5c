//! Stub servers declared as JSON: what a sample folder says about its backends.
//! Knows no answer that was not declared.

mod declaration;
mod stub;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use self::declaration::{Declared, DeclaredAuthorizationServer};
use self::stub::Stub;
use crate::authorization_server::{
    AuthorizationServer, AuthorizationServerOptions, RegisteredClient,
};
use crate::error::Error;
use crate::server::Server;

/// Running stub servers, one per declared name, each on a free port.
#[derive(Debug)]
pub struct StubSet {
    servers: BTreeMap<String, Server>,
    authorization_server: Option<AuthorizationServer>,
}

impl StubSet {
    /// Starts what a declaration asks for.
    ///
    /// ```json
    /// {
    ///   "labs": { "routes": [
    ///     { "method": "GET", "path": "/results/1", "query": { "unit": "SI" }, "status": 200,
    ///       "headers": { "X-Api": "2" }, "body": { "value": 1.00 }, "delay_ms": 0,
    ///       "fault": "html", "bearer": true, "times": 1 }
    ///   ] },
    ///   "_authorization_server": {
    ///     "clients": { "manifold": { "secret": "s", "scopes": ["labs.read"], "audiences": [] } },
    ///     "lifetime_s": 30, "vendor": "okta", "oddity": "expires-in-text"
    ///   }
    /// }
    /// ```
    ///
    /// Only `method` and `path` are needed. The first route that fits answers, as often as `times`
    /// says; a request that fits none gets 404. `path` is compared with the raw path; each pair in
    /// `query` must be there, others may. The body is one of `body` (JSON, sent as written),
    /// `body_text` (text/plain), `body_base64` (application/octet-stream); `headers` may say
    /// another `Content-Type`. `bearer` demands a token of the declared authorization server.
    ///
    /// # Errors
    /// [`Error::Declaration`] and [`Error::Contradiction`] say where; unknown keys are errors.
    pub fn start(json: &str) -> Result<Self, Error> {
        let declared = Declared::parse(json)?;
        let authorization_server = match declared.authorization_server {
            Some(server) => Some(start_authorization_server(server)?),
            None => None,
        };
        let verifier = authorization_server
            .as_ref()
            .map(AuthorizationServer::verifier);
        let mut servers = BTreeMap::new();
        for (name, backend) in declared.backends {
            let stub = Stub::new(&name, backend.routes, verifier.clone())?;
            servers.insert(name, Server::start(0, Arc::new(stub))?);
        }
        Ok(Self {
            servers,
            authorization_server,
        })
    }

    /// Returns the origin of a declared server.
    #[must_use]
    pub fn url(&self, name: &str) -> Option<String> {
        self.servers.get(name).map(Server::url)
    }

    /// Returns a declared server: faults, requests, counters.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<&Server> {
        self.servers.get(name)
    }

    /// Returns the names of the declared servers, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.servers.keys().map(String::as_str)
    }

    /// Returns the authorization server, when one was declared.
    #[must_use]
    pub fn authorization_server(&self) -> Option<&AuthorizationServer> {
        self.authorization_server.as_ref()
    }
}

fn start_authorization_server(
    declared: DeclaredAuthorizationServer,
) -> Result<AuthorizationServer, Error> {
    let clients = declared
        .clients
        .into_iter()
        .map(|(id, client)| RegisteredClient {
            id,
            secret: SecretString::from(client.secret),
            scopes: client.scopes,
            audiences: client.audiences,
        });
    let server = AuthorizationServer::start(AuthorizationServerOptions {
        port: 0,
        lifetime: Duration::from_secs(declared.lifetime_s),
        clients: clients.collect(),
    })?;
    server.set_vendor(declared.vendor);
    server.set_oddity(declared.oddity);
    Ok(server)
}

#[cfg(test)]
mod tests;
