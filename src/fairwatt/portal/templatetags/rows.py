"""Rows of the long tables, written in Python: the template engine takes three times as long for a hundred of them."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from fairwatt.core.metadata import ChannelEntry
from fairwatt.portal.templatetags.figures import days_of, measured, number, size
from fairwatt.portal.templatetags.icons import draw_icon
from fairwatt.portal.zone import display_zone
from fairwatt.records.models import File

register = template.Library()
_CHANNEL = (
    '<tr><th scope="row">{}<br><code>{}</code></th><td>{}</td><td>{}</td><td class="num">{}</td><td class="num">{}</td>'
    "{}</tr>"
)
_VALUES = '<td class="num">{}</td><td class="num">{}</td><td class="num">{}</td>'
_FILE = (
    '<tr><th scope="row" class="wrap"><a href="/files/{}/">{}</a></th><td>{}</td><td class="nowrap">{}</td>'
    '<td class="num">{}</td><td class="num">{}</td><td>{}</td></tr>'
)


@register.simple_tag
def dictionary_rows(channels: Iterable[ChannelEntry], *, with_values: bool = True) -> SafeString:
    """Write a row of the data dictionary for each channel; what values it takes, where the reader may know it."""
    return format_html_join(
        "\n",
        _CHANNEL,
        (
            (
                channel.name, channel.field, _quantity(channel), _unit(channel),
                number(channel.count), number(channel.missing),
                _values(channel) if with_values else "",
            )
            for channel in channels
        ),
    )  # fmt: skip


def _values(channel: ChannelEntry) -> SafeString:
    return format_html(_VALUES, measured(channel.minimum), measured(channel.mean), measured(channel.maximum))


def _quantity(channel: ChannelEntry) -> SafeString:
    if channel.quantity_label:
        direction = f", {channel.direction}" if channel.direction else ""
        statistic = format_html(' <span class="unit">({})</span>', channel.statistic) if channel.statistic else ""
        return format_html("{}{}{}", channel.quantity_label, direction, statistic)
    if channel.kind != "number":
        return format_html('<span class="unit">{}</span>', channel.kind)
    return mark_safe('<span class="missing">not known</span>')


def _unit(channel: ChannelEntry) -> SafeString | str:
    if not channel.unit_symbol:
        return ""
    title = f"{channel.unit_label}: {channel.unit_uri}" if channel.unit_uri else channel.unit_label
    return format_html('<abbr title="{}">{}</abbr>', title, channel.unit_symbol)


@register.simple_tag
def file_rows(files: Iterable[File], *, may_download: bool) -> SafeString:
    """Write a row for each file of a dataset, with its download where the reader may have it."""
    zone, lock, arrow = display_zone(), draw_icon("lock"), draw_icon("download")
    refused = format_html('<span class="unit">{} no access</span>', lock)
    return format_html_join(
        "\n",
        _FILE,
        (
            (
                file.key, file.name, file.format or "–", days_of(file.period_start, file.period_end, zone),
                number(file.rows) if file.rows else "–", size(file.size),
                _download(file, arrow) if may_download else refused,
            )
            for file in files
        ),
    )  # fmt: skip


def _download(file: File, arrow: SafeString) -> SafeString:
    if file.original_erased_at is not None:
        return format_html('<span class="unit">{}</span>', "erased")
    hidden = format_html('<span class="visually-hidden"> {}</span>', file.name)
    return format_html('<a href="/files/{}/original" download>{} Download{}</a>', file.key, arrow, hidden)
