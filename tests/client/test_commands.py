"""The commands that talk to a server from afar."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer
from typer.testing import CliRunner

from fairwatt.cli.app import app
from fairwatt.cli.upload import say_size
from fairwatt.client import Client
from fairwatt.core.errors import InvalidInput, NotFound, NotSignedIn, TooLarge
from fairwatt.core.files import FileSample, apply_answers, inspect_file
from fairwatt.core.files.profile_text import write_toml
from fairwatt.records.models import Deposit, File
from fairwatt.services.projects import get_project
from tests.api.conftest import store
from tests.services import stock


@pytest.fixture
def run(live_server: LiveServer, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda *_: str(tmp_path / "state"))
    return CliRunner(env={"FAIRWATT_URL": live_server.url, "FAIRWATT_TOKEN": token})


def test_files_are_sent_to_a_new_deposit_with_their_receipts(run: CliRunner, tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text(f"time,kW\n2019-11-18,1\n{path.name}\n")
    answer = run.invoke(app, ["upload", *map(str, paths)])
    assert answer.exit_code == 0, answer.output
    deposit = Deposit.objects.get()
    for path in paths:
        assert sha256(path.read_bytes()).hexdigest() in answer.output
    assert {file.name for file in File.objects.all()} == {"a.csv", "b.csv"}
    assert f"/share/{deposit.code}/" in answer.output
    assert "20 GB a file" in answer.output.replace("21.5", "20")
    again = run.invoke(app, ["upload", str(paths[0]), "--deposit", deposit.code])
    assert again.exit_code == 0
    assert Deposit.objects.count() == 1


def test_a_profile_goes_along_with_the_files(run: CliRunner, tmp_path: Path) -> None:
    path, profile = tmp_path / "a.csv", tmp_path / "logger.toml"
    path.write_text("start time,kW\n" + "".join(f"2019-11-18 {hour:02}:00,1\n" for hour in range(24)))
    found = inspect_file(FileSample.of(path.read_bytes()), name="a.csv").profile
    assert found is not None
    profile.write_text(write_toml(apply_answers(found, {"time_zone": "UTC"})))
    answer = run.invoke(app, ["upload", str(path), "--profile", str(profile)])
    assert answer.exit_code == 0, answer.output
    assert "read by logger.toml" in answer.output
    assert File.objects.get().given["profile"]["timestamp"]["time_zone"] == "UTC"

    profile.write_text("version = 1\n")
    refused = run.invoke(app, ["upload", str(path), "--profile", str(profile)])
    assert isinstance(refused.exception, InvalidInput)
    assert Deposit.objects.count() == 1


def test_what_is_too_large_is_said_before_anything_is_sent(run: CliRunner, tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as out:
        out.truncate(get_project().limits.file_bytes + 1)
    answer = run.invoke(app, ["upload", str(huge)])
    assert isinstance(answer.exception, TooLarge)
    assert not Deposit.objects.exists()


def test_without_a_token_nothing_is_sent(run: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    answer = run.invoke(app, ["upload", str(path), "--token", "fwt_wrong"])
    assert isinstance(answer.exception, NotSignedIn)
    assert "account page" in str(answer.exception)


def test_a_file_or_all_files_of_a_dataset_are_fetched(run: CliRunner, tmp_path: Path) -> None:
    dataset = stock.dataset("School load", release={"public": stock.NOW - stock.DAY})
    first, content = store(dataset, b"one\n", "one.csv")
    store(dataset, b"two\n", "two.csv")
    folder = tmp_path / "out"
    folder.mkdir()
    answer = run.invoke(app, ["download", first.key, "--to", str(folder / "copy.csv"), "--token", ""])
    assert answer.exit_code == 0, answer.output
    assert (folder / "copy.csv").read_bytes() == content
    everything = run.invoke(app, ["download", dataset.key, "--to", str(folder)])
    assert everything.exit_code == 0, everything.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "copy.csv": b"one\n",
        "one.csv": b"one\n",
        "two.csv": b"two\n",
    }
    taken = run.invoke(app, ["download", first.key, "--to", str(folder)])
    assert isinstance(taken.exception, InvalidInput)
    assert isinstance(run.invoke(app, ["download", "nonsense"]).exception, NotFound)


def test_datasets_are_found(run: CliRunner) -> None:
    dataset = stock.dataset("School load", release={"public": stock.NOW - stock.DAY})
    answer = run.invoke(app, ["find"])
    assert answer.output == f"{dataset.key}  open       School load\n"
    assert run.invoke(app, ["find", "--origin", "background"]).output == ""


def test_a_download_that_breaks_off_goes_on_and_is_checked(
    live_server: LiveServer, client: Client, token: str, tmp_path: Path
) -> None:
    from fairwatt.core.errors import Conflict  # noqa: PLC0415
    from tests.client.cutting import relay  # noqa: PLC0415

    dataset = stock.dataset("School load", release={"public": stock.NOW - stock.DAY})
    file, content = store(dataset, bytes(range(256)) * 4_000, "meter.bin")
    with (
        relay(live_server.url, [("down", 300_000), ("down", 400_000)]) as network,
        Client(network.url, token, sleep=lambda _: None) as shaky,
    ):
        path = shaky.download(file.key, tmp_path)
        assert network.cut_count == 2
    assert path.read_bytes() == content
    assert [found.name for found in tmp_path.iterdir() if "part" in found.name] == []
    path.unlink()
    (tmp_path / f"meter.bin.{file.sha256[:12]}.part").write_bytes(b"x" * len(content))
    with pytest.raises(Conflict, match="hash"):
        client.download(file.key, tmp_path)
    assert client.download(file.key, tmp_path).read_bytes() == content


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (1_000, "1.0 kB"), (5_368_709_120, "5.4 GB"), (10**16, "10000.0 TB")]
)
def test_sizes_are_said(size: int, words: str) -> None:
    assert say_size(size) == words
