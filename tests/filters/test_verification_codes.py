"""Login and confirmation codes in several languages."""

import pytest

from tests.filters.asking import counted, left, rule, said


@pytest.mark.parametrize(
    "text",
    [
        "Login code: 12345. Do not give this code to anyone!",
        "Код для входа в Telegram: 12345. Не давайте код никому",
        "Ваш код: 1234",
        "Код подтверждения 4821. Никому не сообщайте",
        "КОД: 123-456",
        "G-123456 is your verification code",
        "Your WhatsApp code: 123-456",
        "Use 1 2 3 4 as your one-time password",
        "Ihr Bestätigungscode lautet 123456",
        "Votre code de vérification est 123 456",
        "Tu código de verificación es 123456",
        "您的验证码是 123456",
        "【Shop】驗證碼：4821",
        "رمز التحقق: ١٢٣٤٥٦",
        "کد تأیید: ۱۲۳۴۵",
        "인증번호 [123456]",
    ],
)
def test_codes_go_whoever_sends_them(text: str) -> None:
    assert rule("verification_codes")(said(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "",
        "12345",
        "в 2024 году",
        "the code has 2000 lines",
        "your code is great",
        "ваш код не работает",
        "код 200, всё хорошо",  # three digits
        "your code: 4276123412341234",  # sixteen: a card, which is another rule's matter
        "перезвони +7 999 123-45-67",
    ],
)
def test_talk_stays(text: str) -> None:
    message = said(text)
    assert rule("verification_codes")(message) is message


def test_all_from_services_goes() -> None:
    telegram = said("New login from Berlin", sender_id="user777000", sender_name="Telegram")
    chat = said("hello", chat_kind="service", chat_id="verification_codes:489000")
    kept, funnel = left({"verification_codes": rule("verification_codes")}, telegram, chat, said("hello"))
    assert kept == [said("hello")]
    assert counted(funnel) == {"verification_codes": (1, 2)}


def test_own_phrases_and_lengths() -> None:
    own = rule("verification_codes", "phrases=[домофон]", "min_digits=2", "max_digits=3")
    assert own(said("Домофон 42")) is None
    assert own(said("домофон 4215")) == said("домофон 4215")
    assert own(said("login code: 42")) == said("login code: 42")
