"""The key that clients must bring: from a file or the environment, never from a command line."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from doppel.errors import ConfigError
from doppel.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST = 16  # characters
ADVICE = "a good one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def key_for(
    host: str, key_file: str | None, key_variable: str | None, environment: Mapping[str, str], group: str
) -> str | None:
    """The key that clients of a server at this address must bring; None where there is none, and none is needed.

    `group`: of the config, that all of this is typed in.
    Raises: ConfigError, also where the address can be reached from elsewhere and there is no key.
    """
    key = read_key(key_file, key_variable, environment, group)
    if key is None and not is_loopback(host):
        raise ConfigError(
            f"{group}.host={host} can be reached from elsewhere, which needs a key: put one into a file and "
            f"type {group}.key_file=FILE, or into the environment variable {key_variable}; {ADVICE}"
        )
    return key


def read_key(
    key_file: str | None, key_variable: str | None, environment: Mapping[str, str], group: str = "serving"
) -> str | None:
    """The key, None where there is none. Raises: ConfigError for one that cannot be read or is easily guessed."""
    if key_file is not None:
        return _sound(from_file(f"{group}.key_file", key_file), f"{group}.key_file={key_file}")
    if key_variable is None or key_variable not in environment:
        return None
    return _sound(environment[key_variable], f"the environment variable {key_variable}")


def from_file(name: str, path: str) -> str:
    """The words of a file that is its owner's alone; `name`: the setting. Raises: ConfigError."""
    file = Path(path).expanduser()
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        words = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{name}={file} cannot be read: {reason}") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{name}={file} can be read by others: type chmod 600 {file}")
    return words


def _sound(key: str, where: str) -> str:
    """The key without white space around it. It is not shown where it is refused."""
    key = key.strip()
    if len(key) < SHORTEST or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"{where} holds no good key: accepted are {SHORTEST} or more letters, digits and signs without blanks; "
            f"{ADVICE}"
        )
    return key


def is_key(key: str, authorization: bytes | None) -> bool:
    """Whether an Authorization header brings the key, in a time that tells nothing of either."""
    scheme, _, given = (authorization or b"").partition(b" ")
    digests = (hashlib.sha256(words).digest() for words in (key.encode(), given.strip()))
    return hmac.compare_digest(*digests) and scheme.lower() == b"bearer"


def as_bearer(authorization: bytes) -> bytes:
    """What a browser sends after asking its user for a name and a password (RFC 7617), as a program sends the key.

    The name may be any. What is no such header stays as it is.
    """
    scheme, _, given = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return authorization
    try:
        return b"Bearer " + base64.b64decode(given.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return authorization
