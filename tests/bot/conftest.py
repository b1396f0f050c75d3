from collections.abc import Iterator

import pytest

from tests.bot.fake_api import FakeApi, fake_api


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as opened:
        yield opened
