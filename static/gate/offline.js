// Decides a check where there is no network: by the pass itself, and the answers that the server gave along.
import { digitsOf, opened } from "./passes.js";
import { keep, recall } from "./queue.js";

const door = JSON.parse(document.getElementById("door").textContent);
const words = document.querySelector("[data-words]").dataset;
const find = (name, within = document) => within.querySelector(`[data-${name}]`);
const main = find("check"), paper = find("paper"), other = find("abroad").querySelector("form");
const venues = main.elements.venue;
let clock = 0; // by how much the device's clock is wrong
let taken = null; // the check that the page speaks of, and can go on with

const now = () => Date.now() + clock;
const venue = () => door.venues.find(({ pk }) => String(pk) === venues.value);
const shows = (part, on) => (part.hidden = !on);

function fault(field, text) {
  const place = field.closest(".ask, form"), said = find("fault", place) ?? place.querySelector(".fault");
  const line = said ?? Object.assign(document.createElement("p"), { className: "fault" });
  line.setAttribute("role", "alert");
  line.textContent = text;
  line.hidden = !text;
  if (!said) field.before(line);
  field.toggleAttribute("aria-invalid", Boolean(text));
  if (text) field.focus();
  return false;
}

// What the form of the server takes, by its own patterns.
function temperatureOf(field) {
  const text = field.value.normalize("NFKC").replace(/。/g, ".").replace(/,/g, ".").toUpperCase().replace(/\s*°?\s*C?$/, "").trim();
  const point = text.match(new RegExp(`^(?:${door.withoutPoint})$`));
  if (!text) return fault(field, words.temperatureMissing);
  if (point) return fault(field, words.temperaturePoint.replace("#", point.slice(1).join(".")));
  if (!new RegExp(`^(?:${door.temperature})$`).test(text)) return fault(field, words.temperatureOdd);
  if (text < door.lowest || text > door.highest) return fault(field, words.temperatureImpossible);
  fault(field, "");
  return text.replace(/\.$/, "");
}

function offices(place, kind) {
  const lines = venue().help[kind].map(({ name, phone, address }) => {
    const line = document.createElement("p");
    line.append(name, " ");
    line.append(Object.assign(document.createElement("a"), { href: `tel:${phone}`, textContent: phone }));
    if (address) line.append(` ${address}`);
    return line;
  });
  place.replaceChildren(...lines);
  shows(place, lines.length);
}

// What was said of the last person is not said of the next.
function clear() {
  taken = null;
  for (const name of ["verdict", "rule", "help", "mask", "reason", "paper"]) shows(find(name), false);
}

// Before anything is said the check is on the device: what nobody could send later is not decided.
async function decide(check, colour, said, instant) {
  const usual = { device_id: crypto.randomUUID(), taken_at: new Date(now()).toISOString(), venue: venue().pk, rule_book: door.book };
  const row = { keeper: String(door.keeper), check: { ...usual, ...check } };
  try {
    await keep(row);
  } catch {
    return fault(main.elements.number, words.notKept);
  }
  document.dispatchEvent(new CustomEvent("gate:kept"));
  taken = { check, colour, instant };
  show(colour, { ...said, passes: check.let_through ?? said.passes }, instant, check.temperature);
}

function show(colour, said, instant, temperature) {
  const part = find("verdict"), drawn = document.querySelector(`[data-of-colour="${colour || "NONE"}"]`);
  part.className = `verdict verdict-${(colour || "none").toLowerCase()}${said.passes ? "" : " stopped"}`;
  find("shape").replaceChildren(drawn.content.cloneNode(true));
  find("colour").textContent = drawn.dataset.word ?? words.untold;
  shows(find("passes"), said.passes);
  shows(find("stops"), !said.passes);
  find("why").textContent = said.why;
  find("clause").textContent = said.clause;
  shows(find("of"), instant);
  if (instant) find("instant").textContent = timeOf(instant);
  find("rule").textContent = said.words;
  shows(find("rule"), said.words);
  const help = colour === "RED" ? "PREVENTION" : temperature >= door.fever && colour ? "FEVER_CLINIC" : "";
  if (help) offices(find("help"), help);
  else shows(find("help"), false);
  shows(find("mask"), said.asks === "MASK");
  shows(find("reason"), said.asks === "REASON");
  shows(paper, false);
  shows(part, true);
  for (const form of [main, paper, other, find("reason")]) form.reset();
  venues.value = String(venues.dataset.chosen);
  scrollTo(0, 0);
  main.elements.number.focus({ preventScroll: true });
}

const answered = (colour, { temperature, mask, reason }) =>
  venue().answers[`${colour}${Number(temperature >= door.fever)}${Number(Boolean(mask))}${Number(Boolean(reason))}`];

async function scanned(number, temperature) {
  const pass = await opened(number, door.keys), check = { number, temperature };
  if (!pass) return decide(check, "", door.untold.NOT_OURS);
  if (now() < pass.from - door.skew || now() > pass.until + door.skew) return decide(check, "", door.untold.STALE);
  if (pass.colour) return decide(check, pass.colour, answered(pass.colour, check), pass.from);
  taken = { check };
  offices(find("points"), "SERVICE_POINT");
  shows(paper, true);
  paper.scrollIntoView();
  paper.querySelector("[name=by_telephone]").focus();
}

main.addEventListener("submit", (event) => {
  event.preventDefault();
  clear();
  const field = main.elements.number, digits = digitsOf(field.value);
  if (!digits) return fault(field, field.value.trim() ? words.numberNeeds : words.numberMissing);
  fault(field, "");
  const temperature = temperatureOf(main.elements.temperature);
  if (temperature) scanned(digits, temperature);
});

paper.addEventListener("change", ({ target }) => {
  if (target.name !== "by_telephone") return;
  decide({ ...taken.check, by_telephone: target.value }, target.value, answered(target.value, taken.check));
});

paper.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.name !== "let_through") return;
  decide({ ...taken.check, let_through: Boolean(event.submitter.value) }, "", door.untold.UNVERIFIED);
});

find("mask").addEventListener("submit", (event) => {
  event.preventDefault();
  goOn({ mask: true });
});

find("reason").addEventListener("submit", (event) => {
  event.preventDefault();
  goOn({ reason: event.target.elements.reason.value.trim() });
});

function goOn(more) {
  const check = { ...taken.check, ...more };
  decide(check, taken.colour, answered(taken.colour, check), taken.instant);
}

other.addEventListener("submit", (event) => {
  event.preventDefault();
  clear();
  const { issuer, colour, temperature } = other.elements;
  if (!issuer.value || !colour.value) return fault(temperature, words.all);
  const check = { issuer: issuer.value, colour: colour.value, temperature: temperatureOf(temperature) };
  if (check.temperature) decide(check, colour.value, answered(colour.value, check));
});

document.addEventListener("gate:sent", ({ detail }) => {
  if (!detail.left && !detail.failed) find("queue").querySelector("[data-told]").lastChild?.append(` ${words.back}`);
});

function choose(pk) {
  venues.value = venues.dataset.chosen = pk;
  find("venue-name").textContent = venue()?.name ?? "";
  sessionStorage.setItem("venue", pk);
}

const timeOf = (at, options) => new Date(at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai", ...options });

function begin() {
  const asked = new URLSearchParams(location.search), last = sessionStorage.getItem("venue");
  venues.append(...door.venues.map(({ pk, name }) => new Option(name, pk)));
  shows(find("venues"), door.venues.length > 1);
  const wanted = [asked.get("venue"), last].find((pk) => door.venues.some((one) => String(one.pk) === pk));
  choose(wanted ?? String(door.venues[0]?.pk ?? ""));
  venues.addEventListener("change", () => choose(venues.value));
  find("abroad").open = asked.has("elsewhere");
  // What was typed into the page that could not be sent: a pass is taken over, a number stays where it is.
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (!data.typed) return;
    main.elements.number.value = data.typed.number ?? "";
    main.elements.temperature.value = data.typed.temperature ?? "";
    if (digitsOf(main.elements.number.value) && main.elements.temperature.value) main.requestSubmit();
  });
  navigator.serviceWorker?.startMessages?.();
  navigator.serviceWorker?.controller?.postMessage("typed");
  main.elements.number.focus();
}

recall("clock").catch(() => 0).then((apart) => {
  clock = apart ?? 0;
  const since = Number(sessionStorage.getItem("no network since")) || now();
  sessionStorage.setItem("no network since", since);
  find("since").textContent = timeOf(since, { hour: "2-digit", minute: "2-digit" });
  const old = now() - door.at > door.longest;
  shows(find("old"), old);
  main.querySelector("button.primary").disabled = other.querySelector("button").disabled = old;
  if (!old) begin();
});
