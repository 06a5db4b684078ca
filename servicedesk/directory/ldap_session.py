"""One connection to one LDAP server: encrypted, verified, bound, and never slower than its deadline.

The only module that knows the client library (docs/decisions/0011)."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pyasn1.error import PyAsn1Error

with warnings.catch_warnings():  # it still asks pyasn1 for names of 2019
    warnings.simplefilter("ignore", DeprecationWarning)
    import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.protocol.rfc3062 import PasswdModifyRequestValue
from ldap3.utils.conv import escape_filter_chars

from servicedesk.directory.errors import DirectoryError, DirectoryUnavailable, OutcomeUnknown
from servicedesk.directory.ldap_settings import LdapSettings
from servicedesk.errors import SettingsError

SUCCESS, NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, NO_SUCH_OBJECT, INVALID_CREDENTIALS = 0, 16, 19, 32, 49
INSUFFICIENT_ACCESS, UNWILLING = 50, 53
BUSY = frozenset({3, 11, 51, 52})  # time limit, administrative limit, busy, unavailable: not done, try again
UNCLEAR = frozenset({1, 80})  # operationsError, other: after a write nobody knows
PAGED = "1.2.840.113556.1.4.319"  # RFC 2696
PAGE = 500
PASSWORD_MODIFY = "1.3.6.1.4.1.4203.1.11.1"  # RFC 3062
GARBAGE = (ValueError, TypeError, KeyError, IndexError, PyAsn1Error)  # what an undecodable answer ends in

Control = tuple[str, bool, bytes | None]  # OID, criticality, value


class LdapRefused(DirectoryError):
    """The server answered, and the answer is no. Its text may name people: it goes to no log (D1)."""

    def __init__(self, code: int, text: str = "", controls: Mapping[str, bytes] | None = None) -> None:
        super().__init__(f"LDAP result {code}")
        self.code = code
        self.text = text
        self.controls = dict(controls or {})


class BindRefused(DirectoryUnavailable):
    """The service account's own name or password is refused: for the employee the directory is not available."""

    def __init__(self, text: str) -> None:
        super().__init__("the directory refuses the service account")
        self.text = text


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises TimeoutError when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the directory was too slow")
        return left


@dataclass(frozen=True, slots=True)
class Entry:
    dn: str
    values: Mapping[str, tuple[bytes, ...]]  # by attribute name in small letters

    def raw(self, name: str) -> bytes | None:
        found = self.values.get(name.lower())
        return found[0] if found else None

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(value.decode("utf-8", "replace") for value in self.values.get(name.lower(), ()))

    def text(self, name: str) -> str:
        """The first value without blanks around it; empty where there is none."""
        return self.texts(name)[0].strip() if name and self.texts(name) else ""

    def number(self, name: str, default: int = 0) -> int:
        text = self.text(name)
        return int(text) if text.lstrip("-").isdigit() else default


def equals(attribute: str, value: str | bytes) -> str:
    """A filter; whatever means something in filters is escaped (U10)."""
    if isinstance(value, bytes):
        return f"({attribute}={''.join(f'{chr(92)}{byte:02x}' for byte in value)})"
    return f"({attribute}={escape_filter_chars(value)})"


def all_of(*filters: str) -> str:
    return f"(&{''.join(filters)})"


def any_of(filters: Iterable[str]) -> str:
    return f"(|{''.join(filters)})"


class Session:
    """A bound connection. Not for two threads at once."""

    def __init__(self, url: str, settings: LdapSettings) -> None:
        self.url = url
        self.deadline = Deadline(0)
        self.used_at = 0.0
        self._settings = settings
        self._connection: Any = None
        self._root: Entry | None = None

    # --- opening and closing ---

    def open(self, deadline: Deadline) -> None:
        """Connect, encrypt, verify, bind. Raises DirectoryUnavailable, BindRefused."""
        self.connect(deadline)
        self.bind()

    def connect(self, deadline: Deadline) -> None:
        self.deadline = deadline
        parts = urlsplit(self.url)
        encrypted = parts.scheme == "ldaps"
        host, port = parts.hostname or "", parts.port or (636 if encrypted else 389)
        try:
            left = deadline.left()
            server = ldap3.Server(
                _address(host, port, left),
                port,
                use_ssl=encrypted,
                get_info=ldap3.NONE,
                connect_timeout=left,
                tls=_VerifiedTls(host, self),
            )
            self._connection = ldap3.Connection(
                server,
                self._settings.bind_dn,
                self._settings.password.read(),
                auto_referrals=False,
                check_names=False,
            )
            self._connection.open(read_server_info=False)
            if not encrypted:
                self._connection.start_tls(read_server_info=False)
        except (LDAPException, OSError, SettingsError, *GARBAGE) as err:
            self.close()
            raise DirectoryUnavailable(f"no connection ({type(err).__name__})") from err

    def bind(self) -> None:
        result = self._run(lambda: self._connection.bind(read_server_info=False))
        if result["result"] != SUCCESS:
            self.close()
            if result["result"] == INVALID_CREDENTIALS:
                raise BindRefused(result["message"])
            raise DirectoryUnavailable(f"the bind ended with LDAP result {result['result']}")

    @property
    def alive(self) -> bool:
        return self._connection is not None

    @property
    def tls(self) -> ssl.SSLSocket | None:
        """The encrypted connection, for the administrator's check."""
        return self._connection.socket.inner if self._connection is not None else None

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(LDAPException, OSError):  # it may be broken already
                self._connection.strategy.close()
            self._connection = None

    # --- asking ---

    def root(self) -> Entry:
        """What the server says about itself; asked once a connection."""
        if self._root is None:
            self._root = self.read("", ("*", "+", "tokenGroups"))
        if self._root is None:
            raise DirectoryUnavailable("the server hides its root entry")
        return self._root

    def read(
        self,
        dn: str,
        attributes: Iterable[str],
        match: str = "(objectClass=*)",
        controls: list[Control] | None = None,
    ) -> Entry | None:
        """The entry of this name, or None if there is none that matches."""
        try:
            found = self.search(dn, match, attributes, scope=ldap3.BASE, controls=controls)
        except LdapRefused as err:
            if err.code == NO_SUCH_OBJECT:
                return None
            raise
        return found[0] if found else None

    def search(
        self,
        base: str,
        match: str,
        attributes: Iterable[str],
        *,
        scope: str = ldap3.SUBTREE,
        limit: int = 0,
        controls: list[Control] | None = None,
    ) -> list[Entry]:
        """All entries below `base` that match; `limit` stops earlier, without an error."""
        result = self._run(
            lambda: self._connection.search(
                base,
                match,
                search_scope=scope,
                dereference_aliases=ldap3.DEREF_NEVER,
                attributes=list(attributes) or [ldap3.NO_ATTRIBUTES],
                size_limit=limit,
                controls=controls,
            )
        )
        if result["result"] != SUCCESS and not (limit and result["result"] == 4):
            raise self._refusal(result)
        return self._entries()

    def search_all(self, base: str, match: str, attributes: Iterable[str]) -> list[Entry]:
        """All entries below `base` that match, page by page: servers give out a thousand at once (RFC 2696)."""
        wanted, cookie, found = list(attributes), None, list[Entry]()
        while True:
            page = cookie
            result = self._run(
                lambda page=page: self._connection.search(  # type: ignore[misc]
                    base, match, attributes=wanted, paged_size=PAGE, paged_cookie=page
                )
            )
            if result["result"] != SUCCESS:
                raise self._refusal(result)
            found += self._entries()
            cookie = (result.get("controls") or {}).get(PAGED, {}).get("value", {}).get("cookie")
            if not cookie:
                return found

    def who_am_i(self) -> str:
        """The name that the server knows us by; empty where it does not tell."""
        result = self._run(lambda: self._connection.extended("1.3.6.1.4.1.4203.1.11.3"))
        value = result.get("responseValue") or b""
        return value.decode("utf-8", "replace") if result["result"] == SUCCESS else ""

    # --- writing: a lost answer is OutcomeUnknown, a no is LdapRefused ---

    def replace(
        self, dn: str, changes: Mapping[str, list[str | bytes]], controls: list[Control] | None = None
    ) -> None:
        """Set these attributes, or remove them where there are no values.

        All of it or nothing: one LDAP modify is atomic (RFC 4511, 4.6)."""
        wanted = {name: [(ldap3.MODIFY_REPLACE, values)] for name, values in changes.items()}
        self._write(lambda: self._connection.modify(dn, wanted, controls))

    def remove_value(self, dn: str, attribute: str, value: str | bytes) -> None:
        self._write(lambda: self._connection.modify(dn, {attribute: [(ldap3.MODIFY_DELETE, [value])]}))

    def modify_password(self, dn: str, password: str, controls: list[Control] | None = None) -> None:
        """The Password Modify operation (RFC 3062)."""
        request = PasswdModifyRequestValue()
        request["userIdentity"] = dn
        request["newPasswd"] = password.encode()
        self._write(lambda: self._connection.extended(PASSWORD_MODIFY, request, controls))

    # --- inside ---

    def _write(self, call: Callable[[], object]) -> None:
        result = self._run(call, writes=True)
        self._connection.request = None  # the library keeps what it sent, and that may be a password (S5)
        if result["result"] in UNCLEAR:
            raise OutcomeUnknown(f"LDAP result {result['result']}")
        if result["result"] != SUCCESS:
            raise self._refusal(result)

    def _run(self, call: Callable[[], object], *, writes: bool = False) -> dict[str, Any]:
        if self._connection is None:
            raise DirectoryUnavailable("the connection is closed")
        try:
            self.deadline.left()
        except TimeoutError as err:  # nothing was sent
            raise DirectoryUnavailable(str(err)) from err
        try:
            call()
            result: dict[str, Any] = self._connection.result
        except (LDAPException, OSError, *GARBAGE) as err:
            self.close()
            failure = OutcomeUnknown if writes else DirectoryUnavailable
            raise failure(f"the answer was lost ({type(err).__name__})") from err
        return result

    def _entries(self) -> list[Entry]:
        return [
            Entry(
                item["dn"],
                {name.lower(): tuple(values) for name, values in item["raw_attributes"].items()},
            )
            for item in self._connection.response or ()
            if item["type"] == "searchResEntry"
        ]

    @staticmethod
    def _refusal(result: dict[str, Any]) -> DirectoryError:
        if result["result"] in BUSY:
            return DirectoryUnavailable(f"LDAP result {result['result']}")
        controls = {oid: control["value"] for oid, control in (result.get("controls") or {}).items()}
        return LdapRefused(result["result"], result.get("message") or "", controls)


class _TimedSocket:
    """A socket whose waits all together end with the session's deadline, however slowly the bytes drip (F2)."""

    def __init__(self, inner: ssl.SSLSocket, session: Session) -> None:
        self.inner = inner
        self._session = session

    def recv(self, size: int) -> bytes:
        self.inner.settimeout(self._session.deadline.left())
        return self.inner.recv(size)

    def sendall(self, data: bytes) -> None:
        self.inner.settimeout(self._session.deadline.left())
        self.inner.sendall(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class _VerifiedTls(ldap3.Tls):
    """Python's own checks of the certificate and its names, in place of the library's."""

    def __init__(self, host: str, session: Session) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._host = host
        self._session = session

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=self._session._settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connection.socket.settimeout(self._session.deadline.left())
        encrypted = context.wrap_socket(connection.socket, server_hostname=self._host)
        connection.socket = _TimedSocket(encrypted, self._session)


def _address(host: str, port: int, seconds: float) -> str:
    """The first address of this name. Raises OSError, and TimeoutError when the name servers are too slow."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    answer: queue.Queue[str | OSError] = queue.Queue()

    def look_up() -> None:
        try:
            answer.put(str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]))
        except (OSError, UnicodeError) as err:
            answer.put(OSError(str(err)))

    threading.Thread(target=look_up, daemon=True).start()  # it cannot be cut, only left behind
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no name server knows {host} in time") from None
    if isinstance(found, OSError):
        raise found
    return found
