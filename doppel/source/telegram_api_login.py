"""Logging in to Telegram once: credentials of the program, then phone number, code and password on the terminal."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doppel.errors import DataError
from doppel.source.telegram_api_private import private_file, private_folder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

API_ID, API_HASH = "DOPPEL_TELEGRAM_API_ID", "DOPPEL_TELEGRAM_API_HASH"
HOW_TO_GET = (
    "Get both at https://my.telegram.org (API development tools, any title and short name) and type them before the "
    f"command: {API_ID}=12345 {API_HASH}=0123abcd... doppel ..."
)
TRIES = 3


def credentials() -> tuple[int, str]:
    """api_id and api_hash, from the environment alone, so that no config, log or run ever holds them.

    Raises: DataError where one is missing or cannot be one; the values are never told.
    """
    number, secret = os.environ.get(API_ID, "").strip(), os.environ.get(API_HASH, "").strip()
    missing = [name for name, value in ((API_ID, number), (API_HASH, secret)) if not value]
    if missing:
        raise DataError(f"source=telegram_api needs {' and '.join(missing)} in the environment. {HOW_TO_GET}")
    if not number.isdecimal():
        raise DataError(f"{API_ID} is not a number. {HOW_TO_GET}")
    return int(number), secret


def session_file(session: str) -> Path:
    """The file that keeps the login, ready to be opened. Raises: DataError where others could read it."""
    path = Path(session).expanduser()
    path = path if path.suffix == ".session" else path.with_name(f"{path.name}.session")  # as Telethon names it
    private_folder(path.parent, "source.session")
    return private_file(path, "source.session")


async def log_in(client: Any) -> None:
    """Does nothing when the session is still good. Raises: DataError."""
    if await client.is_user_authorized():
        return
    if not sys.stdin.isatty():
        raise DataError(
            "Telegram has to know you first, and there is no terminal to ask on: run "
            "`doppel prepare source=telegram_api` in one; the login is kept for later runs."
        )
    from telethon import errors

    try:
        phone = _asked(input, "Your phone number, with + and country code: ")
        sent = await client.send_code_request(phone)
        await _confirm(client, phone, sent.phone_code_hash)
    except errors.ApiIdInvalidError as error:
        raise DataError(f"Telegram does not know these {API_ID} and {API_HASH}. {HOW_TO_GET}") from error
    except (errors.PhoneNumberInvalidError, errors.PhoneNumberUnoccupiedError, errors.PhoneNumberBannedError) as error:
        raise DataError("Telegram has no account for that phone number. Type it as in +49 170 1234567.") from error
    except errors.PhoneCodeExpiredError as error:
        raise DataError("That code is too old. Run the same command again for a new one.") from error


async def _confirm(client: Any, phone: str, code_hash: str) -> None:
    from telethon import errors

    async def with_code(code: str) -> None:
        await client.sign_in(phone, code, phone_code_hash=code_hash)

    async def with_password(password: str) -> None:
        await client.sign_in(password=password)

    wrong_code = (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError)
    try:
        await _try(with_code, input, "The code that Telegram has sent you: ", wrong_code)
    except errors.SessionPasswordNeededError:
        wrong_password = (errors.PasswordHashInvalidError,)
        await _try(with_password, getpass.getpass, "Your two-step verification password: ", wrong_password)


async def _try(
    enter: Callable[[str], Awaitable[None]],
    ask: Callable[[str], str],
    prompt: str,
    wrong: tuple[type[Exception], ...],
) -> None:
    for _ in range(TRIES):
        try:
            return await enter(_asked(ask, prompt))
        except wrong:
            print("That is not right.", file=sys.stderr)
    raise DataError(f"Not right {TRIES} times: Telegram was not logged in to. Run the same command again.")


def _asked(ask: Callable[[str], str], prompt: str) -> str:
    while True:
        try:
            answer = ask(prompt).strip()
        except EOFError as error:
            raise DataError("The terminal was closed before Telegram was logged in to.") from error
        if answer:
            return answer
