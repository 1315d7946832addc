"""Answers to questions about the directory, access records and revisions."""

from generator import directory_check
from generator.access_check import check_access, check_step
from generator.answers_plain import Json, hexed
from generator.crypto import sha256
from generator.directory import parse_entry, parse_head
from generator.known import Known
from generator.revision import Asked, check_revision
from generator.roots import parse_root


def root(i: Json) -> Json:
    """Area root."""
    documents = [
        directory_check.Document(
            hexed(d["body"]), tuple((hexed(who), hexed(sig)) for who, sig in d["signatures"])
        )
        for d in i["documents"]
    ]
    pin = (i["pin"][0], hexed(i["pin"][1]))
    root = directory_check.check_root_chain(hexed(i["account"]), pin, documents)
    return {"version": root.version, "hash": root.hash.hex(), "generation": root.generation}


def head(i: Json) -> Json:
    """Area head."""
    head = directory_check.check_head(
        hexed(i["head"]),
        hexed(i["sig"]),
        account=hexed(i["account"]),
        roots=[parse_root(hexed(r)) for r in i["roots"]],
        mark=i.get("mark"),
    )
    return {
        "generation": head.generation,
        "rev": head.rev,
        "count": head.count,
        "hash": head.hash.hex(),
    }


def path(i: Json) -> Json:
    """Area path."""
    entry = directory_check.check_path(
        parse_head(hexed(i["head"])),
        parse_root(hexed(i["root"])),
        hexed(i["entry"]),
        [hexed(node) for node in i["path"]],
        hexed(i.get("enc_pk", "")),
        hexed(i["before"]) if "before" in i else None,
    )
    return {
        "principal": entry.principal.hex(),
        "index": entry.index,
        "state": entry.state,
        "fp": entry.keysets[-1].fp.hex(),
    }


def _known(i: Json) -> Known:
    entries = [parse_entry(hexed(body)) for body in i["entries"]]
    records = [(hexed(body), hexed(sig)) for body, sig in i["records"]]
    return Known(
        hexed(i["account"]),
        {e.principal: e for e in entries},
        [parse_root(hexed(body)) for body in i["roots"]],
        {sha256(body): (body, sig) for body, sig in records},
        i["head_rev"],
        i["head_generation"],
    )


def access_record(i: Json) -> Json:
    """Area access, op record."""
    known = _known(i)
    container = hexed(i["container"]) if "container" in i else None
    record = check_access(
        known,
        hexed(i["body"]),
        hexed(i["sig"]),
        container=container,
        mark=i.get("mark"),
        for_writing=i.get("for_writing", False),
    )
    return {
        "access_rev": record.access_rev,
        "epoch": record.epoch,
        "hash": record.hash.hex(),
        "signature_checks": known.signature_checks,
    }


def access_step(i: Json) -> Json:
    """Area access, op step."""
    seen = i.get("seen_rev", 0)
    after = check_step(_known(i), hexed(i["before"]), hexed(i["after"]), hexed(i["sig"]), seen)
    return {"access_rev": after.access_rev}


def revision(i: Json) -> Json:
    """Area revision."""
    asked = Asked(
        i["kind"], hexed(i["container"]), hexed(i["object"]), i.get("asked"), i.get("mark")
    )
    revision, overview, details = check_revision(
        _known(i),
        hexed(i["body"]),
        hexed(i["sig"]),
        hexed(i["overview"]),
        hexed(i["details"]),
        hexed(i["key"]),
        asked,
    )
    return {
        "version": revision.version,
        "state": revision.state,
        "overview": overview.decode(),
        "details": details.decode(),
    }
