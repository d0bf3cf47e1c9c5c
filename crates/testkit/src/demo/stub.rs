//! The names of the demo's servers.

use std::fmt;

/// A server of the demo. Its name, in text, is the variant in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DemoStub {
    /// `authorization-server`
    AuthorizationServer,
    /// `ehr`: the FHIR server.
    Ehr,
    /// `labs`: the laboratory.
    Labs,
    /// `insurer`
    Insurer,
    /// `weather`
    Weather,
}

impl DemoStub {
    /// Every server.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationServer,
        Self::Ehr,
        Self::Labs,
        Self::Insurer,
        Self::Weather,
    ];

    /// Returns the server's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationServer => "authorization-server",
            Self::Ehr => "ehr",
            Self::Labs => "labs",
            Self::Insurer => "insurer",
            Self::Weather => "weather",
        }
    }

    /// Returns the server with this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stub| stub.name() == name)
    }
}

impl fmt::Display for DemoStub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
