"""Results of waves: made when a wave is completed, kept when its single answers are deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.expressions.rounding import round_half_up
from forms.models import Answers
from forms.publishing import definition_of
from forms.statistics.suppression import hide_figures
from forms.statistics.tables import Figures, ResultTable, result_table
from forms.surveys.counting import count_item
from forms.surveys.items import Item, items_of
from forms.surveys.models import SurveyAnswer, SurveyGroup, SurveyResult, SurveyWave
from forms.surveys.results import GroupMean, GroupReturns, WaveResult, dump_result, load_result
from forms.surveys.returns import Returns
from forms.surveys.waves import SurveyRefused, groups_of
from tenants.audit import record
from tenants.language import _

RESULT_YEARS = 10
"""How long the result of a wave is kept."""
MOST_CROSS_TABLES = 20


class ResultMissing(LookupError):
    """The wave is not completed: there is no result yet."""


def returns_of(session: Session, wave: SurveyWave) -> Returns:
    """Return how many were asked in a wave and have answered. In the scope of the office."""
    rows = session.execute(
        select(SurveyAnswer.channel, SurveyAnswer.is_evaluable, func.count())
        .where(SurveyAnswer.wave_id == wave.id)
        .group_by(SurveyAnswer.channel, SurveyAnswer.is_evaluable)
    ).all()
    return Returns(
        issued=_issued(wave, groups_of(session, wave)),
        returned=sum(count for _channel, _evaluable, count in rows),
        evaluable=sum(count for _channel, evaluable, count in rows if evaluable),
        paper=sum(count for channel, _evaluable, count in rows if channel == "paper"),
    )


def _issued(wave: SurveyWave, groups: Sequence[SurveyGroup]) -> int:
    return wave.issued_codes + wave.issued_sheets + sum(one.issued_sheets for one in groups)


def group_returns(session: Session, wave: SurveyWave, threshold: int) -> tuple[GroupReturns, ...]:
    """Return the returns of each group, small ones hidden so that nobody can work them out."""
    groups = groups_of(session, wave)
    rows = session.execute(
        select(SurveyAnswer.group_id, func.count())
        .where(SurveyAnswer.wave_id == wave.id)
        .group_by(SurveyAnswer.group_id)
    ).all()
    counts = {group_id: count for group_id, count in rows}
    listed = [counts.get(group.id, 0) for group in groups] + [counts.get(None, 0)]
    if not groups:
        return ()
    hidden, withheld = hide_figures([(Decimal(count),) for count in listed], threshold)
    shown = [
        GroupReturns(
            title=group.title,
            issued=group.issued_codes + group.issued_sheets,
            returned=None if withheld or place in hidden else listed[place],
        )
        for place, group in enumerate(groups)
    ]
    if listed[-1]:
        place = len(listed) - 1
        issued = _issued(wave, groups) - sum(one.issued for one in shown)
        shown.append(
            GroupReturns(
                title=_("ohne Gruppe"),
                issued=max(issued, 0),
                returned=None if withheld or place in hidden else listed[-1],
            )
        )
    return tuple(shown)


def result_of(session: Session, wave: SurveyWave) -> WaveResult:
    """Return the result of a completed wave. Raises `ResultMissing`."""
    stored = _stored(session, wave)
    if stored is None:
        raise ResultMissing(_("Die Welle ist noch nicht abgeschlossen."))
    return load_result(stored.content)


def _stored(session: Session, wave: SurveyWave) -> SurveyResult | None:
    return session.scalars(select(SurveyResult).where(SurveyResult.wave_id == wave.id)).first()


def make_result(session: Session, wave: SurveyWave, day: date, threshold: int) -> WaveResult:
    """Make and keep the result of a wave that was just completed."""
    answers = _evaluable(session, wave)
    result = WaveResult(
        returns=returns_of(session, wave),
        threshold=threshold,
        items=tuple(
            (item, count_item(item, answers, threshold))
            for item in items_of(definition_of(wave.form_version))
        ),
        groups=group_returns(session, wave, threshold),
    )
    session.add(
        SurveyResult(
            wave_id=wave.id,
            made_on=day,
            kept_until=years_later(day, RESULT_YEARS),
            content=dump_result(result),
        )
    )
    session.flush()
    return result


def years_later(day: date, years: int) -> date:
    """Return the same day ``years`` later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _evaluable(
    session: Session, wave: SurveyWave, group: SurveyGroup | None = None
) -> list[Answers]:
    query = select(SurveyAnswer.answers).where(
        SurveyAnswer.wave_id == wave.id, SurveyAnswer.is_evaluable
    )
    if group is not None:
        query = query.where(SurveyAnswer.group_id == group.id)
    return list(session.scalars(query))


# ---- two questions together


def cross_table(
    session: Session, wave: SurveyWave, rows: str, columns: str, threshold: int
) -> ResultTable:
    """Return how the answers to two questions go together, small figures hidden.

    ``rows`` and ``columns`` are ids of questions with one answer. Raises `SurveyRefused`,
    `ResultMissing` before completion, and `forms.statistics.tables.TooManyGroups`.
    """
    if wave.completed_on is None:
        raise ResultMissing(_("Die Welle ist noch nicht abgeschlossen."))
    if wave.erased_on is not None:
        raise SurveyRefused(
            "rows", _("Die einzelnen Antworten sind gelöscht. Behaltene Tabellen stehen oben.")
        )
    known = {item.id: item for item in crossable_items(wave)}
    if rows not in known or columns not in known or rows == columns:
        raise SurveyRefused("rows", _("Wählen Sie zwei verschiedene Fragen."))
    return _cross(known[rows], known[columns], _evaluable(session, wave), threshold)


def crossable_items(wave: SurveyWave) -> list[Item]:
    """Return the questions that a table may have as its sides."""
    items = items_of(definition_of(wave.form_version))
    return [item for item in items if not item.takes_several]


def _cross(row: Item, column: Item, answers: Sequence[Answers], threshold: int) -> ResultTable:
    counted = Counter((_label(row, one), _label(column, one)) for one in answers)
    figures = {place: Figures(submissions=count) for place, count in counted.items()}
    return result_table(
        figures,
        _labels(row, {place[0] for place in counted}),
        _labels(column, {place[1] for place in counted}),
        headings=(row.label, column.label, ""),
        threshold=threshold,
    )


def _label(item: Item, answers: Answers) -> str:
    given = item.given(answers)
    labels = {option.value: option.label for option in item.options}
    return labels[given[0]] if given else _("keine Angabe")


def _labels(item: Item, found: set[str]) -> list[str]:
    labels = list(dict.fromkeys(option.label for option in item.options))
    nothing = _("keine Angabe")
    return [*labels, nothing] if nothing in found and nothing not in labels else labels


def keep_cross_table(
    session: Session, wave: SurveyWave, rows: str, columns: str, threshold: int
) -> None:
    """Keep a table with the result, beyond the single answers.

    Raises as `cross_table`, and `SurveyRefused` for too many. Permission: can_edit Surveys.
    """
    pair = [rows, columns]
    if pair in wave.cross_tables:
        return
    if len(wave.cross_tables) >= MOST_CROSS_TABLES:
        raise SurveyRefused(
            "rows",
            _("Mehr als {most} Tabellen je Welle werden nicht behalten.").format(
                most=MOST_CROSS_TABLES
            ),
        )
    table = cross_table(session, wave, rows, columns, threshold)
    result = result_of(session, wave)
    _keep(session, wave, replace(result, cross_tables=(*result.cross_tables, table)))
    wave.cross_tables = [*wave.cross_tables, pair]
    record(session, "survey.table_kept", "survey", wave.survey_id, number=wave.number)


# ---- a group's own report


def group_means(
    session: Session, wave: SurveyWave, group: SurveyGroup, threshold: int
) -> tuple[GroupMean, ...]:
    """Return the means of a group's answers, those of fewer than ``threshold`` left out.

    There are no counts of single answers: of five people they would be names. Raises
    `SurveyRefused` when the group has too few answers, or so many that of those outside it fewer
    than ``threshold`` are left, whom one could work out.
    """
    inside = _evaluable(session, wave, group)
    everybody = _evaluable(session, wave)
    if len(inside) < threshold:
        raise SurveyRefused(
            "group",
            _(
                "Zu „{title}“ gibt es weniger als {threshold} Antworten. Ein eigener Bericht wird"
                " nicht erstellt."
            ).format(title=group.title, threshold=threshold),
        )
    if 0 < len(everybody) - len(inside) < threshold:
        raise SurveyRefused(
            "group",
            _(
                "Außerhalb von „{title}“ gibt es weniger als {threshold} Antworten. Mit einem"
                " eigenen Bericht ließen sie sich errechnen."
            ).format(title=group.title, threshold=threshold),
        )
    whole = {item.id: result.mean for item, result in result_of(session, wave).items}
    return tuple(
        _group_mean(item, inside, everybody, whole.get(item.id), threshold)
        for item in items_of(definition_of(wave.form_version))
        if item.has_mean
    )


def _group_mean(
    item: Item,
    inside: Sequence[Answers],
    everybody: Sequence[Answers],
    whole_mean: Decimal | None,
    threshold: int,
) -> GroupMean:
    points = _points(item, inside)
    outside = len(_points(item, everybody)) - len(points)
    if len(points) < threshold or 0 < outside < threshold:
        return GroupMean(label=item.label, answered=None, mean=None, whole_mean=whole_mean)
    mean = round_half_up(sum(points, Decimal(0)) / len(points), 1)
    return GroupMean(label=item.label, answered=len(points), mean=mean, whole_mean=whole_mean)


def _points(item: Item, answers: Sequence[Answers]) -> list[Decimal]:
    weights = {option.value: option.weight for option in item.options}
    found = (weights[value] for one in answers for value in item.given(one)[:1])
    return [weight for weight in found if weight is not None]


def keep_report(
    session: Session, wave: SurveyWave, group: SurveyGroup, means: tuple[GroupMean, ...]
) -> None:
    """Keep a released report with the result."""
    result = result_of(session, wave)
    _keep(session, wave, replace(result, reports={**(result.reports or {}), group.id: means}))


def _keep(session: Session, wave: SurveyWave, result: WaveResult) -> None:
    stored = _stored(session, wave)
    if stored is None:
        raise ResultMissing(_("Die Welle ist noch nicht abgeschlossen."))
    stored.content = dump_result(result)
    session.flush()
