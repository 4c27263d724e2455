"""Saved profiles: made from a confirmed file, offered for the next, used, carried over, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fairwatt.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from fairwatt.core.files import ImportProfile
from fairwatt.core.files.profile_text import parse_profile
from fairwatt.core.metadata.schema_org import to_schema_org
from fairwatt.lake.converting import Target, convert_file
from fairwatt.records.models import AuditEvent, Channel, Deposit, File, LoggerProfile
from fairwatt.services import deposits, import_profiles
from fairwatt.services.actors import Actor
from fairwatt.services.certificates import certificate_of
from fairwatt.services.file_looks import profile_name
from fairwatt.services.lakes import get_lake
from tests.services import entries
from tests.services.entries import AT, HOUR

pytestmark = pytest.mark.django_db


def log(month: int = 3, *, days: int = 4, head: str = "time,Load,Voltage (V)") -> bytes:
    """A logger's file of half-hours without a zone, with a channel of no unit."""
    rows = (
        f"2020-{month:02}-{1 + n // 48:02} {n % 48 // 2:02}:{n % 2 * 30:02},{1 + n % 7 / 10:.1f},24{n % 5}.2"
        for n in range(48 * days)
    )
    return "\n".join([head, *rows, ""]).encode()


def received(actor: Actor, deposit: Deposit, content: bytes, name: str = "outram_2020-03.csv") -> File:
    return entries.received(actor, deposit, content, name)


def confirmed(actor: Actor, deposit: Deposit, content: bytes | None = None, **answers: str) -> File:
    """A file whose questions have all been answered."""
    file = received(actor, deposit, content or log())
    given = {question["id"]: question["guess"] for question in file.questions}
    given |= {"time_zone": "Europe/London", "unit:load": "kw", **answers}
    deposits.answer_questions(actor=actor, file_key=file.key, answers=given, at=AT)
    entries.read_all()
    return File.objects.get(pk=file.pk)


def saved(actor: Actor, file: File, name: str = "Outram logger") -> LoggerProfile:
    return import_profiles.save_profile(actor=actor, file_key=file.key, name=name, at=AT)


def test_how_a_file_is_read_is_saved_once_its_questions_are_answered(actor: Actor, deposit: Deposit) -> None:
    asked = received(actor, deposit, log(1), "january.csv")
    with pytest.raises(Conflict, match="not settled"):
        saved(actor, asked)
    file = confirmed(actor, deposit)
    assert import_profiles.propose_name(file) == "outram"
    profile = saved(actor, file)
    assert (profile.name, profile.organization.code, profile.columns, profile.file_name) == (
        "Outram logger", "LCH", 3, "outram_2020-03.csv",
    )  # fmt: skip
    assert (profile.period_start, profile.used_count) == (datetime(2020, 3, 1, tzinfo=UTC), 0)
    assert profile.digest == ImportProfile.model_validate(file.profile).digest
    event = AuditEvent.objects.get(verb="profile.saved")
    assert event.detail == {"digest": profile.digest, "file": file.key}
    assert profile_name(File.objects.get(pk=file.pk)) == "Outram logger"


def test_the_next_file_of_the_logger_is_offered_the_profile_in_words_and_its_answers_as_guesses(
    actor: Actor, deposit: Deposit
) -> None:
    saved(actor, confirmed(actor, deposit))
    following = received(actor, deposit, log(7), "outram_2020-07.csv")
    [offer] = import_profiles.find_profiles_for(following)
    assert offer.is_perfect
    assert offer.reason == "Looks like your “Outram logger” of March 2020 (2 of 2 columns the same)."
    assert following.state == "questions"  # nothing is read without somebody saying so
    by_id = {question["id"]: question for question in following.questions}
    assert (by_id["time_zone"]["guess"], by_id["unit:load"]["guess"]) == ("Europe/London", "kw")
    assert by_id["time_zone"]["why"] == "Your “Outram logger” is read so, and this file looks the same."
    assert by_id["time_zone"]["confidence"] == 0.95


def test_one_word_reads_the_next_file_the_same_way_and_asks_nothing(actor: Actor, deposit: Deposit) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    following = received(actor, deposit, log(7), "outram_2020-07.csv")
    import_profiles.use_profile(actor=actor, file_key=following.key, profile_id=profile.pk, at=AT + HOUR)
    entries.read_all(AT + HOUR)
    file = File.objects.get(pk=following.pk)
    assert (file.state, file.questions, file.answers) == ("read", [], {})
    assert file.period_start == datetime(2020, 6, 30, 23, tzinfo=UTC)
    assert [(c.field, c.unit) for c in Channel.objects.filter(file=file)] == [("load", "kw"), ("voltage_v", "v")]
    assert profile_name(file) == "Outram logger"
    profile.refresh_from_db()
    assert (profile.used_count, profile.used_at) == (1, AT + HOUR)
    assert AuditEvent.objects.get(verb="profile.used").subject_id == file.key


def test_a_next_file_whose_times_deny_the_saved_clock_is_asked_about(actor: Actor, deposit: Deposit) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    spring = log(days=30)  # with the hour that British clocks skipped on 29 March
    following = received(actor, deposit, spring, "outram_to_april.csv")
    import_profiles.use_profile(actor=actor, file_key=following.key, profile_id=profile.pk, at=AT)
    entries.read_all()
    [question] = File.objects.get(pk=following.pk).questions
    assert (question["id"], question["guess"]) == ("time_zone", "UTC")
    assert question["why"].endswith("But the saved profile says Europe/London.")
    deposits.answer_questions(actor=actor, file_key=following.key, answers={"time_zone": "UTC"}, at=AT)
    entries.read_all()
    file = File.objects.get(pk=following.pk)
    assert (file.state, file.questions, file.profile["timestamp"]["time_zone"]) == (File.State.READ, [], "UTC")


def test_a_profile_that_does_not_fit_is_refused_with_its_reason(actor: Actor, deposit: Deposit) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    other = received(actor, deposit, log(7, head="time,Load,Strom (A)"), "other.csv")
    with pytest.raises(InvalidInput, match=r"Outram logger does not fit other.csv.*‘Voltage \(V\)’ in column 3"):
        import_profiles.use_profile(actor=actor, file_key=other.key, profile_id=profile.pk, at=AT)
    assert File.objects.get(pk=other.pk).given == {}


def test_a_document_that_came_with_the_file_is_judged_when_the_file_is_read(actor: Actor, deposit: Deposit) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    document = import_profiles.write_document(profile, "toml")
    good = entries.hand_in(actor, deposit, log(7), "good.csv")
    bad = entries.hand_in(actor, deposit, log(8, head="time,Last,Voltage (V)"), "bad.csv")
    for file in (good, bad):
        import_profiles.give_document(actor=actor, file_key=file.key, document=document, at=AT)
    entries.read_all()
    good, bad = File.objects.get(pk=good.pk), File.objects.get(pk=bad.pk)
    assert (good.state, good.questions, profile_name(good)) == ("read", [], "")
    assert (bad.state, bad.given) == ("questions", {})
    [finding] = bad.findings.filter(code="profile-does-not-fit")
    assert "It is for ‘Load’ in column 2, the file has ‘Last’ there." in finding.message


def test_an_answer_beyond_the_profile_is_taken_and_the_profile_is_no_longer_named(
    actor: Actor, deposit: Deposit
) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    file = received(actor, deposit, log(7), "july.csv")
    import_profiles.use_profile(actor=actor, file_key=file.key, profile_id=profile.pk, at=AT)
    entries.read_all()
    deposits.answer_questions(actor=actor, file_key=file.key, answers={"leave_out:voltage_v": "true"}, at=AT)
    entries.read_all()
    file = File.objects.get(pk=file.pk)
    assert (file.state, [c.field for c in file.channels.all()], profile_name(file)) == ("read", ["load"], "")
    source = File.objects.get(name=profile.file_name)
    deposits.answer_questions(actor=actor, file_key=source.key, answers={"time_zone": "UTC"}, at=AT)
    assert profile_name(File.objects.get(pk=source.pk)) == ""


def test_profiles_are_for_the_people_of_their_organisation_and_managers(actor: Actor, deposit: Deposit) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    stranger = entries.partner("MET", "sam")
    colleague = entries.partner("LCH", "kim")
    assert import_profiles.list_profiles(actor=stranger) == []
    assert import_profiles.list_profiles(actor=colleague) == [profile]
    assert import_profiles.list_profiles(actor=entries.manager()) == [profile]
    for act in (
        lambda: import_profiles.get_profile(actor=stranger, profile_id=profile.pk),
        lambda: import_profiles.rename_profile(actor=stranger, profile_id=profile.pk, name="Mine", at=AT),
        lambda: import_profiles.remove_profile(actor=stranger, profile_id=profile.pk, at=AT),
    ):
        with pytest.raises(NotFound):
            act()
    theirs = entries.entry(stranger)
    file = received(stranger, theirs, log(9), "sept.csv")
    assert import_profiles.find_profiles_for(file) == []
    with pytest.raises(NotFound):
        import_profiles.use_profile(actor=stranger, file_key=file.key, profile_id=profile.pk, at=AT)
    with pytest.raises(NotAllowed):
        import_profiles.import_profile(actor=stranger, document="", name="x", organization="LCH", at=AT)


def test_a_profile_is_renamed_and_removed_and_the_files_read_by_it_stay(actor: Actor, deposit: Deposit) -> None:
    file = confirmed(actor, deposit)
    profile = saved(actor, file)
    saved(actor, confirmed(actor, deposit, log(5)), "Second")
    with pytest.raises(InvalidInput, match="is taken"):
        import_profiles.rename_profile(actor=actor, profile_id=profile.pk, name=" second ", at=AT)
    with pytest.raises(InvalidInput, match="at most 120"):
        import_profiles.rename_profile(actor=actor, profile_id=profile.pk, name="x" * 121, at=AT)
    import_profiles.rename_profile(actor=actor, profile_id=profile.pk, name="outram LOGGER", at=AT)
    assert AuditEvent.objects.get(verb="profile.renamed").detail == {
        "before": "Outram logger",
        "after": "outram LOGGER",
    }
    import_profiles.remove_profile(actor=actor, profile_id=profile.pk, at=AT)
    file = File.objects.get(pk=file.pk)
    assert (file.state, file.logger, bool(file.profile)) == ("read", None, True)


def test_of_two_who_save_at_once_under_one_name_the_later_is_told_that_it_is_taken(
    actor: Actor, deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw that the name was free before either had saved."""
    file, look = confirmed(actor, deposit), import_profiles._free_name
    saved(actor, file, "OUTRAM logger")
    looks: list[str] = []

    def look_too_early(place: Any, name: str, *, but: LoggerProfile) -> str:
        looks.append(name)
        return name if len(looks) == 1 else look(place, name, but=but)

    monkeypatch.setattr(import_profiles, "_free_name", look_too_early)
    with pytest.raises(InvalidInput, match="is taken") as refused:
        saved(actor, file)
    assert refused.value.where["field"] == "name"
    assert list(LoggerProfile.objects.values_list("name", flat=True)) == ["OUTRAM logger"]


@pytest.mark.parametrize("form", ["toml", "json"])
def test_a_profile_is_carried_to_another_organisation_and_says_the_same_there(
    actor: Actor, deposit: Deposit, form: import_profiles.DocumentFormat
) -> None:
    profile = saved(actor, confirmed(actor, deposit))
    document = import_profiles.write_document(profile, form)
    other = entries.partner("MET", "sam")
    copy = import_profiles.import_profile(actor=other, document=document, name="", at=AT, file_name=f"outram.{form}")
    assert (copy.name, copy.organization.code, copy.digest) == ("outram", "MET", profile.digest)
    with pytest.raises(InvalidInput, match="is not an import profile"):
        import_profiles.import_profile(actor=other, document="version = 1\n", name="x", at=AT)
    file = received(other, entries.entry(other), log(7))
    assert import_profiles.find_profiles_for(file)[0].is_perfect


def test_the_certificate_names_the_profile_and_its_document_reads_the_same_bytes_the_same_way(
    actor: Actor, deposit: Deposit, tmp_path: Path
) -> None:
    file = confirmed(actor, deposit)
    profile = saved(actor, file)
    [entry] = certificate_of(File.objects.get(pk=file.pk)).files
    assert (entry.import_profile, entry.import_profile_name) == (profile.digest, "Outram logger")
    assert entry.import_profile_version == 2
    assert entry.import_profile_url.endswith(f"/files/{file.key}/profile.toml")
    said = to_schema_org(certificate_of(File.objects.get(pk=file.pk)), at=AT)
    assert said["prov:wasGeneratedBy"]["prov:used"][1] == {
        "@id": f"urn:sha256:{profile.digest}",
        "@type": ["prov:Entity", "prov:Plan"],
        "name": "Import profile “Outram logger”",
        "version": "2",
        "url": entry.import_profile_url,
    }
    _, document = import_profiles.profile_document(actor=actor, file_key=file.key, form="toml", at=AT)
    assert parse_profile(document).digest == entry.import_profile
    raw = get_lake().raw.path(file.sha256)
    target = Target(tmp_path / "again.parquet")
    convert_file(raw, parse_profile(document), target=target, name=file.name, work=tmp_path)
    again = pq.read_table(target.path).select(["start", "load", "voltage_v"])
    batches = get_lake().batches(
        file.dataset.table, fields=["load", "voltage_v"], start=None, end=None, sources=[file.key]
    )
    stored = [row for batch in batches for row in batch.to_pylist()]
    assert _digest(stored) == _digest(again.to_pylist())
    assert len(stored) == 192


def _digest(rows: list[dict[str, Any]]) -> str:
    """The sha256 of readings, written so that only what they say counts."""
    said = [(row["start"].isoformat(), str(row["load"]), str(row["voltage_v"])) for row in rows]
    return sha256(repr(said).encode()).hexdigest()


def test_files_of_one_logger_that_overlap_say_so_with_the_file_and_the_period(actor: Actor, deposit: Deposit) -> None:
    first = confirmed(actor, deposit)
    profile = saved(actor, first)
    later = log(3, days=6).split(b"\n")
    second = received(actor, deposit, b"\n".join([later[0], *later[1 + 48 * 3 :]]), "outram_2020-03b.csv")
    import_profiles.use_profile(actor=actor, file_key=second.key, profile_id=profile.pk, at=AT)
    entries.read_all()
    [finding] = File.objects.get(pk=second.pk).findings.filter(code="overlapping-files")
    assert finding.where == ["“outram_2020-03.csv”, 2020-03-04 00:00 UTC to 2020-03-04 23:30 UTC"]
    assert "48 times of readings are in both." in finding.message
    elsewhere = entries.entry(actor)
    third = received(actor, elsewhere, log(3, days=5), "copy.csv")
    import_profiles.use_profile(actor=actor, file_key=third.key, profile_id=profile.pk, at=AT)
    entries.read_all()
    [finding] = File.objects.get(pk=third.pk).findings.filter(code="overlapping-files")
    assert (finding.count, len(finding.where)) == (2, 2)


def test_files_that_only_interlock_do_not_overlap(actor: Actor, deposit: Deposit) -> None:
    lines = log(3, days=6).rstrip(b"\n").split(b"\n")
    rows = lines[1:]
    confirmed(actor, deposit, b"\n".join([lines[0], *rows[:96], *rows[192:], b""]))
    between = received(actor, deposit, b"\n".join([lines[0], *rows[96:192], b""]), "gap.csv")
    answers = {question["id"]: question["guess"] for question in between.questions} | {"time_zone": "Europe/London"}
    deposits.answer_questions(actor=actor, file_key=between.key, answers=answers, at=AT)
    entries.read_all()
    assert not File.objects.get(pk=between.pk).findings.filter(code="overlapping-files").exists()


@pytest.mark.parametrize(
    ("file_name", "above", "proposed"),
    [
        ("1012345678903 March 2020.csv", "", ""),
        ("outram_2020-03.csv", "Meter: 1012345678903\n", "outram"),
        ("1012345678903.csv", "Serial number: OR-4711\n", "Serial OR-4711"),
    ],
)
def test_no_home_gives_a_logger_its_name(
    actor: Actor, deposit: Deposit, file_name: str, above: str, proposed: str
) -> None:
    file = received(actor, deposit, above.encode() + log(), file_name)
    assert import_profiles.propose_name(file) == proposed


def test_a_profile_of_other_meters_never_lets_numbers_of_supply_points_out(actor: Actor, deposit: Deposit) -> None:
    def meters(*names: str) -> bytes:
        rows = (
            f"{name},2020-03-{1 + n // 48:02} {n % 48 // 2:02}:{n % 2 * 30:02},{n % 9}.5"
            for name in names
            for n in range(192)
        )
        return "\n".join(["meter,start time,energy (kWh)", *rows, ""]).encode()

    file = received(actor, deposit, meters("M1", "M2", "M3"), "a.csv")
    deposits.answer_questions(actor=actor, file_key=file.key, answers={"time_zone": "UTC"}, at=AT)
    entries.read_all()
    profile = saved(actor, file, "Meters")
    points = ("1200050000009", "1200010395951", "1200010237572")
    following = received(actor, deposit, meters(*points), "b.csv")

    import_profiles.use_profile(actor=actor, file_key=following.key, profile_id=profile.pk, at=AT + HOUR)
    entries.read_all(AT + HOUR)

    series = get_lake().series(deposit.dataset.table)
    assert File.objects.get(pk=following.pk).state == "read"
    assert len(series) == 6
    assert not [name for name in series if any(point in name for point in points)]
