"""Samples for tests of splits."""

from datetime import UTC, datetime, timedelta

from doppel.types import Sample, Turn

T0 = datetime(2024, 1, 1, tzinfo=UTC)


def sample(
    start: float,
    *,
    hours: float = 0.5,
    learnt: int = 1,
    chat: str = "p:1",
    name: str = "Ann",
    session: str = "",
    ids: tuple[int, ...] = (),
    replies_to: tuple[int, ...] = (),
    says: tuple[str, ...] = ("yo",),
    hears: tuple[str, ...] = ("hi",),
    aside: str | None = None,
) -> Sample:
    """A conversation that begins so many hours after T0: a turn of Ann, then so many of the persona."""
    turns = [Turn("user2", "Ann", hears, is_persona=False, is_learnt=False)]
    turns += [Turn("user1", "Me", says, is_persona=True, is_learnt=True, aside=aside)] * learnt
    begin = T0 + timedelta(hours=start)
    return Sample(
        sample_id=f"{chat}/{start}",
        session_id=session or f"{chat}/{start}/{ids}",
        chat_id=chat,
        chat_name=name,
        started_at=begin,
        ended_at=begin + timedelta(hours=hours),
        turns=tuple(turns),
        message_ids=ids or (int(start * 1000), int(start * 1000) + 1),
        replies_to=replies_to,
    )
