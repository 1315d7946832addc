"""Which item a domain means: one of whose websites has it as its host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict

_DOMAIN: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){1,32}")
# The host of an address, which may have no scheme: behind a user, before a port.
_HOST: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*+://)?+(?:[^/?#@]*@)?([^/?#:@\s]+)")
_COMMON: Final = "www."


def parse_domain(text: str) -> str | None:
    """Return a domain in its one spelling, without `www.`; nothing for a text that is none."""
    folded = text.strip().lower().rstrip(".")
    if _DOMAIN.fullmatch(folded) is None:
        return None
    return folded.removeprefix(_COMMON)


def has_domain(item: ItemDict, domain: str) -> bool:
    """Return whether a website of an item has a domain as its host.

    Args:
        domain: As `parse_domain` returned it.
    """
    return any(_host(site.get("url") or "") == domain for site in item.get("websites") or ())


def _host(url: str) -> str | None:
    found = _HOST.match(url.strip().lower())
    return None if found is None else parse_domain(found[1])
