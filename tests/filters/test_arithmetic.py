"""Random messages through random rules: in = out + dropped, rule by rule, in the same order, nothing invented."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doppel.config.build import build_all
from doppel.filters.apply import apply_filters
from doppel.persona.find import Finder
from doppel.types import Entity, Funnel, Message
from tests.filters.asking import T0, nodes, people_of, said

# One of each rule that needs no model, with settings under which random messages meet it often.
SETTINGS = (
    "chats.kinds=[personal,group]",
    "chosen_chats.exclude=[group:1]",
    "dates.since=2024-01-15",
    "dates.until=2024-01-16",
    "people.exclude=[user3]",
    "few_messages.min_messages=3",
    "length.min_chars=2",
    "length.max_chars=60",
    "media.breaks=[poll]",
    "media.skip=[file]",
    "words.words=[hi]",
    "duplicates.min_chars=3",
)
RULES = (
    "chats", "chosen_chats", "dates", "only_mine", "service", "people", "bots", "verification_codes", "forwards",
    "via_bot", "placeholders", "stickers", "links", "media", "nameless", "labels", "letters", "empty", "length",
    "words", "few_messages", "duplicates",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from([
        "", " ", "hi", "привет", "+", "\U0001f44d\U0001f3fd", "https://a.b/c", "see https://a.b now", "<Media omitted>",
        "a [unshowable media] b", "Ваш код: 1234", "image omitted", "x" * 70, "\u200e", "[unshowable media] t.me/x",
    ]),
    st.text(max_size=20),
)  # fmt: skip
CHATS = st.sampled_from([("personal:1", "personal"), ("group:1", "group"), ("group:2", "group"), ("bot_chat:4", "bot")])


@st.composite
def messages(draw: st.DrawFn) -> Message:
    chat_id, kind = draw(CHATS)
    text = draw(TEXTS)
    sender = draw(st.integers(1, 4))
    is_label = bool(text) and draw(st.booleans())
    return said(
        text,
        chat_id=chat_id,
        chat_name=chat_id,
        chat_kind=kind,
        sent_at=T0 + timedelta(hours=draw(st.integers(-24, 48))),
        sender_id=f"user{sender}",
        sender_name="" if sender == 4 else f"Name {sender}",
        media=draw(st.sampled_from([None, None, "photo", "poll", "file"])),
        sticker_emoji=draw(st.sampled_from([None, None, "\U0001f642"])),
        is_service=draw(st.booleans()) and not text,
        is_forwarded=draw(st.sampled_from([False, False, True])),
        forwarded_from=draw(st.sampled_from([None, "Name 3", "Name 1"])),
        reply_to=draw(st.none() | st.integers(0, 25)),
        via_bot=draw(st.sampled_from([None, None, "@gif"])),
        label=draw(st.sampled_from([None, "proud", "angry"])),
        entities=(Entity("link", 0, draw(st.integers(1, len(text)))),) if is_label else (),
    )


def numbered(drawn: list[Message]) -> list[Message]:
    """Chat by chat, as the spool gives them."""
    return [
        said(message.text, **{name: getattr(message, name) for name in message.__struct_fields__ if name != "text"}
             | {"message_id": number})
        for number, message in enumerate(sorted(drawn, key=lambda message: (message.chat_id, message.sent_at)))
    ]  # fmt: skip


@given(st.lists(messages(), max_size=25), st.lists(st.sampled_from(RULES), unique=True, max_size=len(RULES)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_in_is_out_and_dropped(drawn: list[Message], chosen: list[str]) -> None:
    sent = numbered(drawn)
    everything = nodes(f"+filters=[{','.join(RULES)}]", *(f"filters.{setting}" for setting in SETTINGS))
    rules = build_all({name: everything[name] for name in chosen})
    people = people_of([*sent, said("", chat_id="group:1", chat_kind="group", sender_id="user3", is_service=True)])
    funnel = Funnel()
    kept = list(apply_filters(iter(sent), rules, people, Finder(people, ()), funnel))

    arrived = len(sent)
    asked = sorted(chosen, key=lambda name: name != "people")
    for line, name in zip(funnel.counts, asked, strict=True):
        assert line.stage == f"filters.{name}"
        assert line.dropped >= 0
        assert line.kept == arrived - line.dropped
        arrived = line.kept
    words = [message for message in kept if not message.is_break]
    assert len(words) == arrived
    assert sum(line.dropped for line in funnel.counts) + len(words) == len(sent)
    ids = [message.message_id for message in words]
    assert ids == sorted(set(ids))
    for message in kept:
        original = sent[message.message_id]
        assert (message.chat_id, message.sent_at, message.sender_id) == (
            original.chat_id, original.sent_at, original.sender_id,
        )  # fmt: skip
        assert not message.is_break or message.text == ""
        assert all(0 <= entity.start < entity.end <= len(message.text) for entity in message.entities)
    if "people" in chosen:
        assert not any(message.sender_id == "user3" for message in words)
