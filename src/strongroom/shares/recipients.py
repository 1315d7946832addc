"""Who may open a share link: e-mail addresses and whole mail domains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from strongroom.errors import InputError
from strongroom.limits import EMAIL_CHARACTERS_MAX
from strongroom.shares.policy import Policy, RecipientDict

# As many as fit a page that somebody reads before sending; beyond it a domain is meant.
RECIPIENTS_MAX: Final = 100
# RFC 1035 section 2.3.4: labels of at most 63 octets, names of at most 253.
_DOMAIN_CHARACTERS_MAX: Final = 253
_LABEL: Final = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_LOCAL: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]+")


def parse_recipients(policy: Policy, texts: Sequence[str]) -> list[RecipientDict]:
    """Return recipients as the SDK writes them: a tag, and an address or a domain.

    Raises:
        InputError: Too many, neither an address nor a domain, or of a kind that
            the policy does not allow. All that are wrong are named.
    """
    if len(texts) > RECIPIENTS_MAX:
        message = f"a link has at most {RECIPIENTS_MAX} recipients"
        raise InputError(message, hint="name the domain of their addresses instead")
    found = [_parse(text) for text in texts]
    wrong = [text for text, row in zip(texts, found, strict=True) if row is None]
    if wrong:
        message = f"neither an e-mail address nor a domain: {', '.join(map(repr, wrong))}"
        raise InputError(message)
    rows = [row for row in found if row is not None]
    refused = {row["type"] for row in rows} - set(policy["allowedRecipientTypes"])
    if refused:
        message = f"the account allows no recipients by {', '.join(sorted(refused)).lower()}"
        raise InputError(message)
    return rows


def _parse(text: str) -> RecipientDict | None:
    local, at, domain = text.strip(" ").rpartition("@")
    host = domain.lower()
    if len(host) > _DOMAIN_CHARACTERS_MAX or _DOMAIN.fullmatch(host) is None:
        return None
    if not at:
        return {"type": "Domain", "parameters": {"domain": host}}
    address = f"{local}@{host}"
    if _LOCAL.fullmatch(local) is None or len(address) > EMAIL_CHARACTERS_MAX:
        return None
    return {"type": "Email", "parameters": {"email": address}}
