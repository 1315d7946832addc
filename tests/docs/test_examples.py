"""The examples of the documentation run as they are printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.examples import PageError, Step, find_steps, split_session
from support.examples_run import ROOT, Page

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = {"console", "python", "sh"}
PAGES = [page for page in PAGES if "_build" not in page.parts]


def run_page(path: Path, folder: Path) -> None:
    """Run a page from top to bottom; a failure says where it stands."""
    page = Page(folder)
    try:
        run_steps(page, path)
    finally:
        page.close()


def run_steps(page: Page, path: Path) -> None:
    for step in find_steps(path):
        failure = run_step(page, step)
        if failure:
            pytest.fail(f"{path.name}:{step.line}: {failure}", pytrace=False)


def run_step(page: Page, step: Step) -> str:
    """Return what is wrong with a step, or nothing."""
    try:
        page.run(step)
    except AssertionError as error:
        return str(error) or "it failed"
    return ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page(path: Path, tmp_path: Path):
    """Every example of the page runs in its order and shows what the page shows."""
    run_page(path, tmp_path)


def pages_in_order() -> list[Path]:
    """Return the README, then all pages in the order in which the index names them."""
    docs = ROOT / "docs"
    named = re.findall(r"\]\(([^)#:]+\.md)\)", (docs / "index.md").read_text(encoding="utf-8"))
    return [ROOT / "README.md", *(docs / name for name in named if not name.startswith(".."))]


@pytest.mark.timeout(900)
def test_all_pages_in_one_go(tmp_path: Path):
    """Somebody reads everything, in one home and on one terminal: each page works after the last.

    What a page leaves set, signed in or stored is what the next one finds.
    """
    page = Page(tmp_path)
    try:
        for path in pages_in_order():
            run_steps(page, path)
            page.turn()
    finally:
        page.close()


def test_pages_in_order():
    """The index names every page that has examples, with the tutorial first."""
    names = [str(path.relative_to(ROOT)) for path in pages_in_order()]
    assert names[:2] == ["README.md", "docs/tutorial.md"]
    shown = [path for path in PAGES if any(step.kind in RUN for step in find_steps(path))]
    assert {str(path.relative_to(ROOT)) for path in shown} <= set(names)


def page_of(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = {
    "a script": "```sh\ntrue\n```\n",
    "a variable for the next example": "```sh\nexport A=1\n```\n```sh\ntest $A = 1\n```\n",
    "a variable of the shell": "```sh\nA='1 2'\n```\n"
    "```console\n$ echo $A; env | grep ^A= || true\n1 2\n```\n",
    "a folder for the next example": "```sh\nmkdir a; cd a\n```\n```console\n$ pwd\n…/a\n```\n",
    "a session": "```console\n$ echo a; echo b\na\nb\n$ echo c\nc\n```\n",
    "an expected error": "```console\n$ op read x\n[ERROR] …\n```\n",
    "a piece after a piece": "```python\na = 1\n```\n```python\nprint(a)\n```\n"
    "```text output\n1\n```\n",
    "a piece that waits": "```python\nimport asyncio\nawait asyncio.sleep(0)\n```\n",
    "a file": "```python file: a.py\nprint(2)\n```\n```console\n$ python a.py\n2\n```\n",
    "a source": "```go file: a.go\npackage a\n```\n```console\n$ gofmt -l a.go\n```\n",
    "an example in a list": "1. Do:\n\n   ```console\n   $ echo a\n   a\n   ```\n",
    "a question": '<!-- types: ["yes"] -->\n'
    '```sh\nprintf "ok: " >/dev/tty; read a; test $a = yes\n```\n',
    "a hidden script": "<!-- run\nexport A=1\n-->\n```sh\ntest $A = 1\n```\n",
    "an account": '```toml file: s.toml\n[vault.db]\npassword = "x"\n```\n<!-- dev: s.toml -->\n'
    "```console\n$ op read op://vault/db/password\nx\n```\n",
    "what cannot run": "```sh not-run: needs a server\nfalse\n```\n",
}
BAD = {
    "a script that fails": "```sh\nfalse\n```\n",
    "a script that fails early": "```sh\nfalse\ntrue\n```\n",
    "a command that fails": "```console\n$ false\n```\n",
    "an error that does not come": "```console\n$ echo '[ERROR]'\n[ERROR]\n```\n",
    "another output": "```console\n$ echo a\nb\n```\n",
    "less output": "```console\n$ echo a; echo b\na\n```\n",
    "a piece that raises": "```python\n1 / 0\n```\n",
    "a piece that ends the program": "```python\nraise SystemExit\n```\n",
    "another output of a piece": "```python\nprint(1)\n```\n```text output\n2\n```\n",
    "a question too many": '```sh\nprintf "ok: " >/dev/tty; read a\n```\n',
}
MALFORMED = {
    "no language": "```\ntrue\n```\n",
    "an unknown language": "```bash\ntrue\n```\n",
    "an unknown option": "```sh later\ntrue\n```\n",
    "no reason": "```sh not-run:\ntrue\n```\n",
    "no end": "```sh\ntrue\n",
    "a source that is in no file": "```go\npackage main\n```\n",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_good_examples(tmp_path, text):
    """Each form of an example is run."""
    run_page(page_of(tmp_path, text), tmp_path)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_examples(tmp_path, text):
    """An example that is wrong is noticed, and its line is named."""
    with pytest.raises(pytest.fail.Exception, match=r"page\.md:\d+: "):
        run_page(page_of(tmp_path, text), tmp_path)


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_pages(tmp_path, text):
    """A fence that the test would pass over is refused."""
    with pytest.raises(PageError, match=r"page\.md:1: "):
        find_steps(page_of(tmp_path, text))


def test_session_begins_with_a_command():
    """An output that belongs to no command is refused."""
    with pytest.raises(PageError):
        split_session("a\n$ echo a\n")


def test_what_is_not_run_is_the_exception():
    """Nine of ten examples are run."""
    steps = [
        step
        for page in PAGES
        for step in find_steps(page)
        if step.kind in ("sh", "console", "python")
    ]
    left_out = [step for step in steps if "not-run" in step.options]
    assert len(left_out) * 10 <= len(steps)
