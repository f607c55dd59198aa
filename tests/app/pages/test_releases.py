"""Publishing under four eyes over the web: what is shown, who may do what, what is kept."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from document_templates.models import TemplateVersion
from document_templates.publishing import publish_template, upload_template
from forms.building.drafting import open_draft
from forms.building.models import FormDraft
from forms.building.trial_keeping import keep_trial
from forms.models import FormVersion
from forms.versions.models import FormRelease, VersionValidity
from forms.versions.validity import berlin_day
from tenants.audit import AuditEntry
from tenants.context import Scope
from tenants.database import now
from tenants.models import Tenant
from tests.app.pages.conftest import application_form
from tests.forms.versions.edits import change, element, parts
from tests.support.docx_files import docx_of
from tests.support.form_documents import Document
from tests.support.installation import Installation, Person
from tests.support.web import Visitor
from tests.support.web_forms import document_of, error_links, form_of, text_of

FORM = "//main//form[@novalidate]"


@dataclass
class Authority:
    """A tenant whose form has a draft, and two people who may publish."""

    app: Flask
    installation: Installation
    tenant: Tenant
    version: FormVersion
    first: Person
    second: Person

    @property
    def path(self) -> str:
        return f"/{self.tenant.slug}/baukasten/{self.version.form_id}"

    def work(self, doing: Callable[[Session], None]) -> None:
        self.installation.in_scope(Scope(tenant_id=self.tenant.id), doing)

    def edit(self, edit: Callable[[Document], None]) -> None:
        """Change the draft of the form as the builder would."""

        def doing(session: Session) -> None:
            draft = open_draft(session, self.version.form_id)
            document = copy.deepcopy(draft.document)
            edit(document)
            draft.document = document
            draft.revision += 1

        self.work(doing)

    def visitor(self, person: Person) -> Visitor:
        return Visitor(self.app, person)

    def ask(self, visitor: Visitor, **typed: str) -> TestResponse:
        """Ask for the draft to be published."""
        page = visitor.get(f"{self.path}/veroeffentlichen")
        return visitor.post(f"{self.path}/veroeffentlichen", form_of(page, FORM).filled(typed))  # type: ignore[arg-type]

    def releases(self) -> list[FormRelease]:
        return self.installation.in_scope(
            Scope(tenant_id=self.tenant.id),
            lambda session: list(session.scalars(select(FormRelease))),
        )

    def validities(self) -> list[VersionValidity]:
        return self.installation.in_scope(
            Scope(tenant_id=self.tenant.id),
            lambda session: sorted(
                session.scalars(select(VersionValidity)), key=lambda one: one.form_version.number
            ),
        )


@pytest.fixture
def authority(app: Flask, installation: Installation) -> Authority:
    tenant = installation.found_tenant()
    return Authority(
        app,
        installation,
        tenant,
        installation.publish(tenant, application_form()),
        installation.person(tenant=tenant, role="tenant_admin"),
        installation.person(tenant=tenant, role="tenant_admin"),
    )


def without_first_name(document: Document) -> None:
    parts(document, "pages", 0, "sections", 0, "fields").remove(element(document, "vorname"))
    change("nachname", label="Familienname")(document)


def test_the_page_says_what_changes_and_suggests_a_step(authority: Authority) -> None:
    authority.edit(without_first_name)
    page = authority.visitor(authority.first).get(f"{authority.path}/veroeffentlichen")
    words = text_of(page)
    for text in (
        "Entfällt: Feld „Vorname“ zerstörend",
        "Feld „Nachname“ heißt jetzt „Familienname“ verträglich",
        "2.0.0 – Neufassung (vorgeschlagen)",
        "Zurzeit ist kein Entwurf offen",
    ):
        assert text in words
    sent = form_of(page, FORM).fields
    assert sent["step"] == ["MAJOR"]
    assert sent["draft_policy"] == ["keep"]
    last = berlin_day(now()) + timedelta(days=28)
    assert sent["keep_until"] == [f"{last:%d.%m.%Y}"]


def test_one_asks_and_another_publishes(authority: Authority) -> None:
    authority.edit(without_first_name)
    first, second = authority.visitor(authority.first), authority.visitor(authority.second)
    begins = berlin_day(now()) + timedelta(days=10)
    asked = authority.ask(
        first,
        binding_from=f"{begins:%d.%m.%Y}",
        keep_until=f"{begins + timedelta(days=14):%d.%m.%Y}",
        draft_policy="carry",
        user_note="Der Vorname wird nicht mehr gebraucht.",
        comment="Bitte ansehen.",
    )
    assert asked.status_code == 302
    assert "Freigabe: Antrag, Fassung 2.0.0" in text_of(
        second.get(f"/{authority.tenant.slug}/uebersicht")
    )
    own = first.get(asked.location)
    assert "Freigeben und veröffentlichen" not in text_of(own)
    refused = first.post(asked.location, {"action": "approve"})
    assert refused.status_code == 422
    assert "Freigeben muss sie eine andere Person" in text_of(refused)
    assert len(authority.validities()) == 1

    words = text_of(second.get(asked.location))
    assert "Bitte ansehen." in words
    assert "Entfällt: Feld „Vorname“" in words
    assert second.post(asked.location, {"action": "approve"}).status_code == 302
    old, new = authority.validities()
    assert (old.deprecated_on, old.grace_days) == (begins, 14)
    assert (new.name, new.binding_from, new.draft_policy) == ("2.0.0", begins, "carry")
    assert new.user_note == "Der Vorname wird nicht mehr gebraucht."
    again = second.post(asked.location, {"action": "approve"})
    assert again.status_code == 422
    assert "schon entschieden" in text_of(again)
    assert len(authority.validities()) == 2
    history = text_of(second.get(f"{authority.path}/fassungen"))
    assert "Angekündigt" in history
    assert "freigegeben: Kim Muster" in history


def test_what_was_reviewed_is_what_is_published(authority: Authority) -> None:
    authority.edit(change("nachname", label="Familienname"))
    asked = authority.ask(authority.visitor(authority.first))
    # Whoever got past the lock of the builder would still not change what is published.
    authority.edit(change("nachname", label="Untergeschoben"))
    authority.visitor(authority.second).get(asked.location)
    second = authority.visitor(authority.second)
    second.get(asked.location)
    second.post(asked.location, {"action": "approve"})

    def look(session: Session) -> None:
        newest = session.scalars(select(FormVersion).where(FormVersion.number == 2)).one()
        labels = str(newest.definition)
        assert "Familienname" in labels
        assert "Untergeschoben" not in labels

    authority.work(look)


def test_the_draft_rests_during_the_review_and_goes_on_after_it(authority: Authority) -> None:
    authority.edit(without_first_name)

    def state() -> str:
        return authority.installation.in_scope(
            Scope(tenant_id=authority.tenant.id),
            lambda session: session.scalars(select(FormDraft.state)).one(),
        )

    first, second = authority.visitor(authority.first), authority.visitor(authority.second)
    asked = authority.ask(first)
    assert state() == "in_review"
    second.get(asked.location)
    without_reason = second.post(asked.location, {"action": "return"})
    assert without_reason.status_code == 422
    assert "was geändert werden soll" in text_of(without_reason)
    second.post(asked.location, {"action": "return", "comment": "Der Vorname fehlt mir."})
    assert state() == "open"
    assert "Der Vorname fehlt mir." in text_of(first.get(asked.location))
    once_more = authority.ask(first)
    first.get(once_more.location)
    assert second.post(once_more.location, {"action": "withdraw"}).status_code == 422
    first.post(once_more.location, {"action": "withdraw"})
    assert state() == "open"
    assert [one.state for one in authority.releases()].count("withdrawn") == 1
    assert len(authority.validities()) == 1


def test_without_four_eyes_one_person_publishes(authority: Authority) -> None:
    authority.work(
        lambda session: (
            session.execute(
                update(Tenant).where(Tenant.id == authority.tenant.id).values(four_eyes=False)
            )
            and None
        )
    )
    authority.edit(without_first_name)
    done = authority.ask(authority.visitor(authority.first))
    assert done.location.endswith("/fassungen")
    assert len(authority.validities()) == 2


def test_errors_of_the_form_keep_it_from_being_published(authority: Authority) -> None:
    authority.edit(change("grund", visible="gibt_es_nicht > 1"))
    visitor = authority.visitor(authority.first)
    page = visitor.get(f"{authority.path}/veroeffentlichen")
    assert "So kann der Vordruck nicht veröffentlicht werden" in text_of(page)
    assert "gibt_es_nicht" in text_of(page)
    today = f"{berlin_day(now()):%d.%m.%Y}"
    forced = visitor.post(
        f"{authority.path}/veroeffentlichen",
        {"binding_from": today, "keep_until": today, "draft_policy": "keep", "step": "PATCH"},
    )
    assert forced.status_code == 422
    assert authority.releases() == []


def test_a_failed_trial_run_keeps_it_from_being_published(authority: Authority) -> None:
    authority.edit(without_first_name)

    def keep(expected: str) -> None:
        authority.work(
            lambda session: keep_trial(
                session,
                authority.version.form_id,
                "Zwei Posten",
                {"nachname": "Muster", "hat_kosten": True, "stunden": 8,
                 "kosten": [{"_id": "1", "zweck": "Miete", "betrag": "10.00"}]},
                {"gesamt": expected},
                (),
            )
            and None
        )  # fmt: skip

    keep("10.00")
    visitor = authority.visitor(authority.first)
    good = text_of(visitor.get(f"{authority.path}/veroeffentlichen"))
    assert "Ein Probelauf ist bestanden." in good
    keep("11.00")
    page = visitor.get(f"{authority.path}/veroeffentlichen")
    assert "Der Probelauf „Zwei Posten“ ergibt anderes als erwartet." in text_of(page)
    assert "Freigabe beantragen" not in text_of(page)


def test_nothing_changed_is_nothing_to_publish(authority: Authority) -> None:
    authority.edit(lambda document: None)
    page = authority.visitor(authority.first).get(f"{authority.path}/veroeffentlichen")
    assert "Es gibt nichts zu veröffentlichen" in text_of(page)


def test_wrong_days_are_named_and_everything_typed_stays(authority: Authority) -> None:
    authority.edit(without_first_name)
    yesterday = berlin_day(now()) - timedelta(days=1)
    page = authority.ask(
        authority.visitor(authority.first),
        binding_from=f"{yesterday:%d.%m.%Y}",
        keep_until="bald",
        closes_on="31.02.2027",
        user_note="Bleibt stehen.",
    )
    assert page.status_code == 422
    assert set(error_links(page).values()) == {"#binding_from", "#keep_until", "#closes_on"}
    sent = form_of(page, FORM).fields
    assert sent["user_note"] == ["Bleibt stehen."]
    assert sent["keep_until"] == ["bald"]


def test_a_version_published_meanwhile_stops_the_release(authority: Authority) -> None:
    authority.edit(without_first_name)
    asked = authority.ask(authority.visitor(authority.first))
    other = copy.deepcopy(application_form())
    change("nachname", label="Anders")(other)
    authority.installation.publish(authority.tenant, other)
    second = authority.visitor(authority.second)
    second.get(asked.location)
    refused = second.post(asked.location, {"action": "approve"})
    assert refused.status_code == 422
    assert "andere Fassung veröffentlicht" in text_of(refused)


def test_versions_are_compared_shown_and_ended(authority: Authority) -> None:
    second = copy.deepcopy(application_form())
    without_first_name(second)
    authority.installation.publish(authority.tenant, second)
    visitor = authority.visitor(authority.first)
    compared = text_of(visitor.get(f"{authority.path}/fassungen/vergleich?alt=1&neu=2"))
    assert "Entfällt: Feld „Vorname“" in compared
    assert visitor.get(f"{authority.path}/fassungen/vergleich?alt=1&neu=9").status_code == 404
    shown = text_of(visitor.get(f"{authority.path}/fassungen/1"))
    assert "Vorname" in shown
    assert "Nur, wenn „Stunden“ größer als 10" in shown
    later = berlin_day(now()) + timedelta(days=5)
    visitor.post(
        f"{authority.path}/fassungen/2/abloesung",
        {"deprecated_on": f"{later:%d.%m.%Y}", "grace_days": "7"},
    )
    visitor.post(
        f"{authority.path}/fassungen/2/annahmeschluss",
        {"closes_on": "31.03.2099", "closes_at": "12:00"},
    )
    assert visitor.post(f"{authority.path}/fassungen/1/sperre", {}).status_code == 422
    visitor.post(f"{authority.path}/fassungen/1/sperre", {"reason": "Rechtsfehler"})
    old, new = authority.validities()
    assert (new.deprecated_on, new.grace_days) == (later, 7)
    assert new.closes_at is not None
    assert new.closes_at.isoformat().startswith("2099-03-31T10:00")
    assert (old.locked, old.lock_reason) == (True, "Rechtsfehler")
    assert "31.03.2099, 12:00 Uhr" in text_of(visitor.get(f"{authority.path}/fassungen/2"))
    visitor.post(f"{authority.path}/fassungen/1/sperre", {"action": "unlock"})
    visitor.post(f"{authority.path}/fassungen/2/annahmeschluss", {"closes_on": ""})
    old, new = authority.validities()
    assert (old.locked, new.closes_at) == (False, None)
    early = visitor.post(
        f"{authority.path}/fassungen/2/abloesung",
        {"deprecated_on": "01.01.2020", "grace_days": "7"},
    )
    assert early.status_code == 422


def test_each_step_is_in_the_audit_trail(authority: Authority) -> None:
    authority.edit(without_first_name)
    asked = authority.ask(authority.visitor(authority.first))
    second = authority.visitor(authority.second)
    second.get(asked.location)
    second.post(asked.location, {"action": "approve"})
    second.get(f"{authority.path}/fassungen/2")
    second.post(f"{authority.path}/fassungen/2/sperre", {"reason": "Rechtsfehler"})

    def look(session: Session) -> None:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.account_id)
            .where(AuditEntry.subject_kind == "form")
            .order_by(AuditEntry.at)
        ).all()
        acts = [(action, account) for action, account in entries]
        first, other = authority.first.account_id, authority.second.account_id
        assert acts[-3:] == [
            ("form.release_requested", first),
            ("form.published", other),
            ("form.version_locked", other),
        ]

    authority.work(look)


def test_only_tenant_admins_find_these_pages(authority: Authority) -> None:
    specialist = authority.installation.person(tenant=authority.tenant, role="fachkraft")
    visitor = authority.visitor(specialist)
    for page in ("veroeffentlichen", "fassungen", "fassungen/1"):
        assert visitor.get(f"{authority.path}/{page}").status_code == 404


def with_template(authority: Authority, text: str, title: str = "Bescheid") -> None:
    def publish(session: Session) -> None:
        template = upload_template(
            session, authority.installation.store, authority.version, title=title,
            file_name="bescheid.docx", data=docx_of(text),
        )  # fmt: skip
        publish_template(session, template)

    authority.work(publish)


def release(authority: Authority) -> str:
    """Let both publish the draft, and return what the second person is told."""
    asked = authority.ask(authority.visitor(authority.first))
    second = authority.visitor(authority.second)
    second.get(asked.location)
    published = second.post(asked.location, {"action": "approve"})
    return text_of(second.get(published.location), "//body")


def templates_of(authority: Authority) -> list[tuple[int, str]]:
    """Return for each version of the template: number of the form's version, and its state."""

    def read(session: Session) -> list[tuple[int, str]]:
        versions = session.scalars(select(TemplateVersion).order_by(TemplateVersion.number))
        return [(one.form_version.number, one.state) for one in versions]

    return authority.installation.in_scope(Scope(tenant_id=authority.tenant.id), read)


def test_a_template_that_fits_goes_on_with_the_new_version(authority: Authority) -> None:
    with_template(authority, "Antrag von {{ nachname }}")
    authority.edit(without_first_name)
    assert "Die Vorlage „Bescheid“ passt auch zur neuen Fassung" in release(authority)
    # Drafts of the former version are still taken: their documents are made as before.
    assert templates_of(authority) == [(1, "published"), (2, "published")]


def test_a_template_that_no_longer_fits_makes_no_document_and_says_so(
    authority: Authority,
) -> None:
    with_template(authority, "Antrag von {{ vorname }} {{ nachname }}")
    authority.edit(without_first_name)
    assert "Die Vorlage „Bescheid“ passt nicht zur neuen Fassung" in release(authority)
    assert templates_of(authority) == [(1, "published"), (2, "checked")]
    page = authority.visitor(authority.first).get(f"/{authority.tenant.slug}/vorlagen/")
    assert "Nicht benutzbar" in text_of(page)


def test_whoever_decides_sees_beforehand_what_becomes_of_the_templates(
    authority: Authority,
) -> None:
    with_template(authority, "Antrag von {{ nachname }}")
    with_template(authority, "Guten Tag {{ vorname }}", title="Anschreiben")
    authority.edit(without_first_name)
    first, second = authority.visitor(authority.first), authority.visitor(authority.second)
    before = text_of(first.get(f"{authority.path}/veroeffentlichen"))
    asked = authority.ask(first)
    for words in (before, text_of(second.get(asked.location))):
        assert "Bescheid geht mit" in words
        assert "Anschreiben passt nicht" in words
        assert "vorname" in words.partition("Anschreiben passt nicht")[2]
    # Looking changes nothing.
    assert templates_of(authority) == [(1, "published"), (1, "published")]
    second.post(asked.location, {"action": "approve"})
    assert sorted(templates_of(authority)) == [
        (1, "published"), (1, "published"), (2, "checked"), (2, "published"),
    ]  # fmt: skip
    assert "Was aus den Vorlagen wird" not in text_of(second.get(asked.location))


def test_whoever_decides_sees_the_whole_form_and_nobody_changes_it(authority: Authority) -> None:
    authority.edit(without_first_name)
    asked = authority.ask(authority.visitor(authority.first))
    second = authority.visitor(authority.second)
    [builder] = document_of(second.get(asked.location)).xpath(
        "//main//a[normalize-space()='Ganzen Vordruck ansehen']/@href"
    )
    page = document_of(second.get(builder))
    assert page.xpath("//main//*[@id='eigenschaften']//fieldset[@disabled]")
    for button in ("rueckgaengig", "wiederholen"):
        assert page.xpath(f"//main//button[@id='{button}']/@disabled"), button
    assert not page.xpath("//main//*[@id='neu-name']")
    assert page.xpath("//main//a[text()='Antrag ansehen']")
    assert document_of(second.get(f"{builder}tabelle")).xpath("//main//fieldset[@disabled]")


def test_publishing_without_a_template_says_that_no_document_follows(
    authority: Authority,
) -> None:
    authority.edit(without_first_name)
    assert "Zu diesem Vordruck gibt es keine Vorlage" in release(authority)


def test_whoever_asks_chooses_whether_the_version_has_to_be_read(authority: Authority) -> None:
    page = f"{authority.path}/veroeffentlichen"
    ticked = "//input[@id='must_be_read'][@checked]"
    first, second = authority.visitor(authority.first), authority.visitor(authority.second)
    # Another wording alone need not be confirmed by everybody.
    authority.edit(change("nachname", label="Familienname"))
    assert not document_of(first.get(page)).xpath(ticked)
    authority.edit(without_first_name)
    assert document_of(first.get(page)).xpath(ticked)
    authority.ask(first)
    (release,) = authority.releases()
    address = f"{authority.path}/freigabe/{release.id}"
    assert "wird von allen verlangt, die den Vordruck ausfüllen" in text_of(second.get(address))
    second.post(address, {"action": "approve"})
    assert [one.must_be_read for one in authority.validities()] == [False, True]
    history = document_of(second.get(f"{authority.path}/fassungen"))
    assert history.xpath("count(//main//a[contains(@href, '/kenntnisnahmen')])") == 1
