"""What an agent may write into an employee's chat (U16): nobody in IT asks for a secret, or tells one."""

from __future__ import annotations

import re
from enum import Enum

from servicedesk.redaction import redact

LONGEST = 4_000


class Refusal(str, Enum):
    EMPTY = "empty"
    TOO_LONG = "too_long"
    ASKS_FOR_SECRET = "asks_for_secret"
    HOLDS_SECRET = "holds_secret"


_SECRET = (
    r"(?:pass\s?words?|passwd|pass\s?phrase|pass\s?code|passord\w{0,3}|lösenord\w{0,3}|losenord\w{0,3}"
    r"|(?:pass|kenn)w(?:o|ö)rt\w{0,3}"
    r"|pin(?:\s?-?\s?(?:code|kode\w?|kod|koden|nummer))?|otp|tan|puk"
    r"|(?<!error )(?<!exit )(?<!status )(?<!stop )(?<!postal )(?<!qr )(?<!feil)(?<!fel)(?<!fehler)(?<!qr-)"
    r"(?:one-time |verification |security |sms-?|engangs|engångs|einmal|bekreftelses|verifierings|säkerhets"
    r"|sikkerhets|sicherheits|bestätigungs|anmelde|prüf)?(?:codes?|kode|koden|kod|koder|kodar)"
    # A code by what it is made of or came in: "the six digits you just got", "the text message from IT"
    r"|(?:digits?|numbers|sifrene|tallene|siffrorna|ziffern|zahlen),?\s(?:that\s|which\s|som\s|die\s)?"
    r"(?:you|du|sie|from|in|fra|i|från|aus)\s[^.!?\n]{0,30}?(?<!\w)"
    r"(?:got|get|received|fikk|får|fick|bekommen|erhalten|sms|text|tekstmeldingen|app|appen|app-en)"
    r"|(?:sms(?:-en|-et|:et|et|en)?|text|message|tekstmeldingen|meddelandet|nachricht)\s[^.!?\n]{0,30}?(?<!\w)"
    r"(?:from (?:us|it)|fra (?:oss|it)|från (?:oss|it)|von (?:uns|der it))"
    r"|authenticator|recovery key|gjenopprettingsnøkkel\w*|återställningsnyckel\w*"
    r"|wiederherstellungsschlüssel\w*)"
)
_ASKING = (
    r"(?:send|sende|senden|schick\w*|skicka\w*|give|gi|gib|geben|ge|tell|share|dele?|dela|teile?n?"
    r"|provide|supply|state"
    r"|reply with|answer with|respond with|confirm|need|require|want|what(?:'s| is| was| are)|which (?:is|are)"
    r"|may i have|can i have"
    r"|could i have|let me (?:have|know)|text me|mail me|e-?mail me|read (?:me|out|them|it)|dictate|forward"
    r"|oppgi\w*|fortell\w*|trenger|må ha|vil ha|hva er|hva var|kva er|kan jeg få|få|bekreft\w*|svar med"
    r"|videresend\w*|lese? opp|diktér"
    r"|uppge\w*|ange|berätta|behöver|vill ha|måste ha|vad är|vad var|kan jag få|bekräfta|svara med"
    r"|vidarebefordra|läsa? upp"
    r"|nenn\w*|sag\w*|mitteil\w*|übermittel\w*|brauch\w*|benötig\w*|wie lautet|wie heißt|was ist"
    r"|wie ist|bestätig\w*"
    r"|durchgeben|verrat\w*|leite\w*|antworten sie mit)"
)
_HERE = r"(?:write|type|enter|post|put|skriv|tast|legg|skriv in|lägg|schreib\w*|tipp\w*|gib|geben)"
_TO_US = r"(?:here|to me|to us|in the chat|in this chat|below|her|hit|til meg|i chatten|här|till mig|hier|mir|uns|im chat)"
_GAP = r"[^.!?\n]{0,80}"
_ASKS = re.compile(
    rf"(?<!\w)(?:{_ASKING}(?!\w){_GAP}(?<!\w){_SECRET}(?!\w)"
    rf"|{_SECRET}(?!\w){_GAP}(?<!\w)(?:mitteilen|durchgeben|nennen|senden|schicken|geben|verraten"
    rf"|übermitteln|please|bitte)(?!\w)"
    rf"|{_HERE}(?!\w){_GAP}(?<!\w){_SECRET}(?!\w){_GAP}(?<!\w){_TO_US}(?!\w)"
    rf"|{_HERE}(?!\w){_GAP}(?<!\w){_TO_US}(?!\w){_GAP}(?<!\w){_SECRET}(?!\w))",
    re.IGNORECASE,
)
# "Never send your password to anybody": a warning, not a question. Nothing may stand between the two but a pronoun.
_WARNS = re.compile(
    r"(?<!\w)(?:never|do not|don't|don’t|should not|must not|won't|will not|aldri|ikke|aldrig|inte"
    r"|niemals|nie|nicht|keinesfalls"
    r"|kein\w*)\s+(?:(?:ever|please|you|du|dere|ni|sie|ask you to|be om at du"
    r"|under any circumstances)\s+){0,2}$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def screen(text: str) -> Refusal | None:
    """Why this text may not go to an employee; None when it may."""
    if not text.strip():
        return Refusal.EMPTY
    if len(text) > LONGEST:
        return Refusal.TOO_LONG
    if redact(text).found:
        return Refusal.HOLDS_SECRET
    if any(_asks(sentence[0]) for sentence in _SENTENCE.finditer(text)):
        return Refusal.ASKS_FOR_SECRET
    return None


def _asks(sentence: str) -> bool:
    return any(not _WARNS.search(sentence[: match.start()]) for match in _ASKS.finditer(sentence))
