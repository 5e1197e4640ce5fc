"""Which URLs and addresses the server calls: a table of spellings (field.md §4, T11)."""

import ipaddress

import pytest

from minivod.destinations import LONGEST_URL, BadUrl, Destinations, is_public, read_url
from minivod.settings import Settings, SettingsError

DESTINATIONS = Destinations(Settings())

READ = {
    "http://example.com/a.mp4": "http://example.com/a.mp4",
    "HTTPS://EXAMPLE.com/A.mp4": "https://example.com/A.mp4",
    "http://example.com": "http://example.com/",
    "http://example.com?x=1": "http://example.com/?x=1",
    "http://example.com:80/a": "http://example.com/a",
    "http://example.com:/a": "http://example.com/a",
    "https://example.com:8443/a": "https://example.com:8443/a",
    "http://example.com./a": "http://example.com/a",
    "http://example.com/a#t=10": "http://example.com/a",
    "http://example.com/a b.mp4": "http://example.com/a%20b.mp4",
    "http://example.com/视频.mp4": "http://example.com/%E8%A7%86%E9%A2%91.mp4",
    "http://example.com/%7Ea?sign=a%2Fb%3D&x=a/b=~": "http://example.com/%7Ea?sign=a%2Fb%3D&x=a/b=~",
    "http://例え.jp/a": "http://xn--r8jz45g.jp/a",
    "http://ＥＸＡＭＰＬＥ.com/a": "http://example.com/a",
    "http://example。com/a": "http://example.com/a",
    "http://my_bucket.s3.example.com/a": "http://my_bucket.s3.example.com/a",
    "http://8.8.8.8/a": "http://8.8.8.8/a",
    "http://8.8.8.8./a": "http://8.8.8.8/a",
    "http://[2606:4700:0:0::1111]/a": "http://[2606:4700::1111]/a",
    "http://[::ffff:8.8.8.8]/a": "http://[::ffff:808:808]/a",
    "http://[64:ff9b::8.8.8.8]/a": "http://[64:ff9b::808:808]/a",
}

REFUSED = {
    # schemes
    "ftp://example.com/a": "scheme ftp",
    "file:///etc/passwd": "scheme file",
    "gopher://example.com/_x": "scheme gopher",
    "javascript://example.com/%0aalert(1)": "scheme javascript",
    "concat:http://example.com/a": "not an absolute URL",
    "data:video/mp4,AAAA": "not an absolute URL",
    "//example.com/a": "not an absolute URL",
    "/a.mp4": "not an absolute URL",
    "http:/example.com/a": "not an absolute URL",
    "http:example.com/a": "not an absolute URL",
    " http://example.com/a": "not an absolute URL",
    "": "not an absolute URL",
    # users, and characters that readers of URLs disagree on
    "http://user:pass@example.com/": "user or a password",
    "http://8.8.8.8@127.0.0.1/": "user or a password",
    "http://@127.0.0.1/": "user or a password",
    "http://example.com\\@127.0.0.1/": "backslash",
    "http://example.com\t.evil/": "control characters",
    "http://example.com/\r\nHost: 127.0.0.1": "control characters",
    "http://example.com/\x00": "control characters",
    "http://example.com/\u2028": "control characters",
    "http://example.com/\ud800": "not Unicode",
    "http://exa mple.com/": "no host name",
    "http://example.com:80:80/": "cannot be read",
    "http://example.com:0x50/": "cannot be read",
    "http://example.com:８０/": "cannot be read",
    "http://[::1": "cannot be read",
    "http://::1/": "cannot be read",
    "http://%31%32%37.0.0.1/": "four decimal numbers",
    "http://127.0.0.1%2f@example.com/": "user or a password",
    "http://example..com/": "no host name",
    "http://-example.com/": "no host name",
    "http:///a": "no host",
    "http://:80/a": "no host",
    "http://./": "no host name",
    f"http://{'a.' * 130}com/": "no host name",
    f"http://{'a' * 64}.com/": "no host name",
    # other ways to write an IPv4 address
    "http://2130706433/": "four decimal numbers",
    "http://0x7f000001/": "four decimal numbers",
    "http://0X7F.1/": "four decimal numbers",
    "http://0177.0.0.1/": "four decimal numbers",
    "http://127.1/": "four decimal numbers",
    "http://127.0.0.01/": "four decimal numbers",
    "http://017700000001/": "four decimal numbers",
    "http://127.0.0.256/": "four decimal numbers",
    "http://1.2.3.4.5/": "four decimal numbers",
    "http://example.0x/": "four decimal numbers",
    "http://127.0.0.1../": "no host name",
    # addresses that are not public, also by letters that stand for digits
    "http://127.0.0.1/": "not public",
    "http://127.0.0.1./": "not public",
    "http://１２７.０.０.１/": "not public",
    "http://①②⑦.⓪.⓪.①/": "not public",
    "http://127。0。0。1/": "not public",
    "http://0.0.0.0/": "not public",
    "http://0.1.2.3/": "not public",
    "http://10.0.0.1/": "not public",
    "http://100.64.0.1/": "not public",
    "http://100.100.100.200/": "not public",
    "http://168.63.129.16/": "not public",
    "http://169.254.169.254/latest/meta-data/": "not public",
    "http://169.254.0.23/": "not public",
    "http://172.16.0.1/": "not public",
    "http://172.31.255.255/": "not public",
    "http://192.0.0.192/": "not public",
    "http://192.168.1.1/": "not public",
    "http://198.18.0.1/": "not public",
    "http://224.0.0.1/": "not public",
    "http://239.255.255.250/": "not public",
    "http://240.0.0.1/": "not public",
    "http://255.255.255.255/": "not public",
    "http://[::]/": "not public",
    "http://[::1]/": "not public",
    "http://[0:0:0:0:0:0:0:1]/": "not public",
    "http://[::127.0.0.1]/": "not public",
    "http://[::ffff:127.0.0.1]/": "not public",
    "http://[::ffff:7f00:1]/": "not public",
    "http://[::ffff:0:127.0.0.1]/": "not public",
    "http://[64:ff9b::127.0.0.1]/": "not public",
    "http://[64:ff9b:1::a00:1]/": "not public",
    "http://[2002:7f00:1::]/": "not public",
    "http://[2001:0:7f00:1::]/": "not public",
    "http://[2001:db8::1]/": "not public",
    "http://[3fff::1]/": "not public",
    "http://[fc00::1]/": "not public",
    "http://[fd00:ec2::254]/": "not public",
    "http://[fe80::1]/": "not public",
    "http://[fec0::1]/": "not public",
    "http://[ff02::1]/": "not public",
    "http://[fe80::1%25eth0]/": "zone",
    "http://[fe80::1%eth0]/": "zone",
    "http://[127.0.0.1]/": "no IPv6 address",
    "http://[v1.fe80]/": "no IPv6 address",
    # ports
    "http://example.com:22/": "port 22",
    "http://example.com:25/": "port 25",
    "http://example.com:6379/": "port 6379",
    "http://example.com:0/": "port 0",
    "http://example.com:65536/": "port 65536",
}


@pytest.mark.parametrize(("text", "url"), READ.items())
def test_a_url_that_is_called(text: str, url: str) -> None:
    assert DESTINATIONS.read(text).url == url


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_a_url_that_is_not_called(text: str, reason: str) -> None:
    with pytest.raises(BadUrl, match=reason):
        DESTINATIONS.read(text)


def test_a_url_is_not_endless() -> None:
    with pytest.raises(BadUrl, match="longer"):
        read_url("http://example.com/" + "a" * LONGEST_URL)


def test_what_is_shown_has_no_query() -> None:
    assert read_url("https://example.com:8443/a.mp4?token=hunter2").shown == "https://example.com:8443/a.mp4"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("b.ts", "https://example.com/x/b.ts"),
        ("/b.ts?y=2", "https://example.com/b.ts?y=2"),
        ("../../../b.ts", "https://example.com/b.ts"),
        ("//other.example/b", "https://other.example/b"),
        ("http://other.example/b", "http://other.example/b"),
    ],
)
def test_references_are_joined(reference: str, url: str) -> None:
    assert read_url("https://example.com/x/a.m3u8?t=1").join(reference) == url


@pytest.mark.parametrize("reference", ["http://127.\n0.0.1/", "http://[::1", "//]/", "http://[v1.x]/", "http://a[b]/"])
def test_a_reference_that_cannot_be_read(reference: str) -> None:
    """One with characters that joining would drop, and those that urllib stumbles over."""
    base = read_url("https://example.com/")
    with pytest.raises(BadUrl):
        read_url(base.join(reference))


def test_networks_of_the_operator_are_called() -> None:
    allowing = Destinations(Settings(egress_networks=["10.1.0.0/16", "fd00::/8"], egress_ports=["80", "9000-9010"]))
    assert allowing.read("http://10.1.2.3:9005/").port == 9005
    assert allowing.read("http://[::ffff:10.1.2.3]/") and allowing.read("http://[fd00::1]/")
    for refused in ("http://10.2.0.1/", "http://127.0.0.1/", "http://10.1.2.3:9011/", "http://10.1.2.3:443/"):
        with pytest.raises(BadUrl):
            allowing.read(refused)


def test_what_is_no_host_is_never_called() -> None:
    everything = Destinations(Settings(egress_networks=["0.0.0.0/0", "::/0"]))
    assert everything.permits(ipaddress.ip_address("127.0.0.1"))
    for address in ("0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1", "::ffff:0.0.0.0"):
        assert not everything.permits(ipaddress.ip_address(address))


def test_what_python_calls_private_is_not_public() -> None:
    """Two tables that were made apart: ours has more, and lacks nothing of the other."""
    firsts = [ipaddress.IPv4Address(number << 16 | 1) for number in range(1 << 16)]
    assert not [address for address in firsts if is_public(address) and not address.is_global]


@pytest.mark.parametrize("network", ["10.0.0.0/33", "10.0.0.1/8", "localhost", ""])
def test_a_wrong_network_stops_the_start(network: str) -> None:
    with pytest.raises(SettingsError, match="egress_networks"):
        Destinations(Settings(egress_networks=[network]))


@pytest.mark.parametrize("port", ["0", "http", "80-", "-80", "70000", "80-443-1", "443-80", "²", "9" * 5000, ""])
def test_a_wrong_port_stops_the_start(port: str) -> None:
    with pytest.raises(SettingsError, match="egress_ports"):
        Destinations(Settings(egress_ports=[port]))
