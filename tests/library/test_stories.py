"""Stories H1, H3, H5, H6 and H7 as far as forms carry them, on the shipped packages alone.

Each expected figure is reckoned by hand from the story, never taken from a package.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.security.roles import ROLE_PERMISSIONS
from forms.definition import FormDefinition, parse_definition
from forms.evaluation import Evaluation, evaluate, flatten
from forms.german import format_date
from forms.lists.columns import ORGANISATION
from forms.lists.searching import find_form_table
from forms.models import FormVersion, Submission
from forms.packages import read_package
from forms.presentation import present_page, review
from forms.procedure.claiming import AlreadySubmitted
from forms.procedure.deciding import decide
from forms.procedure.inquiries import ask
from forms.procedure.models import Inquiry
from forms.procedure.viewing import readable_evaluation, readable_form
from forms.procedure.working import begin_work, hand_over_work
from forms.rate_tables import Rate, RateTable
from forms.statistics.counting import count_submissions
from forms.statistics.settings import Settings
from forms.submitting import start_submission, submit_answers
from forms.surroundings import read_surroundings, surroundings_document, today_in_berlin
from forms.viewer import Viewer
from tenants.context import Scope
from tenants.models import Organisation, Tenant
from tests.library.test_templates import text_of_docx
from tests.support.installation import Installation
from tests.support.library_filling import fill_sample
from tests.support.web import Visitor
from tests.support.web_forms import text_of

Answers = dict[str, Any]
OFFICE = Viewer(frozenset({"fachkraft"}))


def answers(name: str, number: int = 1) -> Answers:
    """Return a copy of a sample's answers, to be changed."""
    return copy.deepcopy(dict(read_package(name).samples[number - 1].data))


def form(name: str) -> FormDefinition:
    """Return the shipped form."""
    return parse_definition(read_package(name).form_document)


def judged(name: str, data: Answers, **tables: RateTable) -> Evaluation:
    """Evaluate a submission with the shipped rates, some of them replaced."""
    shipped = read_package(name).shipped_surroundings
    return evaluate(
        form(name), data, stage="submission",
        surroundings=replace(shipped, rates={**shipped.rates, **tables}),
    )  # fmt: skip


def values(evaluation: Evaluation) -> Mapping[str, object]:
    """Return the values by path, numbers as text."""
    return flatten(evaluation.values)


def errors(evaluation: Evaluation) -> dict[str, str]:
    """Return the errors by path."""
    return {message.path: message.text for message in evaluation.errors}


def warnings(evaluation: Evaluation) -> dict[str, str]:
    """Return the warnings by path."""
    return {message.path: message.text for message in evaluation.warnings}


def row(data: Answers, **changes: object) -> Answers:
    """Return a row like ``data`` with an id of its own."""
    number = changes.pop("number", 0)
    return data | changes | {"_id": f"00000000-0000-4000-8000-0000000{number:05}"}


# H1 Fachleistungsstunde


@pytest.mark.parametrize(("percent", "rate"), [("15", "64.95"), ("10", "62.35"), ("20", "67.55")])
def test_h1_only_the_share_for_administration_changes_the_rate(percent: str, rate: str) -> None:
    data = answers("fachleistungsstunde") | {"leitung_verwaltung_prozent": percent}
    found = values(judged("fachleistungsstunde", data))
    assert (found["netto_tage"], found["bereinigte_h"]) == (203, "1583.40")
    assert found["netto_h"] == "1393.392"
    assert found["fls_satz"] == rate


def test_h1_the_new_rate_holds_from_its_first_day() -> None:
    assert (
        values(judged("fachleistungsstunde", answers("fachleistungsstunde")))["fls_satz_neu"]
        == "67.22"
    )
    rates = []
    for month, day in (("2027-06-01", "2027-06-30"), ("2027-07-01", "2027-07-01")):
        data = answers("stundennachweis") | {"monat": month, "rechnungsdatum": "2027-08-01"}
        visit = data["faelle"][0]["einsaetze"][0]
        data["faelle"][0]["einsaetze"] = [row(visit, datum=day)]
        rates.append(values(judged("stundennachweis", data))["faelle[0].einsaetze[0].satz_am_tag"])
    assert rates == ["64.95", "67.22"]


def test_h1_no_price_for_the_past_under_78a_and_a_warning_under_77() -> None:
    past = answers("fachleistungsstunde") | {"gueltig_ab": "2026-06-01"}
    refused = judged("fachleistungsstunde", past | {"regime": "p78a"})
    assert "§ 78d" in errors(refused)["gueltig_ab"]
    warned = judged("fachleistungsstunde", past | {"regime": "p77"})
    assert errors(warned) == {}
    assert set(warnings(warned)) == {"gueltig_ab"}


# H3 Stundennachweis


def test_h3_hours_and_amount_of_the_month() -> None:
    evaluation = judged("stundennachweis", answers("stundennachweis"))
    found = values(evaluation)
    assert errors(evaluation) == {}
    assert found["faelle[0].direkt"] == 90 + 120 + 75 + 60 + 105 + 90 + 45 == 585
    assert found["faelle[0].angerechnet_gesamt"] == 585 + 90 + 60 + 30 == 765
    assert found["faelle[0].rest"] == 1200 - 765 == Decimal("7.25") * 60
    assert found["rechnungsbetrag"] == "828.11"


def test_h3_group_time_is_shared_among_the_cases() -> None:
    found = values(judged("stundennachweis", answers("stundennachweis", 2)))
    shares = [found[f"faelle[{case}].einsaetze[0].angerechnet"] for case in range(3)]
    assert shares == [120 * 2 // 3] * 3 == [80, 80, 80]


def test_h3_a_group_is_not_billed_as_three_single_visits() -> None:
    data = answers("stundennachweis", 2)
    for case in data["faelle"]:
        case["einsaetze"][0]["form"] = "einzeln"
    assert "Gruppe" in errors(judged("stundennachweis", data))["faelle"]


def test_h3_nobody_is_in_a_group_and_elsewhere_at_once() -> None:
    data = answers("stundennachweis", 2)
    visit = data["faelle"][0]["einsaetze"][1]
    data["faelle"][0]["einsaetze"][1] = visit | {
        "datum": "2027-06-16", "von": "15:30", "bis": "16:30",
    }  # fmt: skip
    assert "faelle[1].einsaetze[0].form" in errors(judged("stundennachweis", data))


def _two_visits(second_person: str, kind: str) -> Evaluation:
    data = answers("stundennachweis")
    visit = data["faelle"][0]["einsaetze"][0]
    data["faelle"][0]["einsaetze"] = [
        row(visit, number=1, von="10:00", bis="11:30", form=kind),
        row(visit, number=2, von="11:00", bis="12:00", form=kind, fachkraft=second_person),
    ]
    return judged("stundennachweis", data)


def test_h3_overlapping_visits_of_one_person_are_an_error() -> None:
    assert "faelle" in errors(_two_visits("Jannis Prumbaum", "co"))


def test_h3_two_persons_at_once_only_where_the_catalogue_has_it() -> None:
    assert (
        "Co-Arbeit" in errors(_two_visits("Gesa Hollmann-Riedt", "einzeln"))["faelle[0].einsaetze"]
    )
    assert errors(_two_visits("Gesa Hollmann-Riedt", "co")) == {}
    data = answers("stundennachweis")
    data["faelle"][0]["einsaetze"][0]["form"] = "co"
    shipped = read_package("stundennachweis").shipped_surroundings.rates["fls_katalog"]
    without = replace(
        shipped,
        rates=tuple(
            replace(rate, value=Decimal(0)) if rate.category == "co_arbeit" else rate
            for rate in shipped.rates
        ),
    )
    refused = judged("stundennachweis", data, fls_katalog=without)
    assert set(errors(refused)) == {"faelle[0].einsaetze[0].form"}


def test_h3_more_than_the_quota_waits_for_the_office() -> None:
    data = answers("stundennachweis", 3)
    assert values(judged("stundennachweis", data))["faelle[0].angerechnet_gesamt"] == 21.5 * 60
    assert errors(judged("stundennachweis", data)) == {}
    del data["faelle"][0]["mehrbedarf"]
    blocked = errors(judged("stundennachweis", data))
    assert set(blocked) == {"faelle[0].angerechnet_gesamt"}
    assert "Beantragen Sie Mehrbedarf" in blocked["faelle[0].angerechnet_gesamt"]


def test_h3_a_third_late_cancellation_is_too_many() -> None:
    data = answers("stundennachweis")
    late = data["faelle"][0]["einsaetze"][9]
    assert late["taetigkeit"] == "absage"
    data["faelle"][0]["einsaetze"] += [
        row(late, number=day, datum=f"2026-09-{day}") for day in (18, 21)
    ]
    assert "Absagen" in errors(judged("stundennachweis", data))["faelle[0].einsaetze"]


def test_h3_no_invoice_without_the_note_on_tax() -> None:
    data = answers("stundennachweis")
    del data["steuerhinweis"]
    assert set(errors(judged("stundennachweis", data))) == {"steuerhinweis"}
    package = read_package("stundennachweis")
    for sample in package.samples:
        assert "steuerfrei nach §\u00a04 Nr. 25 UStG" in text_of_docx(fill_sample(package, sample))


def seen_by(name: str, role: str, data: Answers) -> str:
    """Return everything that a participant reads of a submission."""
    definition = form(name)
    cut = readable_form(definition, Viewer(frozenset({role})))
    evaluation = readable_evaluation(judged(name, data), cut)
    pages = [present_page(cut, page.key, evaluation) for page in cut.pages]
    return repr(review(cut, evaluation)) + repr(pages)


def test_h3_the_wjh_sees_minutes_and_amount_but_neither_note_nor_name() -> None:
    data = answers("stundennachweis")
    seen = seen_by("stundennachweis", "wjh", data)
    for shown in ("51.3-H-0417", "828,11", "12,75", "01.09.2026", "Hilfeplangespräch"):
        assert shown in seen, shown
    for hidden in ("Tagesablauf", "Mika Beispiel", "Kurznotiz"):
        assert hidden not in seen, hidden
    whole = seen_by("stundennachweis", "fachkraft", data)
    assert "Tagesablauf" in whole and "Mika Beispiel" in whole
    package = read_package("stundennachweis")
    invoice = text_of_docx(fill_sample(package, package.samples[0]))
    assert "Tagesablauf" not in invoice and "Mika" not in invoice


@dataclass(frozen=True)
class Desk:
    """A tenant with a shipped form and a Träger that hands in samples of it."""

    installation: Installation
    name: str
    tenant: Tenant
    organisation: Organisation
    account_id: int

    @property
    def scope(self) -> Scope:
        """The Träger's manager within the tenant."""
        return Scope(
            tenant_id=self.tenant.id,
            organisation_id=self.organisation.id,
            account_id=self.account_id,
        )

    def hand_in(self, number: int = 1, **changes: object) -> tuple[str, str]:
        """Submit a sample; return its number and the refusal, one of them empty."""

        def work(session: Session) -> str:
            version = session.scalars(select(FormVersion)).one()
            submission = start_submission(session, version, person_name="Gesa Hollmann-Riedt")
            submission.answers = answers(self.name, number) | changes
            session.flush()
            submit_answers(session, submission, warnings_confirmed=True)
            return submission.number or ""

        try:
            return self.installation.in_scope(self.scope, work), ""
        except AlreadySubmitted as refused:
            return "", " ".join(error.text for error in refused.errors)

    def in_office(self, work: Callable[[Session], str]) -> str:
        """Do something as the office."""
        return self.installation.in_scope(Scope(tenant_id=self.tenant.id), work)


def desk_for(installation: Installation, name: str) -> Desk:
    """Found a tenant in which a Träger fills in a shipped form."""
    tenant = installation.found_tenant()
    organisation = installation.found_organisation(tenant)
    person = installation.person(organisation=organisation, role="traeger_leitung")
    installation.publish_package(tenant, name)
    return Desk(installation, name, tenant, organisation, person.account_id)


def test_h3_a_second_invoice_for_the_month_is_a_dublette(installation: Installation) -> None:
    desk = desk_for(installation, "stundennachweis")
    first, nothing = desk.hand_in()
    assert first and not nothing
    none, refused = desk.hand_in()
    assert not none
    assert "Dublette" in refused and first in refused
    other_month, refused = desk.hand_in(3)
    assert other_month and not refused

    def cancel(session: Session) -> str:
        invoice = session.scalars(select(Submission).where(Submission.number == first)).one()
        invoice.state = "accepted"
        decide(session, invoice, "cancel", viewer=Viewer(frozenset({"fachkraft"})))
        return invoice.state

    assert desk.in_office(cancel) == "cancelled"
    second, refused = desk.hand_in()
    assert second not in ("", first) and not refused

    def kept(session: Session) -> str:
        rows = session.scalars(select(Submission).order_by(Submission.submitted_at))
        return ", ".join(f"{one.number} {one.state}" for one in rows)

    assert desk.in_office(kept).split(", ") == [
        f"{first} cancelled", f"{other_month} submitted", f"{second} submitted",
    ]  # fmt: skip


def test_h3_controlling_reads_sums_of_at_least_five_cases_and_no_case(
    installation: Installation,
) -> None:
    desk = desk_for(installation, "stundennachweis")

    def hours(session: Session) -> str:
        """Return number of cases, hours in all and mean as somebody sees who may only count."""
        _form, table = find_form_table(session, "stundennachweis", OFFICE)
        columns = {column.label: column for column in table.columns.values()}
        cases = next(one for one in columns.values() if one.kind == "rows")
        accounted = next(
            one for one in table.row_columns(cases).values()
            if one.field is not None and one.field.key == "angerechnet_gesamt"
        )  # fmt: skip
        settings = Settings(unit=cases.id, rows=ORGANISATION, measure=accounted.id)
        shown = count_submissions(session, table, settings, threshold=5)
        (row,) = shown.row_totals
        return f"{row.submissions} {row.total}"

    desk.hand_in(1)
    desk.hand_in(2)
    assert desk.in_office(hours) == "None None"
    desk.hand_in(3)
    minutes = 765 + (140 + 80 + 80) + 1290
    cases, total = desk.in_office(hours).split()
    assert (cases, Decimal(total)) == ("5", Decimal(minutes) / 60)
    assert Decimal(total) == Decimal("39.25")
    rights = ROLE_PERMISSIONS["planung"]
    assert ("can_read", "Evaluations") in rights
    assert not {view for _act, view in rights} & {"Submissions", "Documents", "Reports"}


# H5 Sachbericht (its reminders: tests/forms/procedure/test_deadlines.py)


def test_h5_a_stock_that_does_not_add_up_needs_a_reason() -> None:
    data = answers("sachbericht-fachberatung", 1)
    assert errors(judged("sachbericht-fachberatung", data)) == {}
    data["bestand_ende"] += 1
    assert "bestand_begruendung" in errors(judged("sachbericht-fachberatung", data))


@pytest.mark.parametrize("text", ["Kind, geb. 12.03.2022, wartet.", "Anruf unter 0711 1234567"])
def test_h5_free_text_with_data_of_a_person_is_warned_of(text: str) -> None:
    data = answers("sachbericht-fachberatung", 1)
    before = warnings(judged("sachbericht-fachberatung", data))
    after = warnings(judged("sachbericht-fachberatung", data | {"bewertung": text}))
    assert set(after) - set(before) == {"bewertung"}


def test_h5_last_years_stock_and_goals_are_taken_over() -> None:
    fields = form("sachbericht-fachberatung").fields
    assert fields["bestand_anfang"].prefill is not None
    assert "vorjahr.bestand_ende" in repr(fields["bestand_anfang"].prefill)
    assert "vorjahr.ziele_folgejahr" in repr(fields["ziele_vorjahr"].prefill)


# H6 Vertretungsmittel

GTP = "vertretungsmittel-grosstagespflege"


def test_h6_nine_children_at_once_only_with_a_fachkraft() -> None:
    data = answers(GTP, 2)
    assert data["plaetze_gleichzeitig"] == 9
    assert errors(judged(GTP, data)) == {}
    for person in data["ktpp"]:
        person["fachkraft"] = False
    without = judged(GTP, data)
    assert values(without)["grenze_gleichzeitig"] == 7
    assert set(errors(without)) == {"plaetze_gleichzeitig"}
    assert errors(judged(GTP, data | {"plaetze_gleichzeitig": 7})) == {}


def test_h6_no_more_than_twelve_children_in_all() -> None:
    data = answers(GTP, 2)
    assert set(errors(judged(GTP, data | {"kinder_angemeldet": 13}))) == {"kinder_angemeldet"}
    assert errors(judged(GTP, data | {"kinder_angemeldet": 12})) == {}


def test_h6_the_other_land_is_other_data() -> None:
    data = answers(GTP, 2) | {"profil": "nw"}
    for person in data["ktpp"]:
        person["fachkraft"] = False
    assert errors(judged(GTP, data)) == {}
    assert set(errors(judged(GTP, data | {"plaetze_gleichzeitig": 10}))) == {"plaetze_gleichzeitig"}


def test_h6_a_permission_that_ends_in_the_eighth_month() -> None:
    evaluation = judged(GTP, answers(GTP, 1))
    assert errors(evaluation) == {}
    assert "nicht vollständig gedeckt" in warnings(evaluation)["erlaubt_bis"]
    assert values(evaluation)["monate_gedeckt"] == 8
    assert Decimal(str(values(evaluation)["vorschlag"])) == 8 * 640 == 5120


def test_h6_twelve_months_and_what_is_left_of_the_budget() -> None:
    evaluation = judged(GTP, answers(GTP, 2))
    found = values(evaluation)
    assert warnings(evaluation) == {}
    assert Decimal(str(found["bewilligt"])) == 12 * 640 == 7680
    assert Decimal(str(found["verbleibend"])) == 100000 - 7680 == 92320


def test_h6_too_little_money_warns_the_office_and_not_the_applicant() -> None:
    data = answers(GTP, 2) | {"verfuegbar": "5000.00"}
    assert "verfuegbar" in warnings(judged(GTP, data))
    assert "Noch verfügbare Mittel" in seen_by(GTP, "fachkraft", data)
    assert "Noch verfügbare Mittel" not in seen_by(GTP, "traeger", data)


def test_h6_a_missing_konzept_is_asked_for_later() -> None:
    evaluation = judged(GTP, answers(GTP, 2) | {"konzept": "folgt"})
    assert errors(evaluation) == {}
    assert "nachgefordert" in warnings(evaluation)["konzept"]


def test_h6_an_unanswered_nachforderung_is_a_task_for_a_person_and_refuses_nothing(
    app: Flask, installation: Installation
) -> None:
    desk = desk_for(installation, GTP)
    number, _nothing = desk.hand_in(2, konzept="folgt")
    specialist = Visitor(app, installation.person(tenant=desk.tenant, role="fachkraft"))
    overview = f"/{desk.tenant.slug}/uebersicht"
    asked_on = today_in_berlin()

    def ask_for_it(session: Session) -> str:
        submission = session.scalars(select(Submission)).one()
        decide(session, submission, "check", viewer=OFFICE)
        konzept = form(GTP).fields["konzept"]
        inquiry = ask(
            session, submission, kind="supplement", field_ids=[konzept.id], viewer=OFFICE,
            text="Bitte reichen Sie das Vertretungskonzept nach (§ 60 SGB I).",
            due_on=asked_on + timedelta(days=14), person_name="Kim Muster",
        )  # fmt: skip
        return f"{submission.state} {(inquiry.due_on - asked_on).days}"

    assert desk.in_office(ask_for_it) == "inquiry 14"
    assert "§ 66 SGB I" not in text_of(specialist.get(overview))

    def let_pass(session: Session) -> str:
        session.scalars(select(Inquiry)).one().due_on = asked_on - timedelta(days=1)
        return ""

    desk.in_office(let_pass)
    tasks = text_of(specialist.get(overview))
    yesterday = format_date(asked_on - timedelta(days=1))
    assert f"seit {yesterday} ohne Antwort – § 66 SGB I prüfen" in tasks
    assert "Nachforderung: Antrag auf Vertretungsmittel" in tasks

    def state(session: Session) -> str:
        return session.scalars(select(Submission)).one().state

    assert desk.in_office(state) == "inquiry"
    # Late is not too late: what comes in after all is taken, and nothing else has changed.
    traeger = Viewer(frozenset({"traeger"}))

    def answer(session: Session) -> str:
        submission = session.scalars(select(Submission).where(Submission.number == number)).one()
        work = begin_work(session, submission, viewer=traeger, person_name="Gesa Hollmann-Riedt")
        work.answers = work.answers | {"konzept": "beigefuegt"}
        session.flush()
        hand_over_work(
            session, work, submission, viewer=traeger, person_name="Gesa Hollmann-Riedt",
            warnings_confirmed=True,
        )  # fmt: skip
        requested = Decimal(str(submission.answers["beantragt"]))
        return f"{submission.state} {submission.answers['konzept']} {requested}"

    assert installation.in_scope(desk.scope, answer) == "answered beigefuegt 7680.00"
    assert "§ 66 SGB I" not in text_of(specialist.get(overview))


def test_h6_what_was_not_used_is_paid_back() -> None:
    data = answers("verwendungsnachweis") | {
        "finanzierungsart": "festbetrag", "zuwendung": "7680.00", "bagatellgrenze": "0.00",
    }  # fmt: skip
    data["positionen"] = [
        row(data["positionen"][0], position="Vertretung", plan="7680.00", ist="7010.00")
    ]
    data["ausgaben"] = [row(data["ausgaben"][0], position="Vertretung", betrag="7010.00")]
    granted = next(one for one in data["einnahmen"] if one["art"] == "zuwendung")
    data["einnahmen"] = [granted | {"betrag": "7680.00"}]
    evaluation = judged("verwendungsnachweis", data)
    assert errors(evaluation) == {}
    assert Decimal(str(values(evaluation)["rueckzahlung"])) == 7680 - 7010 == 670


def test_h6_the_account_is_masked_but_for_those_who_pay() -> None:
    data = answers(GTP, 2)
    whole = "DE02 1203 0000 0000 2020 51"
    for role, sees in (("wjh", True), ("fachkraft", False), ("koordination", False)):
        seen = seen_by(GTP, role, data).replace("\\xa0", " ").replace("\u00a0", " ")
        assert (whole in seen) is sees, role
        assert ("••••" in seen) is not sees, role


# H7 Laufende Geldleistung und Eingewöhnung

PAY = "laufende-geldleistung"


def test_h7_profile_of_nordrhein_westfalen() -> None:
    found = values(judged(PAY, answers(PAY, 1)))
    assert (found["sachaufwand"], found["foerderung"]) == ("151.20", "226.80")
    assert found["leistung_monat"] == "378.00"
    assert (found["tage_erster_monat"], found["betrag_erster_monat"]) == (9, "113.40")


def test_h7_profile_of_baden_wuerttemberg() -> None:
    assert values(judged(PAY, answers(PAY, 2)))["leistung_monat"] == "540.80"


def test_h7_profile_of_bayern_without_the_ban_on_extra_payments() -> None:
    data = answers(PAY, 3) | {"zuschlaege": []}
    evaluation = judged(PAY, data)
    assert values(evaluation)["leistung_monat"] == "516.00"
    assert "zuzahlung_hinweis" not in evaluation.visible
    assert "zuzahlung_hinweis" in judged(PAY, answers(PAY, 1)).visible


def _only(table: RateTable, value: str) -> RateTable:
    return replace(
        table,
        rates=(Rate(valid_from=date(2026, 1, 1), valid_until=None, value=Decimal(value),
                    category="nw", version=7),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("weeks", "months", "amount"), [("4.2", "1", "378.00"), ("4.3", "1", "387.00"),
                                    ("52", "12", "390.00")]
)  # fmt: skip
def test_h7_the_same_hours_with_another_factor(weeks: str, months: str, amount: str) -> None:
    shipped = read_package(PAY).shipped_surroundings.rates
    evaluation = judged(
        PAY, answers(PAY, 1),
        ktp_wochen=_only(shipped["ktp_wochen"], weeks),
        ktp_monate=_only(shipped["ktp_monate"], months),
    )  # fmt: skip
    assert values(evaluation)["leistung_monat"] == amount


def test_h7_a_new_rate_leaves_what_was_submitted_as_it_is() -> None:
    first = judged(PAY, answers(PAY, 1))
    kept = read_surroundings(surroundings_document(first.surroundings))
    again = evaluate(form(PAY), answers(PAY, 1), stage="submission", surroundings=kept)
    assert flatten(again.values) == flatten(first.values)
    assert set(kept.rates) >= {"ktp_sachaufwand", "ktp_foerderung", "ktp_wochen"}
    shipped = read_package(PAY).shipped_surroundings.rates
    changed = judged(PAY, answers(PAY, 1), ktp_sachaufwand=_only(shipped["ktp_sachaufwand"], "2"))
    assert values(changed)["sachaufwand"] == "168.00"
    assert values(changed)["sachaufwand_nummer"] == 7


def test_h7_the_sheet_prints_both_components_factor_rounding_and_version() -> None:
    package = read_package(PAY)
    text = text_of_docx(fill_sample(package, package.samples[1])).replace("\u00a0", " ")
    for printed in (
        "1. Sachaufwand", "194,13 €", "2. Förderungsleistung", "346,67 €", "52,00 ÷ 12",
        "kaufmännisch auf Cent", "Sachaufwand Nr. 2", "Förderungsleistung Nr. 4", "540,80 €",
    ):  # fmt: skip
        assert printed in text, printed


SETTLING = "eingewoehnung-kindertagespflege"


def test_h7_the_lump_sum_holds_from_its_first_day() -> None:
    data = answers(SETTLING, 1)
    kinds = {}
    for day in ("2019-08-31", "2019-09-01"):
        data["eingewoehnung"] = {"von": day, "bis": "2019-09-30"}
        kinds[day] = values(judged(SETTLING, data))["art"]
    assert kinds == {"2019-08-31": "spitz", "2019-09-01": "pauschale"}


def test_h7_a_second_lump_sum_is_refused() -> None:
    data = answers(SETTLING, 1) | {"schon_abgerechnet": True}
    assert set(errors(judged(SETTLING, data))) == {"schon_abgerechnet"}


def test_h7_the_same_child_with_the_same_person_is_settled_once(
    installation: Installation,
) -> None:
    desk = desk_for(installation, SETTLING)
    first, refused = desk.hand_in()
    assert first and not refused
    assert first in desk.hand_in()[1]
    assert desk.hand_in(ktpp="Eine andere Person")[0]


def test_h7_broken_off_on_the_sixth_of_twenty_days() -> None:
    found = values(judged(SETTLING, answers(SETTLING, 3)))
    assert Decimal(str(found["anteil"])) == Decimal(6) / 20 * 100 == 30
    assert Decimal(str(found["betrag"])) == Decimal(str(found["pauschale"])) * 30 / 100


# H9 Hausbesuch, as far as the form carries it


def test_h9_too_many_children_are_flagged_and_a_severe_fault_has_fourteen_days() -> None:
    data = answers("hausbesuchsprotokoll", 2)
    evaluation = judged("hausbesuchsprotokoll", data)
    assert errors(evaluation) == {}
    assert "Aufsicht" in warnings(evaluation)["kinder_ist"]
    data["maengel"][0]["frist"] = "2026-09-29"
    assert set(errors(judged("hausbesuchsprotokoll", data))) == {"maengel[0].frist"}
    data = answers("hausbesuchsprotokoll", 2) | {"ergebnis": "ohne"}
    assert set(errors(judged("hausbesuchsprotokoll", data))) == {"ergebnis"}
