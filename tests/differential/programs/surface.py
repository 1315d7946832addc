"""Prints all that a program can see of the installed package, as one tree of texts.

What a module imports from elsewhere (`json`, `List`) is not its surface. Annotations are told
by what they mean: `List[str]` is `list[str]`, `Optional[str]` is `str | None`, and classes of
the package go by their names, wherever they are defined. A class or function that two modules
hold is told once; the second place says where.
"""

import enum
import functools
import importlib
import inspect
import json
import pkgutil
import sys
import types
import typing

import pydantic

import onepassword

PACKAGE = "onepassword"
# The native library and the SDK's own tests, which no program imports.
LEFT_OUT = ("onepassword.lib", "onepassword.test_client")
# What two loops of the SDK's module leave behind.
LEFT_OVERS = {"name", "obj"}
# Where a thing was told first, by its identity.
TOLD = {}


def show_type(kind):
    if kind is None or kind is type(None):
        return "None"
    if isinstance(kind, str):
        return kind
    if isinstance(kind, list):
        return f"[{', '.join(map(show_type, kind))}]"
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return f"Annotated[{show_type(arguments[0])}]"
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(str, arguments))}]"
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(sorted(map(show_type, arguments)))
    if origin is not None:
        return f"{show_type(origin)}[{', '.join(map(show_type, arguments))}]"
    name = getattr(kind, "__name__", None) or repr(kind)
    if isinstance(kind, type) and not kind.__module__.startswith(("builtins", PACKAGE)):
        return f"{kind.__module__}.{name}"
    return name


def hints_of(thing):
    try:
        return typing.get_type_hints(thing, include_extras=True)
    except NameError as error:
        return {"cannot be read": str(error)}


def show_function(function):
    hints = hints_of(function)
    signature = inspect.signature(function)
    return {
        "kind": "async" if inspect.iscoroutinefunction(function) else "plain",
        "order": list(signature.parameters),
        "parameters": {
            one.name: [one.kind.name, show_default(one), show_type(hints.get(one.name, "nothing"))]
            for one in signature.parameters.values()
        },
        "returns": show_type(hints.get("return", "nothing")),
        "hints": hints.get("cannot be read", "read"),
    }


def show_default(parameter):
    return "required" if parameter.default is parameter.empty else repr(parameter.default)


def bases_of(kind):
    """Return the classes from elsewhere that a class is made of, in order."""
    outside = [base for base in kind.__mro__[1:] if not base.__module__.startswith(PACKAGE)]
    return [f"{base.__module__}.{base.__name__}" for base in outside]


def bare(schema):
    """Return a JSON schema without texts for people, and without what is told of other classes."""
    if isinstance(schema, dict):
        texts = {key for key in ("description", "title") if isinstance(schema.get(key), str)}
        return {key: bare(part) for key, part in schema.items() if key not in {*texts, "$defs"}}
    return list(map(bare, schema)) if isinstance(schema, list) else schema


def show_model(kind):
    kind.model_rebuild(force=True)
    hints = hints_of(kind)
    fields = {
        name: {
            "alias": field.alias or name,
            "written as": field.serialization_alias or name,
            "type": show_type(hints[name]),
            "required": field.is_required(),
            "default": repr(None if field.is_required() else field.default),
        }
        for name, field in kind.model_fields.items()
    }
    differing = any(name != row["alias"] for name, row in fields.items())
    return {
        "fields": fields,
        "order": list(fields),
        "more keywords": kind.model_config.get("extra") or "ignore",
        # Means something only where a key differs from its name.
        "both spellings": differing and bool(kind.model_config.get("populate_by_name")),
        "arguments": [
            [one.name, one.kind.name, show_default(one)]
            for one in inspect.signature(kind).parameters.values()
        ],
        "schemas": {
            mode: bare(kind.model_json_schema(mode=mode))
            for mode in ("validation", "serialization")
        },
        "parameters": [str(one) for one in kind.__pydantic_generic_metadata__["parameters"]],
    }


def show_enum(kind):
    return {
        one.name: {
            "value": one.value,
            "repr": repr(one),
            "text": f"{one} {one!s}",
            "equals its value": one == one.value,
        }
        for one in kind
    }


def show_member(kind, name):
    value = getattr(kind, name)
    raw = inspect.getattr_static(kind, name)
    if isinstance(raw, (property, functools.cached_property)):
        getter = raw.fget if isinstance(raw, property) else raw.func
        # Read as text: what is imported at first use is not there yet.
        return {"attribute": show_type(getter.__annotations__["return"])}
    bound = {staticmethod: "static", classmethod: "class"}.get(type(raw), "instance")
    return {"bound": bound, **show_function(value)} if callable(value) else {"value": repr(value)}


def is_own(kind, name):
    """Tell whether the package itself gave a class this public name."""
    if name.startswith("_"):
        return False
    holder = next(base for base in kind.__mro__ if name in vars(base))
    return holder.__module__ != "builtins"


def show_class(kind):
    if issubclass(kind, enum.Enum):
        return {"bases": bases_of(kind), "order": list(map(str, kind)), **show_enum(kind)}
    if issubclass(kind, pydantic.BaseModel):
        return {"bases": bases_of(kind), "model": show_model(kind)}
    members = {name: show_member(kind, name) for name in dir(kind) if is_own(kind, name)}
    members |= {
        name: {"attribute": show_type(hint)}
        for name, hint in hints_of(kind).items()
        if not name.startswith("_") and name not in members
    }
    made = show_function(kind.__init__) if inspect.isfunction(kind.__init__) else {}
    made.pop("returns", None)  # a constructor returns nothing, whether it says so or not
    return {"bases": bases_of(kind), "made with": made, **members}


def show(value, place):
    first = TOLD.setdefault(id(value), place) if hasattr(value, "__module__") else place
    if first != place:
        return {"the same as": first}
    if inspect.isclass(value) and value.__module__ != "builtins":
        return show_class(value)
    if inspect.isfunction(value):
        return show_function(value)
    return {"value": value} if isinstance(value, str | int) else {"stands for": show_type(value)}


def is_surface(module, name):
    """Tell whether a public name of a module is there for programs."""
    value = getattr(module, name)
    if name.startswith("_") or name in LEFT_OVERS or inspect.ismodule(value):
        return False
    if name in getattr(module, "__all__", ()):
        return True
    if isinstance(value, str | int):
        return not hasattr(module, "__all__")
    if typing.get_origin(value) in {typing.Union, types.UnionType}:
        return True
    home = getattr(value, "__module__", None) or ""
    if not home.startswith(PACKAGE) or isinstance(value, typing.TypeVar):
        return value is str and name != "str"  # another name for text
    is_private = any(part.startswith("_") for part in home.split("."))
    is_listed = name in getattr(sys.modules[home], "__all__", [name])
    return getattr(onepassword, name, None) is value or (is_listed and not is_private)


def show_module(module):
    names = [name for name in dir(module) if is_surface(module, name)]
    return {name: show(getattr(module, name), f"{module.__name__}.{name}") for name in names}


def public_modules():
    found = pkgutil.walk_packages(onepassword.__path__, f"{PACKAGE}.")
    names = sorted(row.name for row in found if not row.name.startswith(LEFT_OUT))
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


def is_reached(name):
    """Tell whether `import onepassword` is enough for a submodule; asked before it is imported."""
    return inspect.ismodule(getattr(onepassword, name.partition(".")[2], None))


def main():
    reached = {name: is_reached(name) for name in public_modules()}
    star = {}
    exec("from onepassword import *", star)
    return {
        "star import": {name: "there" for name in star if name != "__builtins__"},
        "listed": dict.fromkeys(onepassword.__all__, "there"),
        "reached": reached,
        "modules": {
            name: show_module(importlib.import_module(name)) for name in [PACKAGE, *reached]
        },
    }


sys.stdin.read()
print(json.dumps(main()))
