// The proof: a PDF is hashed in the browser and compared; it never leaves the device.

(() => {
  "use strict";

  async function checkHash(area, file) {
    const result = area.querySelector("[data-hash-result]");
    result.textContent = "Wird geprüft …";
    if (!window.crypto?.subtle) {
      result.textContent =
        "Ihr Browser kann hier keine Prüfsumme ausrechnen. Bitte vergleichen Sie sie wie unten beschrieben.";
      return;
    }
    const digest = await window.crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hash = [...new Uint8Array(digest)]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    const same = area.dataset.hashCheck.split(" ").includes(hash);
    result.textContent = "";
    const alert = document.createElement("div");
    alert.className = `kern-alert kern-alert--${same ? "success" : "danger"}`;
    alert.innerHTML = `
      <div class="kern-alert__header">
        <span class="kern-icon kern-icon--${same ? "success" : "danger"}" aria-hidden="true"></span>
        <span class="kern-title"></span>
      </div>
      <div class="kern-alert__body"><p></p><p><span class="siegel-hash"></span></p></div>`;
    alert.querySelector(".kern-title").textContent = same
      ? "Das ist genau dieses Dokument."
      : "Das ist nicht dieses Dokument.";
    alert.querySelector("p").textContent = same
      ? `„${file.name}“ stimmt Byte für Byte mit dem gesiegelten Dokument überein.`
      : `„${file.name}“ wurde verändert oder ist eine andere Datei. Ausgedruckte und neu eingescannte Schreiben haben immer eine andere Prüfsumme.`;
    alert.querySelector(".siegel-hash").textContent = hash;
    result.append(alert);
  }

  function bindDragging(area) {
    for (const name of ["dragenter", "dragover"]) {
      area.addEventListener(name, (event) => {
        event.preventDefault();
        area.classList.add("siegel-drop--over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      area.addEventListener(name, (event) => {
        event.preventDefault();
        area.classList.remove("siegel-drop--over");
      });
    }
  }

  function bindHashCheck() {
    for (const area of document.querySelectorAll("[data-hash-check]")) {
      const input = area.querySelector("input[type=file]");
      input.addEventListener("change", () => {
        if (input.files.length) {
          checkHash(area, input.files[0]);
        }
      });
      bindDragging(area);
      area.addEventListener("drop", (event) => {
        if (event.dataTransfer.files.length) {
          checkHash(area, event.dataTransfer.files[0]);
        }
      });
    }
  }

  /** A file dropped onto the area is the one that the form sends. */
  function bindDropIntoForm() {
    for (const area of document.querySelectorAll("[data-drop-into]")) {
      const input = document.getElementById(area.dataset.dropInto);
      bindDragging(area);
      area.addEventListener("drop", (event) => {
        if (event.dataTransfer.files.length) {
          input.files = event.dataTransfer.files;
        }
      });
    }
  }

  bindHashCheck();
  bindDropIntoForm();
})();
