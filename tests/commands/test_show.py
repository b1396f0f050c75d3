from doppel.commands.show import people_line, persona_line
from doppel.types import People, Persona, Speaker


def test_several_accounts_are_said_to_be_one_person() -> None:
    assert persona_line(Persona(frozenset({"user2"}), "Anna")) == "persona: Anna (user2)"
    both = Persona(frozenset({"user2", "user10"}), "Anna")
    assert persona_line(both) == "persona: Anna (user10, user2), learnt as one person"


def test_the_most_talkative_come_with_their_ids() -> None:
    speakers = [Speaker(f"user{at}", f"N{at}", frozenset(), 2000 - at) for at in range(10)]
    line = people_line(People({speaker.speaker_id: speaker for speaker in speakers}, {}))
    assert line.startswith("messages by: N0 (user0) 2,000, N1 (user1) 1,999, ")
    assert line.endswith("N7 (user7) 1,993, and 2 others")
