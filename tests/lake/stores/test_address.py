"""One setting names a store, and no secret gets into it, or out of it."""

from __future__ import annotations

import pytest

from fairwatt.core.errors import InvalidInput
from fairwatt.lake.stores import LocalStore, open_store
from fairwatt.lake.stores.address import READING, parse_address


@pytest.mark.parametrize(
    ("setting", "said", "options"),
    [
        ("s3://bucket", "s3://bucket", {}),
        ("s3://bucket/a/b/?region=eu-west-2", "s3://bucket/a/b", {"region": "eu-west-2"}),
        ("az://container/lake?account=leo", "az://container/lake", {"account": "leo"}),
        ("abfss://container@leo.dfs.core.windows.net/lake", "az://container/lake", {"account": "leo"}),
    ],
)
def test_a_setting_is_read(setting: str, said: str, options: dict[str, str]) -> None:
    address = parse_address(setting)
    assert (str(address), dict(address.options)) == (said, options)


@pytest.mark.parametrize(
    "setting",
    [
        "s3://key:hunter2@bucket/a",
        "s3://bucket?secret_access_key=hunter2",
        "s3://bucket?endpoint=https://key:hunter2@host",
        "az://container?sig=hunter2",
        "az://container?hunter2=1",
        "az://container?account=leo&endpoint=https://leo.blob.core.windows.net?sig=hunter2",
        "az://container/x#hunter2",
        "ftp://hunter2",
        "s3:///hunter2",
    ],
)
def test_a_setting_with_a_secret_or_no_place_is_refused_and_not_repeated(setting: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_address(setting)
    assert "FAIRWATT_STORE" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_tables_options_hold_no_secret_and_insist_on_conditional_puts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("AWS_S3_ALLOW_UNSAFE_RENAME", "true")
    address, options = parse_address("s3://bucket/a?region=eu-west-2").delta("tables/t/readings", READING)
    assert address == "s3://bucket/a/tables/t/readings"
    assert options["aws_conditional_put"] == "etag"
    assert options["aws_s3_allow_unsafe_rename"] == "false"
    assert "hunter2" not in str(options)


def test_a_blank_setting_is_the_lakes_own_folder(tmp_path: object) -> None:
    store = open_store("", home=tmp_path, cache_bytes=0)
    assert isinstance(store, LocalStore)
    assert store.root == tmp_path
