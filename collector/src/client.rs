//! Where a request comes from, cut to the network it is in: the last 8 bits of an IPv4 address and the last 80 of an
//! IPv6 address are gone before anything is computed, written or logged. What the network is used for is `intake`'s.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection. Its whole address is only compared with those of trusted proxies.
#[derive(Clone, Copy)]
pub(crate) struct Peer(IpAddr);

impl Peer {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self(address.ip().to_canonical())
    }

    /// The network of the client: that of the peer, unless the peer is a trusted proxy. Then it is that of the
    /// rightmost address in `X-Forwarded-For` that isn't a trusted proxy's: what stands left of it is the client's
    /// own claim. A proxy that wrote no address there is as far as can be seen.
    pub(crate) fn network(self, headers: &HeaderMap, trusted: &[IpNet]) -> IpNet {
        let mut client = self.0;
        let values = headers.get_all(FORWARDED_FOR);
        let hops = values.iter().flat_map(|value| value.to_str().unwrap_or_default().split(',')).collect::<Vec<_>>();
        for hop in hops.into_iter().rev() {
            if !trusted.iter().any(|network| network.contains(&client)) {
                break;
            }
            match address(hop) {
                Some(address) => client = address,
                None => break,
            }
        }
        cut(client)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Peer({})", cut(self.0))
    }
}

/// Proxies write addresses with and without a port, and those of version 6 with and without brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim().trim_matches('"');
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

fn cut(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V4(address) => Ipv4Net::new_assert(address, 24).trunc().into(),
        IpAddr::V6(address) => Ipv6Net::new_assert(address, 48).trunc().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let peer = Peer::new(SocketAddr::new(peer.parse().unwrap(), 5000));
        let headers = forwarded.iter().map(|value| (FORWARDED_FOR, value.parse().unwrap())).collect();
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        peer.network(&headers, &trusted).to_string()
    }

    #[test]
    fn an_address_is_cut_to_its_network() {
        for (peer, expected) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("255.255.255.255", "255.255.255.0/24"),
            ("2001:db8:12:3456:789a::1", "2001:db8:12::/48"),
            ("::1", "::/48"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ] {
            assert_eq!(network(peer, &[], &[]), expected);
        }
        assert_eq!(format!("{:?}", Peer::new("203.0.113.77:443".parse().unwrap())), "Peer(203.0.113.0/24)");
    }

    #[test]
    fn only_a_trusted_proxy_may_say_who_the_client_is() {
        let (proxy, inner, client) = ("10.0.0.1", "10.0.0.2", "203.0.113.77");
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        let cases: [(&str, &[&str], &[&str], &str); 18] = [
            (client, &["198.51.100.9"], &trusted, "203.0.113.0/24"),
            (proxy, &[client], &[], "10.0.0.0/24"),
            (proxy, &[client], &trusted, "203.0.113.0/24"),
            (proxy, &["198.51.100.9, 203.0.113.77"], &trusted, "203.0.113.0/24"),
            (proxy, &["198.51.100.9, 203.0.113.77, 10.0.0.2"], &trusted, "203.0.113.0/24"),
            (proxy, &["198.51.100.9", "203.0.113.77,10.0.0.2"], &trusted, "203.0.113.0/24"),
            (proxy, &["10.0.0.9, 203.0.113.77"], &trusted, "203.0.113.0/24"),
            (proxy, &["10.7.0.9, 10.0.0.2"], &trusted, "10.7.0.0/24"),
            (proxy, &["203.0.113.77:51234"], &trusted, "203.0.113.0/24"),
            (proxy, &["2001:db8:12:3456::1"], &trusted, "2001:db8:12::/48"),
            (proxy, &["[2001:db8:12:3456::1]"], &trusted, "2001:db8:12::/48"),
            (proxy, &["\"[2001:db8:12:3456::1]:443\""], &trusted, "2001:db8:12::/48"),
            (proxy, &["::ffff:203.0.113.77"], &trusted, "203.0.113.0/24"),
            ("fd00::9", &[client], &trusted, "203.0.113.0/24"),
            ("::ffff:10.0.0.1", &[client], &trusted, "203.0.113.0/24"),
            (proxy, &["203.0.113.77, unknown"], &trusted, "10.0.0.0/24"),
            (inner, &["203.0.113.77, , "], &trusted, "10.0.0.0/24"),
            (proxy, &["203.0.113.777"], &trusted, "10.0.0.0/24"),
        ];
        for (peer, forwarded, trusted, expected) in cases {
            assert_eq!(network(peer, forwarded, trusted), expected, "{peer} {forwarded:?}");
        }
    }
}
