"""What every work page keeps to: nothing inline that the policy forbids, one heading, a title, labels."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

from fairwatt.records.models import Deposit
from tests.portal.pages.conftest import Person

DATA = {"application/json", "application/ld+json"}


class Markup(HTMLParser):
    """Notes what a page holds that it should not, or should."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.labels: set[str] = set()
        self.fields: set[str] = set()
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.faults += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if (
            tag == "script"
            and "src" not in given
            and given.get("type") not in {"application/json", "application/ld+json"}
        ):
            self.faults += [] if given.get("nonce") else ["a script without nonce"]
        for name in ("src", "href", "action"):
            if (given.get(name) or "").startswith(("http://", "https://", "//", "javascript:")) and tag != "a":
                self.faults.append(f"<{tag} {name}={given[name]}>")
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "submit"}:
            self.fields.add(str(given.get("id")))
        self.headings += tag == "h1"


def read(html: str) -> Markup:
    """Read a page."""
    markup = Markup()
    markup.feed(html)
    return markup


def test_work_pages_hold_nothing_inline_and_label_every_field(
    partner: Person, manager: Person, draft: Deposit, waiting: Deposit
) -> None:
    file = waiting.dataset.files.get()
    partners = [
        "/share/",
        f"/share/{draft.code}/",
        *(f"/share/{draft.code}/{s}/" for s in ("access", "files", "check")),
    ]
    partners += [f"/share/{waiting.code}/files/{file.key}/", f"/share/{waiting.code}/receipt/", "/people/LCH/"]
    partners += ["/account/", "/account/tokens/", "/notifications/", "/accounts/2fa/", "/accounts/email/"]
    partners += ["/accounts/password/set/", "/accounts/3rdparty/", "/accounts/logout/"]
    managers = ["/review/", f"/review/{waiting.code}/", f"/review/{waiting.code}/edit/", "/audit/", "/people/"]
    pages = {url: partner.client.get(url) for url in partners} | {url: manager.client.get(url) for url in managers}
    partner.client.logout()
    pages |= {
        url: partner.client.get(url) for url in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
    }
    for url, answer in pages.items():
        assert answer.status_code == 200, url
        markup = read(answer.content.decode())
        assert markup.faults == [], url
        assert markup.headings >= 1, url
        assert [name for name, count in markup.ids.items() if count > 1] == [], url
        assert markup.fields - markup.labels == set(), url
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy, url
