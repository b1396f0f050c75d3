"""The endpoint that a judge speaks from: who may be asked, and what comes back, over OpenAI's own client."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from doppel.errors import ConfigError
from doppel.loopback import is_loopback

KEY = "evaluation.judge"
NO_KEY = "none"  # the client insists on one
MOST_FAULTS = 10  # requests in a row without an answer, after which no more are sent
TRIAL = [{"role": "user", "content": "Answer with [[A]] and nothing else."}]  # nobody's words


class Endpoint:
    """One model behind one address. Raises: ConfigError for an address that may not be asked."""

    def __init__(
        self,
        address: str,
        model: str,
        *,
        sends_text_away: bool,
        key_variable: str | None,
        timeout_seconds: float,
        retries: int,
        options: Mapping[str, Any],
    ) -> None:
        self.address, self._model, self._options = address, model, dict(options)
        self._key_variable = key_variable
        self.is_here = _is_here(address)
        if not self.is_here and not sends_text_away:
            raise ConfigError(
                f"{KEY}.endpoint={address} is not this machine: the judge would be sent contexts and replies, other "
                f"people's words too. If they have agreed to that, type {KEY}.sends_text_away=true; else take an "
                "endpoint on this machine (http://127.0.0.1:PORT/v1)"
            )
        if importlib.util.find_spec("openai") is None:
            raise ConfigError('a judge needs openai: type pip install "doppel[judge]"')
        self._client = self._connected(timeout_seconds, retries)
        self._retries = retries
        self._faults_in_a_row = 0

    def _connected(self, timeout_seconds: float, retries: int) -> Any:
        import openai

        # A redirect would carry the texts elsewhere, and so would a proxy that the environment names.
        transport = openai.DefaultHttpxClient(
            follow_redirects=False, trust_env=not self.is_here, timeout=timeout_seconds
        )
        logging.getLogger("openai").setLevel(logging.WARNING)  # at DEBUG it writes whole requests
        key = os.environ.get(self._key_variable or "", "").strip() or NO_KEY
        return openai.OpenAI(base_url=self.address, api_key=key, max_retries=retries, http_client=transport)

    def require_answer(self) -> None:
        """Returns when the endpoint answers a question without anybody's words. Raises: ConfigError."""
        try:
            self._try()
        except ConfigError:
            self.close()
            raise

    def _try(self) -> None:
        import openai

        client = self._client.with_options(max_retries=min(self._retries, 1))
        here = f"{KEY}.endpoint={self.address}"
        out = "or leave the judge out: ~evaluation.judge"
        try:
            answer = _text(client.chat.completions.create(model=self._model, messages=TRIAL, **self._options))
        except openai.APIConnectionError as error:
            raise ConfigError(f"{here} cannot be reached ({_cause(error)}): start it, {out}") from None
        except openai.APIStatusError as error:
            raise ConfigError(f"{here} {self._refusal(error.status_code)}, {out}") from None
        except (openai.OpenAIError, ValueError):
            answer = None
        if answer is None:
            raise ConfigError(
                f"{here} answers, but not as OpenAI's chat completions do: the address mostly ends in /v1; mend it, "
                f"{out}"
            )

    def _refusal(self, status: int) -> str:
        if status in (401, 403):
            return f"refuses the key ({status}): put the right one into the environment variable {self._key_variable}"
        if 300 <= status < 400:
            return f"leads elsewhere ({status}), where nothing is sent: type the address itself"
        if status == 404:
            return f"has no chat completions for {KEY}.model={self._model} (404): see its list of models"
        if status in (400, 422):
            return f"refuses the request ({status}): change {KEY}.options={self._options} to what it takes"
        return f"answers with status {status}: try again later"

    def answer(self, messages: list[dict[str, str]]) -> str | None:
        """What the model says, "" where that is no text; None where no answer was to be had after all retries."""
        import openai

        if self.is_down:
            return None
        try:
            said = self._client.chat.completions.create(model=self._model, messages=messages, **self._options)
        except openai.APIResponseValidationError:
            return ""
        except openai.OpenAIError:
            self._faults_in_a_row += 1
            return None
        except ValueError:  # JSON that is none
            return ""
        self._faults_in_a_row = 0
        return _text(said) or ""

    @property
    def is_down(self) -> bool:
        """Whether so many requests in a row have failed that no more are sent."""
        return self._faults_in_a_row >= MOST_FAULTS

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


def _is_here(address: str) -> bool:
    """Whether the address is this machine's. Raises: ConfigError for one that is no http(s) URL, or holds a key."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.username or parts.password or parts.query:
        raise ConfigError(
            f"{KEY}.endpoint holds a key or a query, which would be written into evaluation.json: leave it out, and "
            f"put the key into the environment variable that {KEY}.key_variable names"
        )
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"{KEY}.endpoint={address} is no address: type {KEY}.endpoint=http://127.0.0.1:PORT/v1")
    return is_loopback(host)


def _text(answer: Any) -> str | None:
    """The words of an answer, None where it has not the shape of one: the client does not look."""
    try:
        text = answer.choices[0].message.content
    except (AttributeError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) else None


def _cause(error: BaseException) -> str:
    """The innermost reason: the client's own says "Connection error." alone."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
