"""Who may have the data, as an ODRL 2.2 policy: what the portal decides by, in W3C's words.

There is a permission for every audience that may have the data one day, from its own instant on; where nobody ever may,
the policy forbids their use to everyone. :func:`is_permitted` reads a policy back, and the tests compare it with the
decision of :mod:`fairwatt.core.metadata.access` for every audience and instant.
"""

from __future__ import annotations

from datetime import datetime

from fairwatt.core.metadata.access import AccessTerms, Audience
from fairwatt.core.metadata.addresses import policy_address
from fairwatt.core.metadata.certificate import Certificate
from fairwatt.core.metadata.rdf import Iri, Literal, Node, node, text, typed
from fairwatt.core.metadata.rdf.nodes import expand

ACTION = "odrl:use"
_LABELS = {Audience.PUBLIC: "Everyone", Audience.EXTERNAL: "People who signed in", Audience.PARTNER: "Project partners"}


def policy_of(certificate: Certificate) -> Node:
    """Write the access terms of a certificate as a policy with an address of its own."""
    address = policy_address(certificate)
    rules = _permissions(certificate) or {"odrl:prohibition": [_prohibition(certificate)]}
    return node(address, ["odrl:Policy", "odrl:Set"], {"odrl:uid": Iri(address), **rules})


def is_permitted(policy: Node, audience: Audience, *, at: datetime) -> bool:
    """Decide as a reader of the policy would: whether ``audience`` may use the data at the instant ``at``.

    An audience is also part of every wider one.
    """
    names = {f"#audience-{one.value}" for one in audience.wider}
    for predicate, rule in policy.statements:
        if predicate != "odrl:permission" or not isinstance(rule, Node):
            continue
        said = dict(rule.statements)
        constraint, assignee = said["odrl:constraint"], said["odrl:assignee"]
        if isinstance(assignee, Node) and not any(str(assignee.iri).endswith(name) for name in names):
            continue
        if isinstance(constraint, Node) and _is_met(constraint, at=at):
            return True
    return False


def _is_met(constraint: Node, *, at: datetime) -> bool:
    start = dict(constraint.statements)["odrl:rightOperand"]
    return isinstance(start, Literal) and datetime.fromisoformat(start.text) <= at


def _permissions(certificate: Certificate) -> dict[str, list[Node]]:
    terms: AccessTerms = certificate.access
    dated = [(audience, terms.available_from(audience)) for audience in Audience]
    found = [_permission(certificate, audience, start) for audience, start in dated if start is not None]
    return {"odrl:permission": found} if found else {}


def _permission(certificate: Certificate, audience: Audience, start: datetime) -> Node:
    constraint = node(
        None,
        "odrl:Constraint",
        {
            "odrl:leftOperand": expand("odrl:dateTime"),
            "odrl:operator": expand("odrl:gteq"),
            "odrl:rightOperand": typed(start),
        },
    )
    return node(None, "odrl:Permission", {**_about(certificate, audience), "odrl:constraint": constraint})


def _prohibition(certificate: Certificate) -> Node:
    return node(None, "odrl:Prohibition", _about(certificate, Audience.PUBLIC))


def _about(certificate: Certificate, audience: Audience) -> dict[str, Iri | Node]:
    about = f"{certificate.catalogue.url}/about/#audience-{audience.value}"
    party = node(about, "odrl:PartyCollection", {"rdfs:label": text(_LABELS[audience])})
    return {"odrl:target": Iri(certificate.pid_url), "odrl:action": expand(ACTION), "odrl:assignee": party}
