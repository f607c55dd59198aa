"""Every page of every role in a window of 320 by 256 pixels, which is 1280 by 1024 at 400 %.

The pages come from the application's own map, so that none is added without being tried.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.factory import create_app
from tests.app.security.conftest import Objects, make_objects
from tests.app.security.test_routes import administration_keys, calls, role_for
from tests.browser.conftest import Site
from tests.support.chromium import Person, Watch, open_page
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

WIDTH, HEIGHT = 320, 256
FEWEST = {"tenant_admin": 35, "fachkraft": 15, "leitung": 15}
"""How many pages of a role are known to exist; fewer would mean that the walk found no way in."""

# What a page must not do in a narrow window, in words.
COMPLAINTS = """() => {
  const found = [];
  const name = one => `${one.tagName.toLowerCase()}#${one.id}.${one.className}`;
  const shown = [...document.querySelectorAll('body *')].filter(one => one.checkVisibility()
    && !one.closest('.kern-sr-only, svg'));
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = shown.filter(one => one.getBoundingClientRect().right > innerWidth + 1);
    found.push(`the page scrolls sideways: ${wide.slice(-3).map(name).join(', ')}`);
  }
  for (const one of shown) {
    const style = getComputedStyle(one);
    const isWide = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 2;
    const isText = one.matches('textarea, select, input');
    if (isWide && !isText && ['auto', 'scroll'].includes(style.overflowX)) {
      const label = one.getAttribute('aria-label') ?? one.getAttribute('aria-labelledby');
      const isReached = one.tabIndex >= 0
        || one.querySelector('input, select, textarea, a, button');
      if (!label || !isReached) found.push(`scrolls without a name or a way in: ${name(one)}`);
    }
    if (isWide && !isText && style.overflowX === 'hidden' && one.textContent.trim()) {
      found.push(`cut off: ${name(one)} ${one.textContent.trim().slice(0, 40)}`);
    }
  }
  const heading = document.querySelector('h1');
  if (!heading?.checkVisibility()) found.push('no heading');
  return found;
}"""


@pytest.fixture(scope="module")
def furnished(site: Site) -> Objects:
    """Return a tenant of its own with an object of every kind."""
    return make_objects(site.installation)


@pytest.fixture(scope="module")
def app(site: Site) -> Iterator[Flask]:
    """Return the application for its map of routes."""
    made = create_app(site.installation.settings)
    yield made
    made.extensions["siegel"].engine.dispose()


def paths_of(role: str, app: Flask, site: Site, objects: Objects) -> list[str]:
    """Return the paths of all pages that a role may open, and some that it may not."""
    keys = administration_keys(site.installation, objects)
    own = [
        call.path
        for call in calls(app, objects, keys)
        if call.method == "GET" and role_for(call) == role
    ]
    plain = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments and "GET" in (rule.methods or ()) and "abmelden" not in rule.rule
    ]
    return sorted({*own, *plain})


@pytest.mark.parametrize("role", sorted(FEWEST))
def test_pages_reflow(
    site: Site, browser: Browser, watch: Watch, app: Flask, furnished: Objects, role: str
) -> None:
    context, page = open_page(browser, watch, width=WIDTH, height=HEIGHT)
    Person(page, site.base_url).sign_in(furnished.people[role].email, PASSWORD)
    seen, complaints = 0, []
    for path in paths_of(role, app, site, furnished):
        if opens(page, f"{site.base_url}/{furnished.tenant.slug}{path}"):
            seen += 1
            complaints += [f"{path}: {one}" for one in page.evaluate(COMPLAINTS)]
    context.close()
    assert complaints == []
    assert seen >= FEWEST[role]


def opens(page: Page, address: str) -> bool:
    """Open a page; say no where there is none, or a file."""
    answer = page.request.get(address, max_redirects=0)
    is_file = "content-disposition" in answer.headers
    if answer.status != 200 or is_file or "text/html" not in answer.headers["content-type"]:
        return False
    page.goto(address, wait_until="load")
    return True
