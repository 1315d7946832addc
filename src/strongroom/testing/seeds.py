"""What is in a throw-away account from the start: vaults, items and their fields.

    {"vault title": {"item title": {"username": "ana", "password": "s3cret",
                                    "otp": "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
                                    "server": {"host": "db.example.org"}}}}

A field is text; a nested table is a section. `username` is a text field,
`notes` are the item's notes, a value that begins with `otpauth:` is a one-time
password, anything else is concealed. A table with the key `category` is an item
as `items.create` takes it, with the SDK's own camelCase keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from strongroom.errors import InputError, LocalFileError
from strongroom.items.models import NOTES_ID

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict, SectionDict

# The seed of one account: items by vault and title.
Seed = Mapping[str, Mapping[str, Mapping[str, Any]]]

# The names under which a table holds an item's notes.
_NOTES: Final = ("notes", NOTES_ID)
_TEXT_FIELDS: Final = frozenset({"username"})
# How the library for TOML says where a fault is.
_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
# A seed is written by hand; a larger file is a mistake.
SEED_BYTES_MAX: Final = 8 * 1024 * 1024


def load_seed(path: Path) -> Seed:
    """Read a seed from a TOML or YAML file; a name without an ending, as a pipe has, is TOML.

    Raises:
        InputError: Not such a file, too large, or without the form of a seed.
        LocalFileError: It cannot be read.
    """
    try:
        # Not by its size: a pipe has none.
        with path.open("rb") as file:
            raw = file.read(SEED_BYTES_MAX + 1)
    except OSError:
        message = f"the seed {path} cannot be read"
        raise LocalFileError(message, hint="check its name and permissions") from None
    if len(raw) > SEED_BYTES_MAX:
        message = f"the seed {path} has more than {SEED_BYTES_MAX} bytes"
        raise InputError(message)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        message = f"the seed {path} is not UTF-8"
        raise InputError(message) from None
    if path.suffix in (".toml", ""):
        return check_seed(_read_toml(text, path))
    if path.suffix in (".yaml", ".yml"):
        return check_seed(_read_yaml(text, path))
    message = f"the seed {path} is neither a .toml nor a .yaml file"
    raise InputError(message)


def check_seed(seed: object) -> Seed:
    """Return a seed that has the form of one.

    Raises:
        InputError: It names the vault or item where it has another form; never a value.
    """
    if not isinstance(seed, Mapping):
        message = "a seed must be a table of vaults by title"
        raise InputError(message)
    for vault, items in seed.items():
        if not isinstance(items, Mapping):
            message = f"vault {vault!r} of the seed must be a table of items by title"
            raise InputError(message)
        for title, fields in items.items():
            if not isinstance(fields, Mapping):
                message = f"item {title!r} of the seed must be a table of fields by name"
                raise InputError(message)
    return seed


def make_item(title: str, fields: Mapping[str, Any]) -> ItemDict:
    """Return the item that a table of the seed describes.

    Raises:
        InputError: A field is neither text nor a section of texts.
    """
    if "category" in fields:
        return cast("ItemDict", {"title": title, **fields})
    if all(name in fields for name in _NOTES):
        message = f"item {title!r} of the seed has its notes twice: {' and '.join(_NOTES)}"
        raise InputError(message)
    notes = next((fields[name] for name in _NOTES if name in fields), "")
    if not isinstance(notes, str):
        message = f"the notes of item {title!r} of the seed are not text"
        raise InputError(message)
    rows: list[FieldDict] = []
    sections: list[SectionDict] = []
    for name, value in fields.items():
        if isinstance(value, Mapping):
            sections.append({"id": name, "title": name})
            rows += [
                _field(title, name=key, value=text, section=name) for key, text in value.items()
            ]
        elif name not in _NOTES:
            rows.append(_field(title, name=name, value=value))
    return {
        "title": title,
        "category": "Login",
        "fields": rows,
        "sections": sections,
        "notes": notes,
    }


def items_of(seed: Seed) -> Iterator[tuple[str, list[ItemDict]]]:
    """Return the items of a seed by the title of their vault."""
    for vault, items in seed.items():
        yield vault, [make_item(title, fields) for title, fields in items.items()]


def _field(title: str, *, name: str, value: object, section: str = "") -> FieldDict:
    if not isinstance(value, str):
        message = f"field {name!r} of item {title!r} of the seed is not text"
        raise InputError(message)
    kind = "Text" if name in _TEXT_FIELDS else "Concealed"
    kind = "Totp" if value.lower().startswith("otpauth:") else kind
    identifier = f"{section}.{name}" if section else name
    field: FieldDict = {"id": identifier, "title": name, "value": value, "fieldType": kind}
    if section:
        field["sectionId"] = section
    return field


def _read_toml(text: str, path: Path) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f": line {place[1]}, column {place[2]}" if place else ": it ends too early"
        message = f"the seed {path} is not TOML{where}"
    except ValueError:
        message = f"the seed {path} has a number that is too long"
    except RecursionError:
        message = f"the seed {path} is nested too deep"
    raise InputError(message)  # without its cause, which would quote the file


def _read_yaml(text: str, path: Path) -> object:
    try:
        yaml = import_module("yaml")
    except ImportError:
        message = f"reading the seed {path} needs a YAML library"
        raise InputError(message, hint="install PyYAML, or write the seed as TOML") from None
    try:
        loaded: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        message = f"the seed {path} is not YAML{where}"
    except RecursionError:
        message = f"the seed {path} is nested too deep"
    except (ValueError, AttributeError, LookupError):
        # What the library lets through of a date or number that is none.
        message = f"the seed {path} has a date or number that is none: put texts in quotes"
    else:
        return loaded
    raise InputError(message)  # without its cause, which would quote the file
