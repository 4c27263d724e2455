"""A tool made for tests: callbacks that greet, refuse, fail and decline."""

from __future__ import annotations

from dash import Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from fairwatt.core.errors import NotAllowed
from fairwatt.tools.dashkit.actors import current_actor
from fairwatt.tools.dashkit.app import PortalDash
from fairwatt.tools.dashkit.dispatch import message_area

app = PortalDash(__name__, prefix="/tools/trial/", title="Trial of tools", description="A tool for tests.")
app.layout = html.Div([message_area(), dcc.Input(id="name"), html.Div(id="greeting"), html.Div(id="twice")])


@app.callback(Output("greeting", "children"), Input("name", "value"), State("name", "type"))
def greet(name: object, kind: object) -> object:
    """Greet by what was typed, with who is asking."""
    del kind
    if name == "refuse":
        raise NotAllowed("You may not greet here.", next_step="Ask the provider.")
    if name == "fail":
        raise ZeroDivisionError("secret detail")
    if name == "decline":
        raise PreventUpdate
    return f"{name} from {current_actor().label} by {ctx.triggered_id}"


@app.callback(Output("twice", "children"), Output("twice", "hidden"), Input("greeting", "children"))
def repeat(greeting: object) -> object:
    """Say it twice; the second output stays as it is."""
    return f"{greeting} {greeting}", no_update
