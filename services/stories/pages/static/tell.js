// The form sends itself when there is a network, and keeps what was told until then.
// Without this script it is an ordinary form.
"use strict";

(() => {
  const CACHE = "tell-1";
  const can = window.isSecureContext && "serviceWorker" in navigator && "locks" in navigator
    && "indexedDB" in window;
  const byId = (id) => document.getElementById(id);
  const form = () => byId("tell");
  const most = 50;
  const AGAIN_MS = 60_000;
  let again;
  let known = [];
  let sent = 0;

  async function show() {
    if (!can) return;
    const told = await tellQueue.all();
    const waiting = told.filter((one) => !one.status);
    const refused = told.filter((one) => one.status);
    // The worker sends, too: what was shown as waiting and is gone has arrived.
    sent += known.filter((id) => !told.some((one) => one.id === id)).length;
    known = waiting.map((one) => one.id);
    byId("queue").hidden = told.length === 0 && sent === 0;
    clearTimeout(again);
    if (waiting.length) again = setTimeout(flush, AGAIN_MS);
    byId("waiting").hidden = waiting.length === 0;
    byId("waiting-count").textContent = String(waiting.length);
    byId("refused").hidden = refused.length === 0;
    byId("refused-list").replaceChildren(...refused.map(refusedItem));
    byId("still").hidden ||= waiting.length === 0;
    byId("sent").hidden = sent === 0;
    byId("sent-count").textContent = String(sent);
    const kept = document.querySelector("[data-kept]");
    if (kept && !waiting.some((one) => one.id === kept.dataset.kept)) settle(kept, refused);
  }

  // What this page says is kept has arrived meanwhile, or will not be taken.
  function settle(kept, refused) {
    const isRefused = refused.some((one) => one.id === kept.dataset.kept);
    document.querySelector("header.top h1").textContent = isRefused
      ? byId("refused").querySelector("h2").textContent : kept.dataset.arrived;
    kept.querySelector(".more").hidden = true;
    kept.hidden = isRefused;
    delete kept.dataset.kept;
  }

  // One that the service will not take: why, its code, its words, and a way to remove it.
  function refusedItem(told) {
    const item = byId("refused-item").content.cloneNode(true).firstElementChild;
    const reason = item.querySelector(`[data-status~="${told.status}"]`)
      ?? item.querySelector("[data-status~=other]");
    reason.hidden = false;
    item.querySelector(".code").textContent = code(told.id);
    item.querySelector(".read").addEventListener("click", async (event) => {
      const said = [...new URLSearchParams(await tellQueue.open(told))]
        .filter(([name]) => name.endsWith("text") || name === "wishes");
      const words = item.querySelector(".words");
      words.textContent = said.map(([, value]) => value).filter(Boolean).join("\n\n");
      words.hidden = false;
      event.target.hidden = true;
      words.focus();
    });
    item.querySelector(".read").hidden = told.status === "unreadable";
    item.querySelector(".remove").addEventListener("click", async (event) => {
      const { sure } = event.target.dataset;
      if (event.target.textContent !== sure) {
        event.target.textContent = sure;
        return;
      }
      await tellQueue.remove(told.id);
      await show();
    });
    return item;
  }

  async function flush() {
    if (!can) return;
    await tellQueue.flush().catch(() => {});
    await show();
  }

  // Who asks for it hears that it still waits; a second time, too.
  async function tryNow() {
    byId("still").hidden = true;
    await flush();
    byId("still").hidden = byId("waiting").hidden;
  }

  const code = (id) => `${id.slice(0, 4)}-${id.slice(4, 8)}`.toUpperCase();

  function today() {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  }

  async function submit(event) {
    if (!can || event.submitter?.name === "add") return;
    event.preventDefault();
    const told = event.target;
    const button = told.querySelector(".send button");
    if (button.getAttribute("aria-disabled")) return;
    const says = button.textContent;
    button.setAttribute("aria-disabled", "true");
    button.textContent = button.dataset.sending;
    const fields = new FormData(told);
    const id = crypto.randomUUID();
    fields.set("reference", id);
    if (!told.querySelector("[type=date]")) fields.set("told_on", today());
    try {
      await tellQueue.put(id, told.action, new URLSearchParams(fields).toString());
    } catch {
      if (!navigator.onLine) {
        button.removeAttribute("aria-disabled");
        button.textContent = says;
        told.querySelector(".notice")?.remove();
        told.prepend(byId("no-room").content.cloneNode(true));
        arrive();
        return;
      }
      // No room to keep it here: an ordinary form after all.
      told.removeEventListener("submit", submit);
      told.submit();
      return;
    }
    const answer = navigator.onLine ? await tellQueue.sendNow(id) : null;
    if (answer && (answer.ok || answer.status === 422 || answer.status === 409)) {
      await swap(answer);
    } else if (answer && (answer.status === 410 || answer.status === 404)) {
      await swap(answer);
    } else {
      keep(id, Boolean(fields.get("back")));
      navigator.serviceWorker.ready
        .then((worker) => worker.sync?.register("tell")).catch(() => {});
    }
    await show();
  }

  // Puts the answer's page in the place of this one; the queue stays where it is.
  async function swap(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const queue = byId("queue");
    document.title = page.title;
    for (const part of ["header.top", "main", "footer"]) {
      document.querySelector(part).replaceWith(page.querySelector(part));
    }
    byId("queue")?.remove();
    document.querySelector("main").prepend(queue);
    arrive();
  }

  // Says that it is kept, and empties the form: the next person finds nothing of it.
  function keep(id, wantedLink) {
    const kept = byId("kept").content.cloneNode(true);
    kept.querySelector(".receipt").textContent = code(id);
    kept.querySelector(".no-link").hidden = !wantedLink;
    kept.querySelector("[data-arrived]").dataset.kept = id;
    document.querySelector("header.top .lead").hidden = true;
    byId("still").hidden = true;
    form().reset();
    const place = document.createElement("div");
    place.className = "kept";
    place.append(kept);
    const main = document.querySelector("main");
    main.querySelector(".ways")?.remove();
    form().replaceWith(place);
    const queue = byId("queue");
    place.after(queue);
    document.querySelector("header.top h1").textContent =
      place.querySelector("h2").textContent;
    place.querySelector("h2").remove();
    arrive();
  }

  function arrive() {
    window.scrollTo(0, 0);
    form()?.addEventListener("submit", submit);
    const heading = document.querySelector("[role=alert]")
      ?? document.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  }

  // One more moment without asking the service for it.
  function addMoment(event) {
    const button = event.target.closest("button[name=add]");
    if (!button) return;
    event.preventDefault();
    const blocks = document.querySelectorAll("[data-moment]");
    const last = blocks[blocks.length - 1];
    const number = Number(last.dataset.moment) + 1;
    if (number > most) return;
    const block = last.cloneNode(true);
    block.dataset.moment = String(number);
    for (const fault of block.querySelectorAll(".fault")) fault.remove();
    for (const part of [block, ...block.querySelectorAll("[name], [id], [for]")]) {
      for (const attribute of ["name", "id", "for"]) {
        const value = part.getAttribute(attribute);
        if (value) part.setAttribute(attribute, value.replace(/moment-\d+/, `moment-${number}`));
      }
      if (part.type === "radio") part.checked = false;
      if (part.tagName === "TEXTAREA") part.value = "";
    }
    block.querySelector(".number").textContent = String(number);
    last.after(block);
    block.querySelector("input").focus();
  }

  // Keeps every way and language of this page for when there is no network.
  async function keepPages() {
    const worker = await navigator.serviceWorker.register(
      "/tell/assets/worker.js", { scope: "/tell/" });
    await navigator.serviceWorker.ready;
    const cache = await caches.open(CACHE);
    const own = [...document.querySelectorAll(".ways a, .languages a")].map((one) => one.href);
    for (const url of new Set([location.href.split("#")[0], ...own])) {
      if (!(await cache.match(url))) await cache.add(url).catch(() => {});
    }
    return worker;
  }

  form()?.addEventListener("submit", submit);
  document.addEventListener("click", addMoment);
  window.addEventListener("online", flush);
  byId("try-now")?.addEventListener("click", tryNow);
  if (can) {
    keepPages().then(() => { document.documentElement.dataset.offline = "ready"; })
      .catch(() => {});
    show().then(flush);
  }
})();
