"""F-UJI's metrics as its evaluators decide them, of the versions 0.8 and 0.5: each test, its points, the score.

The names are F-UJI's own, and the points those of its metrics files; of tests that stand for each other no more than
the metric's total counts. Of version 0.5 it counts 24 points: release 3.5 asks for FsF-A2-01M by the name of that
metric's test, finds no such metric, and leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

import idutils

from tests.fair.harvesting import Harvest, is_pid

Decision = Callable[[Harvest], bool]
_CITED = ("creator", "title", "identifier", "published", "publisher", "type")
_DESCRIBED = (*_CITED, "summary", "keywords")
_IN_PAGES, _ON_REQUEST = ("json_in_html", "meta_tag"), ("content_negotiation", "typed_links")
_SEARCHED, _FORMAL = ("schemaorg", "dublin-core", "dcat"), ("schemaorg", "dcat")
_STANDARDS = (  # of the RDA's catalogue of metadata standards, for all disciplines
    "schema.org", "http://www.w3.org/ns/dcat", "http://purl.org/dc/elements/1.1", "http://purl.org/dc/terms",
)  # fmt: skip
_REGISTERED = (  # vocabularies in registries; F-UJI passes over schema.org, Dublin Core, RDF, FOAF, SKOS and vCard
    "http://www.w3.org/ns/prov", "http://www.w3.org/ns/dcat", "http://www.w3.org/ns/adms", "http://www.w3.org/ns/odrl/2",
)  # fmt: skip
_PROVENANCE = ("http://www.w3.org/ns/prov", "http://purl.org/pav")
_TYPES = {"dataset", "collection", "datacatalog", "creativework"}
_PROTOCOLS = {"http", "https", "ftp", "sftp"}
_RIGHTS = re.compile(
    r"(purl\.org/coar/access_right|info:eu-repo/semantics|europa\.eu/resource/authority/access-right)/(\S+)", re.I
)
_LEVELS = re.compile(r"c_abf2|c_f1cf|c_16ec|c_14cb|PUBLIC|RESTRICTED|SENSITIVE", re.I)
_OF_TEXT = re.compile(r"^text/|[/+](xml|text|json)")
_OPEN_FORMATS = {"application/netcdf", "application/x-netcdf", "application/geo+json", "application/pdf"}
_SPDX = {  # addresses by which SPDX knows a licence, exactly so
    "https://creativecommons.org/publicdomain/zero/1.0/",
    "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "http://www.opendatacommons.org/licenses/odbl/1.0/",
    "https://opendatacommons.org/licenses/by/1.0/",
}
_CREATIVE_COMMONS = re.compile(r"https?://creativecommons\.org/licenses/by(-nc)?(-nd)?(-sa)?/[1-4]\.[05]")


class Metric(NamedTuple):
    """A metric: how many points there are, and its tests by what stands behind its name, with theirs."""

    name: str
    total: float
    tests: dict[str, tuple[float, Decision]]


def _is_unique(found: Harvest) -> bool:
    return bool(idutils.detect_identifier_schemes(found.asked))


def _is_persistent(found: Harvest) -> bool:
    return bool(found.pids)


def _is_redirected(found: Harvest) -> bool:
    """A PID that is redirected is one that its system knows."""
    return any(statuses[0] // 100 == 3 for statuses in found.pids.values())


def _resolves(found: Harvest) -> bool:
    return any(statuses[-1] == 200 for statuses in found.pids.values())


def _tells(names: Iterable[str]) -> Decision:
    return lambda found: all(found.merged.get(name) for name in names)


def _is_offered(methods: tuple[str, ...], standards: tuple[str, ...]) -> Decision:
    return lambda found: any(
        offer.fields and offer.method in methods and offer.standard in standards for offer in found.offers
    )


def _uses(vocabularies: Iterable[str]) -> Decision:
    return lambda found: any(wanted in known for known in found.namespaces for wanted in vocabularies)


def _links_data(found: Harvest) -> bool:
    return any(urlsplit(claim["url"]).scheme for claim in found.merged.get("content", []))


def _has_unique_data(found: Harvest) -> bool:
    return any(content.schemes for content in found.contents)


def _has_data_over_the_web(found: Harvest) -> bool:
    return any(urlsplit(content.url).scheme in _PROTOCOLS for content in found.contents)


def _is_over_the_web(found: Harvest) -> bool:
    return urlsplit(found.landing).scheme in _PROTOCOLS


def _retrieves_data(found: Harvest) -> bool:
    return any(content.status // 100 == 2 and content.schemes for content in found.contents)


def _says_access_level(found: Harvest) -> bool:
    said = found.merged.get("access") or []
    matches = [match for words in ([said] if isinstance(said, str) else said) if (match := _RIGHTS.search(words))]
    return any(_LEVELS.search(match[2]) for match in matches) or bool(found.merged.get("access_free"))


def _relates(found: Harvest) -> bool:
    return bool(found.related)


def _relates_by_address(found: Harvest) -> bool:
    return any(is_pid(other) or idutils.is_url(other) for other in found.related)


def _has_known_type(found: Harvest) -> bool:
    return bool(_TYPES & {str(kind).lower() for kind in found.merged.get("type", [])})


def _tells_size_and_type(found: Harvest) -> bool:
    return any(content.claimed_type and content.claimed_size for content in found.contents)


def _tells_content(found: Harvest) -> bool:
    return _tells_size_and_type(found) or bool(found.contents and found.merged.get("variables"))


def _size_and_type_match(found: Harvest) -> bool:
    return any(
        content.claimed_size == content.size > 0 and content.claimed_type == content.media_type
        for content in found.contents
    )


def _variables_match(found: Harvest) -> bool:
    return any(name in content.text for content in found.contents for name in found.merged.get("variables", []))


def _is_licensed_by_spdx(found: Harvest) -> bool:
    address = str(found.merged.get("license", ""))
    return address in _SPDX or bool(_CREATIVE_COMMONS.match(address)) or "spdx.org/licenses/" in address


def _is_of_open_format(found: Harvest) -> bool:
    kinds = [content.claimed_type for content in found.contents]
    return any(_OF_TEXT.search(kind) or kind in _OPEN_FORMATS for kind in kinds)


def _never(_: Harvest) -> bool:
    """What asks for a registry on another host, that no portal can answer by itself."""
    return False


_IS_EMBEDDED = _is_offered(_IN_PAGES, _FORMAL)
_IS_GIVEN = _is_offered(_ON_REQUEST, _FORMAL)
_IS_FOUND_BY_SEARCH = _is_offered(_IN_PAGES, _SEARCHED)
_IS_ANYWHERE = _is_offered((*_IN_PAGES, *_ON_REQUEST), _SEARCHED)
_HAS_ACCESS = _tells(["access"])
_HAS_AGENTS = _tells(["creator"])
_HAS_LICENCE = _tells(["license"])
_FOLLOWS_STANDARD = _uses(_STANDARDS)

METRICS: dict[str, tuple[Metric, ...]] = {
    "0.8": (
        Metric("FsF-F1-01MD", 1, {"-1": (1, _is_unique), "-2": (0, _has_unique_data)}),
        Metric("FsF-F1-02MD", 1, {"-1": (0.5, _is_persistent), "-2": (0.5, _is_redirected)}),
        Metric("FsF-F2-01M", 2, {"-2": (1, _tells(_CITED)), "-3": (1, _tells(_DESCRIBED))}),
        Metric("FsF-F3-01M", 1, {"-2": (1, _links_data)}),
        Metric("FsF-F4-01M", 2, {"-1": (2, _IS_FOUND_BY_SEARCH)}),
        Metric("FsF-A1-01M", 1, {"-1": (1, _HAS_ACCESS)}),
        Metric("FsF-A1-02MD", 2, {"-1": (1, _IS_ANYWHERE), "-2": (1, _retrieves_data)}),
        Metric("FsF-A1.1-01MD", 2, {"-1": (1, _is_over_the_web), "-2": (1, _has_data_over_the_web)}),
        Metric("FsF-A1.2-01MD", 2, {"-1": (1, _is_over_the_web), "-2": (1, _has_data_over_the_web)}),
        Metric("FsF-I1-01M", 2, {"-1": (2, _IS_EMBEDDED), "-2": (2, _IS_GIVEN)}),
        Metric("FsF-I2-01M", 2, {"-2": (2, _uses(_REGISTERED))}),
        Metric("FsF-I3-01M", 2, {"-1": (2, _relates), "-2": (2, _relates_by_address)}),
        Metric(
            "FsF-R1-01M",
            2,
            {"-1": (1, _has_known_type), "-2": (1, _tells_size_and_type), "-3": (0, _tells(["variables"]))},
        ),
        Metric("FsF-R1.1-01M", 1, {"-1": (1, _HAS_LICENCE)}),
        Metric("FsF-R1.2-01M", 1, {"-1": (1, _HAS_AGENTS), "-2": (1, _uses(_PROVENANCE))}),
        Metric("FsF-R1.3-01M", 1, {"-1": (1, _never), "-3": (1, _FOLLOWS_STANDARD)}),
        Metric("FsF-R1.3-02D", 1, {"-1": (1, _is_of_open_format)}),
    ),
    "0.5": (
        Metric("FsF-F1-01D", 1, {"-1": (1, _is_unique)}),
        Metric("FsF-F1-02D", 1, {"-1": (0.5, _is_persistent), "-2": (1, _resolves)}),
        Metric(
            "FsF-F2-01M",
            2,
            {"-1": (0.5, _IS_ANYWHERE), "-2": (0.5, _tells(_CITED)), "-3": (1, _tells(_DESCRIBED))},
        ),
        Metric("FsF-F3-01M", 1, {"-1": (0.5, _tells(["content"])), "-2": (0.5, _links_data)}),
        Metric("FsF-F4-01M", 2, {"-1": (1, _IS_FOUND_BY_SEARCH), "-2": (1, _never)}),
        Metric("FsF-A1-01M", 1, {"-1": (0.5, _HAS_ACCESS), "-2": (1, _says_access_level)}),
        Metric("FsF-A1-02M", 1, {"-1": (1, _is_over_the_web)}),
        Metric("FsF-A1-03D", 1, {"-1": (1, _has_data_over_the_web)}),
        Metric("FsF-I1-01M", 2, {"-1": (1, _IS_EMBEDDED), "-2": (1, _IS_GIVEN)}),
        Metric("FsF-I2-01M", 1, {"-2": (1, _uses(_REGISTERED))}),
        Metric("FsF-I3-01M", 1, {"-1": (1, _relates), "-2": (1, _relates_by_address)}),
        Metric(
            "FsF-R1-01MD",
            4,
            {
                "-1": (1, _has_known_type),
                "-2": (1, _tells_content),
                "-3": (1, _size_and_type_match),
                "-4": (1, _variables_match),
            },
        ),
        Metric("FsF-R1.1-01M", 2, {"-1": (1, _HAS_LICENCE), "-2": (1, _is_licensed_by_spdx)}),
        Metric("FsF-R1.2-01M", 2, {"-1": (1, _HAS_AGENTS), "-2": (1, _uses(_PROVENANCE))}),
        Metric("FsF-R1.3-01M", 1, {"-1": (1, _never), "-3": (1, _FOLLOWS_STANDARD)}),
        Metric("FsF-R1.3-02D", 1, {"-1": (1, _is_of_open_format)}),
    ),
}
BEYOND = {"FsF-F4-01M-2", "FsF-R1.3-01M-1"}  # no portal passes them by what it serves


def failed(found: Harvest, version: str, *, principle: str = "") -> set[str]:
    """The tests that a harvest does not pass, of one principle (``"F"``) or of all; those beyond a portal left out."""
    return {
        metric.name + test
        for metric in METRICS[version]
        if metric.name.startswith(f"FsF-{principle}")
        for test, (_, passes) in metric.tests.items()
        if metric.name + test not in BEYOND and not passes(found)
    }


def score(found: Harvest, version: str) -> tuple[float, float]:
    """Points had, and points that there are."""
    had = sum(
        min(metric.total, sum(points for points, passes in metric.tests.values() if passes(found)))
        for metric in METRICS[version]
    )
    return had, sum(metric.total for metric in METRICS[version])
