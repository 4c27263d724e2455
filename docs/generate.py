"""Write the reference pages that come from code: commands, the project file.

python docs/generate.py          write them
python docs/generate.py --check  fail where one is out of date (the tests do this)
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin

import click
import generate_health
import generate_reading
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from fairwatt.cli.app import app
from fairwatt.core import project
from fairwatt.core.project import trials
from fairwatt.core.project.audiences import Audiences, Managers, Readers
from fairwatt.portal.environment import VARIABLES

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py from the code; edit the code, then run it. -->\n\n"
ENTRIES = (
    (project.Branding, "[branding]"),
    (project.Identifiers, "[identifiers]"),
    (project.Limits, "[limits]"),
    (project.Upkeep, "[upkeep]"),
    (project.Prices, "[storage_prices]"),
    (project.Partner, "[[partners]]"),
    (project.Trial, "[[trials]]"),
    (project.Procedure, "[[trials.procedures]]"),
    (trials.Step, "[[trials.procedures.steps]]"),
    (trials.Expected, "[[trials.procedures.expects]]"),
    (trials.Event, "[[trials.events]]"),
    (trials.Agreement, "[[trials.agreements]]"),
    (trials.Validation, "[trials.validation]"),
    (project.Licence, "[[licences]]"),
    (project.DataCite, "[datacite]"),
    (project.Mqtt, "[[mqtt]]"),
    (Readers, "[audiences.public], [audiences.external], [audiences.partner]"),
    (Managers, "[audiences.manager]"),
)


def say_type(annotation: Any) -> str:
    """A type in words: ``text``, ``whole number``, ``list of …``, ``one of …``."""
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return say_type(get_args(annotation)[0])
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{value}`" for value in get_args(annotation))
    if origin is tuple:
        return "list of " + say_type(get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(say_type(a) for a in get_args(annotation) if a is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "entries of their own"
    return {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        date: "day",
        Decimal: "number",
    }.get(annotation, "text")


def say_default(field: FieldInfo) -> str:
    """A field's default as it would stand in TOML, or that it must be given."""
    if field.is_required():
        return "**required**"
    default = field.default
    if default is PydanticUndefined or isinstance(default, BaseModel):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, str):
        return f"`'{default}'`" if default else "empty"
    if isinstance(default, tuple):
        return ", ".join(f"`{entry.code}`" if hasattr(entry, "code") else f"`{entry}`" for entry in default) or "none"
    return f"`{default}`"


def project_file_page() -> str:
    """The project file: every table and key."""
    parts = [
        NOTE + "# The project file\n",
        "`project.toml` in the data folder (or where `FAIRWATT_PROJECT_FILE` points). It is what a fast-follower "
        "edits to make the platform their own: partners, trials, procedures and the steps of their forms, the "
        "grammar of identifiers, licences, audiences, limits, branding. Check it with "
        "`fairwatt check-project project.toml`, then restart. An entry that is not listed here is refused, so that a "
        "slip of the pen is found at once. Rows that data already name stay when the file drops them.\n",
        f"`time_zone` (text, default `'{project.Project.model_fields['time_zone'].default}'`): where the meters' "
        "clocks are unless a partner says otherwise; offered first when a file can't tell.\n",
        "`default_licence` (text, default empty): code of the licence that new entries begin with; whoever logs the "
        "data may choose another. Like `time_zone` it stands above the first table.\n",
    ]
    for model, heading in ENTRIES:
        parts.append(f"## `{heading}`\n\n{inspect.getdoc(model)}\n".replace("``", "`"))
        rows = ["| key | what | default |", "|---|---|---|"]
        for name, field in model.model_fields.items():
            told = say_type(field.annotation).replace("|", "\\|")
            default = "see below" if issubclass(model, Managers) else say_default(field)
            rows.append(f"| `{name}` | {told} | {default.replace('|', chr(92) + '|')} |")
        parts.append("\n".join(rows) + "\n")
    parts.append(audiences_table())
    parts.append("## An example\n\nThe demo's own file is a complete one: `src/fairwatt/cli/demo/project.toml`.\n")
    return "\n".join(parts)


def audiences_table() -> str:
    """What the audiences are called where the project file does not say."""
    rows = ["What these tables leave out is:\n", "| code | name | description | release |", "|---|---|---|---|"]
    for code, audience in Audiences():
        release = getattr(audience, "release", None)
        told = "always" if release is None else f"`{release}`" if release else "no proposal"
        rows.append(f"| `{code}` | {audience.name} | {audience.description} | {told} |")
    return "\n".join(rows) + "\n"


def _commands_of(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """All commands with their full names, those of a group after it."""
    for name in sorted(group.commands):
        command = group.commands[name]
        yield f"{before}{name}", command
        if hasattr(command, "commands"):
            yield from _commands_of(command, f"{before}{name} ")


def command_line_page() -> str:
    """Every command with its arguments and options."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    parts = [
        NOTE + "# The command line\n",
        "Exit codes: 0 done, 1 something failed, 2 what was handed in can't be used, 4 not found, 5 not allowed, "
        "6 conflict, 7 a source or store is unavailable, 8 insufficient data, 9 cancelled. `inspect`, "
        "`convert`, `health` and `clean` exit with 3 where questions are open, `align` where no offset is sure.\n",
    ]
    for name, command in _commands_of(group):
        parts.append(f"## `fairwatt {name}`\n\n{inspect.cleandoc(command.help or '')}\n")
        rows = []
        for parameter in command.params:
            if parameter.name == "help":
                continue
            spelled = ", ".join(parameter.opts) if parameter.opts[0].startswith("-") else str(parameter.name).upper()
            if getattr(parameter, "secondary_opts", None):
                spelled += " / " + ", ".join(parameter.secondary_opts)
            shown = (
                ""
                if parameter.default in (None, "", False, ...) or callable(parameter.default)
                else str(parameter.default)
            )
            told = (getattr(parameter, "help", "") or "").replace("|", "\\|")
            rows.append(f"| `{spelled}` | {told} | {f'`{shown}`' if shown and not parameter.required else ''} |")
        if rows:
            parts.append("\n".join(["| option | what | default |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def settings_page() -> str:
    """Every environment variable."""
    rows = ["| variable | what | default |", "|---|---|---|"]
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else ""
        rows.append(f"| `FAIRWATT_{variable.name}` | {variable.what} | {default} |")
    return "\n".join(
        [
            NOTE + "# Settings\n",
            "What an instance is told by its environment. What the *project* is stands in "
            "[the project file](project-file.md).\n",
            *rows,
            "\n## Single sign-on\n",
            "`sign_on.toml` in the data folder names the organisations whose people sign in with OpenID Connect; "
            "keep it readable by the service alone (`chmod 600`), it holds secrets. Each provider must allow the "
            "address `BASE_URL/accounts/oidc/<id>/login/callback/`.\n",
            '```toml\n[[providers]]\nid = "wcc"                       # stands in the callback\'s address\n'
            'name = "Wrenshire County Council" # stands on the button\n'
            'server_url = "https://login.wrenshire.example"\nclient_id = "…"\nclient_secret = "…"\n'
            'organization = "WCC"             # who signs in this way becomes a member\n```\n',
        ]
    )


PAGES = {
    "settings.md": settings_page,
    "project-file.md": project_file_page,
    "command-line.md": command_line_page,
    "inspect.md": lambda: generate_reading.inspect_page(NOTE),
    "health.md": lambda: generate_health.health_page(NOTE),
    "import-profile.md": lambda: generate_reading.profile_page(NOTE),
}


def main(arguments: list[str]) -> int:
    """Write or check every page; answer with the exit code."""
    stale = []
    REFERENCE.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        path, text = REFERENCE / name, write()
        if "--check" in arguments:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"Out of date: {', '.join(stale)}. Run: python docs/generate.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
