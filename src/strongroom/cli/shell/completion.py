"""`op completion`: scripts by which shells complete command lines.

The scripts of bash, zsh and fish are click's. Each asks the program itself, by a variable such as
`_OP_COMPLETE`, which no credential is opened for: names of commands and flags are all it tells.
"""

from __future__ import annotations

import os
from typing import ClassVar, Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from strongroom.cli.program.framework import command
from strongroom.cli.program.ui import Output

_POWERSHELL: Final = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:%(complete_var)s = 'powershell_complete'
    $env:COMP_WORDS = $commandAst.ToString()
    $env:COMP_CWORD = $wordToComplete
    try {
        %(prog_name)s | ForEach-Object {
            $type, $value, $help = $_ -split "`t", 3
            if ($type -eq 'plain') {
                if (-not $help) { $help = $value }
                [System.Management.Automation.CompletionResult]::new(
                    $value, $value, 'ParameterValue', $help)
            }
        }
    } finally {
        Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_CWORD
    }
}
"""


@add_completion_class
class PowerShellComplete(ShellComplete):
    """What the script for PowerShell asks, and how it is answered."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one to complete, and that one."""
        words = split_arg_string(os.environ["COMP_WORDS"])[1:]
        incomplete = os.environ["COMP_CWORD"]
        if incomplete and words and words[-1] == incomplete:
            words.pop()
        return words, incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return one line: kind, value and help, with tabs between."""
        return f"{item.type}\t{item.value}\t{' '.join((item.help or '').split())}"


_SHELLS: Final[dict[str, type[ShellComplete]]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
    "powershell": PowerShellComplete,
}


@command("completion")
@click.argument("shell", type=click.Choice(tuple(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, *, shell: str) -> None:
    """Print the script by which a shell completes commands and flags.

    For bash, put `source <(op completion bash)` into ~/.bashrc; for zsh,
    `eval "$(op completion zsh)"; compdef _op op` into ~/.zshrc; for fish, write the script to
    ~/.config/fish/completions/op.fish; for PowerShell, put
    `op completion powershell | Out-String | Invoke-Expression` into the profile.
    """
    name = str(ctx.find_root().info_name)
    parts = {
        "prog_name": name,
        "complete_var": completion_variable(name),
        # By the name that `compdef _op op` expects.
        "complete_func": f"_{name}",
    }
    Output().line(_SHELLS[shell].source_template % parts)


def completion_variable(name: str) -> str:
    """Return the variable by which the script of a program asks it."""
    return f"_{name}_complete".upper()
