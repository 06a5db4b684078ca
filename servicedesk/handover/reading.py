"""Which facts a text tells, each in its own words: a story that nobody asked for, or the answer to a question."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from servicedesk.handover import meaning, phrases, values
from servicedesk.handover.clauses import (
    QUOTED,
    Span,
    clauses,
    cuts,
    folded,
    is_filler,
    sentences,
    words_of,
)
from servicedesk.handover.facts import (
    ERROR,
    FEW_WORDS,
    LONGEST,
    NAME,
    NOUN,
    FactKind,
    Facts,
    is_missing,
)
from servicedesk.handover.meaning import Guesser, Meaning

SHORT, A_PHRASE = 8, 3  # words
_LED = re.compile(r"(?:(?:so|så|also|and|og|och|o|und|men|aber|but|well|ah)\b[\s,]+)+(?=\S+\s+\S)", re.I)
_NO = re.compile(r"(?:no|nope|nei|nej|nä|nein|nee|nö)\b[\s,.:!–-]+", re.I)
_ONLY = re.compile(r"\b(?:bare|bara|berre|kun|nur|only|just|alene|åleine|ensam|allein|alone)\b", re.I)
Said = tuple[str, Mapping[str, str]]  # a message, and the entities in it as they are written


@dataclass(frozen=True, slots=True)
class Read:
    told: Mapping[str, str]  # by the fact's id
    rest: str = ""  # what belongs to none of them
    points_back: bool = False  # "as I wrote": what was asked for stands in what was said before


@dataclass(frozen=True, slots=True)
class _Clause:
    span: Span
    sentence: int
    tells: frozenset[str]
    empty: bool = False  # it says nothing that anybody asks about
    elsewhere: bool = False  # it tells something, and none of the facts that are wanted
    unlike: frozenset[str] = frozenset()  # facts that were asked for and that it can hardly be


def story(
    kinds: Sequence[FactKind], said: Iterable[Said], language: str = "en", guesser: Guesser | None = None
) -> dict[str, str]:
    """What these messages tell of these facts; the newest counts. An entity is enough by itself."""
    found: dict[str, str] = {}
    free = frozenset(kind.id for kind in kinds if kind.free)
    by_id = {kind.id: kind for kind in kinds}
    names = [kind.id for kind in kinds if kind.short == NAME]
    kinds = [kind for kind in kinds if kind.short != NAME]
    for text, entities in said:
        if names and (name := phrases.name_in(text)):
            found |= {each: name for each in names if each not in found}
        read = _by_meaning(text, _clauses(text, entities, kinds, trims=True), kinds, guesser=guesser)
        for name, spans in _by_fact(_joined(read, free)).items():
            if (
                name == ERROR
                and len(spans) == 1
                and not by_id[name].told_in(text[slice(*spans[0])], entities)
            ):
                continue  # that it does not work is the problem, and not yet what one sees
            spans = _to_the_end(text, spans) if by_id[name].lists else _whole(by_id[name], text, spans)
            found[name] = _without_the_rest(by_id[name], text, spans, entities)
        for kind in kinds:
            written = str(entities.get(kind.entity) or "") if kind.entity else ""
            if written and not _by_signs(kind, text) and _concerns(kind, written, text):
                found[kind.id] = written
    # L1 reads the story as a whole: what stands beside a value in it is not said twice.
    return {name: values.value(by_id[name], words, language)[0] for name, words in found.items()}


def answer(
    facts: Facts,
    asked: Sequence[FactKind],
    others: Sequence[FactKind],
    said: Said,
    language: str,
    guesser: Guesser | None = None,
) -> Read:
    """What the answer to a question for these facts tells, and of the others beside them."""
    text, entities = said
    if facts.is_not_known(text):
        return Read({kind.id: text.strip() for kind in asked})
    read = list(_clauses(text, entities, [*asked, *others], asked=asked))
    read = _by_meaning(text, read, [*asked, *others], asked=asked, guesser=guesser)
    points_back = any(each.empty for each in read) and not any(each.tells for each in read)
    found, left = _shared_out(facts, text, read, asked, others)
    told = {name: words_of(text, spans) for name, spans in found.items()}
    more: list[str] = []
    for kind in (*asked, *others):
        if kind.id in told:
            meant = _meant(facts, kind, told[kind.id], language) if kind in asked else ""
            told[kind.id] = told[kind.id] + meant if meant else _tidied(kind, told[kind.id])
            told[kind.id], beside = values.value(kind, told[kind.id], language)
            more += [beside] if beside else []
    rest = ". ".join(filter(None, [words_of(text, left), *more]))
    return Read(told, "" if is_filler(rest) else rest, points_back)


def is_told(facts: Facts, asked: Sequence[FactKind], text: str, guesser: Guesser | None = None) -> bool:
    """Whether this can be seen to be an answer to a question for these facts."""
    if facts.is_not_known(text):
        return True
    read = _clauses(text, {}, asked, asked=asked)
    return any(each.tells for each in _by_meaning(text, read, asked, asked=asked, guesser=guesser))


def recalled(kind: FactKind, said: Iterable[Said], guesser: Guesser | None) -> str:
    """The clause of what was said before that "as I wrote" most likely points at; "" where none is likely."""
    told = [text[slice(*each)] for text, _ in said for each in _spans(text)]
    found = max(
        zip(guesser(told) if guesser and told else (), told, strict=False),
        key=lambda each: each[0].of(kind.read_as),
        default=None,
    )
    return found[1].strip(" ,;.") if found and found[0].of(kind.read_as) >= meaning.RECALLED else ""


def _by_meaning(
    text: str,
    read: Iterable[_Clause],
    kinds: Sequence[FactKind],
    *,
    asked: Sequence[FactKind] = (),
    guesser: Guesser | None,
) -> list[_Clause]:
    """The clauses with what they tell by their meaning, where that is surer than their words."""
    read = list(read)
    words = [text[slice(*each.span)] for each in read]
    labels, wanted = meaning.possible(kinds), (kind.read_as for kind in asked)
    meant = meaning.meanings(guesser, words, wanted, labels)
    return [_weighed(each, means, kinds, asked) for each, means in zip(read, meant, strict=True)]


def _weighed(
    clause: _Clause, means: Meaning, kinds: Sequence[FactKind], asked: Sequence[FactKind]
) -> _Clause:
    by_words = [kind for kind in kinds if kind.id in clause.tells]
    wanted = [kind.id for kind in asked if means.label in kind.also_read_as | {kind.read_as}]
    bar = meaning.SURE if wanted else meaning.SURE_OF_A_STORY
    if means.chance < bar or (by_words and not means.speaks_against(by_words)):
        return replace(clause, unlike=frozenset(kind.id for kind in asked if means.speaks_against([kind])))
    if not wanted and any(kind.read_as == means.label and kind.by_words for kind in kinds):
        return clause
    wanted += [kind.id for kind in kinds if kind.read_as == means.label and means.label != meaning.WISH]
    if means.is_empty:
        return replace(clause, tells=frozenset(), empty=True)
    # "The printer on the 3rd floor eats paper" tells what happens, and to what.
    things = [
        kind.id for kind in by_words if means.label in meaning.HAPPENS and kind.read_as in meaning.THINGS
    ]
    return replace(clause, tells=frozenset([*wanted[:1], *things]), elsewhere=not wanted and not things)


def _shared_out(
    facts: Facts, text: str, read: Sequence[_Clause], asked: Sequence[FactKind], others: Sequence[FactKind]
) -> tuple[dict[str, list[Span]], list[Span]]:
    read = list(_bare_answers(facts, text, read, asked))
    found = _by_fact(read)
    open_ = [kind for kind in asked if kind.id not in found]
    if len(asked) > 1:
        open_ = [kind for kind in open_ if not kind.seen]
    bare = [each for each in read if not each.tells and not each.empty and not each.elsewhere]
    bare = [each for each in bare if not is_filler(text[slice(*each.span)])]
    heir = _heir(asked, open_)
    left = [each.span for each in bare if heir is None or heir.id not in each.unlike]
    apart = [each.span for each in read if each.elsewhere or (each in bare and each.span not in left)]
    apart = [each for each in apart if _says_more(facts, text[slice(*each)])]
    if heir and len(asked) > 1 and not heir.free and len(words_of(text, left).split()) > FEW_WORDS:
        heir = None  # "it drives me mad, and my boss is waiting" is not who else is affected
    if heir and left:
        return {**found, heir.id: left}, apart
    alone = any(kind.alone for kind in others if kind.id in found)
    if heir and not alone and not apart and not any(each.empty for each in read) and len(asked) == 1:
        return {**found, heir.id: [each.span for each in read]}, []
    joined = _joined(read)
    rest = (each.span for each in joined if not each.tells and not each.empty)
    return _by_fact(joined), [each for each in rest if _says_more(facts, text[slice(*each)])]


def _says_more(facts: Facts, words: str) -> bool:
    """Whether L1 needs it beside the facts: a bare "no" is none, and whether work goes on stands on a line of its own."""
    return facts.yes_or_no(words) is None and not facts.urgency_of(words)


def _heir(asked: Sequence[FactKind], open_: Sequence[FactKind]) -> FactKind | None:
    """Which fact the clauses tell in which nothing was recognised: the one that was asked for and is not answered yet;
    where more are open, the first that any words may answer."""
    if len(open_) == 1:
        return open_[0]
    return next((kind for kind in open_ if kind.free), None)


def _bare_answers(
    facts: Facts, text: str, read: Sequence[_Clause], asked: Sequence[FactKind]
) -> Iterator[_Clause]:
    """ "No" answers the question that can be answered so, and of two of them the newer one; what follows goes with it
    ("no, Per and Kari too")."""
    closed = [kind for kind in asked if kind.meaning]
    name: frozenset[str] = frozenset({closed[-1].id} if closed else ())
    follows: frozenset[str] = frozenset()
    for each in read:
        if facts.yes_or_no(text[slice(*each.span)]) is not None and not each.tells - name:
            follows = name
        elif each.tells:
            follows = frozenset()
        yield each if each.tells or not follows else replace(each, tells=follows)


def _meant(facts: Facts, kind: FactKind, words: str, language: str) -> str:
    """What a "yes" or "no" at its beginning means, where the words do not say it themselves: under "others affected",
    "yes, they have not got new ones yet" would say the opposite."""
    first = clauses(words, (0, len(words)))
    said = facts.yes_or_no(re.split(r"[.!?]\s", words[slice(*first[0])])[0]) if first else None
    if said is None or said not in kind.meaning or (said is False and kind.told_in(words, {})):
        return ""
    meant = kind.meaning[said][language]
    plain = said and kind.told_in(words, {}) and _ONLY.search(words)
    return "" if plain or folded(meant) in folded(words) else f" ({meant})"


def _clauses(
    text: str,
    entities: Mapping[str, str],
    kinds: Sequence[FactKind],
    *,
    asked: Sequence[FactKind] = (),
    trims: bool = False,
) -> Iterator[_Clause]:
    text = text[:LONGEST]

    def tells(span: Span) -> frozenset[str]:
        words = text[slice(*span)]
        told = frozenset(kind.id for kind in kinds if kind.told_in(words, entities))
        return told or frozenset(kind.id for kind in asked if kind.answered_in(words))

    def parts(span: Span, *, trimmed: bool = not trims) -> Iterator[Span]:
        """Cut where each side tells something of its own; what leads up to a story's first fact is no part of it."""
        everything = tells(span)
        for before, after in cuts(text, span) if everything else ():
            first, second = tells(before), tells(after)
            leads_up = len(text[slice(*before)].split()) > 1  # "siden i går" is one
            if (
                second
                and (first or leads_up)
                and (first or not (trimmed or (len(everything) == 1 and _stays(text, span, after))))
                and not first & second
                and first | second == everything
            ):
                yield from (before, *parts(after, trimmed=True)) if first else parts(after, trimmed=True)
                return
        yield span

    for number, sentence in enumerate(sentences(text)):
        for clause in clauses(text, sentence):
            for part in parts(clause):
                yield _Clause(part, number, tells(part))


def _stays(text: str, clause: Span, after: Span) -> bool:
    """What leads up is cut off only where little is left, or where the clause is long."""
    return len(text[slice(*clause)].split()) <= SHORT and len(text[slice(*after)].split()) > A_PHRASE


def _joined(read: Iterable[_Clause], free: frozenset[str] | None = None) -> list[_Clause]:
    """A clause that tells nothing stays with the one before it in its sentence, at its beginning with the next. Of a
    story, which L1 reads as a whole anyway, only what goes on with a fact of any words (`free`)."""
    joined: list[_Clause] = []
    for each in read:
        before = joined[-1] if joined and joined[-1].sentence == each.sentence else None
        apart = each.elsewhere or each.empty or (before and (before.elsewhere or before.empty))
        goes_on = not apart and not each.tells and (free is None or (before and before.tells & free))
        leads_up = before and not apart and not before.tells and free is None
        if before and (goes_on or leads_up):
            span = (before.span[0], each.span[1])
            joined[-1] = _Clause(span, each.sentence, before.tells or each.tells)
        else:
            joined.append(each)
    return joined


def _by_fact(read: Iterable[_Clause]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for each in read:
        for name in each.tells:
            found[name].append(each.span)
    return dict(found)


def _spans(text: str) -> Iterator[Span]:
    text = text[:LONGEST]
    return (span for sentence in sentences(text) for span in clauses(text, sentence))


def _by_signs(kind: FactKind, text: str) -> bool:
    text = text[:LONGEST]
    return any(kind.told_in(each, {}) for each in _clauses_of(text))


def _concerns(kind: FactKind, written: str, text: str) -> bool:
    """Whether what an entity names is what the case is about: not "the device", nor where it works."""
    if kind.says_nothing(folded(written)):
        return False
    named = [each for each in _clauses_of(text[:LONGEST]) if written.casefold() in each.casefold()]
    return not named or any(
        not kind.is_elsewhere(folded(each)) and not is_missing(written, folded(each)) for each in named
    )


def _clauses_of(text: str) -> list[str]:
    return [text[slice(*span)] for span in _spans(text)]


def _without_the_rest(kind: FactKind, text: str, spans: Sequence[Span], entities: Mapping[str, str]) -> str:
    """Of a story, the error text alone where it is quoted, and of a thing or a time the words that say it."""
    words = words_of(text, spans)
    quoted = QUOTED.search(words) if kind.id == ERROR else None
    if quoted:
        return quoted[1].strip()
    if not kind.short:
        return _tidied(kind, words)

    def tells(part: str) -> bool:
        return kind.told_in(part, entities)

    told = [
        phrases.noun(each, tells) if kind.short == NOUN else phrases.moment(each, tells, kind.answered_in)
        for each in (text[slice(*span)].strip(" ,;.") for span in spans)
    ]
    return ", ".join(dict.fromkeys(told))


def _whole(kind: FactKind, text: str, spans: Sequence[Span]) -> list[Span]:
    """The whole sentence where its part would say the opposite: "my colleague, she can open it"."""
    if kind.whole_where is None:
        return list(spans)
    whole = [each for each in sentences(text) if kind.whole_where.search(text[slice(*each)])]
    return list(
        dict.fromkeys(next((each for each in whole if each[0] <= span[0] < each[1]), span) for span in spans)
    )


def _to_the_end(text: str, spans: Sequence[Span]) -> list[Span]:
    """A list goes on to the end of its sentence."""
    first = min(spans)
    ends = [end for start, end in sentences(text) if start <= first[0] < end]
    return [(first[0], ends[0])] if ends else list(spans)


def _tidied(kind: FactKind, words: str) -> str:
    """Without the "so" or "and" that led to it, and without a "no" that the rest makes plain: "no, Dave has it too"."""
    led = _LED.match(words) or _called(kind, words)
    rest = words[led.end() :] if led else words
    bare = rest[found.end() :] if kind.meaning and (found := _NO.match(rest)) else rest
    plain = bare != rest and bool(bare) and (kind.told_in(bare, {}) or kind.answered_in(bare))
    return (bare if plain else rest) or words


def _called(kind: FactKind, words: str) -> re.Match[str] | None:
    """What the line is called anyway: "cost centre 4410"."""
    names = "|".join(re.escape(each) for each in kind.name.values())
    return re.match(rf"(?:{names})\b[\s:,]*(?:(?:is|er|är|ist|the|den|die)\b\s*)*(?=\w)", words, re.I)
