// An input that is searched in becomes a combobox: what fits is offered while somebody types.
// Follows the ARIA pattern „editable combobox with list autocomplete“.

(() => {
  "use strict";

  const WAIT = 200; // milliseconds after the last key

  class Picker {
    constructor(form) {
      this.form = form;
      this.fields = form.querySelector("#felder");
      this.live = form.querySelector("[data-live]");
      this.box = document.createElement("div");
      this.box.className = "siegel-picks";
      this.box.hidden = true;
      this.list = document.createElement("ul");
      this.list.id = "auswahl-liste";
      this.list.setAttribute("role", "listbox");
      this.note = document.createElement("p");
      this.box.append(this.list, this.note);
      this.input = null; // the combobox whose list is open
      this.asked = 0;

      this.fields.addEventListener("input", (event) => this.typed(event.target));
      this.fields.addEventListener("keydown", (event) => this.pressed(event));
      this.fields.addEventListener("focusout", (event) => this.left(event));
      this.fields.addEventListener("change", (event) => this.chosenBelow(event), true);
      // Not the click itself: the input would lose the focus before it.
      this.list.addEventListener("pointerdown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) {
          this.choose(option);
        }
      });
      form.addEventListener("htmx:after:swap", () => this.furnish());
      this.furnish();
    }

    // The server draws a plain input; a swap takes away what was added to it.
    furnish() {
      for (const field of this.fields.querySelectorAll("[data-pick]")) {
        const input = field.querySelector("input[type=text]");
        input.setAttribute("role", "combobox");
        input.setAttribute("aria-autocomplete", "list");
        input.setAttribute("aria-haspopup", "listbox");
        input.setAttribute("aria-expanded", String(input === this.input));
        input.setAttribute("aria-controls", this.list.id);
      }
      if (this.input && !this.input.isConnected) {
        this.input = null;
      }
      if (this.input) {
        this.place();
      } else if (!this.box.isConnected) {
        // A combobox names its list even while that is closed.
        this.form.append(this.box);
      }
    }

    place() {
      this.input.closest(".siegel-pick__line").append(this.box);
    }

    isCombobox(element) {
      return element?.getAttribute?.("role") === "combobox";
    }

    typed(input) {
      if (!this.isCombobox(input)) {
        return;
      }
      for (const radio of input.closest("[data-pick]").querySelectorAll("input[type=radio]")) {
        radio.checked = radio.value === "";
      }
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.search(input), WAIT);
    }

    async search(input) {
      const number = ++this.asked;
      this.request?.abort();
      this.request = new AbortController();
      const path = input.closest("[data-pick]").dataset.pick;
      const url = `${this.form.dataset.choices}?feld=${encodeURIComponent(path)}`;
      try {
        const response = await fetch(url, {
          method: "POST",
          body: new URLSearchParams(new FormData(this.form)),
          headers: { Accept: "text/html" },
          redirect: "manual",
          signal: this.request.signal,
        });
        const html = response.ok ? await response.text() : "";
        if (number === this.asked && document.activeElement === input) {
          this.show(input, html);
        }
      } catch {
        // Without a connection the input stays what it is without a script: a text to be sent.
        if (number === this.asked) {
          this.close();
        }
      }
    }

    show(input, html) {
      const found = new DOMParser().parseFromString(html, "text/html");
      const options = [...found.querySelectorAll("[role=option]")];
      const said = found.querySelector("p")?.textContent ?? "";
      this.input = input;
      this.list.replaceChildren(...options.map((option) => document.adoptNode(option)));
      this.list.setAttribute("aria-label", document.querySelector(`label[for="${input.id}"]`)?.textContent.trim() ?? "");
      this.list.hidden = options.length === 0;
      this.note.textContent = said;
      this.box.hidden = !said;
      input.setAttribute("aria-expanded", String(options.length > 0));
      input.removeAttribute("aria-activedescendant");
      this.place();
      if (this.live) {
        this.live.textContent = said;
      }
    }

    close() {
      window.clearTimeout(this.timer);
      this.asked += 1;
      this.box.hidden = true;
      this.list.replaceChildren();
      if (this.input) {
        this.input.setAttribute("aria-expanded", "false");
        this.input.removeAttribute("aria-activedescendant");
      }
      this.form.append(this.box);
      this.input = null;
    }

    active() {
      return this.list.querySelector('[aria-selected="true"]');
    }

    activate(option) {
      this.active()?.setAttribute("aria-selected", "false");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    }

    pressed(event) {
      const input = event.target;
      if (!this.isCombobox(input) || event.isComposing) {
        return;
      }
      const isOpen = input === this.input && this.list.childElementCount > 0;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (isOpen) {
          this.move(event.key === "ArrowDown" ? 1 : -1);
        } else {
          this.search(input);
        }
      } else if (event.key === "Enter" && isOpen && this.active()) {
        event.preventDefault();
        this.choose(this.active());
      } else if (event.key === "Escape" && input === this.input) {
        event.preventDefault();
        this.close();
      }
    }

    move(step) {
      const options = [...this.list.children];
      const place = options.indexOf(this.active());
      const next = place < 0 ? (step > 0 ? 0 : options.length - 1) : place + step;
      this.activate(options[(next + options.length) % options.length]);
    }

    choose(option) {
      const input = this.input;
      this.close();
      this.enter(input, option.dataset.text);
    }

    enter(input, text) {
      input.value = text;
      input.focus();
      input.dispatchEvent(new Event("change", { bubbles: true }));
      if (this.live) {
        this.live.textContent = `${text} gewählt.`;
      }
    }

    // One of the entries that the page itself lists below the input.
    chosenBelow(event) {
      const radio = event.target;
      const field = radio.type === "radio" && radio.dataset.text ? radio.closest("[data-pick]") : null;
      if (field) {
        event.stopPropagation();
        const input = field.querySelector("[role=combobox]");
        field.querySelector(".siegel-pick__found").remove();
        this.enter(input, radio.dataset.text);
      }
    }

    left(event) {
      if (event.target === this.input) {
        this.close();
      }
    }
  }

  const form = document.querySelector("form[data-choices]");
  if (form) {
    new Picker(form);
  }
})();
