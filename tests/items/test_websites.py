"""Which domain a website has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.items.websites import has_domain, parse_domain

DOMAINS = {
    "plain": ("example.org", "example.org"),
    "capitals": ("DB.Example.ORG", "db.example.org"),
    "www": ("www.example.org", "example.org"),
    "end of all names": ("example.org.", "example.org"),
    "no dot": ("localhost", None),
    "blank": ("my item.x", None),
    "empty part": ("a..b", None),
    "nothing": ("", None),
    "address": ("https://example.org", None),
}


@pytest.mark.parametrize(("text", "domain"), DOMAINS.values(), ids=DOMAINS)
def test_domains(text, domain):
    """A domain has one spelling; a title with blanks or without a dot is none."""
    assert parse_domain(text) == domain


URLS = {
    "https": ("https://example.org/login?x=a.b", True),
    "no scheme": ("example.org", True),
    "port": ("example.org:8443/x", True),
    "user": ("https://ana@example.org", True),
    "user with a password": ("https://ana:pw@example.org/", True),
    "capitals and www": ("HTTPS://WWW.EXAMPLE.ORG", True),
    "a domain below": ("https://db.example.org", False),
    "another": ("https://example.org.evil.net", False),
    "in the path": ("https://evil.net/example.org", False),
    "in the user": ("https://example.org@evil.net", False),
    "in the query": ("https://evil.net?https://example.org", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("url", "expected"), URLS.values(), ids=URLS)
def test_hosts(url, expected):
    """Only the host counts: not the path, the user or a domain below it."""
    assert has_domain({"websites": [{"url": url}]}, "example.org") is expected


@given(st.text(), st.text("ab.:/@?#w-", max_size=40))
def test_any_text(url, text):
    """Any text is read without an error, and an item without websites has no domain."""
    for one in (url, text, f"https://{text}"):
        has_domain({"websites": [{"url": one}]}, "a.b")
        parse_domain(one)
    assert not has_domain({}, "a.b")


def test_long_addresses():
    """An address of a million characters is read in one walk."""
    for part in ("a", "@", "a@", "a.", "://"):
        has_domain({"websites": [{"url": part * 500_000}]}, "a.b")
