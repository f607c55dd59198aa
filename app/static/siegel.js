// What all pages do beyond HTML; filling.js and verification.js add to it. Everything here can be absent: each page works without it.
// No framework, no inline code, nothing that a strict content security policy would refuse.

(() => {
  "use strict";

  const BACKUP_PREFIX = "siegel:";

  document.documentElement.classList.add("js");

  // ------------------------------------------------------------------ focus

  function focusOn(element) {
    if (!element) {
      return;
    }
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start" });
  }

  // A group cannot be filled in: go to its first input instead.
  function focusTarget(id) {
    const element = document.getElementById(id);
    if (!element) {
      return null;
    }
    return element.matches("input, select, textarea")
      ? element
      : element.querySelector("input:not([type=hidden]), select, textarea") ?? element;
  }

  function followErrorLinks(event) {
    const link = event.target.closest?.(".siegel-error-summary a[href^='#']");
    if (!link) {
      return;
    }
    const target = focusTarget(decodeURIComponent(link.hash.slice(1)));
    if (target) {
      event.preventDefault();
      target.focus({ preventScroll: true });
      (target.closest(".siegel-field") ?? target).scrollIntoView({ block: "start" });
    }
  }

  // ------------------------------------------------------------------ menus

  function bindMenus() {
    for (const button of document.querySelectorAll("[data-toggle]")) {
      const panel = document.getElementById(button.dataset.toggle);
      button.addEventListener("click", () => {
        const open = panel.toggleAttribute("data-collapsed") === false;
        button.setAttribute("aria-expanded", String(open));
      });
    }
    document.addEventListener("keydown", (event) => {
      const menu = event.key === "Escape" && event.target.closest?.("details.siegel-menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    document.addEventListener("click", (event) => {
      for (const menu of document.querySelectorAll("details.siegel-menu[open]")) {
        if (!menu.contains(event.target)) {
          menu.open = false;
        }
      }
    });
  }

  // A second click must not send twice. The server refuses it as well.
  function bindSingleUse() {
    document.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!button?.hasAttribute("data-once")) {
        return;
      }
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        return;
      }
      button.setAttribute("aria-disabled", "true");
    });
    window.addEventListener("pageshow", () => {
      for (const button of document.querySelectorAll("[data-once][aria-disabled]")) {
        button.removeAttribute("aria-disabled");
      }
    });
  }

  // ------------------------------------------------------------------ start

  function forgetBackupsOnLogout() {
    for (const form of document.querySelectorAll("form[data-logout]")) {
      form.addEventListener("submit", () => {
        for (const key of Object.keys(window.sessionStorage)) {
          if (key.startsWith(BACKUP_PREFIX)) {
            window.sessionStorage.removeItem(key);
          }
        }
      });
    }
  }

  document.addEventListener("click", followErrorLinks);
  bindMenus();
  bindSingleUse();
  forgetBackupsOnLogout();
  focusOn(document.querySelector("[data-focus]"));
})();
