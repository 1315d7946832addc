"""The command line: `strongroom` and `op`, one program.

One file per noun; `ui` holds the output rules, `opening` finds the credential,
`shapes` knows how the command line spells what the SDK calls otherwise. What
`op read` needs (`main`, `quick`, `opening`, `ui`) loads no click.
"""
