// What was told and is not sent yet: encrypted in this browser, sent once each, in any
// order. The page and the worker share this file.
"use strict";

const tellQueue = (() => {
  // The service will never take these; anything else is tried again.
  const FOR_GOOD = new Set([400, 404, 405, 409, 410, 413, 414, 422]);
  const LOCK = "tell-queue";
  // A network that takes and gives nothing is none.
  const PATIENCE_MS = 30_000;
  let opening;

  function database() {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("tell", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("keys");
        request.result.createObjectStore("told", { keyPath: "id" });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opening;
  }

  async function store(name, mode, work) {
    const transaction = (await database()).transaction(name, mode);
    return new Promise((resolve, reject) => {
      const request = work(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  // The key can't be read out by anybody, this script included; the first one made holds.
  async function key() {
    const known = await store("keys", "readonly", (keys) => keys.get("key"));
    if (known) return known;
    const made = await crypto.subtle.generateKey(
      { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await store("keys", "readwrite", (keys) => keys.add(made, "key")).catch(() => {});
    return store("keys", "readonly", (keys) => keys.get("key"));
  }

  async function put(id, url, body) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(body);
    const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), text);
    const told = { id, url, iv, box, status: 0 };
    await store("told", "readwrite", (all) => all.put(told));
  }

  async function open(told) {
    const text = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: told.iv }, await key(), told.box);
    return new TextDecoder().decode(text);
  }

  const all = () => store("told", "readonly", (told) => told.getAll());
  const remove = (id) => store("told", "readwrite", (told) => told.delete(id));

  async function refuse(told, status) {
    await store("told", "readwrite", (all) => all.put({ ...told, status }));
  }

  // Sends one; the answer, or nothing where there is no network. An answer that leads
  // elsewhere is not the service's own: it stays here.
  async function send(url, body, accept) {
    try {
      return await fetch(url, {
        method: "POST",
        body: new URLSearchParams(body),
        headers: { accept },
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      return null;
    }
  }

  // Sends all that waits, once nobody else is doing so; says how many are left.
  async function flush() {
    await navigator.locks.request(LOCK, async () => {
      for (const told of await all()) {
        if (told.status) continue;
        const body = await open(told).catch(() => null);
        if (body === null) {
          // What cannot be opened holds up no other, and is not passed over in silence.
          await refuse(told, "unreadable");
          continue;
        }
        const answer = await send(told.url, body, "application/json");
        if (!answer) return;
        if (answer.ok) await remove(told.id);
        else if (FOR_GOOD.has(answer.status)) await refuse(told, answer.status);
      }
    });
    return (await all()).filter((told) => !told.status).length;
  }

  // Sends one now, while nobody else sends.
  function sendNow(id) {
    return navigator.locks.request(LOCK, async () => {
      const told = (await all()).find((one) => one.id === id);
      const answer = told ? await send(told.url, await open(told), "text/html") : null;
      if (answer && (answer.ok || answer.status === 422 || answer.status === 409)) {
        await remove(id);
      } else if (answer && FOR_GOOD.has(answer.status)) {
        await refuse(told, answer.status);
      }
      return answer;
    });
  }

  return { put, open, all, remove, flush, sendNow };
})();
