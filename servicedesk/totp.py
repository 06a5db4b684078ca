"""The codes that authenticator apps show (RFC 6238): six digits, a new one every 30 seconds."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30


def totp(seed: str) -> pyotp.TOTP:
    return pyotp.TOTP(seed, interval=STEP_SECONDS)


def matching_step(seed: str, code: str, now: datetime) -> int | None:
    """The newest time step whose code this is, one step either way of now; None where it is none.

    Whoever asks keeps the step, and takes it and older ones no more: no code is good twice (S3)."""
    if not code.isascii() or not code.isdigit():
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    codes = totp(seed)
    steps = (current - 1, current, current + 1)
    right = [step for step in steps if hmac.compare_digest(codes.generate_otp(step), code)]
    return right[-1] if right else None
