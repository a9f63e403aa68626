// First contact by keyboard alone: looks up at the last digit, walks on with Enter, keeps drafts. Optional.
const find = document.getElementById("find"), box = document.getElementById("id_text");
const work = document.getElementById("work"), message = document.getElementById("status");
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
let asked = "", keeper = 0;

function isResident(text) {
    if (!/^\d{17}[\dX]$/.test(text)) return false;
    const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(text[place]), 0);
    return "10X98765432"[sum % 11] === text[17];
}

async function lookUp(form, submitter) {
    const data = new FormData(form, submitter);
    const text = asked = String(data.get("text"));
    message.textContent = find.dataset.looking;
    try {
        const response = await fetch(form.action, {method: "POST", body: data, headers: {"X-Fragment": "1"}});
        const html = await response.text();
        if (text !== asked) return;
        if (response.redirected || response.status === 403) {
            // Not logged in any more: sent as a page, what was typed is kept until the log-in.
            HTMLFormElement.prototype.submit.call(form);
            return;
        }
        if (!response.ok) throw new Error(String(response.status));
        work.innerHTML = html;
    } catch {
        message.textContent = find.dataset.failed;
        asked = "";
        return;
    }
    asked = "";
    const drafts = document.getElementById("drafts");
    if (drafts) drafts.closest("section").hidden = true;
    const answer = work.querySelector(".errornote, [data-choose] .errorlist, [data-choose] h2");
    message.textContent = answer ? answer.textContent.trim() : find.dataset.found;
    const choice = work.querySelector("[data-choose] :is(input:not([type=hidden]), button)");
    if (choice) choice.focus();
    begin();
}

function begin() {
    const form = document.getElementById("intake");
    if (!form) return;
    work.dispatchEvent(new Event("fields", {bubbles: true}));
    (form.querySelector(".wrong :is(input, select)") || form.elements.explained || form.elements.category).focus();
    show(form);
    clearInterval(keeper);
    let kept = JSON.stringify([...new FormData(form)]);
    keeper = setInterval(() => {
        const now = JSON.stringify([...new FormData(form)]);
        if (now === kept) return;
        kept = now;
        fetch(form.dataset.keep, {method: "POST", body: new FormData(form), headers: {"X-Fragment": "1"}}).catch(() => { kept = ""; });
    }, 5000);
}

// What concerns one answer alone is shown with that answer; who may hear what follows from who speaks.
function show(form) {
    const answer = new FormData(form).get("outcome"), speaks = form.elements.relation;
    for (const part of form.querySelectorAll("[data-only-if]")) part.hidden = part.dataset.onlyIf !== answer;
    const code = form.querySelector("[data-hears=code]"), policy = form.querySelector("[data-hears=policy]");
    if (!code || !policy) return;
    code.hidden = !speaks.selectedOptions[0].hasAttribute("data-may-hear");
    policy.open = code.hidden;
}

// Enter goes on to the next field, from wherever it is; only Ctrl+Enter and the button register.
function walkOn(form, from) {
    const after = (stop) => from.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING;
    const next = [...form.querySelectorAll("[data-next]:not([hidden])")].find((stop) => after(stop) && !stop.contains(from));
    const control = next && (next.querySelector("input:checked") || next.querySelector("input, select"));
    (control || document.getElementById("register")).focus();
}

if (find) {
    find.addEventListener("submit", (event) => {
        if (event.submitter && event.submitter.name === "nobody") return;
        event.preventDefault();
        lookUp(find);
    });
    box.addEventListener("input", () => {
        const text = box.value.replace(/[\s-]/g, "").toUpperCase();
        if (isResident(text) && text !== asked) lookUp(find);
    });
    work.addEventListener("submit", (event) => {
        if (!event.target.matches("[data-choose]")) return;
        event.preventDefault();
        lookUp(event.target, event.submitter);
    });
    work.addEventListener("change", (event) => {
        const form = event.target.closest("#intake");
        if (form) show(form);
    });
    work.addEventListener("keydown", (event) => {
        const form = event.target.closest("#intake");
        if (!form) return;
        if (event.key === "Enter" && event.ctrlKey) {
            event.preventDefault();
            form.requestSubmit(document.getElementById("register"));
            return;
        }
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const stop = event.target.closest("[data-digits]");
        if (event.key === "Enter" && event.target.matches("input, select")) {
            event.preventDefault();
            walkOn(form, event.target);
        } else if (stop && /^[1-9]$/.test(event.key)) {
            const choice = stop.querySelectorAll("input")[Number(event.key) - 1];
            if (choice) {
                event.preventDefault();
                choice.checked = true;
                choice.focus();
                show(form);
            }
        }
    });
    begin();
}
