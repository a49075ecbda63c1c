"""Events go to public addresses over HTTPS; nobody has our worker look around in our network."""

from __future__ import annotations

import pytest

from adapters.webhooks.addresses import check_url, refused
from domain.errors import BadInput

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "224.0.0.1", "ff02::1", "240.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:a00:1::1",
    # A cloud's metadata, another cloud's host, a relay to anywhere, and what old networks call their own.
    "192.0.0.192", "::ffff:192.0.0.192", "168.63.129.16", "192.88.99.1", "fec0::1", "3fff::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert refused(address, near=False)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_what_is_public_is_not(address: str) -> None:
    assert refused(address, near=False) == ""
    assert refused(address, near=True), "a stack tells nobody outside"


def test_a_stack_tells_its_own_machine_and_no_other_of_its_network() -> None:
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert refused(address, near=True) == ""
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "0.0.0.0"):
        assert refused(address, near=True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://shop.example/hooks", "https://"),
        ("ftp://shop.example/hooks", "https://"),
        ("shop.example", "https://"),
        ("https://", "no host"),
        ("https:///hooks", "no host"),
        ("https://user:secret@shop.example/", "user name"),
        ("https://shop.example@169.254.169.254/", "user name"),
        ("https://shop.example/#part", "fragment"),
        ("https://shop.example:0/", "no host"),
        ("https://shop.example:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://127.0.0.1/", "this machine"),
        ("https://[::ffff:10.0.0.1]/", "not a public"),
        ("https://169.254.169.254/latest/meta-data", "not a public"),
        ("https://shop.example/ü", "ASCII"),
        ("https://shop.example/a b", "no spaces"),
        ("https://shop.example/" + "a" * 500, "500"),
    ],
)
def test_a_url_that_will_not_do_says_why(url: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        check_url(url, near=False)
    assert caught.value.field == "url"


def test_a_url_that_will_do_is_taken_as_it_is() -> None:
    url = "https://hooks.shop.example:8443/returns?tenant=7"
    assert check_url(url, near=False) == url
    assert check_url("http://127.0.0.1:8080/", near=True) == "http://127.0.0.1:8080/"
