"""A terminal chat with an engine that shouts everything back; run as a script on a real terminal."""

import time

from doppel.engine.cast import Known
from doppel.engine.terminal import Terminal
from doppel.timing.none import AtOnce

AT_ONCE = AtOnce({})
PEOPLE = [Known("u1", "Ada", 900, is_persona=True), Known("u2", "Bob", 40), Known("u3", "Cat", 3)]


def parse(text):
    return tuple(line for line in text.split("\n") if line)


def shout(turns, speaker, *, seed):
    """Every message of the last turn, louder, and what the model was told."""
    if turns[-1].messages[-1] == "count":
        for number in range(100_000):
            yield f"number {number}\n"
            time.sleep(0.01)
    for message in turns[-1].messages:
        yield f"{message.upper()}!\n"
    yield f"{turns[-1].speaker_name}>{speaker.speaker_name} turns={len(turns)} seed={seed}"


if __name__ == "__main__":
    Terminal(shout, parse, PEOPLE, AT_ONCE, speaker=None, me=None, seed=1).talk()
    print("left")
