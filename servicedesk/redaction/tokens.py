"""Keys and tokens of machines: known by their form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from servicedesk.redaction.kinds import Kind, Span

# Each begins where no character of its own stands before it: one start a run, so that the time stays linear.
_FORMS = re.compile(
    r"(?<![\w-])(?:"
    r"eyJ[\w-]{8,4000}\.[\w-]{8,8000}(?:\.[\w-]{0,4000}){0,3}"  # JWT, JWE
    r"|(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?!\w)"  # AWS
    r"|gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_\w{30,64}|pypi-[\w-]{30,255}"
    r"|xox[a-z]-[\w-]{10,255}|xapp-[\w-]{10,255}"  # Slack
    r"|sk-[\w-]{20,255}|[sr]k_(?:live|test)_\w{16,255}|SG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,512}|GOCSPX-[\w-]{20,64}"  # Google
    r"|hv[sb]\.[\w-]{20,255}|dop_v1_\w{40,80}"
    r"|\d{8,10}:AA[\w-]{32,40}"  # Telegram
    r"|[A-Za-z0-9_~.]{3}8Q~[\w~.-]{31,34}"  # Entra client secret
    r"|(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}(?![\w-])"  # product key
    r"|(?i:otpauth(?:-migration)?)://\S{1,2000}"
    r"|(?i:WIFI):(?:[STPHRI]:[^;\n]{0,128};){1,6};?"
    r")"
)
_WEBHOOKS = re.compile(
    r"(?i)https://(?:hooks\.slack\.com/(?:services|workflows|triggers)|[\w-]{1,63}\.webhook\.office\.com|"
    r"discord(?:app)?\.com/api/webhooks)/[^\s\"'<>]{8,500}"
)
_HEADERS = re.compile(
    r"(?i)(?<![\w-])(?:proxy-)?(?:authorization|set-cookie|cookie|x-api-key)\s?:\s?([^\n]{4,4000})"
)
_BEARER = re.compile(r"(?i)(?<!\w)(?:bearer|basic)\s{1,2}([\w.~+/-]{16,4000}={0,2})")
_USER_INFO = re.compile(r"(?<=://)[^\s/:@]{0,64}:([^\s/]{1,128})(?=@)")
_CURL = re.compile(r"(?<!\S)(?:-u|--user|--proxy-user)[ =][^\s:]{1,64}:(\S{1,128})")
_MYSQL = re.compile(r"(?<!\S)-u ?\S{1,64} -p(\S{4,128})")
_PARAMETER = re.compile(r"(?<=[?&#;])([\w.-]{1,40})=([^\s&#;\"'<>]{3,4000})")
_SECRET_PARAMETERS = re.compile(
    r"(?i)^(?:.*[_.-])?(?:token|secret|sig|signature|password|passwd|pwd|pw|key|apikey|code|otp|session|sessionid|sid|"
    r"jwt|assertion|auth|ticket|saml(?:response|request)?|accountkey|sharedaccesskey)$"
)
_CONNECTION = re.compile(
    r"(?i)(?<!\w)(?:AccountKey|SharedAccessKey|SharedAccessSignature|Pwd|Password)=([^;\s]{3,512})"
)
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")


def token_spans(text: str) -> Iterator[Span]:
    yield from _pem_spans(text)
    for match in _FORMS.finditer(text):
        yield Span(match.start(), match.end(), Kind.TOKEN)
    for pattern in (_WEBHOOKS,):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), Kind.TOKEN)
    for pattern in (_HEADERS, _BEARER):
        for match in pattern.finditer(text):
            yield Span(match.start(1), match.end(1), Kind.TOKEN)
    for pattern in (_USER_INFO, _CURL, _MYSQL, _CONNECTION):
        for match in pattern.finditer(text):
            yield Span(match.start(1), match.end(1), Kind.PASSWORD)
    for match in _PARAMETER.finditer(text):
        if _SECRET_PARAMETERS.match(match[1]):
            yield Span(match.start(2), match.end(2), Kind.TOKEN)


def _pem_spans(text: str) -> Iterator[Span]:
    """A private key from its first line to its last; without a last line, to the end of the text."""
    position = 0
    while begin := _PEM_BEGIN.search(text, position):
        end = _PEM_END.search(text, begin.end())
        position = end.end() if end else len(text)
        yield Span(begin.start(), position, Kind.TOKEN)
