"""The table of areas: which piece of the product answers which vectors."""

from __future__ import annotations

from typing import Final

from runner import secrets, trust, wire
from runner.compare import Area

AREAS: Final[dict[str, Area]] = {
    "pae/encode": secrets.pae_encode,
    "pae/decode": secrets.pae_decode,
    "id/text": secrets.id_text,
    "id/container": secrets.id_container,
    "id/principal": secrets.id_principal,
    "title-tag/tag": secrets.title_tag,
    "title-tag/answer": secrets.title_answer,
    "secret-key": secrets.secret_key,
    "kdf": secrets.kdf,
    "keyset": secrets.keyset,
    "keyset/check": secrets.sealing_key,
    "envelope": secrets.envelope,
    "epoch-link": secrets.epoch_link,
    "grant": secrets.grant,
    "token": secrets.token,
    "root": trust.root,
    "head": trust.head,
    "path": trust.path,
    "access/record": trust.access_record,
    "access/step": trust.access_step,
    "revision": trust.revision,
    "request/sign": wire.request_sign,
    "request/nonce": wire.request_nonce,
    "share/open": wire.share_open,
    "share/join": wire.share_join,
    "file": wire.file,
}
