"""Puts one vector's question to this implementation (section 19 of specs/formats.md)."""

import json
from collections.abc import Callable

from generator import answers_plain as plain
from generator import answers_trust as trust
from generator import answers_wire as wire
from generator.answers_plain import Json
from generator.errors import RefusedError

_QUESTIONS: dict[tuple[str, str], Callable[[Json], Json]] = {
    ("pae", "encode"): plain.pae_encode,
    ("pae", "decode"): plain.pae_decode,
    ("id", "text"): plain.id_text,
    ("id", "container"): plain.id_container,
    ("id", "principal"): plain.id_principal,
    ("title-tag", "tag"): plain.tag_of_title,
    ("title-tag", "answer"): plain.title_answer,
    ("secret-key", ""): plain.secret_key,
    ("kdf", ""): plain.unlock,
    ("keyset", ""): plain.keyset,
    ("keyset", "check"): plain.enc_key_check,
    ("envelope", ""): plain.envelope,
    ("epoch-link", ""): plain.epoch_link,
    ("grant", ""): plain.grant,
    ("file", ""): plain.file,
    ("root", ""): trust.root,
    ("head", ""): trust.head,
    ("path", ""): trust.path,
    ("access", "record"): trust.access_record,
    ("access", "step"): trust.access_step,
    ("revision", ""): trust.revision,
    ("token", ""): wire.token,
    ("request", "sign"): wire.request_sign,
    ("request", "nonce"): wire.request_nonce,
    ("share", "open"): wire.share_open,
    ("share", "join"): wire.share_join,
}


def answer(area: str, given: Json) -> Json:
    """`expect`, and `output` or `layer`, exactly as a vector file holds them."""
    question = _QUESTIONS[area, given.get("op", "")]
    try:
        output = question(given)
    except RefusedError as refused:
        return {"expect": refused.code, "layer": refused.layer}
    return {"expect": "ok", "output": json.loads(json.dumps(output))}
