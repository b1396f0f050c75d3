"""What a WhatsApp message says, apart from what WhatsApp itself writes in the place of media, deletions and edits."""

from __future__ import annotations

import re
from typing import NamedTuple

from doppel.source.phrases import MARKS, folded, phrases

PHRASES = phrases("phrases.txt")
MEDIA = ("media", "photo", "video_file", "video_message", "voice_message", "sticker", "animation", "contact", "file")
KINDS = {folded(one): kind for kind in (*MEDIA, "location", "deleted", "call") for one in PHRASES[kind]}
LONGEST = max(map(len, KINDS)) + 8
DOCUMENTS = tuple(f" {folded(one)}" for one in PHRASES["file"])
LAST_WORDS = frozenset(one.split()[-1] for one in DOCUMENTS)
NOTICES = tuple(PHRASES["notice"])
ATTACHED = frozenset(map(folded, PHRASES["attached"]))
EDITED = frozenset(map(folded, PHRASES["edited"]))
POLLS = tuple(PHRASES["poll"])
TAG = re.compile(rf"<[{MARKS}]*([^<>:]{{1,40}}):\s?([^<>\n]{{1,300}}\.\w{{1,5}})\s?>[{MARKS}]*$")  # <attached: 1.jpg>
BRACKETED = re.compile(rf"[{MARKS}]*(\S[^\n]{{0,300}}\.\w{{1,5}}) [(<]([^()<>\n]{{1,60}})[)>]")  # 1.jpg (file attached)
OWN_FILE = re.compile(r"(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d+\.\w+$")
FILE_NAME = re.compile(r"[^\n/\\]{1,200}\.\w{1,5}")
MAPS = ("https://maps.google.com/?q=", "https://maps.google.com/maps?q=", "https://foursquare.com/v/")
SUFFIXES = {
    "photo": ("jpg", "jpeg", "png", "heic", "webp"),
    "video_file": ("mp4", "mov", "3gp", "mkv"),
    "voice_message": ("opus",),
    "audio_file": ("mp3", "m4a", "aac", "ogg", "wav", "amr"),
    "animation": ("gif",),
    "contact": ("vcf",),
}
BY_SUFFIX = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}
BY_NAME = {"STK-": "sticker", "-STICKER-": "sticker", "PTT-": "voice_message", "-GIF-": "animation"}


class Body(NamedTuple):
    """What a message holds."""

    text: str
    media: str | None = None
    is_service: bool = False


NOTICE = Body("", is_service=True)
OWN_WORDS = ("\u200e", "\u200f\u200e")  # a mark begins what WhatsApp itself writes on iPhones


def read_body(text: str, *, is_first: bool, is_android: bool = False) -> Body:
    """What the sender said, and what was left out. `is_first`: among the first of its file, where notices stand;
    `is_android`: written by a phone that puts "null" where it has no words for what was sent."""
    if is_android and text == "null":
        return Body("", "media")
    if text[-1:] == ">" or text.endswith(OWN_WORDS):
        text = _without_edit(text)
    is_marked = text.startswith(OWN_WORDS)
    if len(text) <= LONGEST and "\n" not in text:
        kind = KINDS.get(folded(text))
        if kind is not None:
            return _left_out(kind)
    found = None
    if is_marked or "\n" in text or text.endswith((")", ">")):
        found = _attachment(text) or _poll(text, is_marked=is_marked)
    if found is None and "." in text:
        found = _location(text) if "https://" in text else _document(text)
    if found is not None:
        return found
    if is_marked or (is_first and text.startswith(NOTICES)):
        return NOTICE
    return Body(text)


def _left_out(kind: str) -> Body:
    return NOTICE if kind in ("deleted", "call") else Body("", kind)


def _without_edit(text: str) -> str:
    """The text without the mark of an edit, which one more invisible mark begins where its words are unknown."""
    start = text.rfind("<")
    if start == -1 or text.rstrip(MARKS)[-1:] != ">" or ":" in text[start:]:
        return text
    said = text[:start]
    # On iPhones one more mark shows that the brackets are WhatsApp's; without words before, they stand for media.
    is_own = said[-1:] == "\u200e" and said.strip(MARKS) != ""
    return said.rstrip(f"{MARKS} \u00a0") if is_own or folded(text[start:]) in EDITED else text


def _attachment(text: str) -> Body | None:
    first, _, below = text.partition("\n")
    placed = KINDS.get(folded(first)) if below and len(first) <= LONGEST else None
    if placed is not None and placed not in ("deleted", "call"):
        return Body("" if FILE_NAME.fullmatch(below) else below, placed)  # a document's name, or a caption
    tag = TAG.search(text) if text.rstrip(MARKS).endswith(">") else None
    if tag is not None and (
        folded(tag[1]) in ATTACHED or text[: tag.start()].endswith(OWN_WORDS) or tag[0][1] in MARKS
    ):
        return Body(_caption(text[: tag.start()], tag[2]), _kind_of(tag[2]))
    ending = first.rstrip(f"{MARKS} ")
    bracketed = BRACKETED.fullmatch(ending) if ending.endswith((")", ">")) and len(ending) < 400 else None
    if bracketed is not None and (folded(bracketed[2]) in ATTACHED or OWN_FILE.match(bracketed[1])):
        return Body(below, _kind_of(bracketed[1]))
    return None


def _document(text: str) -> Body | None:
    """A file's name, with its number of pages, before the words that it was left out; a caption may follow."""
    first, _, below = text.partition("\n")
    if folded(first[-LONGEST:].rpartition(" ")[2]) not in LAST_WORDS:
        return None
    return Body(below, "file") if folded(first).replace("\u200e", "").endswith(DOCUMENTS) else None


def _caption(before: str, file: str) -> str:
    """What was said with an attachment: not the name of a document, nor its number of pages."""
    said = before.strip(f"{MARKS} ")
    name = said.partition(" \u2022 ")[0].strip(f"{MARKS} ")
    return "" if name and file.strip(MARKS).endswith(name) else said


def _kind_of(file: str) -> str:
    named = next((kind for part, kind in BY_NAME.items() if part in file), None)
    return named or BY_SUFFIX.get(file.rpartition(".")[2].casefold(), "file")


def _location(text: str) -> Body | None:
    """A place on a map: its name and address stand before the link, and there is nothing after it."""
    if "https://" not in text:
        return None
    for link in MAPS:
        before, found, after = text.rpartition(link)
        if found and len(after.split()) == 1 and len(before) < 300:
            return Body("", "location")
    return None


def _poll(text: str, *, is_marked: bool) -> Body | None:
    head, below, _ = text.lstrip(MARKS).partition("\n")
    is_headed = head.startswith(POLLS) or (is_marked and head.rstrip().endswith(":") and head.isupper())
    return Body("", "poll") if below and is_headed else None
