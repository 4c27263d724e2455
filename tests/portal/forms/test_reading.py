"""Correcting how a file is read: all of it stands in the form, only what was changed is an answer."""

from __future__ import annotations

from django.http import QueryDict

from fairwatt.core.files import FileSample, ImportProfile, apply_answers, inspect_file
from fairwatt.portal.forms.reading import MOST_GROUPS, CorrectionForm

HEAD = "time,Power L1 Avg (kW),Power L1 Max (kW),Flow"


def _profile(head: str = HEAD) -> ImportProfile:
    rows = (
        ",".join([f"{1 + h // 24:02}/07/2020 {h % 24:02}:00", *(f"{h + c}.5" for c in range(head.count(",")))])
        for h in range(48)
    )
    found = inspect_file(FileSample.of("\n".join([head, *rows, ""]).encode()), name="m.csv").profile
    assert found is not None
    return found


def _sent(form: CorrectionForm, **changes: str) -> QueryDict:
    """What a browser sends of a form, with some changes."""
    data = QueryDict(mutable=True)
    for name, field in form.fields.items():
        value = changes.get(name, field.initial)
        if value not in (None, False, "false_box"):
            data[form.add_prefix(name)] = "on" if value is True else str(value)
    return data


def test_a_form_sent_as_it_came_answers_nothing() -> None:
    profile = apply_answers(_profile(), {"time_zone": "Africa/Nairobi", "null_values:flow": "999 -1"})
    untouched = CorrectionForm(profile, "k", left_out=frozenset({"flow"}))
    form = CorrectionForm(profile, "k", left_out=frozenset({"flow"}), data=_sent(untouched))
    assert form.is_valid(), form.errors
    assert form.answers() == {}


def test_only_what_was_changed_is_an_answer_under_the_questions_id() -> None:
    profile = apply_answers(_profile(), {"time_zone": "UTC"})
    fresh = CorrectionForm(profile, "k")
    changes = {
        "time_zone": "Europe/London",
        "stamp": "end",
        "unit-power_l1_avg_kw": "mw",
        "quantity-power_l1_avg_kw": "apparent_power",
        "statistic-power_l1_max_kw": "last",
        "null_values-flow": "999",
        "leave_out-flow": "on",
    }
    form = CorrectionForm(profile, "k", data=_sent(fresh, **changes))
    assert form.is_valid(), form.errors
    assert form.answers() == {
        "time_zone": "Europe/London",
        "stamp": "end",
        "unit:power_l1_avg_kw": "mw",
        "quantity:power_l1_avg_kw": "apparent_power",
        "quantity:power_l1_max_kw": "apparent_power",
        "statistic:power_l1_max_kw": "last",
        "null_values:flow": "999",
        "leave_out:flow": "true",
    }


def test_marks_can_be_taken_back_and_a_channel_brought_in_again() -> None:
    profile = apply_answers(_profile(), {"time_zone": "UTC", "null_values:flow": "999"})
    fresh = CorrectionForm(profile, "k", left_out=frozenset({"flow"}))
    sent = _sent(fresh, **{"null_values-flow": ""})
    del sent[fresh.add_prefix("leave_out-flow")]
    form = CorrectionForm(profile, "k", left_out=frozenset({"flow"}), data=sent)
    assert form.is_valid(), form.errors
    assert form.answers() == {"null_values:flow": "", "leave_out:flow": "false"}


def test_what_is_asked_above_does_not_stand_here_too() -> None:
    form = CorrectionForm(_profile(), "k", asked=frozenset({"time_zone", "day_first", "unit:flow"}))
    assert [field.name for field in form.of_file] == ["stamp"]
    assert "unit-flow" not in form.fields
    assert "direction-flow" in form.fields


def test_channels_alike_stand_together() -> None:
    [power, flow] = CorrectionForm(_profile(), "k").groups
    assert (power.title, power.said) == ("Power L1 Avg (kW) and 1 more", "Active power, kW")
    assert [channel.channel.field for channel in power.channels] == ["power_l1_avg_kw", "power_l1_max_kw"]
    assert flow.title == "Flow"


def test_a_wide_file_is_corrected_page_by_page() -> None:
    profile = _profile(",".join(["time", *(f"{name}{n} load" for n in range(30) for name in ("Aston", "Bray"))]))
    first = CorrectionForm(profile, "k")
    assert first.following == MOST_GROUPS if first.group_total > MOST_GROUPS else first.following is None
    rest = CorrectionForm(profile, "k", first=MOST_GROUPS)
    assert len(list(first.groups)) + len(list(rest.groups)) == first.group_total
