"""Which invented people the start message names."""

from __future__ import annotations

from app.demo.material import read_material
from app.demo.stack import list_logins
from app.security.roles import ROLE_NAMES


def test_a_visitor_finds_everybody_that_a_form_needs_on_its_way() -> None:
    material = read_material()
    logins = list_logins(material, "wort-wort")
    roles = [login.role for login in logins]
    for tenant in material.tenants:
        assert roles.count(f"{tenant.slug}: Tenant-Admin") == 2
        assert roles.count(f"{tenant.slug}: Fachkraft im Jugendamt") == 1
        assert roles.count(f"{tenant.slug}: Träger-Leitung") == 1
    assert "hilden: Wirtschaftliche Jugendhilfe" in roles
    assert {login.password for login in logins} == {"wort-wort"}
    assert logins[-1].role == ROLE_NAMES["plattformbetreiber"]


def test_tenants_stand_together_in_their_order() -> None:
    material = read_material()
    slugs = [login.role.partition(":")[0] for login in list_logins(material, "x")[:-1]]
    assert list(dict.fromkeys(slugs)) == [tenant.slug for tenant in material.tenants]
    assert slugs == sorted(slugs, key=list(dict.fromkeys(slugs)).index)


def test_nobody_is_named_as_traeger_who_also_sits_in_the_office() -> None:
    offices = {p.email for p in read_material().people if p.tenant_roles}
    for login in list_logins(read_material(), "x"):
        if ": Träger" in login.role:
            assert login.user_name not in offices
