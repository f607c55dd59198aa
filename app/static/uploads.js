// Uploading files: too large ones are said at once, and the progress is shown. Without this script
// the button sends the page, which does the same.

(() => {
  "use strict";

  const form = document.getElementById("formular");
  let refused = null; // the field with the reason why its last files were not taken

  // filling.js lets nothing else leave the page meanwhile: it would name another revision.
  function ended(isSaved) {
    form.dispatchEvent(new CustomEvent("siegel:uploaded", { detail: { isSaved } }));
  }

  function say(place, text) {
    let status = place.querySelector("[role=status]");
    if (!status) {
      status = document.createElement("p");
      status.className = "siegel-hint";
      status.setAttribute("role", "status");
      place.append(status);
    }
    status.textContent = text;
    return status;
  }

  function tooLarge(input) {
    const largest = Number(input.dataset.largest);
    return [...input.files].find((file) => file.size > largest);
  }

  form?.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file") {
      return;
    }
    // The fields do not depend on a file that is not uploaded yet.
    event.stopPropagation();
    const place = input.closest(".siegel-files__add");
    const large = tooLarge(input);
    if (large) {
      say(place, `„${large.name}“ ist größer als ${Number(input.dataset.largest) / 1048576} MB.`);
      input.value = "";
    } else if (input.files.length > 0) {
      say(place, "");
      form.requestSubmit(place.querySelector("[data-upload]"));
    }
  }, true);

  form?.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-upload]")) {
      return;
    }
    event.preventDefault();
    const place = button.closest(".siegel-files__add");
    if (place.querySelector("input[type=file]").files.length === 0) {
      say(place, "Bitte wählen Sie zuerst eine Datei aus.");
      ended(false);
      return;
    }
    refused = null;
    const body = new FormData(form);
    body.set("__action", "upload");
    const bar = document.createElement("progress");
    bar.className = "siegel-files__progress";
    bar.setAttribute("aria-label", "Hochladen");
    place.append(bar);
    say(place, "Wird hochgeladen …");
    // A refresh on its way knows nothing of these files.
    form.dispatchEvent(new Event("htmx:abort"));
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) {
        bar.max = sent.total;
        bar.value = sent.loaded;
      }
    });
    request.addEventListener("load", () => arrived(request, place, bar));
    request.addEventListener("error", () => {
      bar.remove();
      say(place, "Keine Verbindung. Bitte laden Sie die Datei noch einmal hoch.");
      ended(false);
    });
    request.open("POST", form.action);
    request.send(body);
  });

  // The answer is the page: after a redirect with the new file, else with the reason against it.
  // Only this field is taken from it, so that what is being typed elsewhere stays.
  function arrived(request, place, bar) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const field = place.closest(".siegel-files");
    const answer = page.getElementById(field.id);
    const revision = page.querySelector("input[name=__revision]");
    if (!answer || !revision) {
      bar.remove();
      say(place, "Das Hochladen hat nicht geklappt. Bitte laden Sie die Seite neu.");
      ended(false);
      return;
    }
    field.replaceWith(answer);
    form.elements.__revision.value = revision.value;
    answer.focus();
    refused = request.status === 200 ? null : answer.cloneNode(true);
    ended(request.status === 200);
    if (request.status === 200) {
      // Questions may depend on it.
      form.dispatchEvent(new Event("change"));
    }
  }

  // A refresh knows nothing of files that were not taken; why they were not is still to be read.
  form?.addEventListener("htmx:after:swap", () => {
    const field = refused && document.getElementById(refused.id);
    if (!field || field.querySelector(".siegel-error")) {
      return;
    }
    const focused = field.contains(document.activeElement) ? document.activeElement.id : "";
    field.replaceWith(refused.cloneNode(true));
    if (focused) {
      document.getElementById(focused)?.focus();
    }
  });
})();
