//! What mends a connection that does not come about: the same for tokens and for backends.

use network::ConnectionFault as Fault;

/// What to do about `fault`; `setting` is what names the host that was to be reached.
pub(super) fn mend(fault: Fault, setting: &str) -> String {
    match fault {
        Fault::Unresolved => format!(
            "check the host in {setting}; names that only a proxy knows need `network: {{ proxy: … }}`"
        ),
        Fault::Refused => format!(
            "nobody listens there: check host and port in {setting}, the firewall, and the proxy's own port, if there is a proxy"
        ),
        Fault::Unreachable | Fault::TimedOut | Fault::Other => format!(
            "check host and port in {setting}, the firewall, and whether a proxy is needed (`network: {{ proxy: … }}`)"
        ),
        Fault::Broken => format!(
            "check the port in {setting}: what answers there, or stands in between, closes the connection at once; a proxy may be needed (`network: {{ proxy: … }}`)"
        ),
        Fault::ProxyRefuses => {
            "check the proxy's `username` and `password` (`network: { proxy: … }`)".to_owned()
        }
        Fault::Tunnel => format!(
            "let the proxy pass on to host and port in {setting}, or name the host in its `exceptions`"
        ),
        Fault::UnknownAuthority => {
            "name the file of its private authority in `network: { ca: … }`: the authority's certificate, not the server's own".to_owned()
        }
        Fault::CertificateExpired => {
            "check the clock here; if it is right, whoever runs the server must renew its certificate".to_owned()
        }
        Fault::OtherHost => format!("write the host that the certificate names in {setting}"),
        Fault::ClientCertificate => {
            "show it one that it knows: `network: { client_certificate: .., client_key: .. }`; if that is there, whoever runs the server must accept it".to_owned()
        }
        Fault::TlsRefused => {
            "it may want a client certificate: `network: { client_certificate: .., client_key: .. }`".to_owned()
        }
        Fault::NotTls => format!("check the port in {setting}: it is not the one for https"),
        Fault::Tls => {
            "look at the server's certificate, and whether the server offers TLS 1.2 or 1.3".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_mended_where_it_lies() {
        for (fault, words) in [
            (Fault::Unresolved, ["`url`", "proxy"]),
            (Fault::Refused, ["port in `url`", "firewall"]),
            (Fault::Unreachable, ["firewall", "proxy"]),
            (Fault::TimedOut, ["firewall", "proxy"]),
            (Fault::Broken, ["port in `url`", "closes"]),
            (Fault::ProxyRefuses, ["`username`", "`password`"]),
            (Fault::Tunnel, ["pass on", "`exceptions`"]),
            (Fault::UnknownAuthority, ["ca:", "authority's"]),
            (Fault::CertificateExpired, ["clock", "renew"]),
            (Fault::OtherHost, ["host", "`url`"]),
            (Fault::ClientCertificate, ["client_certificate", "accept"]),
            (Fault::TlsRefused, ["client_certificate", "client_key"]),
            (Fault::NotTls, ["port in `url`", "https"]),
            (Fault::Tls, ["certificate", "TLS 1.2"]),
            (Fault::Other, ["firewall", "proxy"]),
        ] {
            let mend = mend(fault, "`url`");
            for word in words {
                assert!(mend.contains(word), "{fault:?}: {mend}");
            }
        }
    }
}
