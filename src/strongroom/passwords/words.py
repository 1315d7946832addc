"""The words of memorable passwords.

All of them are Strongroom's own work under its own licence; no list of
another project went into them. None of the three kinds is a dictionary:

- Full words are two short English words written as one, such as `oakboat`:
  first any of 176 qualities and materials, then any of 204 things. All
  35,904 pairs are different words of 6 to 8 letters.
- Syllables are what English spelling allows: consonants, vowels, consonants,
  in 2 to 4 letters.
- Three letters are taken from an alphabet without i, l, o and s, no two
  neighbours alike.

A few syllables and triples that offend are left out.
"""

# ruff: noqa: SIM905  (a list literal would take a line for each word)

from __future__ import annotations

from functools import cache
from typing import Final

_QUALITIES: Final = """
    acid aged apt aqua ash bald bare best big blue bold bone brim calm can clay coal cold
    cool corn cozy damp dark dawn day deep dew dim dry dual dull dusk east easy elm even
    fair far fast felt fern few fine fire firm flat flax fog fond foot free full gale glad
    gold good gray hail hand hay heat hemp herb high hill home hot huge ice idle iron ivy
    jade jet just keen key kind knit lace lake late lead leaf lean left lime live long loud
    low main map meek mild milk mint mist moon moss mud mute navy near neat new nice noon
    oak oat odd old only opal open ore oval pale past peak pine pink plum pure rain rare
    reed rice rich ripe road rose ruby rush rust rye safe sage salt sand sea shy side silk
    slim slow snow soft spry star sun tall tame tart teal thin tidy time tiny top town true
    twin vast warm wax west wide wild wind wise wood wool yarn zany zinc
""".split()

_THINGS: Final = """
    ant arch aunt axe bag ball band bank barn bat bath bay beam bean bear bed bee beet bell
    belt bike bird boat bolt book boot bowl box bud bug bus bush cake camp cane cap car card
    cart case cat cave club coat coin colt comb cook cork cow crab crew crow cub cup dam
    deck deer den desk dish dock dog doll dome door dove drum duck ear edge eel egg elk fan
    farm fawn fig fish flag fly foal fork fort fox frog gate gear gem goat gull hall hare
    harp hat hawk hen hero hive hood hook horn hut inn jam jar jeep jug king kite knob knot
    lamb lamp lane lark lens lid lily lion loaf lock loft log loom lynx mask mat menu mill
    mine mole monk moth mule nest net nut oar oven owl palm pan park path paw pea pear pen
    pie pier pig pipe pond pony pool port pot pump raft rail reef ring rock roof room root
    rope rug sail seal seat seed ship shoe shop sign sky sled sock soup swan tail tape tart
    tea team tent tile toad toy tray tree van vase vest vine wall wave web wing wolf wren
    yard
""".split()

_VOWELS: Final = "a e i o u".split()
_VOWEL_PAIRS: Final = "ai au ea ee ei ie oa oi oo ou ue ui".split()
_STARTS: Final = "b c d f g h j k l m n p r s t v w x y z".split()
_START_PAIRS: Final = (
    "bl br ch cl cr dr dw fl fr gl gr kn ph pl pr sc sh sk sl sm sn sp st sw th tr tw wh wr"
).split()
_ENDS: Final = "b c d f g k l m n p r s t v x z".split()
_END_PAIRS: Final = (
    "ch ck ct ff ft ld lf lk ll lm lp lt mp nd ng nk nt pt rb rc rd rf rg rk rl rm rn rp rt sh sk "
    "sp ss st th zz"
).split()
_LETTERS: Final = "abcdefghjkmnpqrtuvwxyz"

_LEFT_OUT: Final = frozenset(
    "anal anus arse bitc cock coon crap cum cunt damn dick dyke fag fap fart fuc fuck fuk gook "
    "hell jap jerk jew kunt nazi nig pedo phuc phuk piss porn puss rape scum shit slut spic suck "
    "tard tit turd wank whor wtf".split()
)


def full_words() -> tuple[list[str], list[str]]:
    """Return the first and the second halves; any pair of them is a word."""
    return _QUALITIES, _THINGS


@cache
def syllables() -> tuple[str, ...]:
    """Return all syllables, each once."""
    patterns = (
        (_STARTS, _VOWELS, [""]),
        ([""], _VOWELS, _ENDS),
        (_STARTS, _VOWELS, _ENDS),
        (_START_PAIRS, _VOWELS, [""]),
        (_STARTS, _VOWEL_PAIRS, [""]),
        ([""], _VOWELS, _END_PAIRS),
        ([""], _VOWEL_PAIRS, _ENDS),
        (_START_PAIRS, _VOWELS, _ENDS),
        (_STARTS, _VOWELS, _END_PAIRS),
        (_STARTS, _VOWEL_PAIRS, _ENDS),
        (_START_PAIRS, _VOWEL_PAIRS, [""]),
    )
    # Letters before, of and after the vowels are told apart by what they are,
    # so no syllable has two patterns and none is more likely than another.
    return tuple(
        syllable
        for starts, vowels, ends in patterns
        for start in starts
        for vowel in vowels
        for end in ends
        if (syllable := start + vowel + end) not in _LEFT_OUT
    )


@cache
def three_letters() -> tuple[str, ...]:
    """Return all triples, each once."""
    return tuple(
        triple
        for first in _LETTERS
        for second in _LETTERS
        for third in _LETTERS
        if first != second != third and (triple := first + second + third) not in _LEFT_OUT
    )
