"""Somebody who has a keyboard and no mouse, and who must always see where the focus is."""

from __future__ import annotations

from playwright.sync_api import Page, expect

MOST_STOPS = 200

# What a sighted person needs: the focused element, or the label that stands for a hidden input,
# has a rim, and no fixed part of the page lies over it.
_FOCUS = """() => {
  const active = document.activeElement;
  if (!active || active === document.body || active === document.documentElement) return 'nowhere';
  const name = `${active.tagName.toLowerCase()}#${active.id}.${active.className}`;
  const drawn = (one, pseudo) => {
    const style = getComputedStyle(one, pseudo);
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return outlined || style.boxShadow !== 'none';
  };
  // Headings and summaries take the focus for screen readers; it is their place that matters.
  const isPlace = active.tabIndex < 0;
  const rims = [drawn(active), drawn(active, '::before'), drawn(active, '::after'),
    active.nextElementSibling && drawn(active.nextElementSibling)];
  if (!isPlace && !rims.some(Boolean)) return `no rim on ${name}`;
  if (isPlace) return '';
  const box = active.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8], [0.05, 0.5], [0.5, 0.95]];
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (active.contains(top) || top.contains(active)
      || [...(active.labels ?? [])].some(label => label.contains(top)));
  });
  const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const root = document.scrollingElement;
  const place = `${Math.round(box.left)}, ${Math.round(box.top)} `
    + `(page at ${Math.round(root.scrollTop)} of ${root.scrollHeight - innerHeight})`;
  return seen || box.width < 2 ? '' : `${name} at ${place} lies under ${over?.className}`;
}"""

# The browser brings the focused element into view with one of the next frames.
FOCUS = f"""async () => {{
  const complaint = {_FOCUS};
  for (let frame = 0; complaint() && frame < 300; frame++) {{
    await new Promise(requestAnimationFrame);
  }}
  return complaint();
}}"""

IS_BEFORE = """wanted => {
  const target = document.querySelector(wanted);
  return Boolean(document.activeElement.compareDocumentPosition(target)
    & Node.DOCUMENT_POSITION_PRECEDING);
}"""


class Keyboard:
    """A person at the keyboard. Nothing here moves a mouse or sets a focus by script."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops = 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def look(self) -> None:
        """Fail unless the focus can be seen."""
        complaint = self.page.evaluate(FOCUS)
        assert complaint == "", (self.page.url, complaint)

    def tab_to(self, selector: str) -> None:
        """Press Tab, or go back, until the element has the focus; look at every stop on the way."""
        expect(self.page.locator(selector).first).to_be_attached()
        way = "Shift+Tab" if self.page.evaluate(IS_BEFORE, selector) else "Tab"
        for _stop in range(MOST_STOPS):
            if self.has_focus(selector):
                self.look()
                return
            self.press(way)
            self.stops += 1
            # After the last element the browser itself has the focus for one stop.
            if self.page.evaluate("document.activeElement !== document.body"):
                self.look()
        raise AssertionError(f"Tab never reaches {selector} on {self.page.url}")

    def has_focus(self, selector: str) -> bool:
        """Say whether an element that fits has the focus."""
        return bool(
            self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector)
        )

    def write(self, selector: str, text: str) -> None:
        """Go to an input, and put ``text`` in place of what it holds."""
        self.tab_to(selector)
        self.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, selector: str, label: str) -> None:
        """Choose of a list with the arrow keys."""
        self.tab_to(selector)
        chosen = self.page.locator(f"{selector} option:checked")
        options = [" ".join(text.split()) for text in self._options(selector)]
        way = options.index(label) - options.index(" ".join(chosen.inner_text().split()))
        self.press(*["ArrowDown" if way > 0 else "ArrowUp"] * abs(way))
        expect(chosen).to_have_text(label)

    def tick(self, selector: str) -> None:
        """Go to a box, and tick it with the space bar."""
        self.tab_to(selector)
        self.press("Space")
        expect(self.page.locator(selector)).to_be_checked()

    def pick(self, first: str, wanted: str) -> None:
        """Choose one of a group of radio buttons: Tab leads to it, the arrows go through it."""
        self.tab_to(first)
        if not self.page.locator(wanted).is_checked():
            self.press("Space")
        for _step in range(MOST_STOPS):
            if self.page.locator(wanted).is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"The arrows never reach {wanted}")

    def push(self, selector: str) -> None:
        """Go to a button or link, and press Enter."""
        self.tab_to(selector)
        self.press("Enter")

    def follow(self, selector: str, pattern: str) -> None:
        """Press Enter on what leads to another page, and wait for it."""
        self.push(selector)
        self.page.wait_for_url(pattern)
        self.page.wait_for_load_state()

    def _options(self, selector: str) -> list[str]:
        texts: list[str] = self.page.locator(selector).evaluate(
            "list => [...list.options].map(option => option.text)"
        )
        return texts
