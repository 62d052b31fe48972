// Says when there are new figures, or late ones. The page is complete without it.
"use strict";
(() => {
  const shown = document.querySelector(".live");
  if (!shown || !("EventSource" in window)) return;
  const mine = Date.parse(document.body.dataset.asOf);
  const LOST_AFTER_MS = 60_000;
  let lost;

  function say(kind, words, link) {
    shown.textContent = "";
    shown.className = `live ${kind}`;
    shown.append(words);
    if (link) {
      const again = document.createElement("a");
      again.href = location.href;
      again.textContent = link;
      again.addEventListener("click", (event) => {
        event.preventDefault();
        location.reload();
      });
      shown.append(" ", again);
    }
    shown.hidden = !words;
  }

  const stream = new EventSource("/updates");
  stream.addEventListener("figures", (event) => {
    const update = JSON.parse(event.data);
    if (update.is_late) {
      say("stale", "These figures are late: newer messages are not counted yet.");
    } else if (Date.parse(update.as_of) > mine) {
      say("new", "There are new figures since you opened this page.", "Show them");
    } else {
      say("", "");
    }
  });
  stream.onopen = () => clearTimeout(lost);
  stream.onerror = () => {
    clearTimeout(lost);
    lost = setTimeout(() => say("stale", "The connection is lost: these figures may be late."), LOST_AFTER_MS);
  };
})();
