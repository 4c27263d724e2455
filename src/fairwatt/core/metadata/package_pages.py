"""The pages for people in a trial's data package: a description of the whole, and each dataset's certificate.

They stand alone: no address is fetched to show them, no script runs, and they print on A4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from urllib.parse import quote

from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.citation import cite
from fairwatt.core.metadata.package_certificate import CERTIFICATE_PATH, PackageMember, say_holding
from fairwatt.core.metadata.package_contents import PackageContents, PackedDataset
from fairwatt.core.metadata.words import say_bytes, say_instant, say_period

_SAID_LATER = 2  # files that the certificate names: this page itself, and ro-crate-metadata.json
_STYLE = (
    "body{font:16px/1.5 Inter,system-ui,sans-serif;color:#12303b;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h1,h2,h3{line-height:1.25}table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.375rem .75rem .375rem 0;border-bottom:1px solid #c9d4d8;"
    "overflow-wrap:anywhere}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "code{font-size:.875rem;overflow-wrap:anywhere}.quiet{color:#4a6470}a{color:#00796b}"
    "@media print{body{margin:0;font-size:11pt}a{color:inherit}}@page{size:A4;margin:18mm}"
)


def write_readme(
    contents: PackageContents, members: Sequence[PackageMember], *, pid: str, pid_url: str, at: datetime
) -> str:
    """Write ``README.html``: what the package is, what is in it, what is not and why, and how it is checked."""
    trial = contents.trial
    title = f"Data package of trial {trial.code}: {trial.title}"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(contents.summary)}</p>" if contents.summary else "",
        f"<p><strong>{escape(contents.access)}</strong> Who may have more of the trial gets another package.</p>",
        _facts(
            [
                ("Permanent identifier", f'<a href="{escape(pid_url)}"><code>{escape(pid)}</code></a>'),
                ("Made", escape(say_instant(at, zone=contents.time_zone))),
                ("By", escape(contents.catalogue.publisher or contents.catalogue.name)),
                ("The trial’s page", f'<a href="{escape(contents.url)}">{escape(contents.url)}</a>'),
                ("In it", escape(say_holding(len(members) + _SAID_LATER, len(contents.datasets)))),
                ("Size", f"{say_bytes(sum(member.size for member in members))} of data and their descriptions"),
            ]
        ),
        _datasets(contents, members),
        _events(contents),
        _left_out(contents),
        _how_to(contents),
        _citations(contents),
    ]
    return _page(title, body)


def _datasets(contents: PackageContents, members: Sequence[PackageMember]) -> str:
    parts = ["<h2>Datasets</h2>"]
    for dataset in contents.datasets:
        certificate = dataset.certificate
        mine = [member for member in members if member.dataset == certificate.pid]
        rows = "".join(
            f'<tr><td><a href="{escape(quote(member.path))}">'
            f"{escape(member.path.removeprefix(dataset.folder + '/'))}</a>"
            f'</td><td class="n">{say_bytes(member.size)}</td></tr>'
            for member in mine
        )
        parts.append(
            f"<h3>{escape(certificate.title)}</h3><p>{escape(certificate.data_description)}</p>"
            + _facts(_about(dataset, contents.time_zone))
            + f"<table><tbody>{rows}</tbody></table>"
        )
    return "".join(parts) if contents.datasets else ""


def _about(dataset: PackedDataset, zone: str) -> list[tuple[str, str]]:
    certificate = dataset.certificate
    validity = certificate.date_of_data_validity
    procedures = ", ".join(f"{p.code} {p.title}" for p in certificate.procedures)
    return [
        ("Permanent identifier", f'<a href="{escape(certificate.pid_url)}"><code>{escape(certificate.pid)}</code></a>'),
        ("Procedures", escape(procedures)),
        ("Provider", escape(certificate.provider.name if certificate.provider else "")),
        ("Period", escape(say_period(validity.start, validity.end, zone=zone))),
        ("Licence", escape(certificate.licensing.title or certificate.licensing.code or "None stated")),
        ("Access", escape(dataset.access)),
        ("Level of provenancing", escape(certificate.level_of_provenancing.label)),
    ]


def _events(contents: PackageContents) -> str:
    rows = "".join(
        f"<tr><td>{escape(event.name)}</td>"
        f"<td>{escape(say_period(event.start, event.end, zone=contents.time_zone))}</td>"
        f"<td>{escape(event.asset)}</td></tr>"
        for event in contents.events
    )
    return f"<h2>Events</h2><table><tbody>{rows}</tbody></table>" if rows else ""


def _left_out(contents: PackageContents) -> str:
    rows = "".join(f"<tr><td>{escape(one.what)}</td><td>{escape(one.why)}</td></tr>" for one in contents.left_out)
    return f"<h2>What was left out, and why</h2><table><tbody>{rows}</tbody></table>" if rows else ""


def _how_to(contents: PackageContents) -> str:
    keys = f"{contents.catalogue.url}/.well-known/jwks.json"
    return (
        "<h2>How to check and read it</h2>"
        f"<p><code>{CERTIFICATE_PATH}</code> names every file here with its sha256, and is signed. "
        "<code>fairwatt verify package.zip --keys jwks.json</code> tells without asking anybody whether this is the "
        f"certified package, file by file, with the public keys that the portal gives out at "
        f'<a href="{escape(keys)}">{escape(keys)}</a>.</p>'
        "<p>Files under <code>original</code> are as they were received. <code>readings.parquet</code> holds all "
        "readings of a dataset, times in UTC, each labelled by the start of its interval; <code>channels.csv</code> "
        "says what each column is, <code>findings.csv</code> what was noticed. <code>ro-crate-metadata.json</code> "
        "says all of this to programs.</p>"
    )


def _citations(contents: PackageContents) -> str:
    rows = "".join(f"<li>{escape(cite(dataset.certificate).text)}</li>" for dataset in contents.datasets)
    return f"<h2>How to cite</h2><ul>{rows}</ul>" if rows else ""


def write_certificate_page(certificate: Certificate, *, access: str) -> str:
    """Write a dataset's certificate as a page: the eight LEO fields, its files by hash, and its channels."""
    files = "".join(
        f'<tr><td>{escape(file.name)}</td><td class="n">{say_bytes(file.size)}</td>'
        f"<td><code>{file.sha256}</code></td></tr>"
        for file in certificate.files
    )
    channels = "".join(
        f"<tr><td>{escape(channel.name or channel.field)}</td><td>{escape(channel.quantity_label)}</td>"
        f'<td>{escape(channel.unit_symbol or channel.unit)}</td><td class="n">{channel.count:,}</td></tr>'
        for channel in certificate.channels
    )
    issued = say_instant(certificate.issued_at, zone=certificate.time_zone) if certificate.issued_at else "Not issued"
    standing = f"<p><strong>{escape(certificate.standing)}</strong></p>" if certificate.standing else ""
    body = [
        f'<p class="quiet">FAIR Data Certificate · {escape(certificate.catalogue.name)}</p>',
        f"<h1>{escape(certificate.title)}</h1>{standing}",
        _facts([(label, escape(text)) for label, text in certificate.leo_fields()]),
        _facts(
            [
                (
                    "Permanent identifier",
                    f'<a href="{escape(certificate.pid_url)}"><code>{escape(certificate.pid)}</code></a>',
                ),
                ("Version", str(certificate.version.number or "draft")),
                ("Issued", escape(f"{issued} by {certificate.issued_by}" if certificate.issued_by else issued)),
                ("Access", escape(access)),
                ("Checksum (sha256)", f"<code>{certificate.checksum}</code>"),
            ]
        ),
        f"<h2>Files</h2><table><tbody>{files}</tbody></table>" if files else "",
        f"<h2>Channels</h2><table><tbody>{channels}</tbody></table>" if channels else "",
    ]
    return _page(f"Data Certificate: {certificate.title}", body)


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f'<tr><th scope="row">{label}</th><td>{value}</td></tr>' for label, value in rows if value)
    return f"<table><tbody>{cells}</tbody></table>"


def _page(title: str, body: Iterable[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(filter(None, body))
        + "\n</body></html>\n"
    )
