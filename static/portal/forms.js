// Forms by keyboard: Enter goes on to what is still missing, a digit chooses, days and times are typed short.
// Everything works without this file.
const HOUR = 3600000, DAY = 24 * HOUR, AHEAD = 45;
const two = (number) => String(number).padStart(2, "0");
const inputs = (form) => [...form.querySelectorAll(":is(input, select, textarea):not([type=hidden]):not(:disabled)")]
    .filter((one) => !one.closest("[hidden], .unseen"));

// A time that has its day already still wants its hour, written behind it.
const hasDayAlone = (one) => one.dataset.short === "time" && /^\d{4}-\d\d-\d\d\s*$/.test(one.value);
const isMissing = (one) => one.validity.valueMissing || hasDayAlone(one);

function goTo(field) {
    field.focus();
    if (hasDayAlone(field)) field.setSelectionRange(field.value.length, field.value.length);
}

for (const form of document.querySelectorAll(".act-form")) {
    form.addEventListener("keydown", (event) => {
        const from = event.target;
        if (!from.matches("input, select, textarea") || event.isComposing || event.altKey || event.metaKey || event.shiftKey) return;
        if (event.key === "Enter" && event.ctrlKey) {
            event.preventDefault();
            writeOut(from);
            const send = form.querySelector("button[name=_next], button[name=_confirm]");
            if (send && !event.repeat) form.requestSubmit(send);
        } else if (event.key === "Enter" && !from.matches("textarea")) {
            writeOut(from);
            const all = inputs(form), place = all.indexOf(from);
            const missing = [...all.slice(place + 1), ...all.slice(0, place + 1)].find(isMissing);
            // A key that is held down sends nothing: what it would send has not been read.
            if (missing || event.repeat) event.preventDefault();
            if (missing) goTo(missing);
            else if (from.matches("select") && !event.repeat) form.requestSubmit();  // a browser sends from no list
        } else if (from.type === "radio" && /^[1-9]$/.test(event.key) && !event.ctrlKey) {
            const chosen = inputs(form).filter((one) => one.type === "radio" && one.name === from.name)[event.key - 1];
            if (!chosen) return;
            event.preventDefault();
            chosen.focus();
            chosen.click();
        }
    });
}

// --- days and times ------------------------------------------------------------------------------------------
// On a telephone its own wheels stay. Elsewhere a line is typed as people say it, and written out in full at once.
const DAYS = {
    今: 0, 今天: 0, 今日: 0, today: 0, 昨: -1, 昨天: -1, 昨日: -1, "-": -1, yesterday: -1, 前天: -2, 前日: -2,
    明: 1, 明天: 1, 明日: 1, tomorrow: 1, 后天: 2,
};
const SAID = /^(今天|今日|今|today|昨天|昨日|昨|yesterday|-|前天|前日|明天|明日|明|tomorrow|后天)? *(.*)$/i;
const ON = /^(?:(\d{4}) ?[-/.年] ?)?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?/;
const TOGETHER = /^(20\d{2}|19\d{2})?(\d{2})(\d{2})/;
const TIME = /^(凌晨|早上|上午|中午|下午|晚上|早|晚)? ?(\d{1,2})(?: ?: ?(\d{2})|(\d{2})|[点时](?:(\d{1,2})分?|(半)|(整))?)? ?(am|pm)?$/i;

function midnight(now, year, month, day) {
    if (year) return made(Number(year), month, day);
    // Without a year the last such day is meant, or one of the next few weeks: most forms ask what has been.
    const here = new Date(now).getUTCFullYear();
    const days = [here + 1, here, here - 1].map((one) => made(one, month, day));
    const meant = days.find((one) => one !== null && one - now < AHEAD * DAY);
    return meant === undefined ? null : meant;
}

function made(year, month, day) {
    const at = new Date(Date.UTC(year, month - 1, day));
    return at.getUTCMonth() === month - 1 && at.getUTCDate() === Number(day) ? at.getTime() : null;
}

function timeOf(text) {
    const found = text.trim().match(TIME);
    if (!found) return null;
    const [, part, written, ...minutes] = found, half = part || (found[8] || "").toLowerCase();
    // A bare number is an hour only beside the part of the day: "9" alone may be the ninth.
    if (!half && !minutes.slice(0, 5).some(Boolean) && !/[点时]/.test(text)) return null;
    const hour = hourOf(Number(written), half), minute = minutes[3] ? 30 : Number(minutes[0] || minutes[1] || minutes[2] || 0);
    return hour !== null && minute < 60 ? hour * HOUR + minute * HOUR / 60 : null;
}

// Twelve at night is the end of one day or the beginning of another: it means none.
function hourOf(hour, half) {
    if (hour > 23) return null;
    if (/^(凌晨|早|早上|上午|am)$/.test(half)) return hour < 12 ? hour : null;
    if (half === "中午") return hour === 11 || hour === 12 ? hour : hour === 1 || hour === 2 ? hour + 12 : null;
    if (/^(晚|晚上)$/.test(half) && (hour === 12 || hour === 0)) return null;
    return /^(下午|晚|晚上|pm)$/.test(half) && hour < 12 ? hour + 12 : hour;
}

// Returns what a line means as an instant of the field's own clock; null where it means none, or may mean two.
function read(text, now, timed) {
    const line = text.normalize("NFKC").trim();
    const [, said, rest] = line.match(SAID);
    const today = now - (((now % DAY) + DAY) % DAY);
    if (said) {
        const day = today + DAYS[said.toLowerCase()] * DAY, time = timed ? timeOf(rest) : 0;
        return time === null || (!timed && rest) ? null : day + time;
    }
    if (timed && timeOf(rest) !== null) return today + timeOf(rest);
    const found = rest.match(ON) || rest.match(TOGETHER);
    if (!found) return null;
    const day = midnight(now, found[1], found[2], found[3]), left = rest.slice(found[0].length).replace(/^[ T]+/, "");
    if (day === null || (!timed && left)) return null;
    const time = timed ? timeOf(left) : 0;
    return time === null ? null : day + time;
}

function writeOut(field) {
    if (!field.dataset.short || field.type !== "text" || !field.value.trim()) return;
    const now = Date.parse(`${field.dataset.now}:00Z`) + performance.now() - begun.get(field), timed = field.dataset.short === "time";
    const at = read(field.value, now, timed);
    if (at === null) return;
    const moment = new Date(at);
    const day = `${moment.getUTCFullYear()}-${two(moment.getUTCMonth() + 1)}-${two(moment.getUTCDate())}`;
    field.value = timed ? `${day} ${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}` : day;
}

const begun = new WeakMap();  // when a field came onto the page, by the page's own clock
// What is sent is a whole day, from whichever field and by whichever key it is sent.
document.addEventListener("submit", (event) => event.target.querySelectorAll("input[data-short]").forEach(writeOut), true);
document.addEventListener("fields", (event) => begin(event.target));  // of a part that came later
begin(document);

function begin(part) {
    if (!matchMedia("(hover: hover)").matches) return;
    for (const field of part.querySelectorAll("input[data-short]")) {
        if (begun.has(field)) continue;
        begun.set(field, part === document ? 0 : performance.now());
        const native = field.type, value = (field.dataset.typed || field.value).replace(/^(\d{4}-\d\d-\d\d)T/, "$1 ");
        field.type = "text";
        field.value = value;
        field.autocomplete = "off";
        field.placeholder = field.dataset.hint;
        field.addEventListener("change", () => writeOut(field));
        // The calendar stays for whoever looks for a day: a field of its own kind, beside, that only its button opens.
        const calendar = document.createElement("input"), open = document.createElement("button"), both = document.createElement("span");
        calendar.type = native;
        calendar.className = "unseen";
        calendar.tabIndex = -1;
        calendar.setAttribute("aria-hidden", "true");
        open.type = "button";
        open.className = "btn small calendar";
        open.title = field.dataset.calendar;
        open.setAttribute("aria-label", field.dataset.calendar);
        open.textContent = "▦";
        open.tabIndex = -1;
        open.addEventListener("click", () => {
            calendar.value = field.value.replace(" ", "T");
            calendar.showPicker();
        });
        calendar.addEventListener("change", () => {
            if (calendar.value) field.value = calendar.value.replace("T", " ");
            field.focus();
        });
        both.className = "moment";
        field.replaceWith(both);
        both.append(field, calendar, open);
    }
}
