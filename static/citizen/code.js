// Shows the passes that the server signed, one a minute, by elapsed time: the phone's own clock may be wrong.
import { encodeQR } from "../vendor/qr-encode.js";

const code = document.querySelector("[data-code]");
const frame = code?.querySelector("[data-drawn]");
const every = Number(code?.dataset.every) * 1000;
const MARGIN = 4; // modules of white around the symbol
let codes = [], fetched = 0;

function draw(digits) {
  const rows = encodeQR(digits, "raw", { ecc: "medium", encoding: "numeric", border: MARGIN });
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("class", "qr");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  frame.replaceChildren(svg);
  frame.dataset.digits = digits;
}

function show() {
  const place = Math.floor((performance.now() - fetched) / every);
  if (codes[place] && frame.dataset.digits !== codes[place]) draw(codes[place]);
  code.querySelector("[data-silent]").hidden = place < codes.length;
}

async function ask() {
  const answer = await fetch(code.dataset.now, { cache: "no-store" }).catch(() => null);
  if (answer?.status === 401) return location.reload();
  if (!answer?.ok) return;
  const now = await answer.json();
  if (now.colour !== code.dataset.colour) return location.reload(); // why has changed as well
  [codes, fetched] = [now.codes, performance.now()];
  show();
}

function tick() {
  const clock = code.querySelector("[data-clock]");
  clock.textContent = new Date().toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
  if (codes.length) show();
}

if (frame) {
  ask();
  setInterval(() => document.visibilityState === "visible" && ask(), every);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  setInterval(tick, 1000);
}
