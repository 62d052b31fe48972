// Says when there are new figures, or late ones. The page is complete without it.
"use strict";
(() => {
  const shown = document.querySelector(".live");
  if (!shown || !("EventSource" in window)) return;
  const { asOf, scope, release } = document.body.dataset;
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

  function isNewer(update) {
    if (release) return (update.releases[scope] || 0) > Number(release);
    return Date.parse(update.as_of) > Date.parse(asOf);
  }

  const stream = new EventSource("/updates");
  stream.addEventListener("figures", (event) => {
    const update = JSON.parse(event.data);
    if (update.is_late) {
      say("stale", "These figures are late: newer messages are not counted yet.");
    } else if (isNewer(update)) {
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
