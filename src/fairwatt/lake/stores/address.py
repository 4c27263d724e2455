"""The one setting that names an object store, and the clients that are made from it.

Keys and tokens never stand in it: the libraries take them from the platform's own environment (``AWS_*``,
``AZURE_*``), or from the identity of the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from obstore.store import AzureStore, S3Store

from fairwatt.core.errors import InvalidInput

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_KNOWN = {"s3": ("endpoint", "region", "style"), "az": ("account", "endpoint")}
_FORMS = "s3://bucket/prefix?region=eu-west-2 or az://container/prefix?account=name"
_GEN2 = ".dfs.core.windows.net"
CONNECT_S = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client tries: ``retries`` after the first time, for ``most_s`` in all.

    A request takes ``each_s``; the store may say nothing for ``silent_s`` of it, 0 for all of it.
    """

    retries: int
    most_s: int
    each_s: int
    silent_s: int = 0


READING = Patience(retries=3, most_s=6, each_s=30, silent_s=4)  # somebody waits in front of a page
WRITING = Patience(retries=6, most_s=45, each_s=300)  # a job waits


@dataclass(frozen=True, slots=True)
class Address:
    """Where an object store is: ``scheme`` is s3 or az, ``container`` its bucket; ``prefix`` begins its keys."""

    scheme: str
    container: str
    prefix: str
    options: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.container}" + (f"/{self.prefix}" if self.prefix else "")

    @property
    def is_plain(self) -> bool:
        """Whether it is talked to without encryption."""
        return self.options.get("endpoint", "").startswith("http://")

    def connect(self, patience: Patience) -> S3Store | AzureStore:
        """A client whose keys begin below the prefix."""
        client: ClientConfig = {
            "connect_timeout": timedelta(seconds=CONNECT_S),
            "timeout": timedelta(seconds=patience.each_s),
            "allow_http": self.is_plain,
        }
        if patience.silent_s:  # not where something large is sent: the store says nothing until it has all of it
            client["read_timeout"] = timedelta(seconds=patience.silent_s)
        retry: RetryConfig = {
            "max_retries": patience.retries,
            "retry_timeout": timedelta(seconds=patience.most_s),
            "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=10), "base": 2},
        }
        options: dict[str, Any] = {
            "prefix": self.prefix or None,
            "client_options": client,
            "retry_config": retry,
            **(self._s3("") if self.scheme == "s3" else self._az("")),
        }
        return S3Store(self.container, **options) if self.scheme == "s3" else AzureStore(self.container, **options)

    def delta(self, key: str, patience: Patience) -> tuple[str, dict[str, str]]:
        """A table's address as delta-rs takes it, with its options; none of them is a secret."""
        own = self._s3("aws_") if self.scheme == "s3" else self._az("azure_storage_")
        # set whatever the environment says: a log without conditional puts is a log that loses commits
        safe = {"aws_conditional_put": "etag", "aws_s3_allow_unsafe_rename": "false"} if self.scheme == "s3" else {}
        return f"{self}/{key}", {
            **own,
            **safe,
            "allow_http": str(self.is_plain).lower(),
            "connect_timeout": f"{CONNECT_S}s",
            "timeout": f"{patience.each_s}s",
            "max_retries": str(patience.retries),
            "retry_timeout": f"{patience.most_s}s",
        }

    def _s3(self, before: str) -> dict[str, str]:
        found = {f"{before}{name}": self.options[name] for name in ("endpoint", "region") if name in self.options}
        if self.options.get("style") == "virtual":
            found[f"{before}virtual_hosted_style_request"] = "true"
        return found

    def _az(self, before: str) -> dict[str, str]:
        names = {"account": "account_name", "endpoint": "endpoint"}
        return {f"{before}{names[name]}": value for name, value in self.options.items()}


def parse_address(setting: str) -> Address:
    """Read the setting; ``abfss://container@account.dfs.core.windows.net/prefix`` is understood too.

    Raises
    ------
    InvalidInput
        Where it is none, or holds a key, a token or a password; the message repeats nothing of them.
    """
    parts = urlsplit(setting.strip())
    scheme = {"s3": "s3", "az": "az", "abfs": "az", "abfss": "az"}.get(parts.scheme)
    if scheme is None:
        raise InvalidInput("FAIRWATT_STORE names no store that is known.", next_step=f"Write {_FORMS}.")
    container, options = parts.netloc, dict(parse_qsl(parts.query))
    if parts.scheme.startswith("abfs") and parts.netloc.endswith(_GEN2):
        container, _, host = parts.netloc.partition("@")
        options.setdefault("account", host.removesuffix(_GEN2))
    if "@" in container or ":" in container or parts.fragment:
        raise _secret("what stands before its “@”, or after its “#”")
    if not set(options) <= set(_KNOWN[scheme]):
        raise _secret(f"anything after its “?” but {', '.join(_KNOWN[scheme])}")
    if "@" in options.get("endpoint", "") or "?" in options.get("endpoint", ""):
        raise _secret("its “endpoint”")
    if not container:
        raise InvalidInput("FAIRWATT_STORE names no bucket or container.", next_step=f"Write {_FORMS}.")
    return Address(scheme, container, parts.path.strip("/"), options)


def _secret(what: str) -> InvalidInput:
    return InvalidInput(
        f"FAIRWATT_STORE may not hold {what}: it names a place and no credentials.",
        next_step="Set those in the platform's own environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
        "AZURE_STORAGE_ACCOUNT_KEY and the like, or the machine's managed identity.",
    )
