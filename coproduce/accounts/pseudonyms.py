"""Names people go by here: two friendly words, so that no name tells who somebody is."""

from collections.abc import Callable, Collection
from functools import cache
from typing import Final

from coproduce.core.keys import word_list
from coproduce.core.text import folded

PSEUDONYM_LIMIT: Final = 60
"""Most signs of a typed pseudonym that are looked at; no pair of words is half as long."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_WORDS: Final = _words(
    """
    agile ample aqua balmy brisk broad calm civil clear coral cozy crisp daily dandy early
    equal even exact fancy fresh glad good green happy hazy icy ivory jolly lilac lunar neat oval
    polar quiet royal ruby sandy satin sharp shiny silk sleek snowy tall tidal tidy upper urban
    vocal wavy wise wispy zesty zippy
    """
)
SECOND_WORDS: Final = _words(
    """
    acorn apple apron atlas atom bagel banjo barge barn basil baton boat book brook broom brush
    bunny cameo canal cape carol cedar chair chess cider clay cloak clock cloud coach coast crane
    cub daisy dawn deck desk donut dove drum duck eagle earth easel elk elm ferry finch flame flint
    fox frost gecko gem glove gong grape halo haven hazel hedge igloo jam jelly jet juice
    kite kiwi koala lake lemon lily lion mango map march mocha mouse mural music nest oak oasis oat
    ocean olive opal opera otter oven owl palm panda paper pasta path patio pecan petal plant plaza
    poem poet pond pony poppy prism puma puppy quill quilt radio raft ranch raven rhyme rice river
    robin rock rope rover salad sauna scarf shell ship shore skier sky spoon storm straw sugar
    sushi swan taco talon tiger tile train tree trout tulip tutor verse wafer wagon water wheat
    wind wing wolf wool yodel zebra
    """
)
"""Pleasant words of the EFF short list that say nothing about a person."""

UNKIND_WORDS: Final = frozenset(
    _words(
        """
        acid agony aids aim ajar alarm alias alibi anger argue armed armor army arson ashen
        ashes avert bash blast bleak blunt bony bribe broke bully bunt bust chaos clash claw
        clone cramp crave crazy crept crib cried crook crush cult cupid cure curse curvy dad
        deaf debt decay decoy ditch ditzy dizzy dose dowry drank drone dude duty dwarf elope
        erase error evade evict evil fade false fang femur fend fetal fever filth flaky
        fling flirt foe fog fried frisk frown gag gore grab grief grill groom grope growl
        grub grunt gut guy harm hash hasty hate hunk hurt hush islam jab jaws juror jury
        kept kilt knee lair legal liver lurch lure lurk lying mama mardi moan moist mom
        moody morse mumbo mummy mute nanny navy nerd pagan panic pants panty perky perm pest
        petty poach pork pout prank probe prong prude pug pulse punch punk rabid race rage
        raid ramp rant rash rebel riot ritzy rogue roman ruin rut saint salon scam scare
        scary scold scorn scowl shack shady shaft shaky sham shove shred shun shush shut
        slab slack slain slam slang slash slimy slip slit slob slug slum slurp smell smirk
        smog snare snarl sneak sneer sniff snort snout snub spew spied spoil stain stank
        stark stick sting stole stomp stray strut stuck stump stung stunt sulk swear sweat
        swore tacky tank tarot tart taunt theft thigh thong thorn throb thump trap trash
        trial tribe trick trump tug turf uncut undo utter veto vice virus vixen void wad
        wasp whiff widow wife wimp womb worry wound wrath wreck yelp
        """
    )
)
"""Words of that list about violence, bodies, guilt or belief. Nobody is given one to remember."""

OFFERED: Final = 6


@cache
def kind_words() -> tuple[str, ...]:
    """Return the words of the EFF short list that nobody minds to remember."""
    return tuple(word for word in word_list() if word not in UNKIND_WORDS)


def folded_pseudonym(typed: str) -> str:
    """Return a pseudonym as it is stored and compared: small letters, single spaces."""
    return folded(typed[:PSEUDONYM_LIMIT])


def is_of_our_words(pseudonym: str) -> bool:
    """Return True if the pseudonym is one that `offer_pseudonyms` can offer."""
    first, _space, second = pseudonym.partition(" ")
    return first in FIRST_WORDS and second in SECOND_WORDS


def offer_pseudonyms(
    taken: Collection[str], pick: Callable[[int], int], *, keep: str = ""
) -> tuple[str, ...]:
    """Return six pseudonyms that nobody has.

    Args:
        taken: pseudonyms in use.
        pick: gives a fair number below another.
        keep: the one that was chosen already, if it is free; it comes first.
    """
    free = [
        f"{first} {second}"
        for first in FIRST_WORDS
        for second in SECOND_WORDS
        if f"{first} {second}" not in taken
    ]
    offered = [keep] if keep in free else []
    free = [name for name in free if name not in offered]
    while free and len(offered) < OFFERED:
        offered.append(free.pop(pick(len(free))))
    return tuple(offered)
