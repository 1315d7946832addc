"""The icons that a vault may have; programs with a window draw them."""

from __future__ import annotations

from typing import Final

from strongroom.errors import InputError

ICONS: Final = (
    "airplane",
    "application",
    "art-supplies",
    "bankers-box",
    "brown-briefcase",
    "brown-gate",
    "buildings",
    "cabin",
    "castle",
    "circle-of-dots",
    "coffee",
    "color-wheel",
    "curtained-window",
    "document",
    "doughnut",
    "fence",
    "galaxy",
    "gears",
    "globe",
    "green-backpack",
    "green-gem",
    "handshake",
    "heart-with-monitor",
    "house",
    "id-card",
    "jet",
    "large-ship",
    "luggage",
    "plant",
    "porthole",
    "puzzle",
    "rainbow",
    "record",
    "round-door",
    "sandals",
    "scales",
    "screwdriver",
    "shop",
    "tall-window",
    "treasure-chest",
    "vault-door",
    "vehicle",
    "wallet",
    "wrench",
)


def check_icon(icon: str) -> None:
    """Refuse what is no icon of a vault.

    Raises:
        InputError: It is none.
    """
    if icon not in ICONS:
        message = "a vault has no such icon"
        raise InputError(message, hint=f"the icons are: {', '.join(ICONS)}")
