"""Where a webhook may go: to a public address over HTTPS, never into a network of ours.

Whoever may name an address could otherwise have our worker ask what only our network can: a cloud's metadata service, a
database's port, an admin page (OWASP, "Server-Side Request Forgery"). So the address that is connected to is
checked, not its name: a name may say something else a moment later.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from domain.errors import BadInput

_LONGEST = 500
# IPv4 in IPv6's clothes: what they lead to is not seen from outside (RFC 6052, RFC 8215).
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48"))
# Not private by the registry, and yet nobody's business: protocol assignments (where one cloud has its metadata), the
# address by which machines of another speak to their host, relays to anywhere, site-local IPv6, examples.
_INNER = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "168.63.129.16/32", "192.88.99.0/24", "fec0::/10", "3fff::/20")
)


def check_url(url: str, near: bool) -> str:
    """The URL, or BadInput. `near`: this machine alone, also without TLS, for an embedded stack."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput("url", "is not a URL; it looks like https://your-system.example/webhooks") from None
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _LONGEST:
        raise BadInput("url", f"has at most {_LONGEST} characters of ASCII and no spaces")
    if parts.scheme != "https" and not (near and parts.scheme == "http"):
        raise BadInput("url", "must begin with https://")
    if not host or port == 0:
        raise BadInput("url", "names no host; it looks like https://your-system.example/webhooks")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadInput("url", "must have neither a user name nor a fragment; the signature proves who sends")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return url
    if reason := refused(str(literal), near):
        raise BadInput("url", f"{host} is {reason}")
    return url


def refused(address: str, near: bool) -> str:
    """Why nothing may be sent to this IP address; empty when it may."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None or ip.teredo is not None or any(ip in net for net in _TRANSLATED):
            return "a tunnel to an address nobody can see"
    if ip.is_loopback:
        return "" if near else "an address of this machine itself"
    if near:
        return "not an address of this machine, and this installation sends nowhere else"
    if not ip.is_global or ip.is_multicast or ip.is_reserved or any(ip in net for net in _INNER):
        return "not a public address"
    return ""
