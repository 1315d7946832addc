"""Several people on one file, each on a computer of their own."""

from cli.program import PASSWORD, Op, make_account, sign_in


def computer(folder, name):
    """Return the program with an empty home of its own."""
    (folder / name).mkdir()
    return Op(folder / name)


def invite(op, email, *flags):
    """Invite somebody; return the link."""
    return op("user", "provision", "--email", email, *flags).out.strip()


def answer(op, link):
    """Answer an invite; return what was printed, as JSON."""
    given = f"{link}\n{PASSWORD}\n"
    return op("account", "join", "--password-stdin", "--format", "json", given=given).json


def bring_in(op, folder, name, *flags):
    """Invite, answer and confirm; return the program of the new person, signed in."""
    other = computer(folder, name)
    answer(other, invite(op, f"{name}@example.org", "--name", name.capitalize(), *flags))
    role = flags[flags.index("--role") :][:2] if "--role" in flags else ()
    op("user", "confirm", f"{name}@example.org", *role)
    return sign_in(other)


def owner(folder):
    """Return the program of an owner, signed in."""
    return sign_in(make_account(folder)[0])


def by_email(op, *arguments):
    """Run a list command; return its rows by e-mail address."""
    return {one["email"]: one for one in op(*arguments, "--format", "json").json}
