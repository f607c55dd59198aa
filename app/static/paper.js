// Sheets from paper: a digit chooses an answer and moves on. On a scale it is the point of that number,
// elsewhere the first, second … answer; 0 skips where it is no answer.

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
    const choices = [...question.querySelectorAll('input[type="radio"]')];
    const isScale = choices.some((choice) => /^[0-9]+$/.test(choice.value));
    const choice = isScale
      ? choices.find((one) => one.value === event.key)
      : choices[Number(event.key) - 1];
    if (choice) {
      choice.checked = true;
    } else if (event.key !== "0") {
      return;
    }
    moveOn(question);
  });

  if (!document.querySelector("[data-focus]")) {
    questions()[0]?.querySelector('input[type="radio"]').focus();
  }
})();
