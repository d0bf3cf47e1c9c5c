//! What of a configuration is fixed when the service starts.

use config::Configuration;

use crate::revision::RevisionError;

/// # Errors
/// When `next` needs what only a restart of `running` can give it: taken up in part, it would be
/// neither what runs nor what the file says.
pub(super) fn check(running: &Configuration, next: &Configuration) -> Result<(), RevisionError> {
    let (server, other) = (&running.server, &next.server);
    let same_store = match (&running.token_store, &next.token_store) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is_same(other),
        (None, Some(_)) | (Some(_), None) => false,
    };
    let settings: Vec<_> = [
        (server.listen == other.listen, "`server.listen`"),
        (server.admin == other.admin, "`server.admin`"),
        (same_store, "`tokens.store`"),
    ]
    .into_iter()
    .filter_map(|(same, key)| (!same).then_some(key))
    .collect();
    if !settings.is_empty() {
        return Err(RevisionError::Fixed {
            settings: settings.join(", "),
        });
    }
    // Left out, the number of workers is that of the processors, which may change under us.
    for (same, key) in [
        (server.workers == other.workers, "server.workers"),
        (
            server.head_timeout == other.head_timeout,
            "server.head_timeout",
        ),
    ] {
        if !same {
            tracing::warn!("`{key}` has changed, which takes effect with the next start");
        }
    }
    Ok(())
}
