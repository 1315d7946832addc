"""How commands are declared: global flags everywhere, optional values only with `=`.

`op` takes its global flags before the noun, between noun and verb and after
the verb, boolean flags as `--flag` or `--flag=false`, and optional values only
as `--flag=value`. Click knows none of the three; `Command` and `Noun` add them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click

from strongroom.cli.program.invocation import Invocation
from strongroom.loading import load_msgspec

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

pass_invocation = click.make_pass_decorator(Invocation)

_ALIASES: Final = {"ls": "list", "rm": "delete", "remove": "delete"}
_NOUN_ALIASES: Final = {
    "items": "item",
    "vaults": "vault",
    "accounts": "account",
    "users": "user",
    "groups": "group",
    "documents": "document",
}
# What `op` 2.x has and we have not; docs/reference/cli.md lists it as not offered yet.
_NOT_OFFERED: Final = frozenset({"connect", "events-api", "plugin"})
# In `op` 1.x they came before the noun.
_VERBS: Final = frozenset({"create", "delete", "edit", "get", "list"})
_TRUE: Final = frozenset({"true", "t", "1"})
_FALSE: Final = frozenset({"false", "f", "0"})

_F = TypeVar("_F", bound=Callable[..., Any])


class UnknownCommandError(click.UsageError):
    """No such noun or verb; `hint` says what was probably meant."""

    def __init__(self, name: str, ctx: click.Context) -> None:
        super().__init__(f'unknown command "{name}" for "{ctx.command_path}"', ctx=ctx)
        self.hint = self._find_hint(name, ctx)

    @staticmethod
    def _find_hint(name: str, ctx: click.Context) -> str | None:
        from difflib import get_close_matches  # only refusals pay for it

        if ctx.parent is None and name in _NOT_OFFERED:
            return f"1Password's `op` has `{name}`; Strongroom does not have it yet"
        if ctx.parent is None and name in _VERBS:
            return f"the noun comes first, as in `{ctx.command_path} item {name}`"
        known = ctx.command.list_commands(ctx) if isinstance(ctx.command, click.Group) else []
        meant = get_close_matches(name, known, n=1)
        return f"did you mean `{ctx.command_path} {meant[0]}`?" if meant else None


class EqualsOption(click.Option):
    """An option whose value is optional and then stands behind `=` only."""

    def __init__(self, *args: Any, bare: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bare = bare


class _CommonParts(click.Command):
    """What commands and nouns share."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Add the global flags."""
        return [*super().get_params(ctx), *global_options()]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Bring optional values and booleans into the one form that click reads."""
        params = self.get_params(ctx)
        # Behind the name of its command a noun reads nothing: that command may start another.
        own = first_word(params, args) if isinstance(self, click.Group) else len(args)
        return super().parse_args(ctx, rewrite_flags(params, args[:own]) + args[own:])


class Command(_CommonParts):
    """One verb."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; with --debug, say so first."""
        invocation = ctx.find_object(Invocation)
        if invocation is not None:
            invocation.tell_start(ctx.command_path)
        return super().invoke(ctx)


class Noun(_CommonParts, click.Group):
    """One noun with its verbs; `ls`, `rm` and `remove` are verbs too.

    Args:
        modules: Verbs that are loaded when they are used: module and name in it, by verb.
    """

    command_class = Command

    def __init__(
        self, *args: Any, modules: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        # A noun alone shows its help, with success, as `op` does.
        super().__init__(*args, **{**kwargs, "callback": _show_help_of_noun})
        self.invoke_without_command = True
        self.no_args_is_help = False
        self._modules = modules or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every verb, without loading one."""
        return sorted({*super().list_commands(ctx), *self._modules})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a verb by name or alias."""
        name = _ALIASES.get(cmd_name, cmd_name)
        if name not in self._modules:
            return super().get_command(ctx, name)
        load_msgspec()
        module, attribute = self._modules[name]
        return cast("click.Command", getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a verb; an unknown one is refused with the text that clients know."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise UnknownCommandError(name, ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """End as `op` does."""
        path = ctx.command_path
        formatter.write_paragraph()
        formatter.write_text(f"Run '{path} [command] --help' for more about a command.")


def _show_help_of_noun() -> None:
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


class Program(Noun):
    """The root: its nouns, some of which have a plural, and some are named by no help."""

    def __init__(self, *args: Any, hidden_names: Container[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._hidden_names = hidden_names

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command that people use, without loading one."""
        return [name for name in super().list_commands(ctx) if name not in self._hidden_names]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Complete a noun by its name alone: to tell its help, its module would be loaded."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        flags = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name) for name in names), *flags]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a noun by its name or its plural."""
        return super().get_command(ctx, _NOUN_ALIASES.get(cmd_name, cmd_name))


def command(name: str, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """Declare a command that belongs to no noun."""
    return click.command(name, cls=Command, **settings)


def declare(*declarations: Callable[..., Any]) -> Callable[[_F], _F]:
    """Put arguments and flags that several commands take on one, in this order."""

    def put(function: _F) -> _F:
        for one in reversed(declarations):
            function = one(function)
        return function

    return put


def flag(*names: str, help: str) -> Callable[[_F], _F]:  # noqa: A002  (click's own word)
    """Declare a boolean flag that is off by default."""
    return click.option(*names, is_flag=True, default=False, help=help)


def true_or_false(ctx: click.Context, param: click.Parameter, value: str | None) -> bool | None:
    """Read a boolean that is spelled out; click's own also takes an empty text.

    Raises:
        click.UsageError: Another word.
    """
    word = None if value is None else value.lower()
    if word is None or word in _TRUE:
        return None if word is None else True
    if word in _FALSE:
        return False
    message = f'invalid argument "{value}" for "{param.opts[0]}" flag: write true or false'
    raise click.UsageError(message, ctx=ctx)


def rewrite_flags(params: Sequence[click.Parameter], arguments: Sequence[str]) -> list[str]:
    """Rewrite `--flag=true`, `--flag=false` and bare optional values.

    Whatever follows `--` is left alone.
    """
    flags = {
        name for one in params if isinstance(one, click.Option) and one.is_flag for name in one.opts
    }
    bare = {name: one.bare for one in params if isinstance(one, EqualsOption) for name in one.opts}
    rewritten: list[str] = []
    for position, argument in enumerate(arguments):
        if argument == "--":
            return [*rewritten, *arguments[position:]]
        name, equals, value = argument.partition("=")
        if name in flags and equals and value.lower() in _TRUE:
            rewritten.append(name)
        elif name in flags and equals and value.lower() in _FALSE:
            continue
        elif argument in bare:
            rewritten.append(f"{argument}={bare[argument]}")
        else:
            rewritten.append(argument)
    return rewritten


def first_word(params: Sequence[click.Parameter], arguments: Sequence[str]) -> int:
    """Return the place of the first argument that is neither a flag nor the value of one."""
    takes_next = {
        name
        for one in params
        if isinstance(one, click.Option) and not (one.is_flag or isinstance(one, EqualsOption))
        for name in one.opts
    }
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument in ("-", "--") or not argument.startswith("-"):
            return position
        position += 2 if argument in takes_next else 1
    return len(arguments)


def _remember(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Hand a global flag to the invocation; the innermost place wins."""
    if param.name is not None and value not in (None, False):
        ctx.find_object(Invocation).flags[param.name] = value  # type: ignore[union-attr]


@cache
def global_options() -> list[click.Option]:
    """Return the flags that every command takes, anywhere; click asks for them again and again."""
    texts = (
        (
            "account",
            "ACCOUNT",
            "The account, by its name, address, ID, user ID or e-mail address (OP_ACCOUNT).",
        ),
        ("config", "DIRECTORY", "The folder of local files (STRONGROOM_HOME, OP_CONFIG_DIR)."),
        ("encoding", "TYPE", "Encoding of the output: utf-8, shift_jis, gbk."),
        ("format", "FORMAT", "human-readable or json (OP_FORMAT)."),
        ("session", "TOKEN", "Session token that `op signin --raw` printed; safer in OP_SESSION."),
    )
    switches = (
        ("debug", "Show what is done on standard error, and where an internal error happened."),
        ("iso-timestamps", "Show times as RFC 3339 in human-readable output."),
        ("no-color", "Accepted for compatibility; the output has no colours."),
    )
    return [
        *(_global(name, metavar=metavar, help=text) for name, metavar, text in texts),
        *(_global(name, is_flag=True, help=text) for name, text in switches),
        EqualsOption(
            ["--cache"],
            bare="true",
            metavar="[=BOOL]",
            expose_value=False,
            callback=true_or_false,
            help="Accepted for compatibility; there is no cache to turn off.",
        ),
    ]


def _global(name: str, **settings: Any) -> click.Option:
    return click.Option([f"--{name}"], expose_value=False, callback=_remember, **settings)
