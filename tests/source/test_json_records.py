"""Batches of records: the same elements as one by one, whatever stands between, in and after them."""

import io
import json
from typing import Any

import msgspec
import pytest

from doppel.errors import DataError
from doppel.source import json_stream
from doppel.source.json_records import records
from doppel.source.json_stream import JsonStream


class Record(msgspec.Struct):
    id: Any = None
    text: Any = None


decode = msgspec.json.Decoder(list[Record]).decode


def read(text: str) -> tuple[list[tuple[Any, Any]], int]:
    """(id, text) of each element, and how many came in batches; what follows the array must be left as it is."""
    stream = JsonStream(io.BytesIO(text.encode()), "FILE", "Do this.")
    found = list(records(stream, decode))
    assert stream.peek() == ""
    plain = [one for one in found if isinstance(one, dict)]
    pairs = [(one.get("id"), one.get("text")) if isinstance(one, dict) else (one.id, one.text) for one in found]
    return pairs, len(found) - len(plain)


def some(count: int) -> list[dict[str, Any]]:
    texts = ("x", 'a {"id":1},{"id":2}, b', ',\n {\n  "id": 3', ["y", {"id": 4}], {"id": 5}, "\u0434\U0001f92d")
    return [
        {"id": number, "text": texts[number % len(texts)], "other": [{"id": 6}, {"id": 7}]} for number in range(count)
    ]


def pairs(elements: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    return [(one["id"], one["text"]) for one in elements]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 3000])
@pytest.mark.parametrize(
    "style", [{}, {"indent": 1}, {"separators": (",", ":")}, {"indent": "\t", "ensure_ascii": False}]
)
def test_the_same_elements_in_any_style(count: int, style: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "PIECE_BYTES", 1 << 16)
    elements = some(count)
    found, batched = read(json.dumps(elements, **style))
    assert found == pairs(elements)
    assert count < 3000 or batched > 2000  # nested objects that look alike cost batches in the tersest style alone
    assert count < 3000 or not style.get("indent") or batched > 2900


def test_what_follows_the_array_is_no_part_of_it() -> None:
    chats = [{"name": "c", "list": some(50)} for _ in range(30)]
    stream = JsonStream(io.BytesIO(json.dumps(chats, indent=1).encode()), "FILE", "Do this.")
    found = []
    for _ in stream.places():
        for key in stream.members():
            if key == "list":
                found.append(list(records(stream, decode)))
    assert [len(one) for one in found] == [50] * 30
    stream.end()
    batched = sum(isinstance(one, Record) for several in found for one in several)
    assert batched >= 45 * 30


@pytest.mark.parametrize(
    "odd", ['{"id": "\\ud800"}', "5", "[1]", "null", '{"id": "a\tb"}', '{"id": NaN}', '{"id": 1e999}']
)
def test_what_the_decoder_refuses_comes_as_it_is(odd: str) -> None:
    elements = [json.dumps(one) for one in some(2000)]
    elements[1000:1000] = [odd]
    stream = JsonStream(io.BytesIO(f"[{', '.join(elements)}]".encode()), "FILE", "Do this.")
    found = list(records(stream, decode))
    assert len(found) == 2001
    assert repr(found[1000]) == repr(json.loads(odd, strict=False))


def test_damage_is_told_with_its_place() -> None:
    elements = [json.dumps(one) for one in some(2000)]
    sound = f"[{', '.join(elements[:1500])}, "
    text = f'{sound}{{"id": 1 2}}, {", ".join(elements[1500:])}]'
    with pytest.raises(
        DataError, match=rf"^FILE, character {len(sound) + 10:,}, is damaged: Expecting ',' delimiter\."
    ):
        read(text)


def test_a_comma_too_many_is_no_element() -> None:
    elements = [json.dumps(one) for one in some(300)]
    with pytest.raises(DataError, match="is damaged: ',' begins no value"):
        read(f"[{', '.join(elements)}, , {', '.join(elements)}]")
