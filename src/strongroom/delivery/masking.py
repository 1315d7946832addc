"""Concealing secrets in a stream of bytes, however it is cut into writes. No input, no output.

- Every occurrence of a secret is concealed whole. Occurrences that share a byte (two secrets
  that overlap, one within another) are one stretch, and a stretch becomes one mask.
- Everything else leaves as it came, byte for byte.
- What may be the beginning of a secret is held back, and nothing else: at most one byte less
  than the longest secret. `flush` gives it up; then it was none.

Secrets are looked for with `bytes.find`, one after the other, because that is faster than a
regular expression from two secrets on (`script/bench` has the row).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from strongroom.secret import veil

MASK: Final = b"<concealed by 1Password>"
# So few bytes tell nearly always that something is not the beginning of a secret.
_LOOK: Final = 16


def spellings(value: str) -> set[bytes]:
    r"""Return the byte strings that stand for a secret in a program's output.

    White space at its ends is no part of them: programs cut off the line end that a file has, and
    the line end that a program adds is none of the secret's. A line end within is `\n` or `\r\n`:
    a terminal makes the second out of the first. A value of white space alone has no spelling,
    since it conceals nothing, and every blank of the output would be replaced.
    """
    core = value.strip()
    unix = core.replace("\r\n", "\n")
    texts = {core, unix, unix.replace("\n", "\r\n"), core.replace("\n", "\r\n")}
    return {text.encode("utf-8", "surrogateescape") for text in texts if text}


class Masker:
    """One stream on its way."""

    __rich_repr__ = veil

    def __init__(self, secrets: Iterable[bytes]) -> None:
        """Begin a stream.

        Args:
            secrets: What is concealed; none of them is empty.
        """
        # Of two that begin alike the longer one is held back for; order changes nothing else.
        self._secrets = sorted(set(secrets), key=len, reverse=True)
        assert all(self._secrets), "an empty secret is everywhere"
        self._held = b""
        # So many of the held bytes belong to a stretch whose mask has left already.
        self._covered = 0

    def __repr__(self) -> str:
        return f"Masker(secrets={len(self._secrets)})"

    @property
    def holds(self) -> bool:
        """Whether something is held back."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """Take what comes next; return what can leave."""
        text = self._held + data if self._held else data
        return self._release(text, len(text) - self._pending(text))

    def flush(self) -> bytes:
        """Return what is held back: no more of it comes, or not soon."""
        return self._release(self._held, len(self._held))

    def _release(self, text: bytes, end: int) -> bytes:
        """Return the masked text up to a position, and hold what stands behind it."""
        stretches = self._stretches(text)
        covered, self._covered = self._covered, 0
        self._held = text[end:]
        if not stretches and not covered:
            return text if end == len(text) else text[:end]
        parts: list[bytes] = []
        position = covered
        for start, stop in stretches:
            if start >= end and start >= position:
                break
            if start >= position:
                parts += (text[position:start], MASK)
            position = max(position, stop)
        parts.append(text[position:end])
        self._covered = max(0, position - end)
        return b"".join(parts)

    def _stretches(self, text: bytes) -> list[tuple[int, int]]:
        """Return where secrets stand, in the order of their beginnings; they may overlap."""
        found: list[tuple[int, int]] = []
        for secret in self._secrets:
            start = text.find(secret)
            while start >= 0:
                found.append((start, start + len(secret)))
                start = text.find(secret, start + 1)
        return sorted(found)

    def _pending(self, text: bytes) -> int:
        """Return how many bytes at the end may be the beginning of a secret."""
        longest = 0
        for secret in self._secrets:
            if len(secret) - 1 <= longest:
                break
            start = max(0, len(text) - len(secret) + 1)
            tail = text[start:]
            at = tail.find(secret[:1])
            while 0 <= at < len(tail) - longest:
                # The short look first: nearly all of them end there.
                if secret.startswith(tail[at : at + _LOOK]) and secret.startswith(tail[at:]):
                    longest = len(tail) - at
                    break
                at = tail.find(secret[:1], at + 1)
        return longest
