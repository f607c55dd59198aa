"""The shipped packages: complete, consistent, and without anyone's personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.theme import DEFAULT_TOKENS, check_theme
from forms.packages import PackageUnreadable, list_packages, read_demo_tenants, read_package
from tenants.models import ORGANISATION_ROLES, TENANT_KINDS, TENANT_ROLES
from tenants.number_patterns import check_pattern

LIBRARY = Path(__file__).resolve().parents[2] / "forms" / "library"
NAMES = [
    "betreuungsboerse-eintrag",
    "eingewoehnung-kindertagespflege",
    "elternfragebogen-kindertagespflege",
    "fachleistungsstunde",
    "gespraechsleitfaden",
    "hausbesuchsprotokoll",
    "hilfebericht",
    "kooperationsvereinbarung-kindertagespflege",
    "laufende-geldleistung",
    "qhb-kursanmeldung",
    "sachbericht-fachberatung",
    "stundennachweis",
    "vertretungsmittel-grosstagespflege",
    "verwendungsnachweis",
    "zielvereinbarung-kindertagespflege",
]


def _ids(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "id" in node:
            yield node["id"]
        for child in node.values():
            yield from _ids(child)
    elif isinstance(node, list):
        for child in node:
            yield from _ids(child)


def test_all_packages_are_found() -> None:
    assert [package.name for package in list_packages()] == NAMES


def test_every_package_says_what_it_is() -> None:
    for package in list_packages():
        manifest: Any = package.manifest
        assert manifest["license"] == "EUPL-1.2"
        assert manifest["author"] == "Brief & Siegel"
        assert manifest["legal_basis"]
        assert manifest["title"] == package.form_document["title"]
        assert manifest["data_class"] == package.form_document["data_class"]
        assert package.samples, package.name


def test_every_id_is_given_once() -> None:
    seen = list(_ids(read_demo_tenants()))
    for package in list_packages():
        seen += [*_ids(package.manifest), *_ids(package.form_document)]
    assert len(seen) > 400
    assert len(seen) == len(set(seen))


def test_no_real_address_and_no_real_mail_domain() -> None:
    domain = re.compile(r"(?:@|https?://)(?:[\w-]+\.)*([\w-]+\.[a-z]{2,})", re.IGNORECASE)
    checked = 0
    for path in LIBRARY.rglob("*.json"):
        for found in domain.findall(path.read_text(encoding="utf-8")):
            checked += 1
            assert found == "example.org", path
    assert checked > 30


def test_telephone_numbers_cannot_be_dialled() -> None:
    tenants: Any = read_demo_tenants()["tenants"]
    assert all(re.fullmatch(r"0\d{3,4} 0000-\d00", tenant["telephone"]) for tenant in tenants)


def test_the_tenants_are_those_of_the_demonstration() -> None:
    tenants: Any = read_demo_tenants()["tenants"]
    by_slug = {tenant["slug"]: tenant for tenant in tenants}
    assert {slug: tenant["ags"] for slug, tenant in by_slug.items()} == {
        "wiesbaden": "06414000",
        "stuttgart": "08111000",
        "herne": "05916000",
        "hilden": "05158016",
        "eschborn": "06436003",
    }
    assert by_slug["herne"]["committee"] == "Ausschuss für Kinder, Jugend und Familie"
    assert len(by_slug["eschborn"]["members"]) == 4
    used = sorted(name for tenant in tenants for name in tenant["packages"])
    assert used == NAMES
    for tenant in tenants:
        assert tenant["kind"] in TENANT_KINDS
        for pattern in tenant["number_patterns"].values():
            check_pattern(pattern, frozenset())


def test_the_colours_of_the_tenants_can_be_read() -> None:
    tenants: Any = read_demo_tenants()["tenants"]
    for tenant in tenants:
        assert check_theme(tenant["theme"]) == [], tenant["slug"]
        assert set(tenant["theme"]) == set(DEFAULT_TOKENS)


def test_organisations_and_people_fit_together() -> None:
    demo: Any = read_demo_tenants()
    slugs = {tenant["slug"] for tenant in demo["tenants"]}
    keys = {organisation["key"] for organisation in demo["organisations"]}
    shared = [o["key"] for o in demo["organisations"] if len(o["tenants"]) > 1]
    assert sum("hilden" in o["tenants"] for o in demo["organisations"]) == 8
    assert shared == ["t7"]
    assert all(set(o["tenants"]) <= slugs for o in demo["organisations"])
    admins: list[str] = []
    leaders = set()
    for person in demo["people"]:
        assert person["email"].endswith("@example.org")
        for membership in person["memberships"]:
            if "tenant" in membership:
                assert membership["role"] in TENANT_ROLES
                if membership["role"] == "tenant_admin":
                    admins.append(membership["tenant"])
            else:
                assert membership["role"] in ORGANISATION_ROLES
                if membership["role"] == "traeger_leitung":
                    leaders.add(membership["organisation"])
    # Publishing a form takes two of them.
    assert {slug: admins.count(slug) for slug in slugs} == dict.fromkeys(slugs, 2)
    assert leaders == keys
    mails = [person["email"] for person in demo["people"]]
    assert len(mails) == len(set(mails))


def test_somebody_in_the_office_can_do_every_step_of_its_packages() -> None:
    demo: Any = read_demo_tenants()
    present = {
        (membership["tenant"], membership["role"])
        for person in demo["people"]
        for membership in person["memberships"]
        if "tenant" in membership
    }
    needed = set()
    for package in list_packages():
        manifest: Any = package.manifest
        form: Any = package.form_document
        for step in form.get("procedure", {}).get("steps", []):
            if step["role"] != "traeger":
                needed |= {(slug, step["role"]) for slug in manifest["demo"]["tenants"]}
    assert ("hilden", "wjh") in needed
    assert needed <= present


def test_samples_name_an_organisation_of_the_packages_tenant() -> None:
    demo: Any = read_demo_tenants()
    tenants_of = {o["key"]: o["tenants"] for o in demo["organisations"]}
    for package in list_packages():
        manifest: Any = package.manifest
        for sample in package.samples:
            assert set(manifest["demo"]["tenants"]) & set(tenants_of[sample.organisation])


def test_a_missing_package_is_named() -> None:
    with pytest.raises(PackageUnreadable, match="gibtesnicht"):
        read_package("gibtesnicht")


def _copy(target: Path, **files: str) -> Path:
    folder = target / "neu"
    (folder / "samples").mkdir(parents=True)
    contents = {
        "manifest.json": json.dumps({"name": "neu"}),
        "form.json": "{}",
        "template.docx": "",
        "samples/1.json": json.dumps(
            {"description": "", "organisation": "t1", "data": {}, "expected": {}}
        ),
    } | {name.replace("__", "/").replace("_json", ".json"): text for name, text in files.items()}
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_complete_folder_is_a_package(tmp_path: Path) -> None:
    _copy(tmp_path)
    assert [sample.number for sample in list_packages(tmp_path)[0].samples] == [1]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"manifest_json": '{"name": "anders"}'}, "heißt anders"),
        ({"form_json": "[]"}, "form.json.*kein Objekt"),
        ({"form_json": "{"}, "form.json"),
        ({"samples__1_json": '{"description": ""}'}, "1.json.*organisation"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, files: dict[str, str], message: str) -> None:
    _copy(tmp_path, **files)
    with pytest.raises(PackageUnreadable, match=message):
        list_packages(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (_copy(tmp_path) / "template.docx").unlink()
    with pytest.raises(PackageUnreadable, match=r"template\.docx"):
        list_packages(tmp_path)
