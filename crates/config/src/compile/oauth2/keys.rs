//! The private key that signs our assertions.

use std::sync::Arc;

use secrecy::ExposeSecret;
use token_provider::{KeyError, KeyFile, KeyFileError, KeySource, SigningAlgorithm, SigningKey};

use super::super::{networks, warn_of_literal};
use super::{Context, Key};
use crate::place::Place;
use crate::report::Report;
use crate::settings::{AlgorithmSettings, Secret};

const HOW: &str = "for example `private_key: \"${file:keys/hospital.pem}\"`, or `private_key_file: keys/hospital.pem`";

/// The key that is written, in one of two ways.
pub(super) fn source(context: &Context<'_>, report: &mut Report<'_>) -> Key {
    let settings = context.settings;
    match (&settings.private_key, &settings.private_key_file) {
        (Some(text), None) => {
            let key = written(text, context, report)?;
            expect_smart(
                key.algorithm(),
                &context.key("private_key"),
                context,
                report,
            );
            Some(Arc::new(Arc::new(key)))
        }
        (None, Some(path)) => {
            let file = in_file(path, context, report)?;
            let algorithm = file.current().algorithm();
            expect_smart(algorithm, &context.key("private_key_file"), context, report);
            Some(Arc::new(file))
        }
        (Some(_), Some(_)) => {
            report.fault_at_key(
                &context.key("private_key_file"),
                "there is a `private_key` already",
                "leave out one of the two",
            );
            None
        }
        (None, None) => {
            report.fault(context.place, "`oauth2` needs a private key", HOW);
            None
        }
    }
}

fn written(text: &Secret, context: &Context<'_>, report: &mut Report<'_>) -> Option<SigningKey> {
    let place = context.key("private_key");
    warn_of_literal(&place, report);
    let key = match SigningKey::from_text(&text.0, algorithm(context)) {
        Ok(key) => key,
        Err(error) => {
            if is_escaped(text) {
                report.fault(
                    &place,
                    "no private key: its line ends are written as `\\n`",
                    "they must be line ends: `private_key_file: ..`, or a variable that holds several lines",
                );
            } else {
                explain(error, &place, context, report);
            }
            return None;
        }
    };
    match (&context.settings.key_id, key.key_id()) {
        (Some(key_id), _) if key_id.is_empty() => {
            report.fault(
                &context.key("key_id"),
                "must not be empty",
                "leave it out, or write the id under which the server knows the key",
            );
            None
        }
        (Some(key_id), Some(own)) if key_id != own => {
            report.fault(
                &context.key("key_id"),
                "the JWK has another `kid`",
                "leave `key_id` out",
            );
            None
        }
        (Some(key_id), _) => Some(key.with_key_id(key_id)),
        (None, Some(_)) => Some(key),
        (None, None) => {
            let thumbprint = key.thumbprint();
            if context.file.jwks.is_none() {
                report.warn(
                    &place,
                    format!("the key has no id: its thumbprint `{thumbprint}` is sent as `kid`"),
                    "register it at the server under this id, write `key_id`, or publish it with `jwks`",
                );
            }
            Some(key.with_key_id(thumbprint))
        }
    }
}

fn in_file(path: &str, context: &Context<'_>, report: &mut Report<'_>) -> Option<KeyFile> {
    let place = context.key("private_key_file");
    if context.settings.key_id.is_some() {
        report.fault_at_key(
            &context.key("key_id"),
            "`key_id` would stay when the key in the file changes, and servers remember keys by it",
            "leave it out: the id is the `kid` of a JWK, or the thumbprint of a PEM key",
        );
    }
    let path = networks::path(context.folder, path);
    report.reads(&path);
    match KeyFile::open(&path, algorithm(context)) {
        Ok(file) => Some(file),
        Err(KeyFileError::Key(error)) => {
            explain(error, &place, context, report);
            None
        }
        Err(error) => {
            // The system's own words: those of the kind are Rust's.
            let reason = match &error {
                KeyFileError::Unreadable(reason) => reason.to_string(),
                other => other.to_string(),
            };
            report.fault(
                &place,
                format!("the key file `{}` cannot be used: {reason}", path.display()),
                "a relative path starts at the folder of the configuration file",
            );
            None
        }
    }
}

/// Whether a PEM text has the two characters `\\n` where its lines should end, as JSON and some
/// platforms write it.
fn is_escaped(text: &Secret) -> bool {
    let text = text.0.expose_secret();
    text.contains("-----\\n") && !text.contains("-----\n")
}

fn explain(error: KeyError, place: &Place, context: &Context<'_>, report: &mut Report<'_>) {
    let given = context.settings.algorithm.is_some();
    match error {
        KeyError::Algorithm if !given => report.fault(
            place,
            "the key does not say its algorithm",
            "add `algorithm: RS384` for an RSA key, `algorithm: ES384` for one on P-384",
        ),
        KeyError::TooShort => report.fault(
            place,
            "the RSA key is too short",
            "RSA keys begin at 2048 bits: have another one registered at the server",
        ),
        KeyError::Algorithm | KeyError::OtherAlgorithm | KeyError::Unfit if given => report.fault(
            &context.key("algorithm"),
            format!("not the algorithm of this key: {error}"),
            "RS256, RS384, RS512 and PS256 take RSA keys, ES256 one on P-256, ES384 one on P-384",
        ),
        _ => report.fault(place, format!("no private key: {error}"), HOW),
    }
}

/// SMART App Launch 2.2 §4.1: servers are bound to verify one of two algorithms; others may work.
fn expect_smart(
    algorithm: SigningAlgorithm,
    place: &Place,
    context: &Context<'_>,
    report: &mut Report<'_>,
) {
    use SigningAlgorithm::{Es384, Rs384};
    if context.is_smart() && !matches!(algorithm, Rs384 | Es384) {
        let place = match context.settings.algorithm {
            Some(_) => context.key("algorithm"),
            None => place.clone(),
        };
        report.warn(
            &place,
            format!("SMART servers need not verify `{}`", algorithm.as_str()),
            "use `RS384` or `ES384`, unless this server's metadata list the other",
        );
    }
}

fn algorithm(context: &Context<'_>) -> Option<SigningAlgorithm> {
    context.settings.algorithm.map(|algorithm| match algorithm {
        AlgorithmSettings::Rs256 => SigningAlgorithm::Rs256,
        AlgorithmSettings::Rs384 => SigningAlgorithm::Rs384,
        AlgorithmSettings::Rs512 => SigningAlgorithm::Rs512,
        AlgorithmSettings::Ps256 => SigningAlgorithm::Ps256,
        AlgorithmSettings::Es256 => SigningAlgorithm::Es256,
        AlgorithmSettings::Es384 => SigningAlgorithm::Es384,
    })
}
