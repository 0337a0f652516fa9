"""Passwords: what makes one good enough, and random ones."""

from __future__ import annotations

import secrets

from ...domain.problems import Problem

SHORTEST, LONGEST = 8, 256
_LOOKED_AT = 64
"""Characters that are rated; rating takes the longer the more there are."""
_GUESSES = 10**8
"""As zxcvbn estimates them; guessing here is slowed to some thousands a day. Eight random signs are enough."""
_OURS = ("inspect", "mingcha", "anfang", "mingchaanfang", "jingzhou", "wenming", "admin", "inspector", "chengshi")
"""Words that somebody who guesses here would try first."""
# Without letters and digits that are taken for one another when copied from a screen by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def random_password() -> str:
    """Three groups of four letters and digits: about 59 bits, and easy to type on a phone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def password_problems(password: str, name: str = "", title: str = "") -> list[Problem]:
    """What is wrong with a new password of an account: too short, its name, or among the first that are guessed."""
    if len(password) < SHORTEST:
        return [Problem("accounts.password_too_short", details={"minimum_password": SHORTEST})]
    if len(password) > LONGEST:
        return [Problem("accounts.password_too_long", details={"most_password": LONGEST})]
    if name and name in password.lower():
        return [Problem("accounts.password_has_name")]
    if _guessed_soon(password, (name, title)):
        return [Problem("accounts.password_guessable")]
    return []


def _guessed_soon(password: str, about: tuple[str, ...]) -> bool:
    # Its lists of common passwords, words and names take a moment to load, and are asked for seldom.
    from zxcvbn import zxcvbn

    rated = zxcvbn(password[:_LOOKED_AT], user_inputs=[word for word in (*about, *_OURS) if word])
    return int(rated["guesses"]) < _GUESSES
