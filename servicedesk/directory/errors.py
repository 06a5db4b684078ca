"""What can go wrong with a directory.

Tier0Error
└── DirectoryError
    ├── DirectoryUnavailable    worth another try, nothing was changed
    ├── OutcomeUnknown          the write may have happened: read back, never write twice (F3)
    ├── AccountNotFound
    ├── ChangeForbidden         the directory refuses: privileged, or the service account lacks the right (S7)
    ├── PasswordRejected        the directory's policy refuses this password; `reasons` says why
    └── NotSupported            this directory cannot do that at all
"""

from __future__ import annotations

from enum import Enum

from servicedesk.errors import Tier0Error


class DirectoryError(Tier0Error):
    pass


class DirectoryUnavailable(DirectoryError):
    """Worth another try; nothing was changed."""


class OutcomeUnknown(DirectoryError):
    """The write was sent and no answer came: read back on the same server before anything else (F3)."""


class AccountNotFound(DirectoryError):
    pass


class ChangeForbidden(DirectoryError):
    pass


class NotSupported(DirectoryError):
    pass


class PasswordFault(str, Enum):
    """Why a password is refused. The reset page has a sentence for each, in four languages."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    PERSONAL = "personal"  # holds the own name, user name or the company's name
    PREDICTABLE = "predictable"  # season and year, keyboard rows, repeats
    REUSED = "reused"
    UNMIXED = "unmixed"  # too few kinds of characters: only where the directory insists (AD's "complexity")
    TOO_RECENT = "too_recent"  # the last change is younger than the directory's minimum age
    CHARACTERS = "characters"  # letters or signs that this directory does not take at all
    REFUSED = "refused"  # the directory gave no reason that we know


class PasswordRejected(DirectoryError):
    def __init__(self, *reasons: PasswordFault) -> None:
        super().__init__(", ".join(reason.value for reason in reasons))
        self.reasons = reasons
