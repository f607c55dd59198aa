// Building a form: each change is sent by itself, in order, and the parts that changed are replaced.
// Without this script every button and link of the page works by loading the page anew.

(() => {
  "use strict";

  const COLLAPSED = "builder-collapsed:"; // closed branches of the outline, kept for the tab
  const LONGEST_ANSWER = 30_000;
  const RETRY_EVERY = 10_000;
  const PASSING = [429, 502, 503, 504]; // the server will answer again by itself

  // ------------------------------------------------------------------ lists under the arrow keys

  // Each arrow changes a closed list. Who walks through it has chosen when he leaves it.
  class Choosing {
    constructor(root, done) {
      this.done = done;
      this.keyed = null; // the list that took the last key
      this.walked = null; // the list that was changed by keys and not left yet
      root.addEventListener("keydown", (event) => this.pressed(event), true);
      root.addEventListener("pointerdown", () => (this.keyed = null), true);
      root.addEventListener("focusout", (event) => this.left(event));
    }

    // Whether the change of a list is to be awaited.
    awaits(list) {
      this.walked = list.matches("select") && this.keyed === list ? list : null;
      return this.walked !== null;
    }

    pressed(event) {
      this.keyed = event.target;
      if (this.walked === event.target && ["Tab", "Enter"].includes(event.key)) {
        this.finish(event.key === "Tab" && !event.shiftKey);
      }
    }

    // A button sends what was chosen by itself.
    left(event) {
      if (this.walked === event.target && !event.relatedTarget?.matches("button")) {
        this.finish(false);
      }
    }

    finish(isForward) {
      const list = this.walked;
      this.walked = null;
      this.done(list, isForward);
    }
  }

  // ------------------------------------------------------------------ the page as it is drawn

  class Builder {
    constructor(root) {
      this.root = root;
      this.queue = Promise.resolve();
      this.unsent = []; // changes that the server has not taken yet, in their order
      this.choosing = new Choosing(root, (list) => this.send(list.form, null));
      this.revisions = new Map(); // revision of a page → the next one, if nobody else came between
      root.addEventListener("change", (event) => this.changed(event));
      root.addEventListener("submit", (event) => this.submitted(event));
      root.addEventListener("click", (event) => this.clicked(event));
      root.addEventListener("input", (event) => this.typed(event));
      root.addEventListener("focusin", (event) => this.reveal(event.target));
      document.addEventListener("keydown", (event) => this.pressed(event));
      window.addEventListener("popstate", () => this.load(window.location.href, {}));
      window.addEventListener("online", () => this.retry());
      window.addEventListener("beforeunload", (event) => this.leaving(event));
      document.querySelector("[data-retry]").addEventListener("click", () => this.retry());
      this.prepare();
    }

    get revision() {
      return this.root.querySelector("#bk-kopf").dataset.revision;
    }

    // ---- what the person does

    changed(event) {
      const form = event.target.closest("form[data-save]");
      if (form && this.differs(event.target) && !this.choosing.awaits(event.target)) {
        this.send(form, null);
      }
    }

    differs(control) {
      if (control.matches("select")) {
        return [...control.options].some((option) => option.selected !== option.defaultSelected);
      }
      return control.matches("[type=radio], [type=checkbox]")
        ? control.checked !== control.defaultChecked
        : control.value !== control.defaultValue;
    }

    submitted(event) {
      const form = event.target;
      if (!form.matches("[data-save], [data-operation]")) {
        return;
      }
      event.preventDefault();
      this.send(form, event.submitter);
    }

    clicked(event) {
      const link = event.target.closest("a[data-select]");
      if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
        event.preventDefault();
        this.load(link.href, { focus: link.closest("#gliederung") ? link.id : "" });
        return;
      }
      const toggle = event.target.closest("[data-collapse]");
      if (toggle) {
        this.collapse(toggle, toggle.getAttribute("aria-expanded") === "true", true);
        return;
      }
      const insert = event.target.closest("[data-insert]");
      if (insert) {
        this.insert(insert);
      }
    }

    typed(event) {
      if (event.target.matches("[data-search]")) {
        this.search(event.target.value);
      }
    }

    pressed(event) {
      const inText = event.target.matches?.("textarea, input:not([type=radio], [type=checkbox])");
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !inText) {
        const key = event.key.toLowerCase();
        const again = key === "y" || (key === "z" && event.shiftKey);
        if (again || key === "z") {
          event.preventDefault();
          this.root.querySelector(again ? "#wiederholen" : "#rueckgaengig").click();
        }
        return;
      }
      const node = event.altKey && event.target.closest?.("#gliederung .builder-node");
      if (node && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        this.act(node.dataset.id, { action: event.key === "ArrowUp" ? "up" : "down" }, event.target.id);
      }
    }

    // A column that sticks may end below the window: browsers then scroll it, but not the page.
    // Their own scrolling may take some frames; what they leave below the window is brought up.
    reveal(target, frames = 10) {
      window.requestAnimationFrame(() => {
        if (target !== document.activeElement) {
          return;
        }
        const { top, bottom } = target.getBoundingClientRect();
        if (bottom > window.innerHeight && top > 0) {
          window.scrollBy({ top: Math.min(bottom - window.innerHeight, top) + 8, behavior: "instant" });
        }
        if (frames > 1) {
          this.reveal(target, frames - 1);
        }
      });
    }

    insert(button) {
      const area = document.getElementById(button.dataset.into);
      area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
      area.focus();
    }

    // ---- what the server is told

    // The attribute: a button that is called „action“ hides the property.
    send(form, button) {
      const body = new FormData(form, button);
      const focus = button?.id || document.activeElement?.id || "";
      const named = form.querySelector("#neu-name")?.value ?? null;
      this.post(form.getAttribute("action"), body, { focus, then: form.dataset.then, named });
    }

    act(element, entries, focus) {
      const body = new FormData(this.root.querySelector("form[data-operation]"));
      for (const [name, value] of Object.entries({ element, ...entries })) {
        body.set(name, value);
      }
      this.post(this.root.dataset.act, body, { focus });
    }

    // One after the other: the answer to one change is the ground for the next.
    post(url, body, after) {
      this.queue = this.queue.then(() => {
        this.unsent.push({ url, body, after });
        return this.deliver();
      });
      return this.queue;
    }

    // What the server did not take stays, and with it the order of what comes after.
    async deliver() {
      while (this.unsent.length > 0) {
        const { url, body, after } = this.unsent[0];
        const based = this.current(body.get("revision"));
        body.set("revision", based);
        if (!(await this.fetch(url, { method: "POST", body }, after))) {
          return;
        }
        this.unsent.shift();
        const now = this.revision;
        if (Number(now) === Number(based) + 1) {
          this.revisions.set(based, now);
        }
      }
    }

    current(revision) {
      let found = revision;
      while (this.revisions.has(found)) {
        found = this.revisions.get(found);
      }
      return found;
    }

    // Another element is not shown while a change to this one is on its way: its text stands here.
    load(url, after) {
      this.queue = this.queue.then(async () => {
        await this.deliver();
        if (this.unsent.length === 0) {
          await this.fetch(url, {}, { ...after, isSelection: true });
        }
      });
      return this.queue;
    }

    async fetch(url, options, after) {
      try {
        const answer = await window.fetch(url, {
          ...options,
          headers: { "X-Builder": "region" },
          signal: AbortSignal.timeout(LONGEST_ANSWER),
        });
        if (answer.redirected || ![200, 409, 422].includes(answer.status)) {
          // A lost session leads to the login, and an old token belongs to one.
          const isSession = answer.redirected || [400, 401, 403].includes(answer.status);
          this.failed(isSession ? "session" : PASSING.includes(answer.status) ? "busy" : "fault");
          return false;
        }
        this.recovered();
        this.replace(await answer.text(), after);
        return true;
      } catch {
        this.failed("connection");
        return false;
      }
    }

    // ---- while the server does not answer

    failed(reason) {
      const status = this.root.querySelector("#speicherstand");
      if (this.unsent.length > 0) {
        status.textContent = this.root.dataset.failed;
        status.classList.add("builder-saved--failed");
      }
      const notice = document.getElementById("stoerung");
      notice.hidden = false;
      for (const text of notice.querySelectorAll("[data-reason]")) {
        text.hidden = text.dataset.reason !== reason;
      }
      window.clearTimeout(this.retryTimer);
      if (this.unsent.length > 0 && ["connection", "busy"].includes(reason)) {
        this.retryTimer = window.setTimeout(() => this.retry(), RETRY_EVERY);
      }
    }

    recovered() {
      window.clearTimeout(this.retryTimer);
      const notice = document.getElementById("stoerung");
      if (notice.contains(document.activeElement)) {
        document.getElementById("eigenschaften-titel").focus();
      }
      notice.hidden = true;
    }

    retry() {
      this.queue = this.queue.then(async () => {
        await this.renewToken();
        if (this.unsent.length > 0) {
          await this.deliver();
        } else {
          await this.fetch(this.root.querySelector("#bk-kopf").dataset.url, {}, {});
        }
      });
    }

    // Whoever has signed in again in another window has another token.
    async renewToken() {
      try {
        const address = this.root.querySelector("#bk-kopf").dataset.url;
        const answer = await window.fetch(address, { headers: { "X-Builder": "region" } });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const token = fresh.querySelector("#bk-kopf input[name=csrf_token]")?.value;
        for (const change of token ? this.unsent : []) {
          change.body.set("csrf_token", token);
        }
      } catch {
        // Sending the changes will say it.
      }
    }

    leaving(event) {
      if (this.unsent.length > 0) {
        event.preventDefault();
      }
    }

    // ---- what changes on the page

    replace(text, after) {
      const fresh = new DOMParser().parseFromString(text, "text/html");
      const kept = this.remember();
      for (const part of fresh.querySelectorAll("[data-part]")) {
        const old = document.getElementById(part.id);
        if (part.id === "bk-kopf") {
          this.replaceHead(old, part);
        } else {
          old.replaceWith(document.adoptNode(part));
        }
      }
      this.prepare();
      this.restore(kept, after);
    }

    // The line that is read aloud has to stay in the page; only its words change.
    replaceHead(old, fresh) {
      const status = old.querySelector("#speicherstand");
      const said = fresh.querySelector("#speicherstand");
      const tools = old.querySelector(".builder-head__tools");
      old.dataset.revision = fresh.dataset.revision;
      old.dataset.url = fresh.dataset.url;
      old.querySelector(".builder-head__title").replaceWith(fresh.querySelector(".builder-head__title"));
      for (const form of tools.querySelectorAll("form")) {
        form.remove();
      }
      tools.prepend(...fresh.querySelectorAll(".builder-head__tools form"));
      status.classList.remove("builder-saved--failed");
      if (status.innerHTML !== said.innerHTML) {
        status.replaceChildren(...said.childNodes);
      }
    }

    remember() {
      const active = document.activeElement;
      const typing = [];
      for (const control of this.root.querySelectorAll("#eigenschaften :is(input:not([type=hidden]), textarea)")) {
        const inEditor = control === active && !control.matches("[type=radio], [type=checkbox]");
        if (inEditor && control.id && control.value !== control.defaultValue) {
          typing.push([control.id, control.value, control.selectionStart]);
        }
      }
      const scroll = [...this.root.querySelectorAll("#gliederung, #eigenschaften")].map((part) => [
        part.id,
        part.scrollTop,
      ]);
      const select = this.root.querySelector("#neu-art");
      const opened = [...this.root.querySelectorAll("details[open] > summary")].length;
      return {
        focus: this.root.contains(active) ? active.id : "",
        element: this.root.querySelector("#eigenschaften input[name=element]")?.value,
        typing,
        scroll,
        kind: select?.value,
        name: this.root.querySelector("#neu-name")?.value ?? "",
        isTyping: this.root.contains(active) && active.matches("textarea, input[type=text]"),
        opened,
        search: this.root.querySelector("[data-search]")?.value ?? "",
      };
    }

    restore(kept, after) {
      const element = this.root.querySelector("#eigenschaften input[name=element]")?.value;
      const same = element === kept.element;
      for (const [id, top] of kept.scroll) {
        if (id === "gliederung" || same) {
          document.getElementById(id).scrollTop = top;
        }
      }
      const select = this.root.querySelector("#neu-art");
      if (select && [...select.options].some((option) => option.value === kept.kind)) {
        select.value = kept.kind;
      }
      // What was typed for the next element while this answer was on its way.
      const name = this.root.querySelector("#neu-name");
      if (name && kept.name && kept.name !== after.named) {
        name.value = kept.name;
      }
      if (kept.search) {
        this.root.querySelector("[data-search]").value = kept.search;
        this.search(kept.search);
      }
      if (same && !after.then) {
        for (const [id, value, caret] of kept.typing) {
          const control = document.getElementById(id);
          if (control) {
            control.value = value;
            control.setSelectionRange?.(caret, caret);
          }
        }
      }
      window.history.replaceState(null, "", this.root.querySelector("#bk-kopf").dataset.url);
      this.focus(kept, after);
    }

    focus(kept, after) {
      const problem = this.root.querySelector("#fehler");
      const wanted = [
        problem ? "fehler" : "",
        after.isSelection && kept.isTyping ? kept.focus : "",
        after.isSelection && !after.focus ? "eigenschaften-titel" : "",
        after.then,
        after.isSelection ? after.focus : kept.focus || after.focus,
        after.focus,
        "eigenschaften-titel",
      ];
      for (const id of wanted) {
        const target = id && document.getElementById(id);
        if (target && !target.disabled) {
          target.focus({ preventScroll: !problem && !after.isSelection });
          return;
        }
      }
    }

    // ---- the outline

    prepare() {
      this.root.querySelectorAll(".builder-tree [data-list]").forEach((list) => this.sortable(list));
      this.sortable(this.root.querySelector(".builder-tree"));
      for (const toggle of this.root.querySelectorAll("[data-collapse]")) {
        const list = document.getElementById(toggle.getAttribute("aria-controls"));
        const holdsChosen = list.querySelector("[aria-current]");
        const known = window.sessionStorage.getItem(COLLAPSED + list.dataset.parent);
        const page = toggle.closest(".builder-node--pages") === toggle.closest("li");
        const isOther = page && !holdsChosen && !toggle.parentElement.querySelector("[aria-current]");
        this.collapse(toggle, !holdsChosen && (known === null ? isOther : known === "1"), false);
      }
    }

    collapse(toggle, closed, remember) {
      const list = document.getElementById(toggle.getAttribute("aria-controls"));
      toggle.setAttribute("aria-expanded", String(!closed));
      list.hidden = closed;
      if (remember) {
        window.sessionStorage.setItem(COLLAPSED + list.dataset.parent, closed ? "1" : "0");
      }
    }

    search(text) {
      const wanted = text.trim().toLowerCase();
      const nodes = [...this.root.querySelectorAll("#gliederung .builder-node")];
      const hits = new Set();
      for (const node of nodes) {
        if (wanted && node.dataset.text.includes(wanted)) {
          hits.add(node);
          for (let above = node.parentElement.closest(".builder-node"); above; above = above.parentElement.closest(".builder-node")) {
            hits.add(above);
          }
        }
      }
      for (const node of nodes) {
        node.hidden = Boolean(wanted) && !hits.has(node);
      }
      if (wanted) {
        for (const list of this.root.querySelectorAll("#gliederung ul[id]")) {
          list.hidden = false;
        }
      } else {
        this.prepare();
      }
      const found = nodes.filter((node) => wanted && node.dataset.text.includes(wanted)).length;
      this.root.querySelector("[data-search-status]").textContent = wanted ? `${found} gefunden` : "";
    }

    sortable(list) {
      if (!list || !window.Sortable || window.Sortable.get(list)) {
        return;
      }
      window.Sortable.create(list, {
        group: list.dataset.list,
        draggable: ".builder-node",
        animation: 120,
        onEnd: (event) => {
          if (event.from === event.to && event.oldDraggableIndex === event.newDraggableIndex) {
            return;
          }
          const after = event.item.previousElementSibling?.dataset.id ?? "";
          const parent = event.to.dataset.parent;
          this.act(event.item.dataset.id, { action: "place", parent, after }, "");
        },
      });
    }
  }

  // ------------------------------------------------------------------ rules: other rows for another field

  const FOCUS = "builder-focus";

  function refreshRows(list, isForward) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "action";
    field.value = "refresh";
    list.form.append(field);
    window.sessionStorage.setItem(FOCUS, JSON.stringify([list.id, isForward]));
    list.form.submit();
  }

  // The list that was changed, or, when somebody was about to leave it, what now comes after it.
  function focusRefreshed(form) {
    const [id, isForward] = JSON.parse(window.sessionStorage.getItem(FOCUS) ?? '["", false]');
    window.sessionStorage.removeItem(FOCUS);
    const controls = [...form.querySelectorAll("select, input:not([type=hidden]), button")];
    const place = controls.findIndex((control) => control.id === id);
    controls[place + (isForward ? 1 : 0)]?.focus();
  }

  const root = document.getElementById("baukasten");
  if (root) {
    new Builder(root);
  }
  const rule = document.querySelector("[data-rule]");
  if (rule) {
    const choosing = new Choosing(rule, refreshRows);
    rule.addEventListener("change", (event) => {
      const changesRows = event.target.matches("select[name$='operand'], select[name$='operator']");
      if (changesRows && !choosing.awaits(event.target)) {
        refreshRows(event.target, false);
      }
    });
    focusRefreshed(rule);
  }
})();
