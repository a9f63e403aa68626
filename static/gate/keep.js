// Keeps the gate's page on the device while there is a network, and sends what was taken while there was none.
import { drop, remember, waiting } from "./queue.js";

const bar = document.querySelector("[data-queue]");
const { keeper, page, worker, late, gate } = bar?.dataset ?? {};
const SHORT = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" };
const FIRST = 5_000, LONGEST = 60_000; // between two tries
const MOST = 100;
const tabs = new BroadcastChannel("gate");
let pause = FIRST, next;

const word = (name, count) => bar.dataset[name].replace("#", count);
const line = (text, list) => Object.assign(list.appendChild(document.createElement("li")), { textContent: text });

// The shell of today, with whose door it is; and by how much the device's clock is wrong.
async function keep() {
  await navigator.serviceWorker.register(worker, { scope: gate });
  const before = Date.now(), answer = await fetch(page, { cache: "no-store" });
  const cache = await caches.open("gate-page");
  if (!answer.ok || answer.redirected) return cache.delete(page);
  const text = await answer.clone().text();
  const at = JSON.parse(new DOMParser().parseFromString(text, "text/html").getElementById("door").textContent).at;
  await remember("clock", at - (before + Date.now()) / 2);
  await cache.put(page, answer);
}

async function show() {
  const rows = await waiting(), own = rows.filter((row) => row.keeper === keeper).length;
  const others = rows.length - own;
  bar.querySelector("[data-own]").textContent = own ? word("waits", own) : "";
  bar.querySelector("[data-others]").textContent = others ? word("others", others) : "";
  bar.hidden = !rows.length && !bar.querySelector("li");
  return own;
}

// The token of the log-in, and whose it is: an answer of ours, which no captive portal can give.
async function loggedIn() {
  const answer = await fetch(gate, { cache: "no-store", headers: { Accept: "text/html" } });
  if (!answer.ok) return null;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = found.querySelector("[name=csrfmiddlewaretoken]")?.value;
  return found.querySelector("[data-queue]")?.dataset.keeper === keeper ? token : null;
}

function told(answer, row) {
  const list = bar.querySelector("[data-told]"), at = new Date(row.check.taken_at).toLocaleTimeString("zh-CN", SHORT);
  if (answer.taken === "REFUSED") line(`${at} · ${bar.dataset.refused} ${answer.errors.map((one) => one.detail).join(" ")}`, list);
  else if (answer.colour_then === "RED") line(`${at} · ${bar.dataset.red}`, list);
  else if (answer.colour_then) line(`${at} · ${bar.dataset.turned}`, list);
}

async function sendSome() {
  const rows = (await waiting()).filter((row) => row.keeper === keeper).slice(0, MOST);
  if (!rows.length) return 0;
  const token = await loggedIn();
  if (!token) throw new Error("not logged in");
  // As they were taken: a row is never written anew, or its twin would be another.
  const answer = await fetch(late, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: `{"checks":[${rows.map((row) => JSON.stringify(row.check)).join(",")}]}`,
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const { answers } = await answer.json();
  for (const [place, row] of rows.entries()) {
    told(answers[place], row);
    await drop(row.check.device_id);
  }
  return rows.length;
}

// One tab sends; the others see what is left. What fails is tried again: `online` is said once, and sometimes wrongly.
async function send() {
  clearTimeout(next);
  let sent = 0, failed = false;
  await navigator.locks.request("gate sends", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    try {
      for (let some; (some = await sendSome()); ) sent += some;
      [pause, failed] = [FIRST, false];
    } catch {
      [pause, failed] = [Math.min(pause * 2, LONGEST), true];
    }
  });
  if (sent) line(word("sent", sent), bar.querySelector("[data-told]"));
  if (sent) tabs.postMessage("sent");
  const left = await show();
  if (left) next = setTimeout(send, pause);
  document.dispatchEvent(new CustomEvent("gate:sent", { detail: { left, failed } }));
}

function leave(form) {
  form.addEventListener("submit", async (event) => {
    if (form.dataset.warned) return;
    event.preventDefault();
    await caches.delete("gate-page");
    form.dataset.warned = "1";
    const own = await show();
    if (!own) return form.requestSubmit();
    line(bar.dataset.leaving, bar.querySelector("[data-told]"));
  });
}

if (bar && window.isSecureContext && navigator.serviceWorker && navigator.locks) {
  if (bar.dataset.keeps !== undefined) {
    sessionStorage.removeItem("no network since");
    keep().catch(() => {});
  }
  document.querySelectorAll("form[data-leaves]").forEach(leave);
  window.addEventListener("online", () => ((pause = FIRST), send()));
  tabs.addEventListener("message", show);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  document.addEventListener("gate:kept", send);
  show().then(send);
}

