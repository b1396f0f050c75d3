"""One page of VK's archive: messages<N>.html, or the list of chats, taken apart by lxml."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from doppel.errors import DataError

if TYPE_CHECKING:
    from doppel.source.files import File

LONGEST_NUMBER = 18  # digits: more than any account has, and far fewer than Python refuses to read
MAX_BYTES = 64 << 20  # a page has fifty messages; a thousandth of this
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Entry(NamedTuple):
    """One message as it stands in the page."""

    message_id: str
    link: str  # to the sender; "" for the own messages, and for communities that are gone
    name: str
    date: str
    text: str
    attachments: tuple[str, ...]  # what VK calls them
    is_event: bool  # VK itself tells what happened in the chat


class Page:
    """A page, parsed whole. Raises: DataError where it is too large to be one."""

    def __init__(self, file: File, advice: str) -> None:
        from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

        with file.open() as stream:
            raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise DataError(f"{file.label} is larger than {MAX_BYTES >> 20} MiB: that is no page of VK's. {advice}")
        parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
        text = decoded(raw)
        self.is_whole = text.rstrip()[-7:].lower() == "</html>"
        try:
            self.root: Any = etree.fromstring(text.replace("\0", "\ufffd").encode("utf-8", "replace"), parser)
        except (etree.LxmlError, ValueError):  # empty, or nothing that is a page
            self.root = None

    def entries(self) -> list[Entry]:
        """The messages, in the order of the page: newest first. One without a header has no date."""
        return [] if self.root is None else list(map(_entry, self.root.xpath("//div[@class='message']")))

    def chats(self) -> dict[str, str]:
        """Folder of a chat -> its name, from the list of chats."""
        links = [] if self.root is None else self.root.xpath("//*[@class='message-peer--id']//a[@href]")
        return {link.get("href").split("/")[0]: "".join(link.itertext()).strip() for link in links}

    def owner(self) -> str | None:
        """The number of the account that asked for the archive: every page has it, as base64 of JSON."""
        metas = [] if self.root is None else self.root.xpath("//meta[@name='jd']/@content")
        for content in metas:
            try:
                number = json.loads(base64.b64decode(content, validate=True)).get("user_id")
            except (binascii.Error, ValueError, AttributeError, RecursionError):
                continue
            if str(number).isdecimal() and len(str(number)) <= LONGEST_NUMBER and int(number) > 0:
                return str(int(number))
        return None


def decoded(raw: bytes) -> str:
    """The text: windows-1251 as VK writes it, or what someone saved it as since. Russian in windows-1251 is never
    valid UTF-8."""
    for bom, encoding in BOMS.items():
        if raw.startswith(bom):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1251", "replace")


def _entry(div: Any) -> Entry:
    header = div.find("./div[@class='message__header']")
    link = None if header is None else header.find("./a")
    if link is not None:
        name, date = "".join(link.itertext()), (link.tail or "").lstrip(", ")
        address = link.get("href") or ""
    else:
        name, _, date = ("" if header is None else header.text or "").rpartition(", ")
        address = ""
    body = None if header is None else header.getnext()
    kludges = None if body is None else body.find("./div[@class='kludges']")
    hangs = () if kludges is None or not len(kludges) else tuple(kludges.iter("div", "a", "b", "span"))
    return Entry(
        message_id=div.get("data-id") or "",
        link=address,
        name=name.strip(),
        date=date,
        text="" if body is None else _text(body),
        attachments=tuple(
            " ".join("".join(one.itertext()).split()) for one in hangs if one.get("class") == "attachment__description"
        ),
        is_event=any("im_srv_" in one.get("class", "") for one in hangs),
    )


def _text(body: Any) -> str:
    """What was written: up to the attachments, with a new line for each <br>."""
    parts = [body.text or ""]
    for child in body:
        if child.get("class") == "kludges":
            break
        if child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(child.get("alt") or "")  # an emoji
        else:
            parts.extend(child.itertext())
        parts.append(child.tail or "")
    return "".join(parts).strip()
