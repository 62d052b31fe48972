// Keeps the pages for telling so that they open without a network, and sends what waits.
"use strict";

importScripts("/tell/assets/queue.js");

const CACHE = "tell-1";
const PATIENCE_MS = 4000;
const ASSETS = [
  "/static/my.css", "/tell/assets/tell.css", "/tell/assets/tell.js",
  "/tell/assets/queue.js", "/tell/assets/icon.svg",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(ASSETS)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([
    self.clients.claim(),
    caches.keys().then((names) => Promise.all(
      names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))),
  ]));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const isOurs = url.pathname.startsWith("/tell/") || url.pathname === "/static/my.css";
  if (event.request.method !== "GET" || url.origin !== location.origin || !isOurs) return;
  event.respondWith(newest(event.request));
});

// The network's answer; the kept one where that is late or there is no network.
async function newest(request) {
  const cache = await caches.open(CACHE);
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok) await cache.put(request, answer.clone());
    // A link that is closed stays closed without a network too.
    if (answer.status === 404 || answer.status === 410) await forget(cache, request);
    return answer;
  });
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const first = await Promise.race([asked, late]).catch(() => undefined);
  return first ?? (await cache.match(request)) ?? asked;
}

async function forget(cache, request) {
  const path = new URL(request.url).pathname;
  for (const kept of await cache.keys()) {
    if (new URL(kept.url).pathname === path) await cache.delete(kept);
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag !== "tell") return;
  event.waitUntil(tellQueue.flush().then((left) => {
    if (left) throw new Error("some are not sent yet");
  }));
});
