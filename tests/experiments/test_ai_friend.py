"""The samples of friendly_chatbot_task's rules, by hand: whole dialogues of two data sets, all words learnt."""

from pathlib import Path

from tests.experiments.common_export import assert_closed, lines, prepared, split_of

DAILY_DIALOG = {  # text of each dialogue -> emotions: 0 none, 1 anger, 4 happiness, 5 sadness, 6 surprise
    "Where have you been ? __eou__ At the sea . __eou__ Was it nice ? __eou__ It was ! __eou__": "0 0 0 4",
    "You are late . __eou__ So what ? __eou__ Never mind . __eou__": "0 1 0",
    "Is this for me ? __eou__": "6",
    "Any news ? __eou__ She left . __eou__ Oh no . __eou__ It is fine . __eou__": "0 5 6 0",
}
EMPATHETIC = """conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags
hit:0_conv:1,1,proud,I ran a race,10,I ran my first race_comma_ all of it.,5|5|5_5|5|5,
hit:0_conv:1,2,proud,I ran a race,11,Wow_comma_ well done!,5|5|5_5|5|5,
hit:0_conv:1,3,proud,I ran a race,10,Thank you.,5|5|5_5|5|5,
hit:1_conv:2,1,angry,They lied,12,They lied to me.,5|5|5_5|5|5,
hit:1_conv:2,2,angry,They lied,13,How could they?,5|5|5_5|5|5,
hit:2_conv:5,1,grateful,A friend helped,14,A friend mended my bike.,5|5|5_5|5|5,
hit:2_conv:5,2,grateful,A friend helped,15,That is kind.,5|5|5_5|5|5,
"""


def sources(daily_dialog: Path, empathetic: Path) -> list[str]:
    return [
        "experiment=ai_friend_data",
        f"source.sources.daily_dialog.path={daily_dialog}",
        f"source.sources.empathetic.path={empathetic}",
    ]


def test_its_samples_of_its_two_data_sets(tmp_path: Path) -> None:
    daily = tmp_path / "daily"
    daily.mkdir()
    (daily / "dialogues_train.txt").write_text("\n".join(DAILY_DIALOG))
    (daily / "dialogues_emotion_train.txt").write_text("\n".join(DAILY_DIALOG.values()))
    (tmp_path / "train.csv").write_text(EMPATHETIC)
    samples, record = prepared(*sources(daily, tmp_path / "train.csv"))
    assert_closed(record)
    assert sorted(lines(samples)) == [
        "Person*: Is this for me ?",
        "Person*: Where have you been ? | You*: At the sea . | Person*: Was it nice ? | You*: It was !",
        "Speaker*: A friend mended my bike. | You*: That is kind.",
        "Speaker*: I ran my first race, all of it. | You*: Wow, well done! | Speaker*: Thank you.",
    ]
    assert [(one.name, one.ids) for one in record.personas] == [("You", {"dailydialog:B", "empathetic:listener"})]
    dropped = {count.stage: count.dropped for count in record.counts if count.dropped}
    assert dropped == {"filters.labels": 9}


def test_as_many_dialogues_are_kept_as_its_notebook_prints(shared_data: Path) -> None:
    """889 and 863 of DailyDialog's validation and test; of EmpatheticDialogues 3 more than 1,160.

    Its loader read 12,030 rows of that file; the one that is read here is mended, and has 12,078.
    """
    folder = shared_data / "dailydialog_official"
    for part, number in {"validation": 889, "test": 863}.items():
        samples, _ = prepared(*sources(folder / part, shared_data / "empathetic" / "fixed_valid.csv"))
        kept = [sample.chat_id.partition(":")[0] for sample in samples]
        assert kept.count("dailydialog") == number
        assert kept.count("empathetic") == 1163


def test_its_split() -> None:
    assert split_of("ai_friend_data") == "SplitByChat"
