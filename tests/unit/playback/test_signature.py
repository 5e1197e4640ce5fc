"""Links with a signature: the public vectors, what is refused, and characters that wander between members."""

from itertools import product
from urllib.parse import parse_qsl

import pytest

from minivod.playback.signature import GRACE_SECONDS, InvalidLink, Link, check_url, make, signature, signed_by, verify

KEY, DIRECTORY, NOW = "24FEQmTzro4V5u3D5epW", "/dir1/dir2/", 1517400000.0
VECTORS = {
    "t=5a71afc0&us=72d4cd1101&sign=3d8488faeb37d52d6bf63b63c1b171c3": Link("5a71afc0", us="72d4cd1101"),
    "t=5a71afc0&rlimit=3&us=72d4cd1101&sign=c5214f0d5961b13acd558b4957c4dfc5": Link(
        "5a71afc0", rlimit="3", us="72d4cd1101"
    ),
    "t=5a71afc0&exper=300&us=72d4cd1101&sign=547d98c4b91e81b5ea55c95cef63223f": Link(
        "5a71afc0", exper="300", us="72d4cd1101"
    ),
}
"""Published in the reference's documentation (document 266/33986)."""
GOOD = next(iter(VECTORS))


def verified(query: str, *, key: str = KEY, directory: str = DIRECTORY, now: float = NOW) -> Link:
    return verify(key, [directory], parse_qsl(query, keep_blank_values=True), now)


@pytest.mark.parametrize("query", VECTORS)
def test_published_vectors(query: str) -> None:
    assert verified(query) == VECTORS[query]
    name, _, sign = query.rpartition("sign=")
    assert signature(KEY, DIRECTORY, VECTORS[query]) == sign
    assert signed_by(KEY, VECTORS[query], f"http://vod.example{DIRECTORY}myVideo.mp4").endswith(f"?{name}sign={sign}")


def test_the_time_is_hashed_as_it_is_written() -> None:
    """As the public tutorial of the reference has it, in capitals."""
    link = Link("75356B80", us="72d4cd1101")
    url = signed_by("testtest", link, "/1500012416/387702299667618135/a.mp4")
    assert "t=75356B80&" in url and check_url(url, "testtest", NOW) == link
    assert signature("testtest", DIRECTORY, link) != signature("testtest", DIRECTORY, Link("75356b80", us=link.us))


def test_other_names_and_another_order_do_no_harm() -> None:
    assert verified("x=1&" + "&".join(reversed(GOOD.split("&"))) + "&exper=&rlimit=") == VECTORS[GOOD]


@pytest.mark.parametrize(("late", "plays"), [(-1, True), (0, True), (GRACE_SECONDS, True), (GRACE_SECONDS + 1, False)])
def test_it_ends(late: float, plays: bool) -> None:
    if plays:
        verified(GOOD, now=NOW + late)
    else:
        with pytest.raises(InvalidLink, match="t has passed"):
            verified(GOOD, now=NOW + late)


@pytest.mark.parametrize(
    ("query", "member"),
    [
        ("", "t must be"), ("sign=", "t must be"), ("t=5a71afc0", "sign is not"), ("t=5a71afc0&sign=", "sign is not"),
        (GOOD.replace("5a71afc0", "5a71afc1"), "sign is not"), (GOOD.replace("1101", "1102"), "sign is not"),
        (GOOD[:-1], "sign is not"), (GOOD[:-1] + "\xe9", "sign is not"), (GOOD + "0", "sign is not"),
        (GOOD + "&exper=1", "sign is not"), (GOOD + "&rlimit=1", "sign is not"), (GOOD + "&t=5a71afc0", "more than"),
        (GOOD + "&sign=3d8488faeb37d52d6bf63b63c1b171c3", "more than"), (GOOD + "&us=", "more than"),
        (GOOD.replace("5a71afc0", "0x5a71afc0"), "t must be"), (GOOD.replace("5a71afc0", "1517400000"), "t must be"),
        (GOOD.replace("5a71afc0", "５a71afc0"), "t must be"), (GOOD + "&exper=-1", "exper must"),
        (GOOD + "&exper=1.5", "exper must"), (GOOD + "&exper=007", "exper must"), (GOOD + "&rlimit=10", "rlimit must"),
        (GOOD + "&rlimit=x", "rlimit must"), (GOOD + "%00", "sign is not"), (GOOD.replace("us=", "us=%0a"), "us must"),
        (GOOD.replace("us=", f"us={'x' * 128}"), "us must"),
    ],
)  # fmt: skip
def test_what_is_refused(query: str, member: str) -> None:
    with pytest.raises(InvalidLink, match=member):
        verified(query)


@pytest.mark.parametrize("directory", ["/dir1/", "/dir1/dir2", "/dir1/dir2/myVideo.mp4", "/dir1/DIR2/", "/dir1/dir2//"])
def test_another_directory(directory: str) -> None:
    with pytest.raises(InvalidLink, match="sign is not"):
        verified(GOOD, directory=directory)


def test_another_key() -> None:
    for key in ("24FEQmTzro4V5u3D5epw", "", KEY + "/"):
        with pytest.raises(InvalidLink, match="sign is not"):
            verified(GOOD, key=key)


@pytest.mark.parametrize(("exper", "rlimit"), [(300, 3), (300, 0), (0, 3), (30, 9)])
def test_limits_of_our_own_links_cannot_wander_into_another_member(exper: int, rlimit: int) -> None:
    """Each way to cut the same text into members has the same digest; only the true one plays."""
    for us in ("72d4cd1101", "", None):
        link = make(expires=NOW, exper=exper, rlimit=rlimit, us=us)
        text = f"{link.t}{link.exper}{link.rlimit}{link.us}"
        good = []
        for a, b, c in product(range(len(text) + 1), repeat=3):
            if a <= b <= c:
                other = Link(text[:a], text[a:b], text[b:c], text[c:])
                try:
                    query = [(name, getattr(other, name)) for name in ("t", "exper", "rlimit", "us")]
                    good.append(verify(KEY, [DIRECTORY], [*query, ("sign", signature(KEY, DIRECTORY, link))], NOW))
                except InvalidLink:
                    continue
        assert good == [link]


def test_bounds_of_what_is_made() -> None:
    for wrong in ({"expires": 2.0**33}, {"expires": NOW, "rlimit": 10}, {"expires": NOW, "exper": 10**7},
                  {"expires": NOW, "us": "a\nb"}):  # fmt: skip
        with pytest.raises(InvalidLink):
            make(**wrong)
    assert len({make(expires=NOW).us for _ in range(10)}) == 10


def test_a_signature_takes_the_place_of_another_one() -> None:
    url = f"https://vod.example{DIRECTORY}a.mp4?x=1&{GOOD}#t=5"
    new = signed_by("another-key", make(expires=NOW, us="u"), url)
    assert new.startswith(f"https://vod.example{DIRECTORY}a.mp4?x=1&t=5a71afc0&us=u&sign=") and new.endswith("#t=5")
    assert check_url(new, "another-key", NOW).us == "u"


@pytest.mark.parametrize("old", ["%74=5a71afc0", "si%67n=x", "%65xper=9", "t", "u%73"])
def test_also_of_one_whose_names_are_encoded(old: str) -> None:
    """Servers read names decoded; one that stayed would be there twice, and the new link would not play."""
    new = signed_by(KEY, make(expires=NOW, us="u"), f"https://vod.example{DIRECTORY}a.mp4?%78=1&{old}")
    assert new.partition("?")[2].startswith("%78=1&t=5a71afc0&us=u&sign=")
    assert check_url(new, KEY, NOW).us == "u"
