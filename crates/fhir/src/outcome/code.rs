//! The closed value sets of an issue: severity and type.
//!
//! Must not know documents.

use std::fmt;

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as FHIR writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The code that `text` writes, in its exact spelling.
            #[must_use]
            pub fn from_code(text: &str) -> Option<Self> {
                match text {
                    $($code => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// How bad an issue is (FHIR R4, valueset-issue-severity.html).
    Severity {
        /// The action failed and nothing more could be checked.
        Fatal = "fatal",
        /// The action failed.
        Error = "error",
        /// The action succeeded, perhaps not as it was meant.
        Warning = "warning",
        /// Not a problem.
        Information = "information",
    }
}

codes! {
    /// What an issue is about (FHIR R4, valueset-issue-type.html).
    IssueCode {
        /// Content invalid against the specification or a profile.
        Invalid = "invalid",
        /// A structural issue in the content.
        Structure = "structure",
        /// A required element is missing.
        Required = "required",
        /// An element's value is invalid.
        Value = "value",
        /// A content validation rule failed.
        Invariant = "invariant",
        /// An authentication, authorization or permission issue.
        Security = "security",
        /// The client needs to start a login.
        Login = "login",
        /// The user or system was not authenticated.
        Unknown = "unknown",
        /// The session expired.
        Expired = "expired",
        /// The user lacks the right.
        Forbidden = "forbidden",
        /// Some information was not returned, for privacy.
        Suppressed = "suppressed",
        /// A processing issue that is no system failure.
        Processing = "processing",
        /// The interaction, operation, resource or profile is not supported.
        NotSupported = "not-supported",
        /// An attempt to create a duplicate record.
        Duplicate = "duplicate",
        /// Several records match where one was expected.
        MultipleMatches = "multiple-matches",
        /// A reference was not found.
        NotFound = "not-found",
        /// The reference points to content that has been deleted.
        Deleted = "deleted",
        /// The content is too long.
        TooLong = "too-long",
        /// A code or system could not be understood.
        CodeInvalid = "code-invalid",
        /// An extension that is not acceptable here.
        Extension = "extension",
        /// The operation was stopped to protect resources.
        TooCostly = "too-costly",
        /// A rule of the business failed.
        BusinessRule = "business-rule",
        /// Content could not be accepted because of an edit conflict.
        Conflict = "conflict",
        /// A transient processing issue: trying again may help.
        Transient = "transient",
        /// A lock could not be had.
        LockError = "lock-error",
        /// The store is away.
        NoStore = "no-store",
        /// An unexpected internal error.
        Exception = "exception",
        /// An internal timeout.
        Timeout = "timeout",
        /// Not all sources answered: what is returned may be incomplete.
        Incomplete = "incomplete",
        /// The system is busy.
        Throttled = "throttled",
        /// A message unrelated to the outcome.
        Informational = "informational",
    }
}

/// What a backend's HTTP status is about when its body does not say.
///
/// A status without a better code, below 500 too, is [`IssueCode::Exception`].
#[must_use]
pub const fn issue_code(status: u16) -> IssueCode {
    match status {
        400 => IssueCode::Invalid,
        401 => IssueCode::Login,
        403 => IssueCode::Forbidden,
        404 => IssueCode::NotFound,
        406 | 415 => IssueCode::NotSupported,
        408 | 504 => IssueCode::Timeout,
        409 | 412 => IssueCode::Conflict,
        410 => IssueCode::Deleted,
        413 => IssueCode::TooLong,
        422 => IssueCode::Processing,
        429 => IssueCode::Throttled,
        502 | 503 => IssueCode::Transient,
        _ => IssueCode::Exception,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f32_each_status_has_the_code_of_its_meaning() {
        let table = [
            (400, "invalid"),
            (401, "login"),
            (403, "forbidden"),
            (404, "not-found"),
            (405, "exception"),
            (406, "not-supported"),
            (408, "timeout"),
            (409, "conflict"),
            (410, "deleted"),
            (412, "conflict"),
            (413, "too-long"),
            (415, "not-supported"),
            (422, "processing"),
            (429, "throttled"),
            (500, "exception"),
            (502, "transient"),
            (503, "transient"),
            (504, "timeout"),
            (200, "exception"),
        ];
        for (status, code) in table {
            assert_eq!(issue_code(status).as_str(), code, "{status}");
        }
    }

    #[test]
    fn a26_codes_read_back_and_the_sets_are_closed() {
        assert_eq!((Severity::ALL.len(), IssueCode::ALL.len()), (4, 31));
        for code in IssueCode::ALL {
            assert_eq!(IssueCode::from_code(&code.to_string()), Some(*code));
        }
        for severity in Severity::ALL {
            assert_eq!(Severity::from_code(&severity.to_string()), Some(*severity));
        }
        assert_eq!(IssueCode::from_code("Not-Found"), None);
        assert_eq!(Severity::from_code(""), None);
    }
}
