"""The password generator: recipes in, passwords out."""

from __future__ import annotations

from strongroom.passwords.generator import make_password
from strongroom.passwords.recipes import Memorable, Pin, Random, Recipe

__all__ = ["Memorable", "Pin", "Random", "Recipe", "make_password"]
