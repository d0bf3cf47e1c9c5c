//! What can be wrong with a definition. Names parameters and members, never their values.

/// Why a definition may not be used. Names parameters, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// The URL is neither https nor http.
    #[error("the token URL must be an https URL with a host")]
    Scheme,
    /// The URL is plain http to a host that is not loopback.
    #[error(
        "the token URL is plain http to a host that is not loopback; the secret would travel in the clear"
    )]
    PlainHttp,
    /// The URL holds a user name or a password.
    #[error("the token URL must not hold a user name or a password")]
    UserInformation,
    /// The URL has a fragment (RFC 6749 §3.2).
    #[error("the token URL must not have a fragment")]
    Fragment,
    /// The issuer, or the base of a SMART configuration, cannot be used (RFC 8414 §2).
    #[error(
        "the issuer must be an https URL (http only to loopback) without query, fragment or user information"
    )]
    Issuer,
    /// The client id is empty.
    #[error("the client id is empty")]
    EmptyClientId,
    /// A raw Basic client id holds a colon: the server would cut it there (RFC 7617 §2).
    #[error("a client id with a colon cannot be sent raw")]
    ColonInRawClientId,
    /// The client secret is empty.
    #[error("the client secret is empty")]
    EmptyClientSecret,
    /// The user name of a password grant is empty.
    #[error("the user name is empty")]
    EmptyUserName,
    /// The password of a password grant is empty.
    #[error("the password is empty")]
    EmptyPassword,
    /// The refresh token to start from is empty.
    #[error("the refresh token is empty")]
    EmptyRefreshToken,
    /// An assertion's issuer or subject is empty.
    #[error("the assertion's issuer or subject is empty")]
    EmptyAssertionParty,
    /// An assertion's life is too short or too long.
    #[error("an assertion must live for one second to one hour")]
    AssertionLife,
    /// A further claim of an assertion that a field decides.
    #[error("the claim `{0}` is reserved")]
    ReservedClaim(String),
    /// Tokens are to be kept for no subject at all.
    #[error("tokens must be kept for one subject at least")]
    NoSubjects,
    /// A scope is empty or holds white space or a control character (RFC 6749 §3.3).
    #[error("a scope is empty or holds white space or a control character")]
    Scope,
    /// An extra parameter without a name.
    #[error("an extra parameter has no name")]
    UnnamedParameter,
    /// An extra parameter that a field of the definition decides.
    #[error("the extra parameter `{0}` is reserved")]
    ReservedParameter(String),
    /// An extra parameter given twice (RFC 6749 §3.2 forbids it).
    #[error("the extra parameter `{0}` is given twice")]
    RepeatedParameter(String),
    /// Two parameters of a JSON request that would stand in one member, or a member without a name.
    #[error("the JSON member `{0}` is given twice or has no name")]
    Member(String),
    /// A fetch timeout or default lifetime of zero.
    #[error("the fetch timeout and the default lifetime must be longer than zero")]
    ZeroDuration,
}
