"""Random calls of the SDK, right and wrong ones, that mean the same on any copy of an account."""

from __future__ import annotations

from random import Random
from typing import Any

from support.performers import content, model
from support.sdk_pair import Pair

NOBODY = "a" * 26
# How often a part is wrong; an item has several, and most items should be made.
RARELY = 0.1
FIELDS: list[dict[str, Any]] = [
    {"field_type": "Text", "value": "plain"},
    {"field_type": "Concealed", "value": "s3cret ünï"},
    {"field_type": "Totp", "value": "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"},
    {"field_type": "MonthYear", "value": "02/2026"},
    {"field_type": "Email", "value": "a@b.example"},
]
WRONG_FIELDS: list[dict[str, Any]] = [
    {"field_type": "Totp", "value": "not base32 !"},
    {"field_type": "Date", "value": "2026-02-30"},
    {"field_type": "Reference", "value": NOBODY},
    {"field_type": "SshKey", "value": "no key"},
]
ADDRESS = {"street": "s", "city": "c", "country": "de", "zip": "1", "state": ""}


class Moves:
    """Chooses calls; what a call needs of earlier ones is looked up on each side by a name."""

    def __init__(self, pair: Pair, random: Random, vault: str, facts: dict[str, str]) -> None:
        self.pair = pair
        self.random = random
        self.vaults = [vault]
        self.facts = facts
        self.items: list[str] = []
        self.count = 0

    def step(self) -> None:
        """Do one random call on both sides."""
        moves = [name for name in dir(self) if name.startswith("do_")]
        # What everything else works on comes more often.
        more = ["do_create"] * 6 + ["do_put", "do_attach", "do_read_file", "do_remove_file"]
        getattr(self, self.random.choice([*moves, *more]))()

    def _rarely(self) -> bool:
        return self.random.random() < RARELY

    # -- parts ----------------------------------------------------------------------

    def _fresh(self, word: str) -> str:
        self.count += 1
        return f"{word} {self.count}"

    def _field(self, number: int) -> dict[str, Any]:
        keys = dict(self.random.choice(FIELDS))
        if self.random.random() < 0.2:
            details = model(
                "ItemFieldDetailsAddress", content=model("AddressFieldDetails", **ADDRESS)
            )
            keys = {"field_type": "Address", "value": "", "details": details}
        section = "unknown" if self._rarely() else self.random.choice([None, "", "s"])
        return model("ItemField", id=f"f{number}", title=f"t{number}", section_id=section, **keys)

    def _params(self, vault: str) -> dict[str, Any]:
        category = self.random.choice(["Login", "Login", "SecureNote", "Document"])
        if self._rarely():
            category = "SshKey"
        keys: dict[str, Any] = {}
        if self.random.random() < 0.7:
            keys["fields"] = [self._field(n) for n in range(self.random.randrange(3))]
            keys["sections"] = [model("ItemSection", id="s", title="Section")]
        if self.random.random() < 0.3:
            keys["websites"] = [
                model("Website", url="https://a.example", label="w", autofill_behavior="Never")
            ]
        if self.random.random() < 0.3:
            keys["files"] = [
                model("FileCreateParams", name="f.txt", content=content(b"hi"),
                      section_id="s", field_id="f0" if self._rarely() else "file"),
            ]  # fmt: skip
        if (category == "Document") != self._rarely():
            keys["document"] = model("DocumentCreateParams", name="d", content=content(b"doc"))
        return model(
            "ItemCreateParams", category=category, vault_id=vault, title=self._fresh("item"),
            notes=self.random.choice([None, "", "n\n"]),
            tags=self.random.choice([None, ["a", "b"]]), **keys,
        )  # fmt: skip

    def _vault(self, held: dict[str, Any], name: str) -> str:
        return str(held[name]["id"]) if name in held else name

    def _some_item(self) -> str:
        return self.random.choice([*self.items, "none"]) if self.items else "none"

    def _place(self, held: dict[str, Any], item: str) -> list[str]:
        if item not in held:
            return [self.vaults[0], NOBODY]
        return [held[item]["vaultId"], held[item]["id"]]

    # -- items ------------------------------------------------------------------------

    def do_create(self) -> None:
        vault = self.random.choice(self.vaults)
        if self._rarely():
            vault = self.random.choice([NOBODY, "no id"])
        params, name = self._params("$vault"), self._fresh("kept")

        def build(held: dict[str, Any]) -> list[Any]:
            keys = {**params["keys"], "vault_id": self._vault(held, vault)}
            return [{**params, "keys": keys}]

        if self.pair.do("items.create", build, keep=name):
            self.items.append(name)

    def do_create_all(self) -> None:
        params = [self._params(self.random.choice([self.vaults[0]] * 4 + [NOBODY])) for _ in "abc"]
        self.pair.do("items.create_all", lambda _: [self.vaults[0], params])

    def do_get(self) -> None:
        item = self._some_item()
        self.pair.do("items.get", lambda held: self._place(held, item), keep=item)

    def do_get_all(self) -> None:
        items = [self._some_item() for _ in "abc"]
        self.pair.do(
            "items.get_all",
            lambda held: [self.vaults[0], [self._place(held, item)[1] for item in items]],
        )

    def do_put(self) -> None:
        item, title = self._some_item(), self._fresh("put")
        drop = self.random.random() < 0.3
        if item == "none":
            return

        def build(held: dict[str, Any]) -> list[Any]:
            changed = {**held[item], "title": title, "notes": "changed"}
            if drop:
                changed["fields"] = changed["fields"][1:]
            return [model("Item", **changed)]

        # What is held may be older than what is stored: then both sides are refused alike.
        self.pair.do("items.put", build, keep=self.random.choice([item, "thrown away"]))

    def do_archive(self) -> None:
        item = self._some_item()
        self.pair.do("items.archive", lambda held: self._place(held, item))

    def do_delete(self) -> None:
        item = self._some_item()
        self.pair.do("items.delete", lambda held: self._place(held, item))

    def do_delete_all(self) -> None:
        items = [self._some_item() for _ in "ab"]
        self.pair.do(
            "items.delete_all",
            lambda held: [self.vaults[0], [self._place(held, item)[1] for item in items]],
        )

    def do_list(self) -> None:
        states = [(True, False), (False, True), (True, True), (False, False)]
        filters = [
            model("ItemListFilterByState", content=model(
                "ItemListFilterByStateInner", active=active, archived=archived))
            for active, archived in self.random.sample(states, self.random.randrange(3))
        ]  # fmt: skip
        self.pair.do("items.list", lambda _: [self.vaults[0], *filters])

    # -- files and shares ------------------------------------------------------------

    def do_attach(self) -> None:
        item, field = self._some_item(), self.random.choice(["f0", "file", self._fresh("x")])
        file = model("FileCreateParams", name="n", content=content(bytes(range(256))),
                     section_id="s", field_id=field)  # fmt: skip
        if item != "none":
            self.pair.do(
                "items.files.attach", lambda held: [model("Item", **held[item]), file], keep=item
            )

    def do_read_file(self) -> None:
        item = self._some_item()

        def build(held: dict[str, Any]) -> list[Any]:
            files = held.get(item, {}).get("files") or []
            attributes = files[0]["attributes"] if files else {"name": "n", "id": "x", "size": 1}
            return [*self._place(held, item), model("FileAttributes", **attributes)]

        self.pair.do("items.files.read", build)

    def do_remove_file(self) -> None:
        item = self._some_item()
        if item != "none":
            self.pair.do(
                "items.files.delete",
                lambda held: [model("Item", **held[item]), "s", "file"],
                keep=item,
            )

    def do_replace_document(self) -> None:
        held = self.pair.ours.held
        documents = [item for item in self.items if held[item]["document"]]
        item = self.random.choice(documents) if documents else self._some_item()
        document = model("DocumentCreateParams", name="e", content=content(b""))
        if item != "none":
            self.pair.do(
                "items.files.replace_document",
                lambda held: [model("Item", **held[item]), document],
                keep=item,
            )

    def do_policy(self) -> None:
        item = self._some_item()
        self.pair.do(
            "items.shares.get_account_policy",
            lambda held: self._place(held, item),
            keep="policy",
        )

    def do_recipients(self) -> None:
        people = ["a@b.example", "c.example"]
        if self._rarely():
            people.append(self.random.choice(["not one", "@", "ü@x.example"]))
        if "policy" in self.pair.ours.held:
            self.pair.do(
                "items.shares.validate_recipients",
                lambda held: [model("ItemShareAccountPolicy", **held["policy"]), people],
            )

    def do_share(self) -> None:
        item = self._some_item()
        params = model("ItemShareParams", one_time_only=True,
                       expire_after=self.random.choice([None, "OneHour"]))  # fmt: skip
        if item != "none" and "policy" in self.pair.ours.held:
            self.pair.do(
                "items.shares.create",
                lambda held: [
                    model("Item", **held[item]),
                    model("ItemShareAccountPolicy", **held["policy"]),
                    params,
                ],
            )

    # -- secrets ---------------------------------------------------------------------

    def _reference(self, held: dict[str, Any], item: str, tail: str) -> str:
        title = held[item]["title"] if item in held else "item"
        return f"op://vault/{title}/{tail}"

    def _tail(self) -> str:
        return self.random.choice(
            ["password", "t0", "s/t1", "f0", "none", "x/y", "t0?attribute=otp",
             "t0?ssh-format=openssh", "t0?attribute=x", "t%", "f.txt", "notesPlain"]
        )  # fmt: skip

    def do_resolve(self) -> None:
        item, tail = self._some_item(), self._tail()
        self.pair.do("secrets.resolve", lambda held: [self._reference(held, item, tail)])

    def do_resolve_all(self) -> None:
        asked = [(self._some_item(), self._tail()) for _ in "abcd"]
        self.pair.do(
            "secrets.resolve_all", lambda held: [[self._reference(held, *one) for one in asked]]
        )

    def do_validate(self) -> None:
        reference = self.random.choice(["op://a/b/c", "op://a/b", "ap://", "op://a/b/c?x=y", ""])
        self.pair.do("secrets.validate_secret_reference", lambda _: [reference])

    def do_generate(self) -> None:
        # Passwords are random; what is refused is not.
        length = self.random.choice([0, 2, 13, 101, 2**32 - 1])
        recipe = model(
            "PasswordRecipePin", parameters=model("PasswordRecipePinInner", length=length)
        )
        self.pair.do("secrets.generate_password", lambda _: [recipe])

    # -- vaults, groups, environments --------------------------------------------------

    def do_vault_create(self) -> None:
        name, title = (
            self._fresh("vault"),
            self.random.choice([*[self._fresh("v")] * 4, "", "a\nb"]),
        )
        params = model("VaultCreateParams", title=title,
                       description=self.random.choice([None, "about"]))  # fmt: skip
        if self.pair.do("vaults.create", lambda _: [params], keep=name):
            self.vaults.append(name)

    def do_vault_read(self) -> None:
        vault = self.random.choice([*self.vaults, NOBODY, "no id"])
        asked = model("VaultGetParams", accessors=self.random.choice([None, True, False]))
        self.pair.do("vaults.list", lambda _: [])
        self.pair.do("vaults.get_overview", lambda held: [self._vault(held, vault)])
        self.pair.do("vaults.get", lambda held: [self._vault(held, vault), asked])

    def do_vault_update(self) -> None:
        vault, title = self.random.choice(self.vaults), self.random.choice([None, self._fresh("w")])
        if vault == self.vaults[0]:
            title = None  # references name it
        params = model("VaultUpdateParams", title=title, description="new")
        self.pair.do("vaults.update", lambda held: [self._vault(held, vault), params])

    def do_vault_delete(self) -> None:
        vault = self.random.choice([*self.vaults[1:], *[NOBODY] * 2])
        if self.pair.do("vaults.delete", lambda held: [self._vault(held, vault)]):
            self.vaults.remove(vault)

    def do_groups(self) -> None:
        vault = self.vaults[-1]  # its own, once the token has made one
        mask = self.random.choice([32, 48, 48, 16, 0, 2**31])
        who = self.random.choice([NOBODY, *[self.facts["group"]] * 3])
        grant = model("GroupAccess", group_id=who, permissions=mask)
        self.pair.do(
            "vaults.grant_group_permissions", lambda held: [self._vault(held, vault), [grant]]
        )
        self.pair.do(
            "vaults.update_group_permissions",
            lambda held: [[model("GroupVaultAccess", vault_id=self._vault(held, vault),
                                 group_id=who, permissions=48)]],
        )  # fmt: skip
        asked = model("GroupGetParams", vault_permissions=True)
        self.pair.do("groups.get", lambda _: [who, asked])
        if self.random.random() < 0.5:
            self.pair.do(
                "vaults.revoke_group_permissions", lambda held: [self._vault(held, vault), who]
            )

    def do_environment(self) -> None:
        environment = self.random.choice([self.facts["environment"], NOBODY, "no id"])
        self.pair.do("environments.get_variables", lambda _: [environment])
