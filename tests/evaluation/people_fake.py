"""A scripted person and their contacts: habits that every metric can see, without any model."""

import random
import re
from collections.abc import Sequence

from doppel.evaluation.nouns import Burst, Material, Moment, Score
from doppel.types import Turn

SUBJECTS = {
    "sea": ["gull", "tide", "boat", "harbour", "wave", "anchor", "sail", "shore"],
    "kitchen": ["soup", "onion", "kettle", "oven", "bread", "spoon", "pepper", "apron"],
    "music": ["drum", "violin", "chorus", "ballad", "tempo", "piano", "melody", "singer"],
    "garden": ["rose", "spade", "hedge", "tulip", "fence", "lawn", "beetle", "compost"],
}
STARTS = ["well", "so", "honestly", "ok", "hm", "look", "anyway", "right"]
VERBS = ["like", "miss", "lost", "found", "saw", "bought", "need", "want", "hate", "broke"]
ENDS = ["today", "again", "for sure", "i guess", "you know", "this week", "tomorrow", "at last"]


def of_person(draw: random.Random, subject: str) -> Burst:
    """Sentence case, several messages, brackets that nothing opens, long vowels, questions now and then."""
    messages = []
    for _ in range(draw.choice([1, 1, 2, 2, 3])):
        words = [draw.choice(STARTS), "i", draw.choice(VERBS), "the", draw.choice(SUBJECTS[subject]), draw.choice(ENDS)]
        words += ["and", "the", *draw.choices(SUBJECTS[subject], k=draw.randint(1, 4))]
        if draw.random() < 0.2:
            words.append("sooo good")
        text = " ".join(words)
        messages.append(text[:1].upper() + text[1:] + draw.choice(["", "", ")", "))", ")))"]))
    if draw.random() < 0.15:
        messages[-1] += "?"
    return tuple(messages) if draw.random() > 0.1 else ("Ok)",)


def of_other(draw: random.Random, subject: str) -> Burst:
    """Contacts of three kinds: whole sentences, shouting, and small letters without any sign."""
    words = [draw.choice(VERBS), "that", draw.choice(SUBJECTS[subject]), "with", draw.choice(SUBJECTS[subject])]
    text, kind = " ".join(words), draw.randrange(3)
    if kind == 0:
        return (f"Indeed, we {text}. {draw.choice(['It was quite something.', 'What do you think?', 'That is all!'])}",)
    return (f"{text.upper()} !!" if kind == 1 else f"u {text} lol", *(["brb"] if draw.random() < 0.2 else []))


def stranger(draw: random.Random) -> Burst:
    """Someone else with subjects of their own, who writes as some contacts do."""
    words = draw.choices(["sir", "kindly", "revert", "invoice", "payment", "thanks", "urgent", "matter"], k=8)
    return (" ".join(words).upper() + " !!",) if draw.random() < 0.5 else (f"Indeed, {' '.join(words)}. That is all!",)


def material(asked: int = 160, learnt: int = 600, seed: int = 0) -> Material:
    draw = random.Random(seed)

    def moment(number: int) -> Moment:
        subject = draw.choice(list(SUBJECTS))
        context = Turn(f"c{number % 3}", f"Contact {number % 3}", of_other(draw, subject), False, False)
        reply = Turn("p", "Person", of_person(draw, subject), True, True)
        return Moment((context,), reply, context.speaker_id, context.speaker_name, 2020 + number % 2)

    seen = [moment(number) for number in range(learnt)]
    later = [moment(number) for number in range(asked)]
    return Material(
        held_out=later,
        asked=later,
        learnt=seen[:200],
        own=[one.reply.messages for one in seen],
        others=[one.turns[0].messages for one in seen],
        others_held_out=[one.turns[0].messages for one in later],
        hidden_names=["Zebedee Quark"],
        private_in=lambda text: re.findall(r"\+?\d[\d -]{6,}\d", text),
        canaries={},
        seed=0,
    )


def clone(given: Material, seed: int = 9) -> list[Burst]:
    """Another sample of the person, on the subject of each moment."""
    draw = random.Random(seed)
    return [of_person(draw, _subject(one)) for one in given.asked]


def _subject(moment: Moment) -> str:
    text = moment.turns[0].messages[0]
    return max(SUBJECTS, key=lambda subject: sum(word in text for word in SUBJECTS[subject]))


def models(given: Material) -> dict[str, list[Burst]]:
    """Replies of "models", each with one fault, to the moments that are asked."""
    draw = random.Random(5)
    cloned = clone(given)
    number = len(cloned)
    return {
        "clone": cloned,
        "stranger": [stranger(draw) for _ in range(number)],
        "shuffled": _to_another_subject(given, cloned),
        "lower": [tuple(text.lower() for text in burst) for burst in cloned],
        "one_reply": [("Ok)",)] * number,
        "copy": [draw.choice(list(given.own)) for _ in range(number)],
    }


def _to_another_subject(given: Material, replies: list[Burst]) -> list[Burst]:
    order = sorted(range(len(replies)), key=lambda at: _subject(given.asked[at]))
    half = len(order) // 2
    moved = dict(zip(order, [*order[half:], *order[:half]], strict=True))
    return [replies[moved[at]] for at in range(len(replies))]


class ScriptedSystem:
    """Scores by a function of the moment, answers from a list."""

    has_likelihood = True
    is_prompted = False

    def __init__(self, nats_per_token, replies: Sequence[Burst] = ()) -> None:
        self.nats_per_token, self._replies = nats_per_token, list(replies)

    def scores(self, moments: Sequence[Moment]) -> list[Score | None]:
        tokens = [sum(len(text.split()) + 1 for text in moment.reply.messages) for moment in moments]
        return [Score(self.nats_per_token(one) * number, number) for one, number in zip(moments, tokens, strict=True)]

    def replies(self, moments: Sequence[Moment]) -> list[Burst]:
        return self._replies
