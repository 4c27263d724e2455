"""Packages of trials: what is in them for whom, that they are the same byte for byte, and that they can be resumed."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import polars as pl
import pytest

from fairwatt.core.errors import DamagedData, Gone, NotAllowed, NotFound, NotSignedIn, Overloaded
from fairwatt.core.files.privacy import METER_POINTS
from fairwatt.core.metadata import packaging
from fairwatt.core.metadata.package_certificate import PackageCertificate, parse_package_certificate
from fairwatt.records.models import AuditEvent, ByteSum, Dataset, File, Job, ReleaseRule, TrialEvent, TrialPackage
from fairwatt.services import byte_sums, trial_packages
from fairwatt.services.actors import Actor
from fairwatt.services.byte_sums import Bytes
from fairwatt.services.certificates import issue_version
from fairwatt.services.erasures import confirmation_of
from fairwatt.services.jobs import claim_job
from fairwatt.services.lakes import get_lake
from fairwatt.services.package_orders import PREPARE, schedule_sums
from fairwatt.services.trial_packages import HandedPackage, get_package, hand_out_package
from fairwatt.services.trials import get_trial
from fairwatt.services.withdrawals import withdraw_dataset
from fairwatt.services.worker import run_job, run_pending
from tests.services import stock
from tests.services.trial_stock import CODE, EVENT, OPEN, logged, trial

pytestmark = pytest.mark.django_db
ANYONE = Actor.anonymous()


def handed(actor: Actor = ANYONE, **asked: Any) -> HandedPackage:
    return hand_out_package(actor=actor, code=CODE, at=stock.NOW, **asked)


def whole(package: HandedPackage) -> bytes:
    return b"".join(package.zip.read(0, package.zip.size))


def opened(package: HandedPackage) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(whole(package)))


def certificate_in(found: zipfile.ZipFile) -> PackageCertificate:
    return parse_package_certificate(found.read("package.certificate.json"))


def manager() -> Actor:
    return stock.actor(stock.person("mia", is_manager=True))


def partner() -> Actor:
    return stock.actor(stock.person("olaf", organization=stock.organization("NWS")))


def test_a_package_holds_what_there_is_and_its_certificate_names_every_file() -> None:
    dataset = logged()
    TrialEvent.objects.create(
        trial=trial(), name="E1", starts_at=EVENT.start, ends_at=EVENT.end, created_at=stock.NOW, changed_at=stock.NOW
    )
    stock.finding(dataset.files.get(), message="Three readings are missing.")
    file = dataset.files.get()
    with opened(handed()) as found:
        assert found.testzip() is None
        folder = f"datasets/{dataset.key}"
        names = [info.filename for info in found.infolist() if not info.is_dir()]
        assert names == [
            "README.html",
            "ro-crate-metadata.json",
            "package.certificate.json",
            "package.certificate.jws",
            "jwks.json",
            "events.csv",
            f"{folder}/certificate.json",
            f"{folder}/certificate.jws",
            f"{folder}/certificate.html",
            f"{folder}/certificate.jsonld",
            f"{folder}/channels.csv",
            f"{folder}/findings.csv",
            f"{folder}/profiles/{file.key}.toml",
            f"{folder}/original/school.csv",
            f"{folder}/readings.parquet",
        ]
        assert sha256(found.read(f"{folder}/original/school.csv")).hexdigest() == file.sha256
        readings = pl.read_parquet(found.read(f"{folder}/readings.parquet"))
        assert (readings.height, readings.columns) == (20 * 48, ["start", "active_power_l1_kw"])
        assert found.read("events.csv").decode() == (
            "start,end,name,asset\r\n2020-06-16T17:00:00Z,2020-06-16T19:00:00Z,E1,\r\n"
        )
        assert b"Three readings are missing." in found.read(f"{folder}/findings.csv")
        certificate = certificate_in(found)
        hashes = {name: sha256(found.read(name)).hexdigest() for name in names}
        assert {m.path: m.sha256 for m in certificate.members} == {
            name: digest
            for name, digest in hashes.items()
            if name not in {"package.certificate.json", "package.certificate.jws", "jwks.json"}
        }
        assert (certificate.audience, certificate.left_out) == ("public", ())
        assert certificate.access == "This package holds what everyone may have of the trial."


def test_the_same_contents_are_the_same_bytes_and_tag_whoever_asks_and_later() -> None:
    logged()
    first, again = handed(), handed(manager())
    later = hand_out_package(actor=partner(), code=CODE, at=stock.NOW + stock.DAY)
    assert whole(first) == whole(again) == whole(later)
    assert first.etag == again.etag == later.etag
    assert TrialPackage.objects.count() == 1
    get_lake()._made.forget(Dataset.objects.get().table)
    assert whole(handed()) == whole(first)
    middle = first.zip.size // 2
    get_lake()._made.forget(Dataset.objects.get().table)  # readings are made anew, and cut
    assert b"".join(handed().zip.read(middle, first.zip.size)) == whole(first)[middle:]


def test_who_may_have_more_is_given_another_package_and_is_told_whose_it_is() -> None:
    logged("Open load")
    logged("Shared load", procedure="P5", release={"partner": OPEN["partner"]})
    with opened(handed()) as public, opened(handed(partner())) as shared:
        for found, audience, data in ((public, "public", 1), (shared, "partner", 2)):
            certificate = certificate_in(found)
            assert (certificate.audience, len(certificate.datasets)) == (audience, 2)
            assert sum(one.has_data for one in certificate.datasets) == data
            assert sum(m.role == "readings" for m in certificate.members) == data
        (left,) = certificate_in(public).left_out
        assert left.what == "Data of Shared load"
        assert "project partners" in left.why
    assert handed().etag != handed(partner()).etag


def test_what_nobody_may_know_of_is_in_no_text_of_a_package() -> None:
    logged("Open load")
    hidden = logged("Secret substation", metadata_withheld=True)
    draft = logged("Secret draft")
    Dataset.objects.filter(pk=draft.pk).update(state="draft")
    content = whole(handed())  # members are stored as they are: every text can be searched
    for secret in (b"Secret", hidden.key.encode(), draft.key.encode()):
        assert secret not in content
    assert b"Secret draft" not in whole(handed(manager()))
    with opened(handed(manager())) as found:
        certificate = certificate_in(found)
        assert (certificate.audience, certificate.left_out) == ("owners", ())  # drafts are named in no package
        assert "Secret substation" in {one.title for one in certificate.datasets}


def test_an_original_that_names_supply_points_is_left_out_with_the_reason_but_for_its_owners() -> None:
    dataset = logged()
    stock.finding(dataset.files.get(), METER_POINTS, message="It holds MPANs.")
    with opened(handed()) as found, opened(handed(manager())) as owned:
        certificate = certificate_in(found)
        assert [m.path for m in certificate.members if m.role == "original"] == []
        assert [one.what for one in certificate.left_out] == ["school.csv of School load"]
        assert "supply points" in certificate.left_out[0].why
        theirs = certificate_in(owned)
        assert ([m.role for m in theirs.members].count("original"), theirs.audience) == (1, "owners")


@pytest.mark.parametrize(
    ("release", "actor", "refusal"),
    [
        ({"partner": OPEN["partner"]}, "anonymous", NotSignedIn),
        ({"partner": OPEN["partner"]}, "outsider", NotAllowed),
        ({}, "partner", NotAllowed),
    ],
    ids=["sign in", "no partner", "closed"],
)
def test_whoever_may_have_nothing_is_told_why(release: Any, actor: str, refusal: type[Exception]) -> None:
    logged(release=release)
    actors = {"anonymous": ANYONE, "outsider": stock.actor(stock.person("ola")), "partner": partner()}
    with pytest.raises(refusal):
        handed(actors[actor])


def test_a_trial_without_anything_published_has_no_package() -> None:
    trial()
    with pytest.raises(NotFound, match=r"Nothing of trial T9\.1 is published yet"):
        handed()


def test_rights_that_end_make_the_next_part_another_package() -> None:
    logged("Open load")
    second = logged("Other load", procedure="P5")
    before = handed()
    ReleaseRule.objects.filter(dataset=second).delete()
    after = handed()
    assert after.etag != before.etag
    with opened(after) as found:
        assert [one.has_data for one in certificate_in(found).datasets].count(True) == 1


def test_files_of_one_name_stand_beside_each_other() -> None:
    dataset = logged()
    first = dataset.files.get()
    other = File.objects.get(pk=first.pk)
    other.pk, other.key, other.position, other.name = None, stock.key(), 2, "School.csv"  # one name on many disks
    other.save()
    issue_version(actor=manager(), dataset=dataset, at=stock.NOW, note="Second")
    with opened(handed()) as found:
        paths = [m.path for m in certificate_in(found).members if m.role == "original"]
    assert paths == [
        f"datasets/{dataset.key}/original/school.csv",
        f"datasets/{dataset.key}/original/{other.key}/School.csv",
    ]


def test_a_program_that_writes_the_same_otherwise_makes_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    logged()
    first = handed()
    monkeypatch.setattr(packaging, "write_readme", lambda *_given, **_named: "<p>In other words</p>")
    second = handed()
    with opened(second) as found:
        assert (found.testzip(), found.read("README.html")) == (None, b"<p>In other words</p>")
    assert (handed().etag, handed().row.key) == (second.etag, second.row.key) != (first.etag, first.row.key)
    assert get_package(actor=ANYONE, code=CODE, key=first.row.key)[1].checksum == first.row.digest


def test_a_record_that_was_altered_is_no_other_program() -> None:
    logged()
    row = handed().row
    TrialPackage.objects.filter(pk=row.pk).update(digest="0" * 64)
    with pytest.raises(DamagedData, match="not what was certified"):
        handed()


def test_the_readme_counts_files_and_folders_as_a_listing_does() -> None:
    logged("Open load")
    logged("Closed load", procedure="P5", release={}, days=19)
    with opened(handed()) as found:
        names = found.namelist()
        folders = [name for name in names if name.endswith("/")]
        certified = len(certificate_in(found).members)
        told = f"{len(names) - len(folders)} files in {len(folders)} folders: {certified} that the certificate names"
        assert (len(folders), len(names) - len(folders) - certified) == (3, 3)
        assert told in found.read("README.html").decode()


def test_a_download_is_logged_once_and_asking_for_headers_is_not_one() -> None:
    logged()
    handed(is_download=False)
    assert AuditEvent.objects.filter(verb="trial.package_downloaded").count() == 0
    handed()
    handed(is_first=False)
    assert AuditEvent.objects.filter(verb="trial.package_downloaded").count() == 1
    hand_out_package(actor=ANYONE, code=CODE, at=stock.NOW + 2 * stock.DAY, is_first=False)
    assert AuditEvent.objects.filter(verb="trial.package_downloaded").count() == 2


def test_a_large_package_is_prepared_by_a_worker_and_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    logged()
    monkeypatch.setattr(trial_packages, "_AT_ONCE_ROWS", 10)
    with pytest.raises(Overloaded, match=r"being prepared \(0% done"):
        handed()
    with pytest.raises(Overloaded):
        handed()
    assert Job.objects.filter(kind=PREPARE).count() == 1
    job = claim_job(worker="tests", at=stock.NOW)
    assert job is not None
    assert run_job(job=job, clock=lambda: stock.NOW).state == Job.State.DONE
    assert ByteSum.objects.count() == 2
    with opened(handed()) as found:
        assert found.testzip() is None


def test_of_what_is_erased_while_it_is_summed_no_sum_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, erased = logged("Open load"), logged("Erased load", days=19)
    gone = erased.files.get()

    def sum_up_and_erase(source: Bytes, *, at: datetime) -> ByteSum:
        found = byte_sums.sum_up(source, at=at)
        File.objects.filter(pk=gone.pk).update(original_erased_at=at)
        return found

    monkeypatch.setattr(trial_packages, "sum_up", sum_up_and_erase)
    run_pending(worker="tests", clock=lambda: stock.NOW)
    names = set(ByteSum.objects.filter(name__startswith="raw:").values_list("name", flat=True))
    assert names == {f"raw:{kept.files.get().sha256}"}


def test_what_is_published_is_summed_by_a_worker_so_that_even_the_first_large_package_begins_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged("Open load")
    logged("Closed load", procedure="P5", release={}, days=19)
    monkeypatch.setattr(trial_packages, "_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(trial_packages, "_AT_ONCE_ROWS", 10)
    run_pending(worker="tests", clock=lambda: stock.NOW)
    assert [job.state for job in Job.objects.filter(kind=PREPARE)] == [Job.State.DONE]
    for actor in (ANYONE, manager()):
        with opened(handed(actor)) as found:
            assert found.testzip() is None

    assert schedule_sums(at=stock.NOW) == 0
    Job.objects.all().delete()  # as before there was such a job
    assert (schedule_sums(at=stock.NOW), schedule_sums(at=stock.NOW)) == (1, 0)
    run_pending(worker="tests", clock=lambda: stock.NOW)

    logged("Another load", days=18)
    assert sorted(job.state for job in Job.objects.filter(kind=PREPARE)) == [Job.State.DONE, Job.State.QUEUED]
    logged_again = Dataset.objects.get(title="Closed load")
    withdraw_dataset(
        actor=manager(),
        dataset_key=logged_again.key,
        reason="A meter was wrong for days.",
        confirmation=confirmation_of(logged_again, "dataset", ""),
        at=stock.NOW,
    )
    assert Job.objects.filter(kind=PREPARE, state=Job.State.QUEUED).count() == 1


def test_a_package_is_shown_to_those_who_may_know_of_all_that_is_in_it() -> None:
    logged("Open load")
    logged("Hidden load", metadata_withheld=True)
    package = handed(manager()).row
    row, certificate = get_package(actor=manager(), code=CODE, key=package.key)
    assert (row, certificate.pid) == (package, f"ark:/99999/{package.key}")
    for actor in (ANYONE, partner()):
        with pytest.raises(NotFound):
            get_package(actor=actor, code=CODE, key=package.key)


def test_a_package_that_names_what_was_withdrawn_is_shown_no_longer_once_that_is_withheld() -> None:
    logged("Open load")
    withdrawn = logged("Withdrawn load")
    Dataset.objects.filter(pk=withdrawn.pk).update(state="withdrawn", withdrawal_reason="A meter was wrong.")
    package = handed().row
    assert get_package(actor=ANYONE, code=CODE, key=package.key)[1].left_out[0].what == "Withdrawn load"
    Dataset.objects.filter(pk=withdrawn.pk).update(metadata_withheld=True)
    assert get_package(actor=manager(), code=CODE, key=package.key)[0] == package
    with pytest.raises(NotFound):
        get_package(actor=ANYONE, code=CODE, key=package.key)


def test_the_crate_has_an_action_for_each_procedure_and_names_every_file_that_is_there() -> None:
    dataset = logged(place="Mill Lane")
    with opened(handed()) as found:
        crate = json.loads(found.read("ro-crate-metadata.json"))
        names = {info.filename for info in found.infolist()}
    graph = {entity["@id"]: entity for entity in crate["@graph"]}
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    files = {name for name, entity in graph.items() if entity["@type"] == "File"}
    assert files == {n for n in names if not n.endswith("/")} - {"ro-crate-metadata.json", "jwks.json"}
    done, planned = graph["#procedure-P1"], graph["#procedure-P5"]
    assert done["@type"] == planned["@type"] == "CreateAction"
    assert done["result"] == {"@id": f"datasets/{dataset.key}/original/school.csv"}
    assert done["instrument"] == {"@id": "#asset-Asset-of-School-load"}
    assert done["object"] == {"@id": "#place-Mill-Lane"}
    assert (done["startTime"], done["endTime"]) == ("2020-06-01T00:00:00Z", "2020-06-21T00:00:00Z")
    assert graph[done["agent"]["@id"]]["name"] == "The TCC organisation"
    assert planned["actionStatus"] == {"@id": "http://schema.org/PotentialActionStatus"}
    referred = {ref["@id"] for entity in graph.values() for value in entity.values() for ref in _references(value)}
    outside = {name for name in referred - set(graph) if not name.startswith(("http://", "https://"))}
    assert outside == set()


def test_an_asset_is_what_a_step_named_so_says_on_the_page_and_in_the_crate_alike() -> None:
    dataset = logged()
    told = [("asset", "Name of the battery", "Tesla 1"), ("notes", "What happened at the site?", "It rained.")]
    dataset.details = [{"procedure": "P1", "slug": slug, "label": label, "value": value} for slug, label, value in told]
    dataset.save()
    issue_version(actor=Actor.system(), dataset=dataset, at=stock.NOW, note="Details")
    view = get_trial(actor=ANYONE, code=CODE, at=stock.NOW)
    assert view.procedures[0].assets == ("Tesla 1",)
    with opened(handed()) as found:
        graph = {entity["@id"]: entity for entity in json.loads(found.read("ro-crate-metadata.json"))["@graph"]}
    assert [entity["name"] for entity in graph.values() if entity["@type"] == "IndividualProduct"] == ["Tesla 1"]
    assert graph["#procedure-P1"]["instrument"] == {"@id": "#asset-Tesla-1"}
    assert "It rained." in graph["#procedure-P1"]["description"]


def test_assets_of_other_letters_are_not_one_in_the_crate() -> None:
    logged()
    for number, name in enumerate(("東京", "大阪", "PV 1", "PV/1", "PV-1")):
        start = EVENT.start + number * stock.DAY
        TrialEvent.objects.create(
            trial=trial(), name=f"E{number}", asset=name, starts_at=start, ends_at=start + timedelta(hours=1),
            created_at=stock.NOW, changed_at=stock.NOW,
        )  # fmt: skip
    with opened(handed()) as found:
        graph = {entity["@id"]: entity for entity in json.loads(found.read("ro-crate-metadata.json"))["@graph"]}
    told = [graph[graph[f"#event-{number}"]["about"]["@id"]]["name"] for number in range(1, 6)]
    assert told == ["東京", "大阪", "PV 1", "PV/1", "PV-1"]


def _references(value: Any) -> list[dict[str, str]]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, dict) and set(part) == {"@id"}]


def test_originals_that_were_damaged_on_the_disk_are_not_certified() -> None:
    dataset = logged()
    path = get_lake().raw.find(dataset.files.get().sha256)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"damaged" * 10)
    with pytest.raises(DamagedData):
        handed()
    assert not TrialPackage.objects.exists()


def test_a_large_package_with_a_damaged_file_says_so_and_is_not_read_again_at_each_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = stock.person("mia", is_manager=True)
    logged("Open load")
    damaged = logged("Closed load", procedure="P5", release={}, days=19)
    monkeypatch.setattr(trial_packages, "_AT_ONCE_BYTES", 10)
    path = get_lake().raw.find(damaged.files.get().sha256)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"damaged" * 10)
    with pytest.raises(Overloaded):
        handed(manager())
    job = claim_job(worker="tests", at=stock.NOW)
    assert job is not None
    assert run_job(job=job, clock=lambda: stock.NOW).state == Job.State.FAILED
    for _ in range(2):
        with pytest.raises(DamagedData, match="a stored file of the trial is damaged"):
            handed(manager())
    assert Job.objects.filter(kind=PREPARE).count() == 1
    assert user.notifications.count() == 1
    with opened(handed()) as found:  # which holds nothing of it
        assert found.testzip() is None
    with pytest.raises(Overloaded):
        hand_out_package(actor=manager(), code=CODE, at=stock.NOW + 2 * timedelta(hours=1))


@pytest.mark.parametrize("what", ["withdrawn", "closed", "erased"])
def test_a_download_that_runs_breaks_off_where_something_in_it_may_not_be_had_any_more(what: str) -> None:
    dataset = logged()
    package = handed()
    sent = package.zip.read(0, package.zip.size)
    begun = next(sent)
    if what == "withdrawn":
        Dataset.objects.filter(pk=dataset.pk).update(state="withdrawn")
    elif what == "closed":
        ReleaseRule.objects.filter(dataset=dataset).delete()
    else:
        File.objects.filter(dataset=dataset).update(original_erased_at=stock.NOW)
    got = [begun]
    with pytest.raises(Gone, match="may not be had any more"):
        got.extend(sent)
    assert b"Time,Active Power L1" not in b"".join(got)  # how the file begins that was to come


def test_an_embargo_that_ends_makes_another_package() -> None:
    opens = stock.NOW + timedelta(days=3)
    logged("Open load")
    logged("Embargoed load", release={"public": opens, "partner": datetime(2020, 1, 1, tzinfo=UTC)})
    before = handed()
    after = hand_out_package(actor=ANYONE, code=CODE, at=opens + stock.DAY)
    with opened(before) as first, opened(after) as second:
        assert [one.has_data for one in certificate_in(first).datasets].count(True) == 1
        assert [one.has_data for one in certificate_in(second).datasets].count(True) == 2
    assert before.etag != after.etag


def test_what_was_withdrawn_or_erased_is_left_out_and_the_reason_told() -> None:
    logged("Open load")
    withdrawn = logged("Withdrawn load")
    Dataset.objects.filter(pk=withdrawn.pk).update(state="withdrawn", withdrawal_reason="A meter was wrong.")
    erased = logged("Erased original", procedure="P5")
    File.objects.filter(dataset=erased).update(original_erased_at=stock.NOW)
    with opened(handed()) as found:
        certificate = certificate_in(found)
        names = found.namelist()
    assert {one.what: one.why for one in certificate.left_out} == {
        "Withdrawn load": "It was withdrawn. A meter was wrong.",
        "school.csv of Erased original": "It was erased, for good.",
    }
    assert [name for name in names if withdrawn.key in name] == []
    assert f"datasets/{erased.key}/readings.parquet" in names
    assert f"datasets/{erased.key}/original/school.csv" not in names
