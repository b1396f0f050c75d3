"""The data half of the line: export file -> messages -> sessions -> samples -> split, with one funnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from doppel.cache.scratch import remove_abandoned, scratch
from doppel.cache.spool import Spool
from doppel.cache.store import Store
from doppel.commands.as_shown import cast_as_shown, found_by_either, note_what_was_typed, real_ids
from doppel.commands.data_key import data_key
from doppel.commands.judged import is_of_feedback, prepare_judged
from doppel.commands.kept import AsTheyAre, kept_samples
from doppel.commands.prepared import (
    PARTS,
    Prepared,
    read_record,
    sample_file,
    write_record,
)
from doppel.commands.shown import Page
from doppel.config.build import build, build_all
from doppel.errors import ConfigError
from doppel.filters.apply import MeetsPersonas, apply_filters, hidden_by, sparing
from doppel.persona.people import Census
from doppel.persona.resolve import resolve_cast
from doppel.report.counted import agreed
from doppel.report.watch import Watch
from doppel.run.samples import SampleFile, append_samples, fingerprint
from doppel.source.other_source import with_other_source
from doppel.split.replies import FollowsReplies, Replies
from doppel.types import Cast, Funnel, People, Source, Split


@contextmanager
def prepared_samples(config: dict[str, Any]) -> Iterator[tuple[Path, Prepared]]:
    """The folder with the samples of the composed config, and how they came about; to be copied while it lasts.

    With `use_cache` it is the folder of an earlier preparation where content, config and code are the same.
    Raises: DataError from whichever stage finds the fault; RunError where there is no room.
    """
    _refuse_shared_list(config)
    remove_abandoned()
    source: Source = build(config["source"])
    # A list of what was replaced is written while it is replaced.
    if not config["use_cache"] or config["privacy"].get("mapping"):
        with scratch("preparing") as folder:
            yield folder, _prepare(config, source, folder)
        return
    with with_other_source(config["source"]):
        store, inputs = Store("prepared"), dict(source.fingerprint())
    key = data_key(config, inputs)
    kept = store.find(key)
    if kept is not None:
        found = read_record(kept)
        if found is not None:
            yield kept, found
            return
        store.forget(key)
    with scratch("preparing") as folder:
        made = folder / key
        made.mkdir()
        prepared = _prepare(config, source, made)
        # By content, as names are told as privacy shows them. Where it differs, nobody knows what was read: it is not
        # kept under a key that says it.
        if sorted(inputs.values()) != sorted(prepared.inputs.values()):
            yield made, replace(prepared, notes=(*prepared.notes, _changed(inputs, prepared.inputs)))
        else:
            yield store.keep(key, made), prepared


def _refuse_shared_list(config: dict[str, Any]) -> None:
    mapping, outputs = config["privacy"].get("mapping"), Path(config["outputs"]).expanduser().resolve()
    if mapping and Path(mapping).expanduser().resolve().is_relative_to(outputs):
        raise ConfigError(
            f"privacy.mapping={mapping} lies in {outputs}, beside what may be shared: it undoes the pseudonyms. "
            "Name a file elsewhere, such as privacy.mapping=~/pseudonyms.json"
        )


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    was = frozenset(before.values())
    what = next((file for file, content in after.items() if content not in was), "the input")  # a file is gone
    return (
        f"source: {what} changed while it was read: these samples may be of before, of after, or of half of it. "
        "They are not kept for later runs. Prepare again when nothing writes there any more."
    )


@dataclass(frozen=True, slots=True)
class _Stages:
    """The objects of the config, built once."""

    filters: dict[str, Any]
    privacy: Any
    sessions: Any
    samples: Any
    split: Any
    canaries: Any


def _prepare(config: dict[str, Any], source: Source, folder: Path) -> Prepared:
    """Fills the folder. The export is read once; what follows reads the spool, which is gone in the end."""
    if is_of_feedback(config):
        return prepare_judged(config, source, folder)
    funnel = Funnel()
    stages = _Stages(
        filters=build_all(config["filters"]),
        **{group: build(config[group]) for group in ("privacy", "sessions", "samples", "split", "canaries")},
    )
    spool, census, replies = Spool(folder / "messages.spool"), Census(), Replies()
    with with_other_source(config["source"]):
        kept = kept_samples(config, source, folder / "all.jsonl", funnel)
        for batch in spool.fill(kept.messages() if kept else source.messages(funnel)):
            census.see(batch)
            replies.see(batch)
    if kept:
        stages = replace(stages, filters={}, privacy=AsTheyAre())
    elif spool.out_of_order:
        funnel.note(f"source: {spool.out_of_order:,} messages came after a later one: chats are put in order of time.")
    people = census.people()
    persona = config["persona"]
    cast = kept.cast(persona, people) if kept else resolve_cast(persona, people, source.owner_ids())
    stages.privacy.meet(people)
    if isinstance(stages.split, FollowsReplies):
        stages.split.follow(replies.under(stages.privacy.id))
    real = real_ids(people, stages.privacy)
    find = found_by_either(cast.find, real)
    messages = apply_filters(spool.messages(), stages.filters, people, find, funnel)
    _introduce(cast, stages.filters)
    shown_people = stages.privacy.people(_told(people, stages.filters))
    shown_cast = cast_as_shown(cast, find, shown_people, stages.privacy, unlearnt=_unlearnt(stages.filters))
    watch = Watch(shown_cast)
    page = Page(stages.privacy, hidden_by(stages.filters), shown_people, real)

    if kept:
        samples = kept.watched(watch)
        if (situation := _situation(stages.samples)) is not None:
            situation.meet(shown_cast)
    else:
        messages = stages.privacy(messages, funnel)
        sessions = watch.sessions(stages.sessions(messages, funnel))
        made = stages.samples(sessions, shown_cast, funnel)
        samples = SampleFile.written(folder / "all.jsonl", watch.samples(made))
    split = stages.split(samples, funnel)
    for part in PARTS:
        samples.part(getattr(split, part), sample_file(folder, part))
    planted = _plant(stages.canaries, shown_cast, samples, split, folder, funnel)
    examples, shown = page.examples(funnel.examples), page.samples(samples, split, spool)
    inputs, told = dict(source.fingerprint()), stages.privacy.teller()
    note_what_was_typed(config, inputs, told, funnel)
    prepared = Prepared(
        inputs={told(name): content for name, content in inputs.items()},
        people=shown_people,
        personas=shown_cast.personas,
        sizes={part: len(getattr(split, part)) + (planted if part == "train" else 0) for part in PARTS},
        boundaries=split.boundaries,
        counts=tuple(replace(count, why=told(agreed(count.why))) for count in funnel.counts),
        notes=tuple(told(agreed(note)) for note in funnel.notes),
        tallies={stage: dict(tally) for stage, tally in funnel.tallies.items()},
        examples=examples,
        sha256={part: fingerprint(sample_file(folder, part)) for part in PARTS},
        shown=shown,
        facts=watch.facts(split.train),
        relationships=_relationships(stages.samples),
    )
    samples.file.unlink()
    spool.file.unlink()
    write_record(folder, prepared)
    return prepared


def _plant(canaries: Any, cast: Cast, samples: SampleFile, split: Split, folder: Path, funnel: Funnel) -> int:
    """How many samples were added to those that are learnt, beside what was said."""
    if not split.train:
        return 0
    number = append_samples(sample_file(folder, "train"), canaries(cast.personas[0], samples[split.train[-1]]))
    if number:
        funnel.note(
            f"canaries: {number:,} samples with planted numbers are learnt beside what was said: for a trial run, as "
            "the adapter will know them. canaries=none leaves them out."
        )
    return number


def _told(people: People, filters: dict[str, Any]) -> People:
    """The people without those of whom nothing is to be told."""
    for rule in sparing(filters):
        people = rule.told(people)
    return people


def _unlearnt(filters: dict[str, Any]) -> frozenset[str]:
    return frozenset[str]().union(*(rule.unlearnt for rule in sparing(filters)))


def _introduce(cast: Cast, filters: dict[str, Any]) -> None:
    for rule in filters.values():
        if isinstance(rule, MeetsPersonas):
            rule.meet_personas(cast.personas)


def _situation(samples: Any) -> Any:
    return getattr(getattr(samples, "rules", None), "situation", None)  # a stage of one's own may have none


def _relationships(samples: Any) -> dict[str, str]:
    situation = _situation(samples)
    return dict(situation.by_id) if situation else {}
