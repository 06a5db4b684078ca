"""Whether what was taken for an order is one: the words that say so, and those that tell of a fault.

The words stand in order_talk.yml; what they say of an order means nothing where none is being written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from servicedesk.handover.clauses import QUOTED
from servicedesk.talk_patterns import LONGEST, parts, patterns_of, plain, says

FILE = Path(__file__).with_name("order_talk.yml")
DENIES, NOTHING_WANTED, NEEDS_NOTHING, NAMES_FAULT = (
    "denies",
    "nothing_wanted",
    "needs_nothing",
    "names_fault",
)
FAULTY, STOPPED, SHOWS, ERRORS, WANTS, NEW = "faulty", "stopped", "shows", "errors", "wants", "new"


def is_denial(text: str, before: Sequence[str] = ()) -> bool:
    """Whether these words, typed while an order is written, say that it is a fault; `before` is what was said until then.

    "Not a request" and "I need nothing" say it where a fault was told of, or when said twice; else it may be an order that
    is no longer wanted. "Nobody has to approve that" and "nothing new" say it only beside a fault, and "the old
    one is broken" never does."""
    said = plain(text)
    if _is_named(said):
        return True
    if _refuses(said):
        told = [plain(each) for each in before]
        return any(_tells(each) for each in (said, *told)) or any(_refuses(each) for each in told)
    return _says(NOTHING_WANTED, said) and _tells(said) and not _wants(said)


def is_fault(text: str) -> bool:
    """Whether a message plainly tells of a fault, and asks for nothing to be bought, given or installed."""
    said = plain(text)
    plainly = any(_says(kind, said) for kind in (FAULTY, STOPPED)) or _quotes_error(text)
    return plainly and not _wants(said)


def asks(text: str) -> bool:
    """Whether these words ask for something to be bought, given or installed; "a new screen, please" does."""
    said = plain(text)
    return _wants(said) or _says(NEW, said)


def tells_fault(text: str) -> bool:
    """Whether anything in these words says that something is broken, whatever else they want."""
    return _tells(plain(text))


def fault_in(text: str) -> str:
    """The parts of a message that tell what is broken, as they stand; "" where none does."""
    return ", ".join(each.strip(" .!?;,\n") for each in parts(text) if _tells(plain(each)))


def _is_named(said: str) -> bool:
    """ "This is a fault"; the question whether it is one says nothing."""
    return any(_says(NAMES_FAULT, each) for each in parts(said) if "?" not in each)


def _refuses(said: str) -> bool:
    return _says(DENIES, said) or (_says(NEEDS_NOTHING, said) and not _wants(said))


def _tells(said: str) -> bool:
    return any(_says(kind, said) for kind in (FAULTY, STOPPED, ERRORS))


def _wants(said: str) -> bool:
    """ "I need nothing new" wants nothing."""
    for kind in (DENIES, NOTHING_WANTED, NEEDS_NOTHING):
        said = patterns_of(FILE)[kind].sub(" ", said)
    return _says(WANTS, said)


def _quotes_error(text: str) -> bool:
    """What stands in quotation marks may be a folder's name as well: it is an error where it says so, or is said to be
    what the screen shows."""
    return any(
        _says(ERRORS, plain(found[1])) or _says(SHOWS, plain(text[: found.start()])[-60:])
        for found in QUOTED.finditer(text[:LONGEST])
    )


def _says(kind: str, words: str) -> bool:
    return says(FILE, kind, words)
