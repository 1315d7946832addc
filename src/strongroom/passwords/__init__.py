"""The password generator: recipes in, passwords out."""

from __future__ import annotations

from strongroom.passwords.generator import make_password
from strongroom.passwords.recipes import MemorableRecipe, PinRecipe, RandomRecipe, Recipe

__all__ = ["MemorableRecipe", "PinRecipe", "RandomRecipe", "Recipe", "make_password"]
