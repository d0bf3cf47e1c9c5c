//! Listeners and limits of the process.

use std::net::SocketAddr;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::compiled::Server;
use crate::place::Place;
use crate::report::Report;
use crate::settings::ServerSettings;

/// The web server's clock goes on twice a second.
const LEAST_HEAD_TIMEOUT: Duration = Duration::from_secs(1);

/// The server's settings, or `None` when an address is no address.
pub(crate) fn compile(settings: &ServerSettings, report: &mut Report<'_>) -> Option<Server> {
    let place = Place::ROOT.key("server");
    let listen = address(&settings.listen, &place.key("listen"), report);
    let admin = settings
        .admin
        .as_deref()
        .map(|admin| address(admin, &place.key("admin"), report));
    if let (Some(listen), Some(Some(admin))) = (listen, admin)
        && listen == admin
        && listen.port() != 0
    {
        report.fault(
            &place.key("admin"),
            "the admin listener has the address of the clients' listener",
            "give it another port",
        );
    }
    if settings.head_timeout.0 < LEAST_HEAD_TIMEOUT {
        report.fault(
            &place.key("head_timeout"),
            "must be at least 1s: the clock that watches heads is no finer",
            "for example `5s`",
        );
    }
    super::positive(settings.body_timeout, &place.key("body_timeout"), report);
    Some(Server {
        listen: listen?,
        admin: match admin {
            None => None,
            Some(admin) => Some(admin?),
        },
        workers: settings
            .workers
            .unwrap_or_else(|| available_parallelism().map_or(1, usize::from)),
        lame_duck: settings.lame_duck.0,
        drain: settings.drain.0,
        head_timeout: settings.head_timeout.0,
        body_timeout: settings.body_timeout.0,
        name: settings.name.clone(),
    })
}

fn address(text: &str, place: &Place, report: &mut Report<'_>) -> Option<SocketAddr> {
    let address = text.parse().ok();
    if address.is_none() {
        report.fault(
            place,
            "not an IP address with a port",
            "for example `127.0.0.1:8080`, `0.0.0.0:8080` or `[::]:8080`",
        );
    }
    address
}
