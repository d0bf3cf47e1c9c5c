//! `MANIFOLD_LOG`: what of the log is written.

use std::env::VarError;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

const VARIABLE: &str = "MANIFOLD_LOG";

/// What others decide the amount of, or nobody acts on; written only when the filter names the target.
/// A stranger's bytes that are no HTTP are an error to `actix_http`; `actix_server` tells of its threads;
/// a backend's certificate is an error to its verifier each time, and to us one throttled warning.
const QUIET: &str = "actix_http=off,actix_server=warn,rustls_platform_verifier=off";

/// The filter that the environment asks for, else `default`. One that cannot be read is said on
/// standard error and does not stop the command: a service without its usual log is better than none.
pub(super) fn from_environment(default: &str) -> EnvFilter {
    let asked = match std::env::var(VARIABLE) {
        Ok(text) => read(&text),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err("it is not UTF-8".to_owned()),
    };
    let asked = asked.unwrap_or_else(|reason| {
        super::say(&format!(
            "{VARIABLE} is not used: {reason}; `{default}` is the filter. \
             Write levels and `target=level`, as in {VARIABLE}=info,backend=debug"
        ));
        None
    });
    // The defaults are ours and can be read.
    asked.unwrap_or_else(|| EnvFilter::new(quietly(default)))
}

/// What `text` asks for; nothing when it is empty.
fn read(text: &str) -> Result<Option<EnvFilter>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    // The library takes a misspelt level for a target, and the log would be silent.
    let is_word = |part: &&str| !part.is_empty() && !part.contains(['=', '[', ']', '{', '}', '"']);
    let is_level = |part: &str| part.parse::<LevelFilter>().is_ok();
    let mut words = text.split(',').map(str::trim).filter(is_word);
    if let Some(word) = words.find(|word| !is_level(word)) {
        return Err(format!(
            "`{word}` is no level (off, error, warn, info, debug, trace)"
        ));
    }
    let filter = EnvFilter::builder().parse(quietly(text));
    filter.map(Some).map_err(|error| error.to_string())
}

/// What comes later wins where both name one target.
fn quietly(text: &str) -> String {
    format!("{QUIET},{text}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::read;

    #[test]
    fn what_is_quiet_stays_so_until_it_is_named() {
        for (text, expected) in [
            ("info", "actix_http=off"),
            ("trace", "rustls_platform_verifier=off"),
            ("info,actix_http=debug", "actix_http=debug"),
        ] {
            let filter = read(text).unwrap().unwrap().to_string();
            let mut directives = filter.split(',');
            assert!(directives.any(|one| one == expected), "{text}: {filter}");
        }
        assert!(read(" ").unwrap().is_none());
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused_with_its_word() {
        for (text, said) in [
            ("inof", "`inof` is no level"),
            ("warn,backend", "`backend` is no level"),
            ("backend=verbose", "expected one of"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
