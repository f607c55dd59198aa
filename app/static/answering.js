// Answering a questionnaire: saves while somebody fills in. Nothing is kept in the browser, which
// others may use as well.

(() => {
  "use strict";

  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  const status = form.querySelector("[data-autosave-status]");
  let timer = 0;
  let dirty = false;
  let leaving = false;

  async function save() {
    window.clearTimeout(timer);
    if (!dirty || leaving) {
      return;
    }
    dirty = false;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        keepalive: true,
      });
      if (answer.ok) {
        status.textContent = form.dataset.saved;
        return;
      }
    } catch {
      // Offline: the next save, or the button, takes everything along.
    }
    dirty = true;
  }

  form.addEventListener("input", () => {
    dirty = true;
    status.textContent = "";
    window.clearTimeout(timer);
    timer = window.setTimeout(save, 2000);
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      save();
    }
  });
})();
