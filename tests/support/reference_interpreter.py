"""A second, slow interpreter of the expression language, written from its reference alone.

It walks Jinja's own tree, calculates in fractions, reads rows as plain lists and knows the
Feiertage from Gauß' rule for Easter. Nothing of it comes from ``forms.expressions``.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeAlias

from jinja2 import Environment, nodes
from jinja2.parser import Parser

Value: TypeAlias = "Fraction | str | bool | date | list[Value] | Table | None"


class Refused(Exception):
    """The expression cannot be evaluated with these values."""


@dataclass
class Table:
    """Rows of a group; a row inside a row finds that one under ``__outer__``."""

    rows: list[dict[str, Value]]


@dataclass
class World:
    """All that an expression can see."""

    names: Mapping[str, Value]
    rates: Mapping[str, list[tuple[str, date, date | None, Fraction, int]]] = field(
        default_factory=dict
    )
    today: date = date(2026, 1, 15)
    land: str = ""


@dataclass
class Place:
    """Rows around the current one, the nearest last; ``own`` is that of the whole rule."""

    rows: list[dict[str, Value]]
    own: dict[str, Value] | None = None


def evaluate(source: str, world: World, row: dict[str, Value] | None = None) -> Value:
    """Evaluate ``source``. Raises `Refused` where operands do not fit."""
    tree = Parser(Environment(), source, state="variable").parse_expression()  # noqa: S701
    return _Reference(world).value(tree, Place([] if row is None else [row]))


AGGREGATES = ("summe", "anzahl", "mittel", "minimum", "maximum")


class _Reference:
    def __init__(self, world: World) -> None:
        self.world = world

    def value(self, node: nodes.Node, place: Place) -> Value:
        method = getattr(self, f"do_{type(node).__name__.lower()}")
        result: Value = method(node, place)
        return result

    def truth(self, node: nodes.Node, place: Place) -> bool:
        value = self.value(node, place)
        if value is not None and not isinstance(value, bool):
            raise Refused("no condition")
        return value is True

    def do_const(self, node: nodes.Const, _place: Place) -> Value:
        if isinstance(node.value, bool | str) or node.value is None:
            return node.value
        return Fraction(repr(node.value))

    def do_name(self, node: nodes.Name, _place: Place) -> Value:
        return self.world.names.get(node.name)

    def do_getattr(self, node: nodes.Getattr, place: Place) -> Value:
        parts = [node.attr]
        inner: nodes.Node = node.node
        while isinstance(inner, nodes.Getattr):
            parts.insert(0, inner.attr)
            inner = inner.node
        assert isinstance(inner, nodes.Name)
        first = inner.name
        rows = list(place.rows)
        current: Value
        if first == "diese":
            current = (place.own or {}).get(parts.pop(0))
        elif first in ("zeile", "uebergeordnet"):
            levels = int(first == "uebergeordnet")
            while levels and parts[0] == "uebergeordnet":
                levels += 1
                parts.pop(0)
            reached = rows[-1 - levels] if len(rows) > levels else None
            current = None if reached is None else reached.get(parts.pop(0))
        else:
            current = self.world.names.get(first)
        return self.follow(current, parts)

    def follow(self, value: Value, parts: list[str]) -> Value:
        while parts:
            part = parts.pop(0)
            if value is None:
                return None
            if not isinstance(value, Table):
                raise Refused("no group")
            column = [row.get(part) for row in value.rows]
            if any(isinstance(one, Table) for one in column) or parts:
                value = Table([row for one in column if isinstance(one, Table) for row in one.rows])
            elif any(isinstance(one, list) for one in column):
                raise Refused("lists in a column")
            else:
                value = column
        return value

    def do_and(self, node: nodes.And, place: Place) -> Value:
        return self.truth(node.left, place) and self.truth(node.right, place)

    def do_or(self, node: nodes.Or, place: Place) -> Value:
        return self.truth(node.left, place) or self.truth(node.right, place)

    def do_not(self, node: nodes.Not, place: Place) -> Value:
        return not self.truth(node.node, place)

    def do_condexpr(self, node: nodes.CondExpr, place: Place) -> Value:
        if self.truth(node.test, place):
            return self.value(node.expr1, place)
        return None if node.expr2 is None else self.value(node.expr2, place)

    def do_neg(self, node: nodes.Neg, place: Place) -> Value:
        value = self.value(node.node, place)
        return None if value is None else -number(value)

    def do_pos(self, node: nodes.Pos, place: Place) -> Value:
        return self.value(node.node, place)

    def do_list(self, node: nodes.List, place: Place) -> Value:
        items = [self.value(item, place) for item in node.items]
        if any(isinstance(item, list | Table) for item in items):
            raise Refused("list in a list")
        return items

    def do_concat(self, node: nodes.Concat, place: Place) -> Value:
        joined = ""
        for part in node.nodes:
            value = self.value(part, place)
            if value is None:
                return None
            joined += text(value)
        return joined

    def do_add(self, node: nodes.Add, place: Place) -> Value:
        left, right = self.value(node.left, place), self.value(node.right, place)
        for one in (left, right):
            if not (one is None or is_number(one) or is_day(one)):
                raise Refused("+")
        if is_day(left) and is_day(right):
            raise Refused("+")
        if left is None or right is None:
            return None
        if isinstance(left, date):
            return shifted(left, number(right))
        if isinstance(right, date):
            return shifted(right, number(left))
        return number(left) + number(right)

    def do_sub(self, node: nodes.Sub, place: Place) -> Value:
        left, right = self.value(node.left, place), self.value(node.right, place)
        for one in (left, right):
            if not (one is None or is_number(one) or is_day(one)):
                raise Refused("-")
        if left is None or right is None:
            return None
        if isinstance(left, date) and isinstance(right, date):
            return Fraction((left - right).days)
        if isinstance(left, date):
            return shifted(left, -number(right))
        return number(left) - number(right)

    def do_mul(self, node: nodes.Mul, place: Place) -> Value:
        left, right = self.value(node.left, place), self.value(node.right, place)
        if left is None or right is None:
            return None if all(one is None or is_number(one) for one in (left, right)) else bad()
        return number(left) * number(right)

    def do_div(self, node: nodes.Div, place: Place) -> Value:
        left, right = self.value(node.left, place), self.value(node.right, place)
        if left is None or right is None:
            return None if all(one is None or is_number(one) for one in (left, right)) else bad()
        divisor = number(right)
        dividend = number(left)
        return None if divisor == 0 else dividend / divisor

    def do_compare(self, node: nodes.Compare, place: Place) -> Value:
        left = self.value(node.expr, place)
        for operand in node.ops:
            right = self.value(operand.expr, place)
            if not compared(operand.op, left, right):
                return False
            left = right
        return True

    def do_call(self, node: nodes.Call, place: Place) -> Value:
        assert isinstance(node.node, nodes.Name)
        name = {"min": "minimum", "max": "maximum"}.get(node.node.name, node.node.name)
        only = node.kwargs[0].value if node.kwargs else None
        if name in AGGREGATES:
            return self.aggregate(name, list(node.args), only, place)
        arguments = [self.value(argument, place) for argument in node.args]
        result: Value = getattr(self, f"call_{name}")(*arguments)
        return result

    def aggregate(
        self, name: str, arguments: list[nodes.Expr], only: nodes.Expr | None, place: Place
    ) -> Value:
        column: str | None = None
        source: nodes.Node = arguments[0]
        if only is not None and len(arguments) == 1 and name != "anzahl":
            assert isinstance(source, nodes.Getattr)
            column, source = source.attr, source.node
        group = self.value(source, place)
        body = arguments[1] if len(arguments) == 2 else None
        if isinstance(group, Table) and (body is not None or only is not None):
            values = [
                self.of_row(inner, column, body)
                for row in group.rows
                for inner in [Place(rows_within(row), own_row(place))]
                if only is None or self.truth(only, inner)
            ]
            return combined(name, values)
        if only is not None:
            return combined(name, []) if group is None else bad()
        return plain(name, [group, *(self.value(argument, place) for argument in arguments[1:])])

    def of_row(self, inner: Place, column: str | None, body: nodes.Expr | None) -> Value:
        value: Value = True
        if column is not None:
            value = inner.rows[-1].get(column)
        elif body is not None:
            value = self.value(body, inner)
        if isinstance(value, list | Table):
            raise Refused("no single value")
        return value

    def call_leer(self, value: Value) -> Value:
        if isinstance(value, Table):
            return not value.rows
        if isinstance(value, list):
            return all(one is None for one in value)
        return value is None or value == ""

    def call_wert_oder(self, value: Value, substitute: Value) -> Value:
        return substitute if value is None else value

    def call_laenge(self, value: Value) -> Value:
        return Fraction(0 if value is None else len(text(value)))

    def call_enthaelt(self, container: Value, value: Value) -> Value:
        return is_in(value, container)

    def call_absolut(self, value: Value) -> Value:
        return None if value is None else abs(number(value))

    def call_runden(self, value: Value, places: Value = Fraction(0)) -> Value:
        digits = number(places)
        if digits.denominator != 1 or not 0 <= digits <= 12:
            raise Refused("places")
        if value is None:
            return None
        scale = 10 ** int(digits)
        scaled = abs(number(value)) * scale
        rounded = Fraction(math.floor(scaled + Fraction(1, 2)), scale)
        return rounded if number(value) >= 0 else -rounded

    def call_aufrunden(self, value: Value, step: Value = Fraction(1)) -> Value:
        if number(step) <= 0:
            raise Refused("step")
        return None if value is None else math.ceil(number(value) / number(step)) * number(step)

    def call_abrunden(self, value: Value, step: Value = Fraction(1)) -> Value:
        if number(step) <= 0:
            raise Refused("step")
        return None if value is None else math.floor(number(value) / number(step)) * number(step)

    def call_minuten(self, start: Value, end: Value) -> Value:
        if start is None or end is None:
            return None
        for one in (number(start), number(end)):
            if one.denominator != 1 or not 0 <= one <= 24 * 60:
                raise Refused("no time of day")
        return number(end) - number(start)

    def call_stunden(self, value: Value) -> Value:
        return None if value is None else number(value) / 60

    def call_tag(self, value: Value) -> Value:
        return None if value is None else Fraction(day(value).day)

    def call_monat(self, value: Value) -> Value:
        return None if value is None else Fraction(day(value).month)

    def call_jahr(self, value: Value) -> Value:
        return None if value is None else Fraction(day(value).year)

    def call_wochentag(self, value: Value) -> Value:
        return None if value is None else Fraction(day(value).weekday() + 1)

    def call_heute(self) -> Value:
        return self.world.today

    def call_tage(self, start: Value, end: Value) -> Value:
        if start is None or end is None:
            return None
        return Fraction((day(end) - day(start)).days)

    def call_tage_spaeter(self, start: Value, days: Value) -> Value:
        if start is None or days is None:
            return None
        if abs(number(days)) > 400_000:
            raise Refused("too far")
        return shifted(day(start), number(days))

    def call_monate_spaeter(self, start: Value, months: Value) -> Value:
        if start is None or months is None:
            return None
        count = number(months)
        if count.denominator != 1 or abs(count) > 12_000:
            raise Refused("months")
        current = day(start).replace(day=1)
        for _month in range(abs(int(count))):
            try:
                if count > 0:
                    current = (current + timedelta(days=31)).replace(day=1)
                else:
                    current = (current - timedelta(days=1)).replace(day=1)
            except OverflowError as error:
                raise Refused("no date") from error
        last = calendar.monthrange(current.year, current.month)[1]
        return current.replace(day=min(day(start).day, last))

    def call_monatsende(self, value: Value) -> Value:
        if value is None:
            return None
        return day(value).replace(day=calendar.monthrange(day(value).year, day(value).month)[1])

    def call_alter(self, birthday: Value, on: Value) -> Value:
        if birthday is None or on is None:
            return None
        born, today = day(birthday), day(on)
        years = -1
        while years < 200:
            year = born.year + years + 1
            if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
                completes = date(year, 3, 1)
            else:
                completes = born.replace(year=year)
            if completes > today:
                break
            years += 1
        return Fraction(years) if years >= 0 else None

    def call_werktag(self, value: Value) -> Value:
        return None if value is None else self.works(known_day(value))

    def call_naechster_werktag(self, value: Value) -> Value:
        if value is None:
            return None
        current = known_day(value)
        while not self.works(current):
            current += timedelta(days=1)
        return current

    def call_werktage(self, start: Value, end: Value) -> Value:
        if start is None or end is None:
            return None
        first, last = known_day(start), known_day(end)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return Fraction(sum(self.works(one) for one in days))

    def call_werktage_spaeter(self, start: Value, count: Value) -> Value:
        if start is None or count is None:
            return None
        rest = number(count)
        if rest.denominator != 1 or abs(rest) > 1000:
            raise Refused("count")
        current = known_day(start)
        while rest:
            step = 1 if rest > 0 else -1
            current += timedelta(days=step)
            if self.works(current):
                rest -= step
        return current

    def works(self, one: date) -> bool:
        return one.isoweekday() <= 5 and one not in feiertage(self.world.land, one.year)

    def call_satz(self, key: Value, on: Value, *category: Value) -> Value:
        found = self.rate(key, on, *category)
        return found and found[0]

    def call_satznummer(self, key: Value, on: Value, *category: Value) -> Value:
        found = self.rate(key, on, *category)
        return found and found[1]

    def rate(self, key: Value, on: Value, *category: Value) -> tuple[Fraction, Fraction] | None:
        if on is None or None in category:
            return None
        wanted = text(category[0]) if category else ""
        for kind, start, end, amount, number in self.world.rates.get(text(key), []):
            if kind == wanted and start <= day(on) and (end is None or day(on) < end):
                return amount, Fraction(number)
        raise Refused("no rate")

    def call_ueberschneidet(self, *columns: Value) -> Value:
        lists = [[] if column is None else column for column in columns]
        rows: list[tuple[Value, ...]] = []
        if not all(isinstance(column, list) for column in lists):
            raise Refused("no column")
        lengths = {len(column) for column in lists if isinstance(column, list)}
        if len(lengths) != 1:
            raise Refused("columns of different groups")
        for index in range(lengths.pop()):
            rows.append(tuple(column[index] for column in lists if isinstance(column, list)))
        complete = [row for row in rows if None not in row]
        spans = [(span(row[0], row[1]), row[2:]) for row in complete]
        return any(
            one is not other and alike == others_alike and shares_a_moment(mine, theirs)
            for one in spans
            for other in spans
            for (mine, alike), (theirs, others_alike) in [(one, other)]
        )


def rows_within(row: dict[str, Value]) -> list[dict[str, Value]]:
    """Return the rows around ``row``: those that its group stands in, and itself."""
    outer = row.get("__outer__")
    return [*(rows_within(outer) if isinstance(outer, dict) else []), row]


def plain(name: str, values: list[Value]) -> Value:
    """Combine single values and columns without looking at rows."""
    first = values[0]
    if name == "anzahl":
        if isinstance(first, Table):
            return Fraction(len(first.rows))
        return combined(name, first) if isinstance(first, list) else none_only(first)
    result = combined(name, flat(values))
    if len(values) > 1 and name in ("minimum", "maximum") and None in values:
        return None
    return result


def own_row(place: Place) -> dict[str, Value]:
    if place.own is not None:
        return place.own
    return place.rows[-1] if place.rows else {}


def combined(name: str, values: list[Value]) -> Value:
    present = [value for value in values if value is not None]
    if name == "anzahl":
        return Fraction(len(present))
    if name in ("summe", "mittel"):
        total = sum((number(value) for value in present), Fraction(0))
        if name == "summe":
            return total
        return total / len(present) if present else None
    kinds = {type(value) for value in present}
    if kinds - {Fraction, date} or len(kinds) > 1:
        raise Refused("cannot be ordered")
    ordered = sorted(present)  # type: ignore[type-var]
    if not ordered:
        return None
    return ordered[0] if name == "minimum" else ordered[-1]


def flat(values: list[Value]) -> list[Value]:
    result: list[Value] = []
    for value in values:
        if isinstance(value, Table):
            raise Refused("a group")
        result += value if isinstance(value, list) else [value]
    return result


def none_only(value: Value) -> Value:
    return Fraction(0) if value is None else bad()


def bad() -> Value:
    raise Refused("operands")


def compared(sign: str, left: Value, right: Value) -> bool:
    if sign in ("in", "notin"):
        return is_in(left, right) == (sign == "in")
    if sign in ("eq", "ne"):
        if left is None or right is None:
            return (left is None and right is None) == (sign == "eq")
        if type(left) is not type(right) or isinstance(left, Table):
            raise Refused("different kinds")
        return (left == right) == (sign == "eq")
    for one in (left, right):
        if not (one is None or is_number(one) or is_day(one)):
            raise Refused("no order")
    if left is None or right is None:
        return False
    if type(left) is not type(right):
        raise Refused("different kinds")
    assert isinstance(left, Fraction | date) and isinstance(right, Fraction | date)
    smaller = left < right  # type: ignore[operator]
    return {
        "lt": smaller,
        "lteq": smaller or left == right,
        "gt": not smaller and left != right,
        "gteq": not smaller,
    }[sign]


def is_in(value: Value, container: Value) -> bool:
    if value is None or container is None:
        return False
    if isinstance(value, list | Table):
        raise Refused("a list in a list")
    if isinstance(container, list):
        return any(type(one) is type(value) and one == value for one in container)
    if isinstance(container, str) and isinstance(value, str):
        return container.find(value) >= 0
    raise Refused("no list")


def is_number(value: Value) -> bool:
    return isinstance(value, Fraction)


def is_day(value: Value) -> bool:
    return isinstance(value, date)


def number(value: Value) -> Fraction:
    if not isinstance(value, Fraction):
        raise Refused("no number")
    return value


def text(value: Value) -> str:
    if not isinstance(value, str):
        raise Refused("no text")
    return value


def day(value: Value) -> date:
    if not isinstance(value, date):
        raise Refused("no date")
    return value


def known_day(value: Value) -> date:
    if not 1991 <= day(value).year <= 2100:
        raise Refused("outside of the calendar")
    return day(value)


def shifted(start: date, days: Fraction) -> date:
    if days.denominator != 1:
        raise Refused("parts of a day")
    try:
        return start + timedelta(days=int(days))
    except OverflowError as error:
        raise Refused("no date") from error


def span(start: Value, end: Value) -> tuple[Fraction, Fraction]:
    if is_number(start) and is_number(end):
        return number(start), number(end)
    if is_day(start) and is_day(end):
        return Fraction(day(start).toordinal()), Fraction(day(end).toordinal() + 1)
    raise Refused("no interval")


def shares_a_moment(mine: tuple[Fraction, Fraction], theirs: tuple[Fraction, Fraction]) -> bool:
    return max(mine[0], theirs[0]) < min(mine[1], theirs[1])


def easter(year: int) -> date:
    """Return Easter Sunday by the rule of Gauß, as completed by Lichtenberg."""
    k = year // 100
    m = 15 + (3 * k + 3) // 4 - (8 * k + 13) // 25
    s = 2 - (3 * k + 3) // 4
    a = year % 19
    d = (19 * a + m) % 30
    r = (d + a // 11) // 29
    og = 21 + d - r
    sz = 7 - (year + year // 4 + s) % 7
    oe = 7 - (og - sz) % 7
    return date(year, 3, 1) + timedelta(days=og + oe - 1)


def feiertage(land: str, year: int) -> set[date]:
    """Return the Feiertage since 1995 in Nordrhein-Westfalen, or those of all Länder."""
    sunday = easter(year)
    days = {date(year, month, number) for month, number in ((1, 1), (5, 1), (10, 3))}
    days |= {date(year, 12, 25), date(year, 12, 26)}
    days |= {sunday + timedelta(days=number) for number in (-2, 1, 39, 50)}
    if land == "NW":
        days |= {sunday + timedelta(days=60), date(year, 11, 1)}
    if year == 2017:
        days.add(date(2017, 10, 31))
    return days
