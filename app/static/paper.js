// Sheets from paper: a digit chooses an answer and moves on, 0 skips the question.

(() => {
  "use strict";

  const form = document.querySelector("form[data-paper]");
  if (!form) {
    return;
  }

  const questions = () => [...form.querySelectorAll('fieldset[role="radiogroup"]')];

  function moveOn(question) {
    const all = questions();
    const next = all[all.indexOf(question) + 1];
    const target = next
      ? next.querySelector('input[type="radio"]')
      : form.querySelector('.siegel-actions button[type="submit"]');
    target?.focus();
  }

  form.addEventListener("keydown", (event) => {
    if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const question = event.target.closest('fieldset[role="radiogroup"]');
    if (!question || event.target.type !== "radio") {
      return;
    }
    event.preventDefault();
    if (event.key !== "0") {
      const choice = question.querySelectorAll('input[type="radio"]')[Number(event.key) - 1];
      if (!choice) {
        return;
      }
      choice.checked = true;
    }
    moveOn(question);
  });

  if (!document.querySelector("[data-focus]")) {
    questions()[0]?.querySelector('input[type="radio"]').focus();
  }
})();
