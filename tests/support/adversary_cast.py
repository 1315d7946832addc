"""One account with everybody in it who could want to deceive the others, and what each holds.

Ana owns the account; Cleo and Cora read and Dan writes what is shared, and
nobody of them forges. The others are named by their role; each has the keys that it
holds, and all that it ever held. `adversary_story` tells what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from strongroom.client.account.restoring import accept_restored
from strongroom.client.view.marks import Marks
from strongroom.crypto.invites import parse_invite_link
from support.adversary_story import (
    ADMINISTRATORS,
    HONEST,
    INVITED,
    PEOPLE,
    Build,
    enrol,
    fill,
    looked,
    make_containers,
    make_groups,
    make_tokens,
    renew,
    set_roles,
    suspend_and_return,
    take_away,
)
from support.faults_file import File
from support.faults_forgers import Forger, stranger
from support.faults_readers import Person
from support.faults_world import copy_database
from support.homes import Home


@dataclass
class Cast:
    """The account, and everybody in it.

    Attributes:
        people: Who can open an engine.
        forgers: What each role holds, by its name.
        places: Ids of containers by name.
        objects: Ids of objects by the name of their container and what they are.
        stored_file: Id of a file in the vault.
        invite: The secret of an invite that nobody has answered.
        old: The file as it was then.
        then: The head rev before anybody lost anything.
        gap: A head rev at which "returned manager" was suspended.
        early: What honest readers remembered then.
        marks: What they remember now, having seen everything.
    """

    home: Home
    people: dict[str, Person]
    forgers: dict[str, Forger]
    places: dict[str, bytes]
    objects: dict[tuple[str, str], bytes]
    stored_file: bytes
    invite: bytes
    old: Path
    then: int
    gap: int
    early: dict[str, Marks]
    marks: dict[str, Marks]

    @property
    def file(self) -> File:
        return File(self.home.path, self.people["Ana"].account)


def make_cast(folder: Path) -> Cast:
    """Make the account; at the end everybody is what the name of the role says."""
    build = Build(folder)
    ana = build.engine("Ana")
    # Once a backup was restored: this is the second generation of the directory.
    build.run(accept_restored(ana.session, ana.marks))
    enrol(build, PEOPLE)
    set_roles(build, ADMINISTRATORS, ["former owner", "demoted owner"])
    make_groups(build)
    make_containers(build)
    make_tokens(build)
    stored_file = fill(build)
    build.collect_keys()
    early = {who: looked(build, who) for who in (*HONEST, "reader")}
    then, old = build.head, folder / "then.db"
    copy_database(build.home.path, old)
    gap = suspend_and_return(build)
    take_away(build)
    renew(build)
    link = build.run(build.engine("Ana").invites.create(INVITED))
    build.collect_keys()
    marks = {who: looked(build, who) for who in (*HONEST, "reader")}
    build.home.close()
    build.home.opened.clear()
    forgers = {
        who: Forger(who, person.principal, person.kind, person.keyset, build.keys[who])
        for who, person in build.people.items()
    }
    forgers["outsider"] = stranger(build.people["Ana"].account)
    return Cast(
        home=build.home,
        people=build.people,
        forgers=forgers,
        places=build.places,
        objects=build.objects,
        stored_file=stored_file,
        invite=parse_invite_link(link.expose()).secret,
        old=old,
        then=then,
        gap=gap,
        early=early,
        marks=marks,
    )
