"""Media without words."""

from doppel.types import Message
from tests.filters.asking import HI, counted, left, rule, said


def of(kind: str, text: str = "") -> Message:
    return said(text, media=kind)


def test_media_without_words_get_a_placeholder() -> None:
    kept, funnel = left({"media": rule("media")}, of("photo"), of("voice_message", " "), of("photo"), HI)
    assert kept == [of("photo", "[photo]"), of("voice_message", "[voice message]"), of("photo", "[photo]"), HI]
    assert counted(funnel) == {"media": (4, 0)}
    assert funnel.tallies == {"filters.media": {"photo": 2, "voice_message": 1}}


def test_words_stay_and_unknown_kinds_too() -> None:
    messages = [of("photo", "смотри"), of("hologram")]
    assert left({"media": rule("media", "breaks=[photo]")}, *messages)[0] == messages


def test_kinds_end_the_conversation_or_vanish() -> None:
    media = rule("media", "breaks=[photo,poll]", "skip=[file,poll]", "placeholders.video_file='[видео]'")
    kept, funnel = left({"media": media}, of("photo"), of("file"), of("poll"), of("video_file"))
    assert [(message.is_break, message.text, message.media) for message in kept] == [
        (True, "", None),
        (True, "", None),
        (False, "[видео]", "video_file"),
    ]
    assert counted(funnel) == {"media": (1, 3)}


def test_an_empty_placeholder_is_none() -> None:
    photo = of("photo")
    assert rule("media", "placeholders.photo=''")(photo) is photo
