"""Names of people: one person one pseudonym, in the case of the sentence."""

import re

import pytest

from doppel.privacy.names import names
from doppel.privacy.stage import Privacy
from doppel.types import Chat, Entity, Funnel, Message, People, Speaker
from tests.privacy.test_stage import said

NAMES = ("Мария Иванова 🌸", "Саша", "Иван Петрович", "Anna Smith", "Will", "Слава", "Вера", "Мама", "Жук Олег", "יוסי")


def people(*shown: str) -> People:
    speakers = {
        f"user{number}": Speaker(f"user{number}", name, frozenset([name]), 1) for number, name in enumerate(shown)
    }
    return People(
        speakers, {"c": Chat("c", "Димон", "personal", 1, {}, {}), "g": Chat("g", "Чат Тани", "group", 1, {}, {})}
    )


@pytest.fixture(scope="module")
def stage() -> Privacy:
    stage = names(regions=["RU"], mapping=None)
    stage.meet(people(*NAMES))
    return stage


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("Маше привет, иванова!", "Аленке привет, авдеева!"),
        ("У Марии Ивановой и у Ивановых", "У Алены Авдеевой и у Авдеевых"),
        ("Видел Машу Иванову с САШЕЙ", "Видел Аленку Авдееву с ЛЕШЕЙ"),
        ("с Димой, Диме, Дима", "с Аркашей, Аркаше, Аркаша"),
        ("Ивану Петровичу", "Анатолию Борисовичу"),
        ("Anna's friend Smith, anna", "Abigail's friend Ashby, abigail"),
        ("https://x.com/Маша @Маша `Маша`", "https://x.com/Маша @Маша `Маша`"),
        ("мама мыла раму. Москва. Привет", "мама мыла раму. Москва. Привет"),
    ],
)
def test_names_in_texts(stage: Privacy, text: str, covered: str):
    assert stage.text(text) == covered


@pytest.mark.parametrize(
    ("text", "is_somebody"),
    [
        ("Вера в добро", False),
        ("Вера, ты где?", True),
        ("Слава богу", False),
        ("слава героям", False),
        ("вместе со Славой", True),
        ("жук ползет", False),
        ("Олегу и Жуку", True),
        ("Will you come?", False),
        ("I told Will", True),
        ("Свет погас, нет света", False),
    ],
)
def test_words_that_are_names_too(stage: Privacy, text: str, is_somebody: bool):
    assert (stage.text(text) != text) == is_somebody


def test_other_russian_names_are_covered_and_pseudonyms_are_left():
    stage = names(regions=["RU"], mapping=None)
    stage.meet(people("Маша"))
    once = stage.text("Григорий Орлов пришел к Толстому, Катя и Катю")
    words = once.replace(",", "").split()
    assert words[2:4] == ["пришел", "к"]
    assert not {"Григорий", "Орлов", "Толстому", "Катя", "Катю"} & set(words)
    assert words[5][:-1] == words[7][:-1]
    assert stage.text(once) == once
    assert stage.text("Ансибл, Гитхаб и ОСей") == "Ансибл, Гитхаб и ОСей"
    assert stage.text("григорий и катя, не из этих чатов") == "григорий и катя, не из этих чатов"


def test_display_names(stage: Privacy):
    assert [stage.name(name) for name in (*NAMES[:4], "Мама", "Димон", "Саша 2")] == [
        "Алена Авдеева 🌸",
        "Леша",
        "Анатолий Борисович",
        "Abigail Ashby",
        "Мама",
        stage.text("Димон"),
        "Леша 2",
    ]
    handle = stage.name("user_42x")
    assert handle != "user_42x"
    assert (handle[4], handle[5:7].isdecimal(), handle[7].isalpha()) == ("_", True, True)
    assert stage.name("יוסי") == stage.text("יוסי") != "יוסי"


def test_messages_and_mentions_are_covered(stage: Privacy):
    text = "Маша, спроси @ann_lee"
    message: Message = said(text, sender_name="Саша", chat_name="Димон", entities=(Entity("mention", 13, 21),))
    funnel = Funnel()
    [out] = stage(iter([message]), funnel)
    [mention] = out.entities
    handle = out.text[mention.start : mention.end]
    assert out.text.startswith("Аленка, спроси @")
    assert (handle[0], handle[4], len(handle)) == ("@", "_", 8)
    assert handle != "@ann_lee"
    assert out.sender_name == "Леша"
    assert out.chat_name == stage.name("Димон") != "Димон"
    assert funnel.tallies == {"privacy": {"name": 1, "user name": 1, "display name": 11}}


@pytest.mark.parametrize(
    ("text", "names_of_others"),
    [
        ("John Smith said hi", {"John", "Smith"}),
        ("my boss Jennifer Lopez, and Ahmed", {"Jennifer", "Lopez", "Ahmed"}),
        ("I talked with Sarah. Sarah left", {"Sarah"}),
        ("Mark and Will met Rose", {"Mark", "Will", "Rose"}),
        ("mr. Robert Brown and Mrs Green", {"Robert", "Brown", "Green"}),
        ("Вера пришла с Романом", {"Вера", "Романом"}),
        ("Пушкин написал, Лев сказал", {"Пушкин", "Лев"}),
        ("Will you come in May? Hope so. Mark my words. Rose bushes. Grace period", set()),
        ("will, mark, rose and sarah in lower case", set()),
        ("in Paris on Monday, with the Smith family of Google", set()),
        ("She saw the doctor. Which one? I met Adele. There she was. It will be. Don't, I Don't", {"Adele"}),
        ("with Sarah Monday, Emma Please", {"Sarah", "Emma"}),
        ("Роман интересный, вера в добро. Вера помогает", set()),
    ],
)
def test_names_of_people_who_are_not_of_the_chats(text: str, names_of_others: set[str]):
    stage = names(regions=["RU"], mapping=None)
    stage.meet(people("Oliver"))
    covered = stage.text(text)
    assert set(re.findall(r"\w+", text)) - set(re.findall(r"\w+", covered)) == names_of_others


def test_a_surname_is_the_same_behind_a_first_name_and_a_title():
    stage = names(regions=["RU"], mapping=None)
    first, second = stage.text("I met John Smith, and Mr. Smith met me").split(", and Mr. ")
    assert first.split()[-1] == second.split()[0] != "Smith"


def test_a_short_form_belongs_to_the_full_name_of_the_chats():
    stage = names(regions=["RU"], mapping=None)
    stage.meet(people("Александра Котова"))
    full = stage.name("Александра")
    assert stage.text("Саша и Александра").split(" и ")[1] == full
    assert full.endswith(("а", "я"))


def test_more_people_than_pseudonyms():
    stage = names(regions=["RU"], mapping=None)
    crowd = [
        f"{chr(65 + one)}{'bcdefghij'[other]}xa Qw{'bcdefghij'[other]}{chr(97 + one)}"
        for one in range(26)
        for other in range(9)
    ]
    stage.meet(people(*crowd))
    assert all(stage.name(name) != name for name in crowd)
