"""Finding the day in a date."""

import pytest

from doppel.source.whatsapp_dates import DateEvidence, Order, day_of


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("3/6/18", "day_month", (2018, 6, 3)),
        ("3/6/18", "month_day", (2018, 3, 6)),
        ("18/3/6", "year_month_day", (2018, 3, 6)),
        ("2018-06-13", "year_month_day", (2018, 6, 13)),
        ("2018-06-13", "day_month", None),
        ("2018-13-06", "year_day_month", (2018, 6, 13)),
        ("06/2018/13", "month_day", (2018, 6, 13)),
        ("13/6/18", "month_day", None),
        ("29/2/2021", "day_month", None),
        ("3/18/R4", "month_day", (2022, 3, 18)),
        ("3/18/2565", "month_day", (2022, 3, 18)),
        ("2020/2020/01", "year_month_day", None),
        ("1/1/0000", "day_month", None),
        ("١٨/٣/٢٠٢٢", "day_month", (2022, 3, 18)),
    ],
)
def test_days(written: str, order: Order, day: tuple[int, int, int] | None) -> None:
    assert day_of(written, order) == day


@pytest.mark.parametrize(
    ("dates", "orders", "is_certain"),
    [
        (["3/6/18", "13/6/18"], ["day_month"], True),
        (["6/3/18", "6/13/18"], ["month_day"], True),
        (["2018-06-03"], ["year_month_day"], True),
        (["2018-06-13", "2018-06-14"], ["year_month_day"], True),
        (["01/02/2021", "02/02/2021", "01/03/2021"], ["day_month"], False),  # else 2 February comes before 3 January
        (["03/06/2018", "05/06/2018"], ["day_month", "month_day"], True),
        (["03.06.2018", "05.06.2018"], ["day_month"], False),  # no locale begins with the month before a point
        (["03-06-18", "05-06-18"], ["day_month"], False),
        (["05/05/2021"], ["day_month"], True),  # whichever way
        (["18/03/21", "18/03/22", "18/04/01"], ["year_month_day"], False),
        (["99/99/99"], [], False),
        (["13/6/18", "14/6/18", "6/15/18"], ["day_month"], True),  # one line that someone pasted
    ],
)
def test_what_dates_tell(dates: list[str], orders: list[str], is_certain: bool) -> None:
    evidence = DateEvidence()
    for number, written in enumerate(dates, 1):
        evidence.add(number, written)
    found, how = evidence.decide()
    assert found == orders
    assert (how == "") == is_certain or not orders


def test_many_jumps_leave_no_doubt() -> None:
    evidence = DateEvidence()
    for number in range(144):
        evidence.add(number, f"{number % 12 + 1:02}/{number // 12 + 1:02}/2021")
    assert evidence.decide() == (["day_month"], "")
