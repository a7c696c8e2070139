"""Who we are at a provider, in what every provider's account has."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


def secret():
    """A field whose value must not show up anywhere."""
    return field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The base of what a provider's wire code knows of an account."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must not show up anywhere: of all fields that are secret."""
        values = (getattr(self, each.name) for each in fields(self) if not each.repr)
        return tuple(filter(None, values))


def both(secret: str, previous: str) -> tuple[str, ...]:
    """The secrets that may sign: two while one is replaced, none without it."""
    return tuple(filter(None, (secret, previous))) if secret else ()
