"""Templates: what is a reference, a variable, a literal, and what stays as it is."""

import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strongroom.delivery import templates
from strongroom.delivery.templates import (
    FILLED_CHARACTERS_MAX,
    REFERENCES_MAX,
    Spot,
    fill_variables,
    parse_template,
)
from strongroom.errors import TooLargeError

ENVIRONMENT = {"STAGE": "dev", "lower": "low", "Empty": "", "blank": "two words", "_9": "nine"}


def fill(text, environment=ENVIRONMENT):
    """Fill in a template; each reference becomes itself between angle brackets."""
    form = fill_variables(parse_template(text), environment)
    assert form.faults == ()
    return form.fill({one: f"<{one}>" for one in form.references()})


def faults(text, environment=ENVIRONMENT):
    return [
        (tuple(one.spot), one.reason)
        for one in fill_variables(parse_template(text), environment).faults
    ]


SAME = {
    "empty": "",
    "text": "a: b\n",
    "line ends": "a\r\nb\rc\n\n",
    "byte order mark": "\ufeffa",
    "other braces": "{{ .Values.x }} {{x}} {{}} {{ }} { { op }",
    "go template with a pipe": '{{ "a" | quote }}',
    "quotes without braces": '"{{" "text" "}}"',
    "literal without its end": '{{ "text }}',
    "literal with more behind it": '{{ "text" x }}',
    "dollars": "$ $$ $5 $( ${ $} ${} $- a$",
    "a digit first": "${9A} $9A",
    "other forms": "${A-b} ${A:=b} ${A:?b} ${A:+b} ${#A} ${A.B} ${A B} ${ }",
    "a blank before the default": "${STAGE :-x}",
    "a line end in the braces": "${STAGE\n}",
    "a line end in the default": "${STAGE:-a\nb}",
    "escaped brace": "${STAGE\\}",
    "escaped brace after a default": "${STAGE:-x\\}",
    "escaped variable": "\\$STAGE \\${STAGE}",
    "other schemes": "OP://a/b/c op:/a op:a https://a",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_text_stays(text):
    """What is no reference, variable or literal stays as it is."""
    assert fill(text) == text


FILLED = {
    "bare": ("op://a/b/c", "<op://a/b/c>"),
    "section": ("x=op://a/b/s/c;", "x=<op://a/b/s/c>;"),
    "all characters": ("op://aZ09_.-/b/c", "<op://aZ09_.-/b/c>"),
    "a blank ends it": ("op://a/b/c d", "<op://a/b/c> d"),
    "query": ("op://a/b/c?attribute=otp&", "fault"),
    "attribute": ("op://a/b/c?attr=type,", "<op://a/b/c?attr=type>,"),
    "ssh": ("op://a/b/c?ssh-format=openssh\n", "<op://a/b/c?ssh-format=openssh>\n"),
    "= before a query": ("op://a/b/c=d", "<op://a/b/c>=d"),
    "& before a query": ("op://a/b/c&d", "<op://a/b/c>&d"),
    "two after another": ("op://a/b/c:op://d/e/f", "<op://a/b/c>:<op://d/e/f>"),
    "enclosed": ("{{op://a/b/c}}d", "<op://a/b/c>d"),
    "enclosed with blanks": ("{{ \t op://a b/c d/e f \t }}", "<op://a b/c d/e f>"),
    "enclosed within braces": ("{{{ op://a/b/c }}}", "{<op://a/b/c>}"),
    "literal": ('{{ "op://a/b/c $STAGE" }}', "op://a/b/c $STAGE"),
    "literal of braces": ('{{ "{{ op://a/b/c }}" }}', "{{ op://a/b/c }}"),
    "literal with quotes": (r'{{"say \"x\" \n C:\new"}}', r'say "x" \n C:\new'),
    "literal over lines": ('{{ "a\nb" }}', "a\nb"),
    "empty literal": ('a{{ "" }}b', "ab"),
    "variable": ("$STAGE-${STAGE}.${ STAGE\t}", "dev-dev.dev"),
    "variable in capitals": ("$stage ${LOWER} $_9", "dev low nine"),
    "empty variable": ("[$Empty] [${Empty:-x}]", "[] []"),
    "default": ("${NONE:-a b $c \\d }|${NONE:-}", "a b $c \\d|"),
    "default with a brace": ("${NONE:-{}} ${NONE:-$x}", "{} $x"),
    "default is not used": ("${STAGE:-prod}", "dev"),
    "variable before a letter": ("${STAGE}x$STAGE/y", "devxdev/y"),
    "variable in a reference": ("op://$STAGE/${NONE:-b}/c$STAGE", "<op://dev/b/cdev>"),
    "variable in an enclosed one": ("{{ op://${STAGE}/b/${ STAGE }}}", "<op://dev/b/dev>"),
    "variable with a blank": ("op://$blank/b/c", "<op://two words/b/c>"),
    "a variable is not read": ("op://a/b/c$STAGE$", "<op://a/b/cdev>$"),
    "a variable before a reference": ("${STAGE}op://a/b/c", "dev<op://a/b/c>"),
}


@pytest.mark.parametrize(("text", "expected"), FILLED.values(), ids=FILLED)
def test_filled(text, expected):
    """Every form is found, and no more than it."""
    if expected == "fault":
        assert faults(text)
    else:
        assert fill(text) == expected


STARTS_NONE = frozenset(string.ascii_letters + string.digits + "-+\\.")
GOES_ON = frozenset(string.ascii_letters + string.digits + "-_./")
BOUNDARIES = [*map(chr, {*range(256)} - {ord("$")}), *"\u2028é\u0660\U0001f512"]


@pytest.mark.parametrize("before", BOUNDARIES)
def test_character_before(before):
    """A reference begins behind any character but letters, digits, `-`, `+`, `\\` and `.`."""
    text = f"{before}op://a/b/c\n"
    if before in STARTS_NONE:
        assert fill(text) == text
    else:
        assert fill(text) == f"{before}<op://a/b/c>\n"


@pytest.mark.parametrize("after", BOUNDARIES)
def test_character_behind(after):
    """A reference goes on over letters, digits, `-`, `_`, `.`, `/`, and ends before all others."""
    text = f"op://a/b/c{after}d "
    if after in GOES_ON:
        assert fill(text) == f"<op://a/b/c{after}d> "
    elif after == "?":
        assert faults(text)  # it went on, and this is no query
    else:
        assert fill(text) == f"<op://a/b/c>{after}d "


FAULTY = {
    "nothing behind the scheme": ("op://", (1, 1), "invalid format"),
    "for people": ("see op://<vault>/<item>", (1, 5), "invalid format"),
    "two parts": ("\n  op://a/b\n", (2, 3), "invalid format"),
    "five parts": ("op://a/b/c/d/e", (1, 1), "too many '/'"),
    "odd characters": ("{{ op://a/b/ü }}", (1, 4), "invalid character"),
    "unknown query": ("op://a/b/c?x=y", (1, 1), "query parameter key"),
    "unknown attribute": ("op://a/b/c?attr=y", (1, 1), "query parameter value"),
    "not closed": ("é {{ op://a/b/c\n}}", (1, 3), "has no }}"),
    "closed by one brace": ("{{ op://a/b/c }", (1, 1), "has no }}"),
    "pipe": ("{{ op://a/b/c | quote }}", (1, 4), "invalid character"),
    "a variable in a default": ("${STAGE:-a${STAGE}}", (1, 1), "has ${ in it"),
    "not set": ("a\r\n\t$NONE", (2, 2), "the variable NONE is not set and has no default"),
    "not set in a reference": ("op://a/${NONE}/c", (1, 8), "the variable NONE is not set"),
    "two capitals": ("$twice", (1, 1), "several variables are called twice"),
    "not UTF-8": ("$bytes", (1, 1), "the variable bytes is not UTF-8"),
}
TROUBLE = ENVIRONMENT | {"Twice": "a", "TWICE": "b", "bytes": "\udcff"}


@pytest.mark.parametrize(("text", "spot", "reason"), FAULTY.values(), ids=FAULTY)
def test_faults(text, spot, reason):
    """What cannot be filled in is a fault at its line and column."""
    [(found, told)] = faults(text, TROUBLE)
    assert found == spot
    assert reason in told


def test_advice():
    """Whoever writes a name with a blank, or text that is meant as text, is told how."""
    [fault] = fill_variables(parse_template("op://vault/my item/field"), {}).faults
    assert fault.hint.endswith('within {{ }} if a name has blanks, or as {{ "text" }}')
    [fault] = fill_variables(parse_template("$NONE"), {}).faults
    assert fault.hint.startswith("set it, or write ${NONE:-default} for a default")
    assert fault.hint.endswith('{{ "$NONE" }}')
    assert fill('{{ "$NONE" }} ${NONE:-default}', {}) == "$NONE default"


def test_exact_name_wins():
    """Of variables that differ in capitals only, the one that is written is taken."""
    assert fill("$Twice $TWICE", TROUBLE) == "a b"


def test_all_faults_in_order():
    """All faults are found in one walk, first to last, and the good parts are kept."""
    form = fill_variables(parse_template("op://x $A\nop://a/b/c {{ op://\n$B"), {})
    assert [one.spot for one in form.faults] == [Spot(1, 1), Spot(1, 8), Spot(2, 12), Spot(3, 1)]
    assert form.references() == ["op://a/b/c"]


def test_values_are_not_searched():
    """Neither a secret nor a variable brings a reference, variable or literal into the result."""
    bait = '{{ op://x/y/z }} op://x/y/z $STAGE {{ "q" }}'
    form = fill_variables(parse_template("op://a/b/c|$BAIT|${NONE:-op://d/e/f}"), {"BAIT": bait})
    assert form.references() == ["op://a/b/c"]
    assert form.fill({"op://a/b/c": bait}) == f"{bait}|{bait}|op://d/e/f"


def test_values_of_variables_stay_out_of_sight():
    """No fault and no `repr` says what a variable holds, for it may be a secret."""
    environment = {"PASTED": "tr0ub4dor!"}
    form = fill_variables(parse_template("op://$PASTED/a/b $PASTED $NONE"), environment)
    assert len(form.faults) == 2
    assert "tr0ub4dor" not in f"{form.faults!r} {form!r}"


def test_references_limit():
    """A template has at most 10,000 different references, however often it names each."""
    text = " ".join(f"op://a/b/{number}" for number in range(REFERENCES_MAX))
    assert len(fill_variables(parse_template(f"{text} {text}"), {}).references()) == REFERENCES_MAX
    with pytest.raises(TooLargeError, match="at most 10000 different references"):
        fill_variables(parse_template(f"{text} op://a/b/more"), {}).references()


def test_result_limit(monkeypatch):
    """The result has at most so many characters, however large the values are."""
    assert FILLED_CHARACTERS_MAX == 64 * 1024 * 1024
    monkeypatch.setattr(templates, "FILLED_CHARACTERS_MAX", 10)
    form = fill_variables(parse_template("op://a/b/c op://a/b/c"), {})
    assert len(form.fill({"op://a/b/c": "1234"})) == 9
    assert len(fill_variables(parse_template("0123456789"), {}).fill({})) == 10
    with pytest.raises(TooLargeError, match="more than 10 characters"):
        form.fill({"op://a/b/c": "12345"})


LONG = 300_000


@pytest.mark.parametrize("piece", ["{{ op://", '{{ "', "{{", "op://", "$", "${A:-", '\\"', "{{ \t"])
def test_hostile_templates(piece):
    """A template that only begins things is read to its end, and not again for each of them."""
    parse_template(piece * (LONG // len(piece)))
    parse_template('{{ "' + piece * (LONG // len(piece)))


# A second reading of the grammar, character by character.

LETTERS = frozenset(string.ascii_letters + "_")
WORD = LETTERS | frozenset(string.digits)


class Oracle:
    """Fills in a template without any regular expression; `None` for one with faults."""

    def __init__(self, text, environment):
        self.text = text
        self.environment = {name.lower(): value for name, value in environment.items()}

    def run(self):
        out, at = "", 0
        while at < len(self.text):
            found = self.enclosed(at) or self.literal(at) or self.bare(at) or self.variable(at)
            if found is None:
                out, at = out + self.text[at], at + 1
            else:
                text, at = found
                if text is None:
                    return None
                out += text
        return out

    def skip(self, at):
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        return at

    def enclosed(self, at):
        start = self.skip(at + 2)
        if self.text[at : at + 2] != "{{" or not self.text.startswith("op://", start):
            return None
        written, place = "", start
        while not self.text.startswith("}}", place):
            if place >= len(self.text) or self.text[place] == "\n":
                return None, len(self.text)
            found = self.variable(place, escapes=False)
            if found is not None:
                if found[0] is None:
                    return found
                written, place = written + found[0], found[1]
            else:
                written, place = written + self.text[place], place + 1
        # Blanks that come out of a variable count.
        tail = len(self.text[start:place]) - len(self.text[start:place].rstrip(" \t"))
        return self.value(written[: len(written) - tail]), place + 2

    def literal(self, at):
        start = self.skip(at + 2)
        if self.text[at : at + 2] != "{{" or self.text[start : start + 1] != '"':
            return None
        written, place = "", start + 1
        while self.text[place : place + 1] != '"':
            if place >= len(self.text):
                return None
            step = 2 if self.text.startswith('\\"', place) else 1
            written, place = written + self.text[place : place + step][-1], place + step
        end = self.skip(place + 1)
        return (written, end + 2) if self.text.startswith("}}", end) else None

    def bare(self, at):
        before = self.text[at - 1] if at else " "
        if not self.text.startswith("op://", at) or before in STARTS_NONE:
            return None
        written, place, asks = "op://", at + 5, False
        while place < len(self.text):
            one = self.text[place]
            found = self.variable(place, escapes=False)
            if found is not None:
                if found[0] is None:
                    return found
                written, place = written + found[0], found[1]
            elif one in GOES_ON or one == "?" or (asks and one in "=&"):
                written, place, asks = written + one, place + 1, asks or one == "?"
            else:
                break
        return self.value(written), place

    def variable(self, at, *, escapes=True):
        if self.text[at : at + 1] != "$" or (escapes and at and self.text[at - 1] == "\\"):
            return None
        braces = self.text[at + 1 : at + 2] == "{"
        start = self.skip(at + 2) if braces else at + 1
        end = start
        while end < len(self.text) and self.text[end] in (WORD if end > start else LETTERS):
            end += 1
        name, default, place = self.text[start:end], None, end
        if not name:
            return None
        if braces and self.text.startswith(":-", end):
            place = end + 2
            while place < len(self.text) and self.text[place] not in "}\n":
                if self.text.startswith("${", place):
                    return (None, place) if escapes else None
                place += 1
            default = self.text[end + 2 : place].strip(" \t")
        elif braces:
            place = self.skip(end)
        escaped = default is not None and self.text[place - 1] == "\\"
        if braces and (escaped or self.text[place : place + 1] != "}"):
            return None
        return self.environment.get(name.lower(), default), place + braces

    @staticmethod
    def value(written):
        """Return the value of a reference, or nothing if it breaks a rule of references."""
        path, _, query = written.removeprefix("op://").partition("?")
        allowed = GOES_ON | {" "}
        good = set(path) <= allowed and path.count("/") in (2, 3)
        if "?" in written:
            good = good and query in ("attr=id", "attribute=otp")
        return f"<{written}>" if good else None


PIECES = st.sampled_from(
    [
        *('{{ "', '" }}', '\\"', "{{", "}}", "{{ ", " }}", "op://", "op://a/b/c", "a/b/c", "/"),
        *("?attr=id", "?attribute=otp", "?x", "=", "&", "$", "${", "}", "{", ":-", "STAGE", "none"),
        *("${STAGE}", "${none:-x}", "$STAGE", "$lower", "$blank", "${ STAGE }", "\\", "\n", " "),
        *("\t", "-", ".", "+", "_", "9", "é", '"', "op:/", "{{ op://$STAGE/b/c d }}"),
    ]
)


@settings(max_examples=1_500, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
@example('{{ "a\\" }}')
@example("{{ op://a/b/c$blank }}")
@example("op://a/b/c${none:-x\\}")
def test_against_a_second_reading(text):
    """A reader that was written from the rules alone fills every template in alike."""
    expected = Oracle(text, ENVIRONMENT).run()
    form = fill_variables(parse_template(text), ENVIRONMENT)
    if expected is None:
        assert form.faults != ()
    else:
        assert form.faults == ()
        assert form.fill({one: f"<{one}>" for one in form.references()}) == expected


@given(st.text())
def test_any_text(text):
    """Any text is read without an error, and one without the three signs stays as it is."""
    plain = text.replace("$", "").replace("{{", "").replace("op://", "")
    form = fill_variables(parse_template(text), {})
    assert all(one.spot.line >= 1 and one.spot.column >= 1 for one in form.faults)
    if not any(sign in plain for sign in ("$", "{{", "op://")):
        assert fill(plain) == plain


def test_pure():
    """The module neither reads nor writes anything: it imports no input or output."""
    source = Path(templates.__file__).read_text("utf-8")
    imported = {line.split()[1] for line in source.splitlines() if line.startswith(("from", "imp"))}
    assert imported.isdisjoint({"os", "io", "sys", "pathlib", "subprocess"})
