"""JSON of any size as a stream: what is read, what is refused and where, however the pieces are cut."""

import io
import json
import tracemalloc
from collections.abc import Callable
from itertools import chain, islice, repeat
from typing import Any

import pytest

from doppel.errors import DataError
from doppel.source import json_stream
from doppel.source.json_stream import JsonStream

DOCUMENT = {
    "text": 'a "quoted" \\ word, \u0434\u0430 \U0001f92d',
    "numbers": [0, -1, 12.5, 1.5e-300, 10**20, -0.25],
    "nothing": [[], {}, "", None, True, False],
    "deep": {"a": [{"b": [{"c": "}]"}]}]},
}


class Slow(io.RawIOBase):
    """Gives as few bytes at a time as it is told."""

    def __init__(self, raw: bytes, step: int) -> None:
        self.raw, self.step = raw, step

    def read(self, size: int = -1, /) -> bytes:
        piece, self.raw = self.raw[: self.step], self.raw[self.step :]
        return piece


def stream(text: str | bytes, step: int = 1 << 20) -> JsonStream:
    return JsonStream(Slow(text if isinstance(text, bytes) else text.encode(), step), "FILE", "Do this.")


def walk(source: JsonStream) -> Any:
    """The whole document, by its smallest steps."""
    first = source.peek()
    if first == "{":
        return {key: walk(source) for key in source.members()}
    return [walk(source) for _ in source.places()] if first == "[" else source.value()


def fault(run: Callable[[], object]) -> str:
    with pytest.raises(DataError) as refusal:
        run()
    assert str(refusal.value).startswith("FILE")
    assert str(refusal.value).endswith(" Do this.")
    return str(refusal.value).removesuffix(" Do this.").removeprefix("FILE, ")


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("indent", [None, 0, 3])
def test_every_way_through_gives_what_the_standard_library_gives(step: int, indent: int | None) -> None:
    text = json.dumps(DOCUMENT, indent=indent, ensure_ascii=False)
    assert stream(text, step).value() == DOCUMENT
    assert walk(stream(text, step)) == DOCUMENT
    several = stream(f" {json.dumps([DOCUMENT] * 3, indent=indent)}\r\n", step)
    assert list(several.elements()) == [DOCUMENT] * 3
    several.end()


@pytest.mark.parametrize("step", [1, 5, 1000])
def test_what_is_left_alone_is_passed_over(step: int) -> None:
    source = stream(json.dumps({"a": DOCUMENT, "b": 1, "c": "x", "d": [DOCUMENT] * 5, "e": 2}), step)
    assert {key: source.value() for key in source.members() if key in ("b", "e")} == {"b": 1, "e": 2}
    source = stream(json.dumps([DOCUMENT, 5, DOCUMENT]), step)
    assert sum(1 for _ in source.places()) == 3
    source.end()


def test_a_byte_order_mark_and_an_empty_stream() -> None:
    assert stream(b"\xef\xbb\xbf [1]").value() == [1]
    assert stream("").peek() == ""
    assert stream(" \n").peek() == ""


def test_control_characters_inside_strings_are_let_through() -> None:
    assert stream('["a\nb\tc"]').value() == ["a\nb\tc"]


@pytest.mark.parametrize("step", [1, 4, 1000])
@pytest.mark.parametrize("text", ['{"a": [1, {"b": "c"}]}', '[true, "x", null]', '[{"a": -12.5e3}]'])
def test_every_cut_breaks_off_at_its_end(text: str, step: int) -> None:
    for length in range(1, len(text)):
        told = fault(lambda cut=text[:length]: walk(stream(cut, step)))
        assert told.startswith("character ")
        place = int(told.split()[1].strip(",").replace(",", ""))
        assert place in (length + 1, length, length - 1, length - 2, length - 3, length - 4)


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a" 1}', "character 6, is damaged: it has '1' where ':' must be."),
        ('{"a": 1 "b": 2}', "character 9, is damaged: it has '\"' where ',' must be."),
        ('{"a": 1, b: 2}', "character 10, is damaged: it has 'b' where a key must be."),
        ("[1, 2; 3]", "character 6, is damaged: it has ';' where ',' must be."),
        ("[1, ?]", "character 5, is damaged: '?' begins no value."),
        ("[" + "9" * 5000 + "]", "character 2, has a number of too many digits."),
        ('{"a": 1', "character 8, breaks off."),
    ],
)
def test_damage_is_told_with_its_place(text: str, told: str, step: int) -> None:
    assert fault(lambda: walk(stream(text + " " * 20 * ("off" not in told), step))) == told


def test_damage_inside_a_value_is_told_with_its_place() -> None:
    assert fault(stream('[1, {"a": "SECRET" oops}, 2]' + " " * 20).value) == (
        "character 20, is damaged: Expecting ',' delimiter."
    )
    assert fault(stream(r'["\q"]' + " " * 20).value) == "character 3, is damaged: Invalid \\escape."


def test_more_after_the_end() -> None:
    source = stream("[1]\n{}")
    assert source.value() == [1]
    assert fault(source.end) == "character 5, goes on with '{' after the end of its content."


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("[\"\u0414\u0430\"]".encode("cp1251"), "character 3, is not UTF-8: byte 0xc4."),
        ("[\"ab\u0434\"".encode() + b"\xff\"]", "character 7, is not UTF-8: byte 0xff."),
        (b"[\"" + b"a" * 300_000 + b"\xff\"]", "character 300,003, is not UTF-8: byte 0xff."),
    ],
)  # fmt: skip
def test_another_encoding_is_told_with_its_place(raw: bytes, told: str) -> None:
    assert fault(stream(raw).value) == told


def test_a_stream_that_fails_is_told_with_its_place() -> None:
    class Broken(Slow):
        def read(self, size: int = -1, /) -> bytes:
            if not self.raw:
                raise EOFError("Compressed file ended")
            return super().read(size)

    source = JsonStream(Broken(b"[1, 2", 3), "FILE", "Do this.")
    assert fault(source.value) == "character 6, cannot be read on: Compressed file ended."


@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("step", [1 << 18, 5000])
def test_deep_nesting_is_refused_however_it_is_read(brackets: str, step: int) -> None:
    opening = "[" if brackets == "[]" else '{"a":'
    text = opening * 200_000 + "1" + brackets[1] * 200_000
    assert "nested too deeply" in fault(stream(text, step).value)
    assert "nested too deeply" in fault(lambda: list(stream(f'{{"skipped": {text}}}', step).members()))
    assert "nested too deeply" in fault(lambda: list(stream(f"[{text}]", step).places()))


def test_a_value_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_VALUE_CHARS", 1 << 20)
    monkeypatch.setattr(json_stream, "PIECE_BYTES", 1 << 16)
    text = '["' + "a" * (3 << 20) + '"]'
    for read in (stream(text, 1 << 16).value, lambda: list(stream(text, 1 << 16).places())):
        assert fault(read).endswith(" has a value of more than 1 million characters.")


class Endless(io.RawIOBase):
    """An object with two long lists, made as it is read."""

    def __init__(self, count: int) -> None:
        part = b',{"a":"' + b"x" * 4000 + b'"}'
        self.pieces = chain((b'{"skipped":[0',), repeat(part, count), (b'],"list":[0',), repeat(part, count), (b"]}",))

    def read(self, size: int = -1, /) -> bytes:
        return b"".join(islice(self.pieces, 64))


def test_memory_does_not_grow_with_the_file() -> None:
    peaks = []
    for count in (2_000, 6_000):
        source = JsonStream(Endless(count), "FILE", "Do this.")
        tracemalloc.start()
        assert sum(1 for key in source.members() if key == "list" for _ in source.elements()) == count + 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 4 << 20


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_its_name(codec: str) -> None:
    with pytest.raises(DataError, match=r"^FILE is UTF-16, not UTF-8: save it as UTF-8. Do this.$"):
        stream('{"messages": []}'.encode(codec)).peek()
