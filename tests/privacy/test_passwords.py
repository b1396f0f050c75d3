"""Passwords and codes beside the words that name them."""

import re

import pytest

from doppel.privacy.passwords import find_passwords
from doppel.privacy.words import table
from tests.privacy.finding import pieces

LONG = "a6f0fb23" + "c6f5da2cec255404e4fb4400"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("password: hunter2", ["hunter2"]),
        ("Пароль от вайфая: Зима2020!", ["Зима2020!"]),
        ("пароль:\nсобака", ["собака"]),
        ("пароль qwerty12, логин ann", ["qwerty12"]),
        ("парoль PASSWORD is Tiger99!", ["Tiger99!"]),
        ('"db_password": "abc def 12"', ["abc def 12"]),
        ("MYSQL_ROOT_PASSWORD=1234567 -d", ["1234567"]),
        ("api_key=Abc12345, token: a1b2c3d4e5", ["Abc12345", "a1b2c3d4e5"]),
        ("?access_token=a1b2c3d4e5&x=1", ["a1b2c3d4e5"]),
        ("my pw hunter2abc, pw is hunter2, PW: hunter3", ["hunter2abc", "hunter2", "hunter3"]),
        ("пас: qwerty12 пасс qwerty12", ["qwerty12", "qwerty12"]),
        ("пас: собака\nпасс: зима", ["собака", "зима"]),
        ("пароль - собака\npassword \u2013 hunter.\nпароль от почты \u2014 кошка", ["собака", "hunter", "кошка"]),
        ("пароль- зима", ["зима"]),
        ("wifi: HomeNet / pass1234", ["pass1234"]),
        ("Wi-Fi: Guest\nqwerty1234", ["qwerty1234"]),
        ("вайфай Дом, паролДома", ["паролДома"]),
        ("SECRET_KEY=nCkhvMdgaKjIg8xN SECRET_KEY_BASE: a1b2c3d4e5", ["nCkhvMdgaKjIg8xN", "a1b2c3d4e5"]),
        ("JWT_PRIVATE_KEY='a1b2c3d4e5', TOKEN_PROD=a1b2c3d4e5", ["a1b2c3d4e5", "a1b2c3d4e5"]),
        (f"api key {LONG}, ключ апи {LONG}", [LONG, LONG]),
        (f"вот токен {LONG}.\nmy token for bots is {LONG}", [f"{LONG}.", LONG]),
        ("ключ от сервера dkfj39dkfj39dk, my 2fa secret is JBSWY3DPEHPK3PXP", ["dkfj39dkfj39dk", "JBSWY3DPEHPK3PXP"]),
        ("2fa: JBSWY3DPEHPK3PXP, 2fa key: jbsw y3dp ehpk 3pxp.", ["JBSWY3DPEHPK3PXP", "jbsw y3dp ehpk 3pxp"]),
        ("the key: this will open that door, ключ от x509-certificate-v1, 2fa: enabled", []),
        ('password is "sunflower", пароль «ромашка»', ["sunflower", "ромашка"]),
        (
            "password is 'a horse and a battery', пароль такой: \"зима и лето\"",
            ["a horse and a battery", "зима и лето"],
        ),
        ('field password "required", пароль «не найден», пароль "неверный", the password isn\'t "it"', []),
        ("login/pass: admin:Zx9!kkq", ["admin:Zx9!kkq"]),
        ("логин/пароль: admin / ромашка", ["admin", "ромашка"]),
        ("логин и пароль admin Zx9!kkq\nuser and password admin/Kitty12", ["Zx9!kkq", "admin/Kitty12"]),
        ("логин и пароль от 2024 года, login and password for user123, login / password / email2", []),
        ("p@ssw0rd is my password", ["p@ssw0rd"]),
        ("Zx9kkq — пароль от вайфая\n1234 is the wifi password", ["Zx9kkq", "1234"]),
        ("hunter2 это мой новый пароль!", ["hunter2"]),
        ("1Password is my password manager, 192.168.1.1 - пароль от роутера, what is the password", []),
        ("const password = process.env.PASSWORD\npassword = os.environ['PASS'], pass=env.PASS_1", []),
        ("password = config.db.password; pwd: self.db_pass, password = get_2fa(user)", []),
        ("password = env2024x, password: process.exit1", ["env2024x", "process.exit1"]),
        ("token_type=bearer2345, key_id=12345678, token_count: 123456789", []),
        ("api key docs.some.org/path/to/the/key1, key some/path/to/the/file-v1", []),
        ("ключ апи не подходит, api key verification2024", []),
        ("пароль: потом скажу\npassword: lol no, password: later when i am home", []),
        ("пароль: собака\npassword: kitty, login ann", ["собака", "kitty"]),
        ("пароль: собака логин: аня\npassword: kitty 12", ["собака", "kitty"]),
        ("пароль: qwerty и логин\npassword: Kitty then", ["qwerty", "Kitty"]),
        ("я пас: сегодня\nпас на 90й минуте\nПас: Аня на Борю", []),
        ("пароль - не нужен\nпароль - простой\npassword - required\nпароль - это важно", []),
        ("wifi: adapter / bluetooth\nWiFi: intel / 802.11ac\nwifi / 192.168.1.1", []),
        ("пароль я забыл, пароли по 16 символов", []),
        ("password reset, password123, wrong password 2 times", []),
        ("PASSWORD=${DB_PASS} password: {{ .x }} password: <yours> password: ***", []),
        ("token: str, key: value, secret santa: Ann", []),
        ("ключ: под ковриком", []),
        ("user ALL=(ALL) NOPASSWD: ALL", []),
        ("password: [secret]", []),
        ("passport: 12 days", []),
    ],
)
def test_passwords(text: str, found: list[str]):
    assert pieces(text, find_passwords(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("код 1234", ["1234"]),
        ("Код подтверждения: 12345. Никому", ["12345"]),
        ("код из смс 123-456", ["123-456"]),
        ("код домофона 4321", ["4321"]),
        ("Login code: 12345. Do not give this code to anyone", ["12345"]),
        ("G-123456 is your Google verification code", ["G-123456"]),
        ("your code is 123 456", ["123 456"]),
        ("pin 1234, пин-код: 4321", ["1234", "4321"]),
        ("cvv 123, cvc: 321", ["123", "321"]),
        ("мой код от телефона 1234, код домофона 45к7890", ["1234", "45к7890"]),
        ("домофон 45к7890\n12*3456 is the gate code", ["45к7890", "12*3456"]),
        ("the code for the gate is 4521; code to the front door: #4522, код на калитку 4523", ["4521", "4522", "4523"]),
        ("домофон за 5000, код от Пети 1500 строк, code in house 2024", []),
        ("написал 2000 строк кода, wrote 2000 lines of code", []),
        ("error code 50012, exit code 1370, zip code 90210, почтовый индекс 123456", []),
        ("код ошибки 5000, код 2000 строк, код на 2020 год", []),
        ("qr-code 12345, code 404, promo code 12345", []),
        ("код +7 912 345-67-89", []),
        ("pinterest 1234, шпинат 4321", []),
    ],
)
def test_codes(text: str, found: list[str]):
    assert pieces(text, find_passwords(text)) == found


def test_each_word_holds_a_stem_that_the_cheap_test_looks_for():
    words = table("words")
    patterns = [word for entry in ("password", "short", "dashed", "key", "wifi") for word in words["passwords"][entry]]
    patterns += [word for entry in ("cvv", "pin", "code") for word in words["codes"][entry]]
    plain = [re.sub(r"\(\?<!.*?\)|\\.|\[.*?\]|[^\w]", "", pattern) for pattern in patterns]
    assert [word for word in plain if not any(stem in word for stem in words["passwords"]["stems"])] == []
    passwords = plain[: len(words["passwords"]["password"])]
    assert [word for word in passwords if not any(stem in word for stem in words["passwords"]["orders"])] == []
