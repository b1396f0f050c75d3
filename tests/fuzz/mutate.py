"""Damage as it happens to files and as it is done to them: bytes, lines, values and members changed, cut, repeated."""

from __future__ import annotations

import gzip
import io
import random
import warnings
import zipfile
from collections.abc import Callable

from tests.fuzz.mutate_values import mutated_cells, mutated_values

Draw = random.Random
NASTY = (
    *(bytes([one]) for one in b"\x00\\\"'{}[]<>,;\t\r\n"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud83d", b"\\u0000", b"\\x1b"),
    *(b"null", b"true", b"-1", b"0", b"1e999", b"NaN", b"9" * 25, b"99999999999999", b"-62135596801", b"253402300800"),
    *(b"2024-02-30T25:61:61", b"0000-00-00", b"31.12.9999", b"13/13/2024", b"\r\n", b": ", b" - "),
    *(b"&amp;", b"&#x0;", b"<script>", b"</div>", b"<!--", b"]]>", "\u202e\u200f".encode(), "\u2028".encode()),
    *(b"[" * 20_000, b'{"a":' * 20_000, b"<div>" * 5_000, b"9" * 5_000, b"> " * 3_000, b'"' * 3_000),
)
NAMES = (
    "../x.json",
    "/etc/x.json",
    "C:\\x.json",
    "a/" * 60 + "x.json",
    "",
    ".",
    "..",
    "__MACOSX/._x",
    "\u202e.json",
    "x\n",
)


def mutated(content: bytes, draw: Draw) -> bytes:
    """The content after one to six kinds of damage."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        content = _damaged(content, draw)
    return content


def _damaged(content: bytes, draw: Draw) -> bytes:
    inside = next((kind for begin, kind in INSIDE.items() if content.startswith(begin)), None)
    if inside is not None and draw.random() < 0.8:
        return inside(content, draw)
    if content.lstrip()[:1] in (b"{", b"[") and draw.random() < 0.7:
        return mutated_values(content, draw)
    return draw.choice(KINDS)(content, draw)


def zip_member(content: bytes, draw: Draw) -> bytes:
    """A member of an archive is damaged, renamed, gone, there twice, or packed in another way."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(member.filename, archive.read(member)) for member in archive.infolist()]
    except Exception:
        return flip(content, draw)
    if not members:
        return flip(content, draw)
    at = draw.randrange(len(members))
    name, inner = members[at]
    match draw.choice(("damage", "damage", "damage", "damage", "rename", "drop", "twice")):
        case "rename":
            members[at] = (draw.choice(NAMES), inner)
        case "drop":
            del members[at]
        case "twice":
            members.append((name, mutated(inner, draw)))
        case _:
            members[at] = (name, mutated(inner, draw))
    target = io.BytesIO()
    method = draw.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, inner in members:
            archive.writestr(zipfile.ZipInfo(name), inner, method)
    return target.getvalue()


def gzip_member(content: bytes, draw: Draw) -> bytes:
    """What was packed is damaged, and packed again."""
    try:
        inner = gzip.decompress(content)
    except Exception:
        return flip(content, draw)
    return gzip.compress(_damaged(inner, draw), 1, mtime=0)


def _place(content: bytes, draw: Draw) -> int:
    return draw.randrange(len(content) + 1)


def _span(content: bytes, draw: Draw) -> tuple[int, int]:
    start = _place(content, draw)
    return start, min(len(content), start + draw.choice((1, 2, 8, 64, 512)))


def flip(content: bytes, draw: Draw) -> bytes:
    """One bit is another."""
    if not content:
        return content
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def insert(content: bytes, draw: Draw) -> bytes:
    """Something nasty stands where nothing stood."""
    at = _place(content, draw)
    return content[:at] + draw.choice(NASTY) * draw.choice((1, 1, 1, 50)) + content[at:]


def overwrite(content: bytes, draw: Draw) -> bytes:
    """Something nasty stands where something else stood."""
    start, end = _span(content, draw)
    return content[:start] + draw.choice(NASTY) + content[end:]


def remove(content: bytes, draw: Draw) -> bytes:
    """A piece is gone."""
    start, end = _span(content, draw)
    return content[:start] + content[end:]


def truncate(content: bytes, draw: Draw) -> bytes:
    """The end is gone."""
    return content[: _place(content, draw)]


def repeat(content: bytes, draw: Draw) -> bytes:
    """A piece stands there several times."""
    start, end = _span(content, draw)
    return content[:end] + content[start:end] * draw.choice((1, 3, 40)) + content[end:]


def recode(content: bytes, draw: Draw) -> bytes:
    """The file is in another encoding, or has other line ends."""
    if draw.random() < 0.3:
        return content.replace(b"\n", draw.choice((b"\r\n", b"\r", b"\x85", b"")))
    text = content.decode("utf-8", "replace")
    return text.encode(draw.choice(("utf-16", "utf-16-le", "utf-8-sig", "cp1251", "latin-1", "utf-32")), "replace")


def swap_lines(content: bytes, draw: Draw) -> bytes:
    """Two lines have changed places."""
    lines = content.split(b"\n")
    left, right = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[left], lines[right] = lines[right], lines[left]
    return b"\n".join(lines)


def drop_line(content: bytes, draw: Draw) -> bytes:
    """A line is gone."""
    lines = content.split(b"\n")
    del lines[draw.randrange(len(lines))]
    return b"\n".join(lines)


def repeat_line(content: bytes, draw: Draw) -> bytes:
    """A line stands there many times."""
    lines = content.split(b"\n")
    at = draw.randrange(len(lines))
    lines[at:at] = [lines[at]] * draw.choice((1, 2, 30))
    return b"\n".join(lines)


def digits(content: bytes, draw: Draw) -> bytes:
    """One digit is another: dates, times and ids become others, and impossible."""
    places = [at for at, byte in enumerate(content[:20_000]) if 48 <= byte <= 57]
    for at in draw.sample(places, min(len(places), draw.choice((1, 2, 5)))):
        content = (
            content[:at] + draw.choice((b"0", b"9", b"3", b"-", b"99", b"", "\u0663".encode())) + content[at + 1 :]
        )
    return content


INSIDE: dict[bytes, Callable[[bytes, Draw], bytes]] = {
    b"PK": zip_member,
    b"\x1f\x8b": gzip_member,
    b"PAR1": mutated_cells,
}
KINDS: tuple[Callable[[bytes, Draw], bytes], ...] = (
    flip, insert, overwrite, remove, truncate, repeat, recode, swap_lines, drop_line, repeat_line, digits, digits,
)  # fmt: skip
