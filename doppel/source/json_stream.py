"""A JSON document of any size as a stream, by the standard library's scanner: one value in memory at a time."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from doppel.errors import DataError
from doppel.source.utf16 import utf16_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Readable(Protocol):
    """What bytes are read from: a file, a member of an archive, a repaired stream."""

    def read(self, size: int, /) -> bytes:
        """About `size` bytes; b"" at the end only."""
        ...


PIECE_BYTES = 1 << 16  # what is made of a piece stays in the processor's cache: a fifth faster than 1 << 18
MAX_VALUE_CHARS = 16 << 20  # of one message: Telegram's longest has 4,096 characters
LONGEST_WORD = len("-Infinity")
BLANK = re.compile(r"[ \t\n\r]*")
COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
# strict=False: control characters inside strings are let through
SCAN: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined]


class JsonStream:
    """Walks into objects and arrays as far as asked, and decodes what is asked for.

    Several times as fast as an event parser, as a value is decoded in C whole. `advice` ends every error message:
    what to do about a broken file. Raises: DataError with the position, everywhere.
    """

    def __init__(self, stream: Readable, label: str, advice: str) -> None:
        self.stream = stream
        self.label = label
        self.advice = advice
        self.decode = codecs.getincrementaldecoder("utf-8-sig")()
        self.text, self.at, self.before = "", 0, 0  # `before`: characters of the file that are no longer in `text`
        self.is_over = False

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            self.at = BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text) or not self._more():
                return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """The whole value that begins here. Raises: DataError also for one of more than MAX_VALUE_CHARS."""
        self.peek()
        while True:
            is_there, value = self._scanned()
            if is_there:
                return value

    def ahead(self, chars: int) -> None:
        """Reads on where fewer characters than these are at hand: to find that a value is cut takes longer."""
        if len(self.text) - self.at < chars:
            self._more()

    def skip(self) -> None:
        """Passes over the value that begins here, in little memory however long it is."""
        first = self.peek()
        try:
            if first not in ("{", "["):
                self.value()
            elif not self._scanned()[0]:  # too long for the piece at hand: by its parts
                for _ in self.members() if first == "{" else self.places():
                    pass
        except RecursionError:
            self.fail("has values nested too deeply")

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here. A value that the caller leaves alone is passed over."""
        if not self.opens("{"):
            return
        while True:
            if self.peek() != '"':
                self._odd("a key")
            key = self.value()
            self._take(":")
            yield from self._each(key)
            if not self.goes_on("}"):
                return

    def elements(self) -> Iterator[Any]:
        """The decoded values of the array that begins here."""
        if not self.opens("["):
            return
        while True:
            yield self.value()
            if not self.goes_on("]"):
                return

    def places(self) -> Iterator[None]:
        """Stops at each element of the array that begins here. One that the caller leaves alone is passed over."""
        if not self.opens("["):
            return
        while True:
            yield from self._each(None)
            if not self.goes_on("]"):
                return

    def opens(self, bracket: str) -> bool:
        """Passes the bracket that must stand here, and its other half if that is next: whether it was not."""
        self._take(bracket)
        return not self._closes("}" if bracket == "{" else "]")

    def goes_on(self, bracket: str) -> bool:
        """Passes the comma, or else the closing bracket, that must stand here: whether it was the comma."""
        comma = COMMA.match(self.text, self.at)
        if comma is not None:
            self.at = comma.end()
            return True
        if self._closes(bracket):
            return False
        self._take(",")
        return True

    def end(self) -> None:
        """Raises: DataError where something stands after the document."""
        if seen := self.peek():
            self.fail(f"goes on with {seen!r} after the end of its content")

    def fail(self, fault: str) -> NoReturn:
        """Raises: DataError that names the place."""
        raise DataError(f"{self.label}, character {self.before + self.at + 1:,}, {fault}. {self.advice}")

    def _scanned(self) -> tuple[bool, Any]:
        """(whether the value that begins here is in the text whole, the value); where not, more has been read."""
        try:
            value, end = SCAN(self.text, self.at)
        except (StopIteration, ValueError) as error:
            if len(self.text) - self.at > MAX_VALUE_CHARS:
                self.fail(f"has a value of more than {MAX_VALUE_CHARS >> 20} million characters")
            if self._is_damage(error) or not self._more():
                self._broken(error)
            return False, None
        except RecursionError:
            self.fail("has values nested too deeply")
        # A number may go on in the next piece, and nothing tells: "12" of "12.5", "1" of "1e-5".
        if len(self.text) - end < len("e-5") and self.text[end - 1] not in '"}]' and self._more():
            return False, None
        self.at = end
        return True, value

    def _is_damage(self, error: StopIteration | ValueError) -> bool:
        """Whether more text could not mend it: the fault is not where the text ends for now."""
        if isinstance(error, json.JSONDecodeError):
            return not error.msg.startswith("Unterminated") and error.pos < len(self.text) - LONGEST_WORD
        return not isinstance(error, StopIteration) or error.value < len(self.text) - LONGEST_WORD

    def _each(self, given: Any) -> Iterator[Any]:
        self.peek()
        start = self.before + self.at
        yield given
        if self.before + self.at == start:
            self.skip()

    def _closes(self, bracket: str) -> bool:
        if self.peek() != bracket:
            return False
        self.at += 1
        return True

    def _take(self, wanted: str) -> None:
        if self.peek() != wanted:
            self._odd(repr(wanted))
        self.at += 1

    def _odd(self, wanted: str) -> NoReturn:
        seen = self.peek()
        self.fail(f"is damaged: it has {seen!r} where {wanted} must be" if seen else "breaks off")

    def _more(self) -> bool:
        """Whether there was more to read. What has been read stays in `text` from `at` on."""
        if self.is_over:
            return False
        # A value that did not fit is read again from its start: pieces as long as it keep that linear.
        piece = self._read(max(PIECE_BYTES, len(self.text) - self.at))
        self.before += self.at
        self.text, self.at = self.text[self.at :] + piece, 0
        return True

    def _read(self, size: int) -> str:
        try:
            raw = self.stream.read(size)
        except Exception as error:  # gzip, zip and the disk each have errors of their own
            reason = str(error) or type(error).__name__
            self.at = len(self.text)
            place = f"{self.label}, character {self.before + self.at + 1:,}"
            raise DataError(f"{place}, cannot be read on: {reason}. {self.advice}") from error
        self.is_over = not raw
        if not self.before + len(self.text) and utf16_of(raw):
            raise DataError(f"{self.label} is UTF-16, not UTF-8: save it as UTF-8. {self.advice}")
        try:
            return self.decode.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            sound = len(error.object[: error.start].decode())
            place = f"{self.label}, character {self.before + len(self.text) + sound + 1:,}"
            seen = f"byte 0x{error.object[error.start]:02x}"
            raise DataError(f"{place}, is not UTF-8: {seen}. {self.advice}") from error

    def _broken(self, error: StopIteration | ValueError) -> NoReturn:
        is_cut = isinstance(error, json.JSONDecodeError) and error.msg.startswith("Unterminated")
        if isinstance(error, json.JSONDecodeError) and error.pos < len(self.text) - 1 and not is_cut:
            self.at = error.pos
            self.fail(f"is damaged: {error.msg}")
        if isinstance(error, StopIteration) and error.value < len(self.text):
            self.at = error.value
            self.fail(f"is damaged: {self.peek()!r} begins no value")
        if isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError):
            self.fail("has a number of too many digits")
        self.at = len(self.text)
        self.fail("breaks off")
