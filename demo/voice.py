"""How each of the people sounds: what turns the plain words of a script into their own."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from people import OWNER

if TYPE_CHECKING:
    import random

    from grammar import Utterance

WAVE = "\N{WATER WAVE}"
# What makes a message recognisably Nell's, beside lower case and no full stops.
MARKER = re.compile(rf"ahoy|\baye+\b|gerald|teaspoon|barnacle|\blamp\b|\b142\b|\bhehe\b|{WAVE}|([a-z])\1\1")
OWN_WORDS = ("", "photo")  # tags of what she typed herself
CALL = re.compile(r"(?P<call>ahoy+( ahoy)?|aye+|aye aye|nooo+|hehe|oof|oh barnacles|oo+h|aww+|yesss), (?P<rest>.{6,})")
COMMAND = re.compile(r"^/|://")
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")
TAILS = {"danny": (" cuz", " bro", " cuz"), "mum": (" x", " x", " xx")}
LONG = 200  # letters: a recipe stays one message
SPLIT = {"danny": 0.7, "jess": 0.6, "mum": 0.3, "bram": 0.2}  # how often they send sentence by sentence
DANNY = (("You ", "U "), (" you ", " u "), (" you?", " u?"), (" are ", " r "), ("Thanks", "Thx"), ("going to", "gonna"))


def give_voice(said: list[Utterance], rng: random.Random) -> list[Utterance]:
    """Return the conversation in its speakers' own voices; the impulsive ones send sentence by sentence."""
    voiced: list[Utterance] = []
    for who, group in groupby(said, key=lambda utterance: utterance.who):
        turn = list(group)
        voiced += _nell(turn, rng) if who == OWNER else _other(who, turn, rng)
    return voiced


def _nell(turn: list[Utterance], rng: random.Random) -> list[Utterance]:
    """Send "aye, come over" as two messages now and then; end unmarked turns, and four in ten others, with a wave."""
    sent: list[Utterance] = []
    for utterance in turn:
        own = replace(utterance, text=utterance.text.lower()) if utterance.tag in OWN_WORDS else utterance
        cut = CALL.fullmatch(own.text)
        if cut and not own.tag and rng.random() < 0.4:
            sent += [replace(own, text=cut["call"]), replace(own, text=cut["rest"])]
        else:
            sent.append(own)
    plain = [place for place, own in enumerate(sent) if own.tag in OWN_WORDS and not COMMAND.search(own.text)]
    is_marked = any(MARKER.search(sent[place].text) for place in plain)
    if plain and rng.random() < (0.4 if is_marked else 0.97):
        waves = WAVE * (2 if rng.random() < 0.08 else 1)
        sent[plain[-1]] = replace(sent[plain[-1]], text=f"{sent[plain[-1]].text} {waves}")
    return sent


def _other(who: str, turn: list[Utterance], rng: random.Random) -> list[Utterance]:
    """Split the turns of the quick writers, then dress every message."""
    voiced: list[Utterance] = []
    for utterance in turn:
        if utterance.tag:
            voiced.append(utterance)
            continue
        is_split = len(utterance.text) < LONG and rng.random() < SPLIT.get(who, 0.0)
        sentences = SENTENCE_END.split(utterance.text) if is_split else [utterance.text]
        voiced += [replace(utterance, text=_dress(who, text, rng)) for text in sentences]
    return voiced


def _dress(who: str, text: str, rng: random.Random) -> str:
    """Return one message as this person would type it."""
    if "://" in text or not any(letter.isalpha() for letter in text):
        return text
    if who == "danny":
        for word, short in DANNY:
            text = text.replace(word, short) if rng.random() < 0.5 else text
        text = text.removesuffix(".")
    elif who == "jess" and text.endswith(".") and rng.random() < 0.5:
        text = text[:-1] + rng.choice(("!", "!!", "..."))
    elif who in ("bram", "ines", "pettigrew") and text.endswith("!"):
        text = text[:-1] + "."
    elif who == "pettigrew" and len(text) > 40 and rng.random() < 0.3:
        text += " Kind regards, A. Pettigrew"
    if rng.random() < 0.35 and "Nell" not in text and (tails := TAILS.get(who)):
        end = "" if who == "mum" else text[len(text.rstrip("?!")) :]
        text = text.removesuffix(end) + rng.choice(tails) + end
    return text
