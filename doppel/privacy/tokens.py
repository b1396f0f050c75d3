"""Keys and tokens that tell by their form what they are: detect-secrets' plugins and the forms that they lack."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import TYPE_CHECKING

from doppel.privacy.checksums import is_wif
from doppel.privacy.letters import has_long_word
from doppel.privacy.spans import SECRET, Found

if TYPE_CHECKING:
    from collections.abc import Iterator

# Left out: plugins of random-looking strings (they take commit hashes and digests for secrets), of quoted words after a
# key word (passwords.py does it without quotes and in two languages), and those whose patterns take time that grows
# faster than the text (npm, OpenAI) or that match ordinary capitals (Artifactory).
PLUGINS = {
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "mailchimp": "MailchimpDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
# By what they begin with, in the words of those who issue them.
PREFIXED = (
    r"sk-[\w-]{20,}",  # OpenAI, Anthropic and their like
    r"github_pat_\w{22,}",
    r"AIza[\w-]{35}",  # Google
    r"ya29\.[\w-]{30,}",
    r"hf_[A-Za-z0-9]{30,}",  # Hugging Face
    r"(?:sk|rk)_test_\w{20,}",  # Stripe
    r"whsec_\w{24,}",
    r"xapp-[\w-]{20,}",  # Slack
    r"xoxe[.-][\w.-]{20,}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-AgE[\w-]{40,}",
    r"GOCSPX-[\w-]{20,}",  # Google
    r"lin_(?:api|oauth)_\w{30,}",  # Linear
    r"sq0(?:atp|csp)-[\w-]{20,}",  # Square
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",  # Shopify
    r"gl(?:sa|c)_[\w=+/]{30,}",  # Grafana
    r"gsk_\w{40,}",  # Groq
    r"r8_\w{30,}",  # Replicate
    r"ATATT3[\w=-]{50,}",  # Atlassian
    r"ntn_\w{40,}",  # Notion
    r"key-[0-9a-f]{32}",  # Mailgun
    r"dapi[0-9a-f]{32}",  # Databricks
    r"django-insecure-[\w!@#$%^&*(=+)-]{16,}",
    r"dop_v1_[0-9a-f]{64}",  # DigitalOcean
    r"dckr_pat_[\w-]{20,}",
    r"hvs\.[\w-]{24,}",  # Vault
    r"y[0-3]_[\w-]{40,}",  # Yandex
    r"AQVN[\w-]{30,}",
    r"sq[apu]_[0-9a-f]{30,}",  # SonarQube
    r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{22,}",  # hashed passwords
    r"[xyz]prv[1-9A-HJ-NP-Za-km-z]{100,}",  # the root of all keys of a wallet (BIP 32)
    r"t1\.[\w-]{20,}={0,2}\.[\w-]{40,}",
    r"eyJ[\w-]{10,}\.[\w-]{4,}(?:\.[\w-]*)?",  # JSON web tokens
    r"1[\w-]{340,}={0,2}",  # Telegram sessions, as Telethon writes them
)
# The secret half of an AWS key has no form of its own: letters in both cases and digits, 40 together, tell it where the
# public half or a word is in the same message, or nothing else is.
AWS_LENGTH = 40
AWS_WORDS = ("akia", "asia", "aws", "secret")
AWS_SECRET = re.compile(
    r"(?<![\w/+=-])(?=\S{0,39}[a-z])(?=\S{0,39}[A-Z])(?=\S{0,39}\d)[A-Za-z0-9/+]{40}(?![\w/+=-])", re.ASCII
)
# A single private key of a Bitcoin wallet: its checksum tells it from everything else.
WIF_LENGTH = 51
WIF = re.compile(r"(?<![A-Za-z0-9])(?:5[1-9A-HJ-NP-Za-km-z]{50}|[KL][1-9A-HJ-NP-Za-km-z]{51})(?![A-Za-z0-9])")
SHORTEST = 16  # characters of a token
TOKEN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(PREFIXED)})")
LOGIN = re.compile(r"(?:t\.me/login/|tg://login\?(?:code|token)=)([\w-]+)")
KEY_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)", re.DOTALL)
PUTTY = re.compile(r"PuTTY-User-Key-File-\d.*", re.DOTALL)
BASE64_LINES = re.compile(r"(?:^[A-Za-z0-9+/]{60,76}={0,2}[ \t\r]*(?:\n|\Z)){3,}", re.MULTILINE)  # a key's middle part
REST = re.compile(r"[\w+/=-]*")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """What the plugins look for."""
    return tuple(
        pattern
        for module, name in PLUGINS.items()
        for pattern in getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name).denylist
    )


def find_tokens(text: str) -> Iterator[Found]:
    """Keys, tokens, private keys over all their lines."""
    if not ("://" in text or "-----" in text or has_long_word(text, SHORTEST)):
        return
    for pattern in (KEY_BLOCK, PUTTY, BASE64_LINES, TOKEN):
        for match in pattern.finditer(text):
            yield Found(*match.span(), SECRET)
    if has_long_word(text, AWS_LENGTH):
        yield from _aws_secrets(text)
    if has_long_word(text, WIF_LENGTH):
        yield from (Found(*match.span(), SECRET) for match in WIF.finditer(text) if is_wif(match.group()))
    for match in LOGIN.finditer(text):
        yield Found(*match.span(1), SECRET)
    for pattern in _patterns():
        end = 0
        for match in pattern.finditer(text):
            if match.start() >= end:
                rest = REST.match(text, match.end())  # plugins stop where the least of a token is seen
                end = rest.end() if rest else match.end()
                yield Found(match.start(), end, SECRET)


def _aws_secrets(text: str) -> Iterator[Found]:
    lower = text.lower()
    if len(text.strip()) == AWS_LENGTH or any(word in lower for word in AWS_WORDS):
        for match in AWS_SECRET.finditer(text):
            yield Found(*match.span(), SECRET)
