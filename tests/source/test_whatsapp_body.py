"""What WhatsApp writes in the place of what it leaves out."""

import pytest

from doppel.source.whatsapp_body import read_body

NOTICE = ("", None, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<Media omitted>", ("", "media", False)),
        ("<Без медиафайлов>", ("", "media", False)),
        ("<Medien ausgeschlossen>", ("", "media", False)),
        ("<Multimedia omitido>", ("", "media", False)),
        ("<Mídia oculta>", ("", "media", False)),
        ("<Médias omis>", ("", "media", False)),
        ("<Media omessi>", ("", "media", False)),
        ("<تم استبعاد الوسائط>", ("", "media", False)),
        ("\u200eimage omitted", ("", "photo", False)),
        ("image omitted", ("", "photo", False)),
        ("\u200eизображение отсутствует", ("", "photo", False)),
        ("\u200eVideo weggelassen", ("", "video_file", False)),
        ("\u200evideo omesso", ("", "video_file", False)),
        ("\u200eáudio ocultado", ("", "voice_message", False)),
        ("\u200esticker omis", ("", "sticker", False)),
        ("\u200eGIF omitido", ("", "animation", False)),
        ("\u200eCartão do contato omitido", ("", "contact", False)),
        ("\u200eVideo note omitted", ("", "video_message", False)),
        ("Some file.txt \u200edocument omitted", ("", "file", False)),
        ("\u200eResume.pdf • \u200e2 pages \u200edocument omitted", ("", "file", False)),
        ("Resume.pdf • 2 страницы документ отсутствует", ("", "file", False)),
        ("live location shared", ("", "location", False)),
        ("\u200eLocation: https://maps.google.com/?q=51.5021456,-0.127397", ("", "location", False)),
        ("местоположение: https://maps.google.com/?q=51.50214,-0.12", ("", "location", False)),
        ("Pimlico Gardens (London): https://foursquare.com/v/4e89af95e5fa82ad4c0aa03b", ("", "location", False)),
        ("Pimlico Gardens\nLondon\nhttps://foursquare.com/v/4e89af95e5fa82ad4c0aa03b", ("", "location", False)),
        ("\u200ePOLL:\nWhere to?\n\u200eOPTION: A (1 vote)\n\u200eOPTION: B (0 votes)", ("", "poll", False)),
        ("\u200eANKETO:\nKien?\n\u200eELEKTO: A", ("", "poll", False)),
        # attached
        ("\u200e<attached: 00000035-PHOTO-2022-03-27-21-41-55.jpg>", ("", "photo", False)),
        ("< attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg >", ("", "photo", False)),
        ("\u200e<прикреплено: 00000038-AUDIO-2022-03-27-21-44-47.opus>", ("", "voice_message", False)),
        ("\u200e<kunigita: 00000043-STICKER-2022-03-27.webp>", ("", "sticker", False)),
        ("\u200e<attached: 00000051-GIF-2022-03-27-21-51-57.mp4>", ("", "animation", False)),
        ("look \u200e<attached: 00000052-VIDEO-2022.mp4>", ("look", "video_file", False)),
        ("Some file.txt \u200e<attached: 00000046-Some file.txt>", ("", "file", False)),
        ("\u200eCV.pdf • \u200e2 pages \u200e<attached: 00000047-CV.pdf>", ("", "file", False)),
        ("IMG-20210428-WA0001.jpg (file attached)", ("", "photo", False)),
        ("2015-08-04-PHOTO-00004762.jpg <\u200eattached>", ("", "photo", False)),
        ("\u200e4f2680f1db95a8454775cc2eefc95bfc.jpg (Datei angehängt)\nDir auch", ("Dir auch", "photo", False)),
        ("PTT-20220323-WA0000.opus (tuntematon sana)", ("", "voice_message", False)),
        ("STK-20220327-WA0000.webp (файл добавлен)", ("", "sticker", False)),
        ("Alex.vcf (файл добавлен)", ("", "contact", False)),
        ("<Media omitted>\nwhat a day", ("what a day", "media", False)),
        ("<Medien ausgeschlossen>\n4Bit Adiere.mod", ("", "media", False)),
        # deleted, calls, and all else that a mark begins
        ("This message was deleted", NOTICE),
        ("Waiting for this message. This may take a while.", NOTICE),
        ("Ожидание этого сообщения. Это может занять некоторое время.", NOTICE),
        ("\u200eThis message was deleted.", NOTICE),
        ("Данное сообщение удалено", NOTICE),
        ("Eliminaste este mensaje", NOTICE),
        ("Missed voice call", NOTICE),
        ("\u200eAnna added Boris", NOTICE),
        # edited
        ("hello <This message was edited>", ("hello", None, False)),
        ("hello \u200e<This message was edited>", ("hello", None, False)),
        ("me agrada <Se editó este mensaje.>", ("me agrada", None, False)),
        ("привет <Сообщение изменено>", ("привет", None, False)),
        ("saluton \u200e<Tiu mesagho estis redaktita>", ("saluton", None, False)),
        # words
        ("hello", ("hello", None, False)),
        ("", ("", None, False)),
        ("I <3 you", ("I <3 you", None, False)),
        ("a <b> c", ("a <b> c", None, False)),
        ("x <y>", ("x <y>", None, False)),
        ("see notes.txt (old version)", ("see notes.txt (old version)", None, False)),
        ("meet at https://maps.google.com/?q=1,2 ok?", ("meet at https://maps.google.com/?q=1,2 ok?", None, False)),
        ("the image omitted the best part of it, sorry", ("the image omitted the best part of it, sorry", None, False)),
        ("Plan:\nmilk", ("Plan:\nmilk", None, False)),
        ("\u200fשלום", ("\u200fשלום", None, False)),
    ],
)  # fmt: skip
def test_what_a_message_holds(text: str, expected: tuple[str, str | None, bool]) -> None:
    assert read_body(text, is_first=False) == expected


def test_the_notice_about_encryption_stands_at_the_begin_alone() -> None:
    notice = "Messages and calls are end-to-end encrypted. No one outside of this chat can read them."
    assert read_body(notice, is_first=True) == NOTICE
    assert read_body(notice, is_first=False) == (notice, None, False)


def test_null_is_what_android_writes_without_words_for_it() -> None:
    assert read_body("null", is_first=False, is_android=True) == ("", "media", False)
    for text in ("Null", "null.", "null und nichtig"):
        assert read_body(text, is_first=False, is_android=True) == (text, None, False)
    assert read_body("null", is_first=False) == ("null", None, False)
