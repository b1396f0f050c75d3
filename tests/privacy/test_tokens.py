"""Keys and tokens by their form. Each is made up here, in pieces, so that no scanner takes this file for a leak."""

import pytest

from doppel.privacy.tokens import find_tokens
from tests.privacy.finding import pieces

LETTERS = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
TOKENS = [
    "AKIA" + "ABCDEFGH12345678",
    "ghp_" + LETTERS[:36],
    "github_pat_" + LETTERS[:30],
    "glpat-" + LETTERS[:20],
    "xoxb-" + "1234567890-1234567890-" + LETTERS[:24],
    "sk_live_" + LETTERS[:24],
    "sk-proj-" + LETTERS,
    "123456789:" + "AA" + LETTERS[:33],
    "AIza" + LETTERS[:35],
    "hf_" + LETTERS[:34],
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0." + LETTERS[:20],
    "1" + "Ab3" * 120 + "=",
    "npm_" + LETTERS[:36],
    "GOCSPX-" + LETTERS[:28],
    "lin_api_" + LETTERS,
    "pypi-AgEIcHlwaS5vcmc" + LETTERS,
    "sq0atp-" + LETTERS[:22],
    "shpat_" + "0a1b2c3d" * 4,
    "gsk_" + LETTERS * 2,
    "django-insecure-" + LETTERS + "(=$",
    "$2b$12$" + LETTERS[:22] + LETTERS[:31],
    "xprv" + "9Ab3" * 26,
]
KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{LETTERS}\n{LETTERS}\n-----END OPENSSH PRIVATE KEY-----"

# An example in the long spelling, and the number one in the short.
WIF = [
    "5KJvsngHeMpm884wtkJNzQGaCErckhHJ" + "BGFsvd3VyK5qMZXj3hS",
    "KwDiBf89QgGbjEhKnhXJuH7L" + "rciVrZi3qYjgd9M7rFU73sVHnoWn",
]

AWS_ID, AWS_SECRET = TOKENS[0], "aB3/" * 10


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{AWS_ID} {AWS_SECRET}", [AWS_ID, AWS_SECRET]),
        (f"{AWS_SECRET}\n{AWS_ID}", [AWS_SECRET, AWS_ID]),
        (f"{AWS_ID}:{AWS_SECRET}", [AWS_ID, AWS_SECRET]),
        (f"our AWS one is {AWS_SECRET}", [AWS_SECRET]),
        (f" {AWS_SECRET}\n", [AWS_SECRET]),
        (f"see {AWS_SECRET}", []),
        (f"{AWS_ID} {'aB3/' * 11}", [AWS_ID]),  # longer than such a key
        (f"aws {'0a1b2c3d' * 5}", []),  # a commit
        (f"aws {'abcDEFGH' * 5}", []),
    ],
)
def test_the_secret_half_of_an_aws_key(text: str, found: list[str]):
    assert pieces(text, find_tokens(text)) == found


@pytest.mark.parametrize("key", WIF)
def test_private_keys_of_wallets_by_their_checksum(key: str):
    wrong = key[:-1] + ("x" if key[-1] != "x" else "y")
    text = f"мой ключ:{key}, не {wrong} и не {key}x, {key[:-1]}"
    assert pieces(text, find_tokens(text)) == [key]
    assert pieces(key, find_tokens(key)) == [key]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: token[:8])
def test_tokens(token: str):
    text = f"вот: {token}, держи"
    assert pieces(text, find_tokens(text)) == [token]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/" + LETTERS[:24], None),
        ("https://t.me/login/12345", ["12345"]),
        (f"key:\n{KEY}\nthanks", [KEY]),
        (KEY.replace("\n", " "), None),
        (KEY[:60], [KEY[:60]]),
        (f"{'Ab1/' * 16}\n" * 3, [f"{'Ab1/' * 16}\n" * 3]),
        ("commit 52908400098527886e0f7030069857d2e4169ee7", []),
        ("sha256:" + "0a" * 32, []),
        ("https://docs.some.org/document/d/" + LETTERS + "/edit?id=" + LETTERS[:20], []),
        ("сверхдлинноеслововсообщении_и_ещё_одно 1", []),
        ("GOCSPX-, lin_api_limits_of_ours, key-value-storage-of-the-server, pypi-AgE, django-insecure-key", []),
        ("BEGIN PRIVATE KEY is how it begins", []),
    ],
)
def test_forms(text: str, found: list[str] | None):
    assert pieces(text, find_tokens(text)) == ([text] if found is None else found)
