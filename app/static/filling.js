// Filling in a form: autosave, refresh through htmx, counters, and what a lost session must not lose.

(() => {
  "use strict";

  const AUTOSAVE_EVERY = 10_000; // milliseconds
  const LONGEST_SAVE = 20_000; // milliseconds
  const MOST_KEPT_ALIVE = 60_000; // bytes; browsers let no more outlive the page
  const STILL = 5; // pixels that a hand may shake while it presses
  const MOST_NAMED = 5; // questions whose unsaved entries are named
  const BACKUP_PREFIX = "siegel:"; // siegel.js forgets these entries on logout

  // A finger's click may come later than its lifting, so only a mouse is helped.
  const isSamePlace = (down, end) =>
    end.type === "pointerup" &&
    down.pointerType === "mouse" &&
    down.button === 0 &&
    Math.hypot(end.clientX - down.clientX, end.clientY - down.clientY) < STILL;

  const clock = () =>
    new Date().toLocaleTimeString("de-DE", {
      hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin",
    });

  // ------------------------------------------------------------------ counters

  function updateCounter(area) {
    const counter = document.getElementById(`${area.id}-zeichen`);
    if (!counter) {
      return;
    }
    // The server counts characters, not UTF-16 units, and a line break as one.
    const left = Number(area.dataset.counter) - [...area.value].length;
    const text =
      left >= 0
        ? `Noch ${left} Zeichen möglich`
        : `${-left} Zeichen zu viel`;
    counter.textContent = text;
    counter.classList.toggle("siegel-counter--over", left < 0);
    const status = document.querySelector(
      `[data-counter-status="${CSS.escape(area.id)}"]`,
    );
    window.clearTimeout(area.counterTimer);
    area.counterTimer = window.setTimeout(() => {
      if (status && document.activeElement === area && left < Number(area.dataset.counter) / 5) {
        status.textContent = text;
      }
    }, 1000);
  }

  function updateCounters(root = document) {
    for (const area of root.querySelectorAll("textarea[data-counter]")) {
      updateCounter(area);
    }
  }

  // ------------------------------------------------------------------ filling in

  // The id of the element of a path, as the server gives it: faelle[0].einsaetze is f-faelle-0-einsaetze.
  const htmlId = (path) =>
    `f-${path.replaceAll("[", "-").replaceAll("].", "-").replaceAll("]", "").replaceAll(".", "-")}`;

  class Filling {
    constructor(form) {
      this.form = form;
      this.fields = form.querySelector("#felder");
      this.status = form.querySelector("[data-autosave-status]");
      this.live = form.querySelector("[data-live]");
      this.key = BACKUP_PREFIX + form.dataset.draft;
      this.dirty = false;
      this.saving = false;
      this.uploading = false;
      this.held = null; // the button that waits for the saving under way
      this.pressing = null; // kept when the mouse button or finger on a button is lifted
      this.touched = new Set(); // names of inputs changed since the last request left
      this.rowAction = null;
      this.refreshWanted = false;
      this.waiting = []; // row buttons pressed while the rows were just being renumbered

      form.addEventListener("input", (event) => this.changed(event));
      form.addEventListener("change", (event) => this.changed(event));
      form.addEventListener("submit", (event) => this.submit(event));
      form.addEventListener("pointerdown", (event) => this.press(event));
      form.addEventListener("siegel:uploaded", (event) => this.uploaded(event.detail));
      form.addEventListener("htmx:config:request", (event) => this.beforeRequest(event));
      form.addEventListener("htmx:before:swap", (event) => this.beforeSwap(event));
      form.addEventListener("htmx:after:swap", () => this.afterSwap());
      form.addEventListener("htmx:error", () => this.requestFailed());
      form.addEventListener("htmx:finally:request", (event) => this.requestEnded(event));
      window.addEventListener("pagehide", () => this.leave());
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "hidden" && this.dirty && !this.submitted) {
          this.backUp();
          this.save();
        }
      });
      window.setInterval(() => this.save(), AUTOSAVE_EVERY);
      this.known = new Map(this.entries()); // as the server has it
      this.offerRestore();
    }

    say(text) {
      if (this.status) {
        this.status.textContent = text;
      }
    }

    changed(event) {
      // A question may be called „name“: form.name is then its input.
      if (event.target === this.form || !event.target.name || event.target.name.startsWith("__")) {
        return;
      }
      this.dirty = true;
      this.touched.add(event.target.name);
      window.clearTimeout(this.backupTimer);
      this.backupTimer = window.setTimeout(() => this.backUp(), 500);
      if (event.target.dataset.counter) {
        updateCounter(event.target);
      }
    }

    // ---- the refresh through htmx

    // Asked before htmx decides what a new request does to one under way: it would end it, and
    // the row that somebody just added would never come.
    beforeRequest(event) {
      const source = event.detail.ctx.sourceElement;
      if (this.uploading) {
        // It knows nothing of the files on their way; their answer brings what has changed.
        event.preventDefault();
        return;
      }
      if (this.rowAction) {
        event.preventDefault();
        if (source === this.form) {
          this.refreshWanted = true;
        } else {
          this.waiting.push(this.buttonIdentity(source));
        }
        return;
      }
      if (source !== this.form) {
        this.rowAction = source.name;
        this.dirty = true;
      }
      this.touched.clear();
      event.detail.ctx.fetch = async (...request) => {
        const response = await window.fetch(...request);
        await this.pressing;
        return response;
      };
    }

    // A page that changes its height between pressing and lifting moves the button away, and
    // the browser takes it for no click: what htmx brings meanwhile waits. Where something else
    // moved it, a message for example, the button is pressed all the same, once.
    press(event) {
      const button = event.target.closest("button");
      if (!button || this.pressing) {
        return;
      }
      let keepPromise;
      this.pressing = new Promise((resolve) => {
        keepPromise = resolve;
      });
      let isClicked = false;
      const clicked = (click) => {
        isClicked ||= button.contains(click.target);
      };
      const lifted = (end) => {
        for (const name of ["pointerup", "pointercancel", "blur"]) {
          window.removeEventListener(name, lifted);
        }
        // After the click that follows.
        window.setTimeout(() => {
          window.removeEventListener("click", clicked, true);
          this.pressing = null;
          keepPromise();
          if (!isClicked && isSamePlace(event, end)) {
            button.click();
          }
        });
      };
      window.addEventListener("click", clicked, true);
      for (const name of ["pointerup", "pointercancel", "blur"]) {
        window.addEventListener(name, lifted);
      }
    }

    // A row button by what stays when rows are renumbered: its row's id, its group and its verb.
    buttonIdentity(button) {
      const identity = button.closest("[data-row]")?.querySelector('input[type="hidden"][name$="._id"]');
      return `${identity?.value ?? ""} ${button.name.replace(/\[\d+\]/g, "[]")}`;
    }

    pressWaiting() {
      const wanted = this.waiting.shift();
      const buttons = [...this.fields.querySelectorAll("button[hx-post]")];
      buttons.find((button) => this.buttonIdentity(button) === wanted)?.click();
    }

    beforeSwap(event) {
      const status = event.detail.ctx.response?.status ?? 200;
      const url = event.detail.ctx.response?.raw?.url ?? "";
      if (status !== 200 && status !== 422) {
        event.preventDefault();
        this.requestFailed(status);
        return;
      }
      if (!event.detail.ctx.text?.includes('id="seitentitel"')) {
        // The login page instead of the fields: the session is lost.
        event.preventDefault();
        this.sessionLost(url);
        return;
      }
      this.before = this.visibleQuestions();
      this.kept = new Map();
      for (const control of this.controls()) {
        if (this.touched.has(control.name)) {
          this.kept.set(this.identity(control), [control.value, control.checked]);
        }
      }
    }

    // The swap changed attributes. A control that a person has touched ignores its attributes,
    // so each is set to what the server said, except what was typed since the request left.
    afterSwap() {
      if (!this.kept) {
        return;
      }
      for (const control of this.controls()) {
        const kept = this.kept.get(this.identity(control));
        if (kept) {
          [control.value, control.checked] = kept;
        } else if (control !== document.activeElement || this.rowAction) {
          this.takeServerValue(control);
        }
      }
      this.kept = null;
      updateCounters(this.fields);
      this.announceChange();
      this.focusAfterRowAction();
    }

    takeServerValue(control) {
      if (control.type === "checkbox" || control.type === "radio") {
        control.checked = control.defaultChecked;
      } else if (control instanceof HTMLSelectElement) {
        const chosen = [...control.options].findIndex((option) => option.defaultSelected);
        control.selectedIndex = Math.max(chosen, 0);
      } else if (control.value !== control.defaultValue) {
        control.value = control.defaultValue;
      }
    }

    requestEnded(event) {
      if (event.detail.ctx.sourceElement !== this.form) {
        this.rowAction = null;
      }
      if (this.waiting.length > 0 && !this.rowAction) {
        window.setTimeout(() => this.pressWaiting());
      } else if (this.refreshWanted && !this.rowAction) {
        this.refreshWanted = false;
        this.form.dispatchEvent(new Event("change"));
      }
    }

    requestFailed(status) {
      if (status === 401 || status === 403) {
        this.sessionLost();
      } else {
        this.say("Die Seite konnte gerade nicht aktualisiert werden. Ihre Eingaben sind noch da.");
      }
    }

    controls() {
      return [...this.fields.querySelectorAll("input[name], select[name], textarea[name]")].filter(
        (control) => control.type !== "hidden" && control.type !== "file",
      );
    }

    identity(control) {
      return control.type === "checkbox" || control.type === "radio"
        ? `${control.name}=${control.value}`
        : control.name;
    }

    visibleQuestions() {
      return this.fields.querySelectorAll(".siegel-field").length;
    }

    announceChange() {
      const now = this.visibleQuestions();
      if (!this.live || this.rowAction || now === this.before) {
        return;
      }
      this.live.textContent =
        now > this.before ? "Weitere Fragen sind dazugekommen." : "Fragen sind weggefallen.";
    }

    focusAfterRowAction() {
      const match = /^(.*?)(?:\[(\d+)\])?\.__(add|remove|up|down)$/.exec(this.rowAction ?? "");
      if (!match) {
        return;
      }
      const [, path, index, action] = match;
      const group = document.getElementById(htmlId(path));
      if (!group) {
        return;
      }
      // Rows of groups inside the rows are not rows of this group.
      const rows = [...group.querySelectorAll("[data-row]")].filter(
        (row) => row.parentElement.closest("[data-repeat]") === group,
      );
      const wanted = {
        add: rows.length - 1,
        remove: Math.min(Number(index), rows.length - 1),
        up: Number(index) - 1,
        down: Number(index) + 1,
      }[action];
      const row = rows[wanted];
      const title = row ? document.getElementById(`${row.id}-titel`) : group;
      title?.focus();
      if (this.live) {
        const said = { add: "hinzugefügt", remove: "entfernt", up: "verschoben", down: "verschoben" };
        this.live.textContent = `${group.dataset.repeat} ${said[action]}.`;
      }
    }

    // ---- saving

    body() {
      return new URLSearchParams(new FormData(this.form));
    }

    async save() {
      if (!this.dirty || this.saving || this.uploading) {
        return;
      }
      this.saving = true;
      this.dirty = false;
      this.say("Wird gespeichert …");
      const entries = this.entries();
      const body = this.body();
      try {
        const response = await fetch(this.form.dataset.autosave, {
          method: "POST",
          body,
          // Whoever closes a window that is out of sight need not wait for the answer.
          keepalive: document.visibilityState === "hidden" && `${body}`.length < MOST_KEPT_ALIVE,
          headers: { Accept: "application/json" },
          redirect: "manual",
          signal: AbortSignal.timeout(LONGEST_SAVE),
        });
        await this.saved(response, entries);
      } catch {
        this.dirty = true;
        this.say("Keine Verbindung. Ihre Eingaben bleiben in diesem Fenster erhalten.");
        this.backUp();
      } finally {
        this.saving = false;
        this.pressHeld();
      }
    }

    pressHeld() {
      const button = this.held;
      this.held = null;
      if (button?.isConnected) {
        this.form.requestSubmit(button);
      }
    }

    // Sent before its answer is here, the page would name an old revision, and the person would
    // be asked to choose between what was typed a moment ago and what stands there now.
    submit(event) {
      if (this.saving || this.uploading) {
        event.preventDefault();
        event.stopImmediatePropagation();
        this.held = event.submitter;
        return;
      }
      this.dirty = false;
      this.backUp({ isSent: true });
      // uploads.js sends the page without leaving it, and says when the answer is here.
      this.uploading = event.submitter?.matches("[data-upload]") ?? false;
      this.submitted = !this.uploading;
    }

    uploaded({ isSaved }) {
      this.uploading = false;
      this.dirty ||= !isSaved;
      if (!this.dirty) {
        this.known = new Map(this.entries());
      }
      this.pressHeld();
    }

    async saved(response, entries) {
      if (response.ok) {
        const answer = await response.json();
        this.form.elements.__revision.value = answer.revision;
        this.known = new Map(entries);
        this.say(`Gespeichert: ${answer.saved_at}`);
        if (!this.dirty) {
          window.sessionStorage.removeItem(this.key);
        }
        return;
      }
      this.backUp();
      if (response.status === 409) {
        this.say("Diese Seite wurde an anderer Stelle geändert. Beim Speichern können Sie wählen.");
      } else if (response.status === 401 || response.type === "opaqueredirect") {
        this.sessionLost();
      } else {
        this.dirty = true;
        this.say("Das Speichern hat nicht geklappt. Wir versuchen es gleich noch einmal.");
      }
    }

    sessionLost() {
      this.backUp();
      this.say(
        "Ihre Sitzung ist abgelaufen. Ihre Eingaben sind in diesem Fenster gesichert und werden nach dem Anmelden wieder angeboten.",
      );
    }

    leave() {
      if (this.dirty && !this.submitted) {
        this.backUp();
        navigator.sendBeacon(this.form.dataset.autosave, this.body());
      }
    }

    // ---- what a lost session must not lose

    entries() {
      return this.controls()
        .filter((control) => control.type !== "radio" || control.checked)
        .map((control) => [
          this.identity(control),
          control.type === "checkbox" ? control.checked : control.value,
        ]);
    }

    // What the server does not know yet. `isSent`: it is on its way there with the whole page.
    backUp({ isSent = false } = {}) {
      window.clearTimeout(this.backupTimer);
      window.sessionStorage.setItem(
        this.key,
        JSON.stringify({
          revision: this.form.elements.__revision.value,
          rows: this.rows(),
          at: clock(),
          isSent,
          entries: this.entries().filter((entry) => !this.isKnown(entry)),
        }),
      );
    }

    // A question that came after the page was loaded was empty.
    isKnown([name, value]) {
      return (this.known.get(name) ?? (value === false ? false : "")) === value;
    }

    rows() {
      return [...this.fields.querySelectorAll('input[type="hidden"][name$="._id"]')]
        .map((row) => row.value)
        .join(" ");
    }

    // What of a backup is missing on this page. The page may have been saved since, by the last
    // autosave of this window: that is no reason to forget what was typed after it.
    lost(backup) {
      const isSameRevision = backup.revision === this.form.elements.__revision.value;
      if (backup.isSent && !isSameRevision) {
        return [];
      }
      const hasSameRows = backup.rows === this.rows();
      return backup.entries.filter(
        (entry) => !this.isKnown(entry) && (hasSameRows || !entry[0].includes("[")),
      );
    }

    offerRestore() {
      const stored = window.sessionStorage.getItem(this.key);
      const place = this.form.querySelector("[data-restore]");
      if (!stored || !place) {
        return;
      }
      const backup = JSON.parse(stored);
      const lost = this.lost(backup);
      if (lost.length === 0) {
        window.sessionStorage.removeItem(this.key);
        return;
      }
      place.hidden = false;
      place.innerHTML = `
        <div class="kern-alert kern-alert--warning" role="status">
          <div class="kern-alert__header">
            <span class="kern-icon kern-icon--warning" aria-hidden="true"></span>
            <span class="kern-title"></span>
          </div>
          <div class="kern-alert__body"><p></p><div class="siegel-actions">
            <button class="kern-btn kern-btn--primary siegel-button--small" type="button" data-take>
              <span class="kern-label">Eingaben wiederherstellen</span></button>
            <button class="kern-btn kern-btn--tertiary siegel-button--small" type="button" data-drop>
              <span class="kern-label">Verwerfen</span></button>
          </div></div>
        </div>`;
      place.querySelector(".kern-title").textContent =
        `Es gibt Eingaben von ${backup.at} Uhr, die noch nicht gespeichert sind.`;
      place.querySelector(".kern-alert__body p").textContent =
        `${this.named(lost)} Wiederherstellen ersetzt, was dort jetzt steht.`;
      place.querySelector("[data-take]").addEventListener("click", () => {
        this.restore(lost);
        place.hidden = true;
      });
      place.querySelector("[data-drop]").addEventListener("click", () => {
        window.sessionStorage.removeItem(this.key);
        place.hidden = true;
      });
    }

    // Which questions the entries answer, in a sentence.
    named(entries) {
      const lost = new Set(entries.map(([name]) => name));
      const labels = this.controls()
        .filter((control) => lost.has(this.identity(control)))
        .map((control) => {
          const group = ["radio", "checkbox"].includes(control.type)
            ? control.closest("fieldset")?.querySelector("legend")
            : null;
          return (group ?? control.labels?.[0])?.textContent.replace(/\s+/g, " ").trim();
        });
      const names = [...new Set(labels.filter(Boolean))].map((label) => `„${label}“`);
      if (names.length === 0) {
        return "";
      }
      const shown = names.slice(0, MOST_NAMED).join(", ");
      const more = names.length - MOST_NAMED;
      return more > 0 ? `Es geht um ${shown} und ${more} weitere.` : `Es geht um ${shown}.`;
    }

    restore(entries) {
      const values = new Map(entries);
      for (const control of this.controls()) {
        const value = values.get(this.identity(control));
        if (value === undefined) {
          continue;
        }
        if (control.type === "checkbox") {
          control.checked = value;
        } else if (control.type === "radio") {
          control.checked = true;
        } else {
          control.value = value;
        }
        this.touched.add(control.name);
      }
      this.dirty = true;
      updateCounters(this.fields);
      this.form.dispatchEvent(new Event("change"));
      document.getElementById("seitentitel")?.focus();
    }
  }

  updateCounters();
  const form = document.querySelector("form[data-autosave]");
  if (form) {
    new Filling(form);
  }
})();
