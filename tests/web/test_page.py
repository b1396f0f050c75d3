"""The page clicked through in Chromium: chat, thumbs, better words, the base beside; nothing leaves this machine."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("gradio", reason="the page needs gradio: pip install 'doppel[web]'")
pytest.importorskip("playwright", reason="no playwright here: pip install playwright")

from playwright.sync_api import Error, sync_playwright

from tests.web.fakes import Shouting, Slow
from tests.web.running import running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LIMIT_MILLISECONDS = 60_000
PHONE = {"width": 390, "height": 800}
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),  # of pandas, to Gradio
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as opened:
        # Without a sandbox, which containers do not allow: all that is opened is our own page.
        chromium = opened.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Seen:
    """A page, and all that it has asked for."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.address = address
        self.page = browser.new_page(**options)
        self.page.set_default_timeout(LIMIT_MILLISECONDS)
        self.urls: list[str] = []
        self.refused: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.urls.append(request.url))
        self.page.on("response", lambda one: self.refused.append(one.url) if one.status >= 400 else None)
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        self.page.goto(address)
        self.page.wait_for_selector("#text textarea")
        self.until(lambda: "imitates how Ada writes" in self.page.inner_text("#head"))

    def until(self, condition: Any) -> None:
        for _ in range(LIMIT_MILLISECONDS // 50):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"it never happened; the page shows {self.page.inner_text('body')!r}, {self.faults}")

    def bubbles(self, where: str = "chat") -> list[str]:
        return self.page.locator(f"#{where} .message-content").all_inner_texts()

    def say(self, text: str) -> None:
        self.page.fill("#text textarea", text)
        self.page.press("#text textarea", "Enter")

    def last(self, label: str) -> Any:
        return self.page.locator("#chat").get_by_label(label, exact=True).last


@pytest.fixture
def voice() -> Shouting:
    return Shouting()


@pytest.fixture
def seen(browser: Any, voice: Shouting) -> Iterator[Seen]:
    with running([voice, Shouting("second", no_base="none")]) as address:
        found = Seen(browser, address, viewport={"width": 1100, "height": 800})
        yield found
        found.page.close()
    assert [url for url in found.urls if not url.startswith((found.address, "data:", "blob:"))] == []
    assert (found.refused, found.faults) == ([], [])


def test_a_chat_is_judged_and_mended(seen: Seen, voice: Shouting) -> None:
    voice.timing = Slow(pause=0.2)
    seen.say("hi <img src=http://example.com/x.png>\nyou **all**")
    words = ["hi <img src=http://example.com/x.png>", "you **all**"]
    seen.until(lambda: len(seen.bubbles()) == 3)  # one after the other
    seen.until(lambda: [one.replace("\u2060", "") for one in seen.bubbles()] == [*words, *map(str.upper, words)])
    assert seen.page.locator("#chat img").count() == 0
    assert seen.page.input_value("#text textarea") == ""
    seen.until(lambda: "typing" not in seen.page.inner_text("#status"))
    seen.last("Like").click()
    seen.until(lambda: [(one.kind, one.rating) for one in voice.kept.values()] == [("thumb", 1)])
    seen.last("Edit").click()
    seen.page.fill("#chat textarea", "better\nwords")
    seen.last("Submit").click()
    seen.until(lambda: len(voice.kept) == 2)
    assert voice.kept[2].better == (words[0].upper(), "better", "words")
    seen.until(lambda: seen.bubbles()[-2:] == ["better", "words"])
    seen.page.click("text=New")
    seen.until(lambda: seen.bubbles() == [])


def test_the_base_model_stands_beside(seen: Seen) -> None:
    seen.page.check("#beside input")
    seen.until(lambda: seen.page.is_visible("#base"))
    seen.say("Hello There")
    seen.until(lambda: seen.bubbles() == ["Hello There", "HELLO THERE"])
    seen.until(lambda: seen.bubbles("base") == ["Hello There", "hello there"])
    chat, base = (seen.page.locator(f"#{one}").bounding_box() for one in ("chat", "base"))
    assert chat["y"] == base["y"]
    assert chat["x"] + chat["width"] <= base["x"]


def test_a_reply_is_stopped(seen: Seen, voice: Shouting) -> None:
    voice.timing = Slow(pause=1000)
    seen.say("one\ntwo")
    seen.until(lambda: seen.bubbles() == ["one", "two", "ONE"])
    assert "Ada is typing" in seen.page.inner_text("#status")
    seen.page.click("text=Stop")
    seen.until(lambda: "stopped" in seen.page.inner_text("#status"))
    assert seen.bubbles() == ["one", "two", "ONE"]
    assert voice.closed == 1


def test_who_talks_with_whom_and_which_run_is_chosen(seen: Seen, voice: Shouting) -> None:
    seen.page.click("#partner input")
    seen.page.get_by_role("option", name="BOB").click()
    seen.say("hi")
    seen.until(lambda: seen.bubbles() == ["hi", "HI"])
    assert voice.asked_for[-1].turns[0].speaker_name == "Bob"
    seen.page.click("#speaker input")
    seen.page.get_by_role("option", name="BOB").click()
    seen.until(lambda: "It is not Bob" in seen.page.inner_text("#head"))
    assert seen.page.input_value("#partner input") == "STRANGER"
    seen.page.click("text=What it was given")
    seen.until(lambda: "hi" in seen.page.inner_text("#remembered"))
    seen.page.click("#run input")
    seen.page.get_by_role("option", name="second").click()
    seen.until(lambda: seen.bubbles() == [])
    seen.until(lambda: not seen.page.is_visible("#beside"))


def test_it_fits_a_phone_in_the_dark(browser: Any, voice: Shouting) -> None:
    with running([voice]) as address:
        seen = Seen(browser, address, viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
        seen.say("a message that is longer than a phone is wide, and of many words")
        seen.until(lambda: len(seen.bubbles()) == 2)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        red, green, blue = seen.page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
        )
        assert max(red, green, blue) < 64
        assert seen.page.locator("#chat").bounding_box()["width"] > PHONE["width"] * 0.85
        seen.page.close()


def test_a_page_that_is_closed_is_forgotten_and_a_key_opens_it(browser: Any, voice: Shouting) -> None:
    key = "a-key-of-more-than-sixteen"
    with running([voice], key=key) as address:
        refused = browser.new_page()
        with pytest.raises(Error, match="ERR_INVALID_AUTH_CREDENTIALS"):
            refused.goto(address)
        context = browser.new_context(http_credentials={"username": "me", "password": key})
        seen = Seen(context, address)
        voice.timing = Slow(pause=1000)
        seen.say("one\ntwo")
        seen.until(lambda: seen.bubbles() == ["one", "two", "ONE"])
        seen.page.close()
        context.close()
        for _ in range(LIMIT_MILLISECONDS // 50):
            if voice.closed:
                break
            refused.wait_for_timeout(50)
        refused.close()
        assert voice.closed == 1  # nobody is there to read on
