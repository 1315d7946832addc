"""Every text that people may be shown stands in one file, to be read and compared."""

from support.texts import SNAPSHOT, collect, render


def test_texts():
    """What the program says is what was read last.

    After a change: `.venv/bin/python -m pytest tests/test_texts.py` tells what
    differs; read it, then write it with `script/texts`.
    """
    assert SNAPSHOT.read_text().splitlines() == render().splitlines()


def test_what_is_collected():
    """Errors, hints, findings and help are among them; the file is worth reading."""
    texts = collect()
    assert len(texts) > 500
    for text in (
        "an account must keep at least one owner",  # an error
        "first make somebody else an owner",  # a hint
        "the old token of {} works until {}",  # a finding
        "Sign in to an account: `eval $(op signin)`.",  # help
        "Replace FILE if it is there.",  # of an option
    ):
        assert text in texts


def test_nobody_is_sent_away():
    """No text sends a user of Strongroom to the maker of the SDK for help."""
    sent = [text for text in collect() if "@1password" in text or "joinslack" in text]
    assert sent == []
