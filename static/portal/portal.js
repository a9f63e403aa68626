// The menu folds on phones, and a button pressed twice acts once. Everything works without this file.
const button = document.getElementById("menu-button");
const menu = document.getElementById("menu");
if (button && menu) {
    button.hidden = false;
    menu.classList.add("folds");
    button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") !== "true";
        button.setAttribute("aria-expanded", String(open));
        menu.classList.toggle("open", open);
    });
}
// Listened to from above: a form that a script brings in later is sent once as well.
document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
// What a ground does not ask for is not shown: the form decides which grounds a field concerns.
for (const part of document.querySelectorAll("[data-only-for]")) {
    const form = part.closest("form"), grounds = part.dataset.onlyFor.split(" ");
    const show = () => {
        const chosen = new FormData(form).get("ground");
        part.hidden = Boolean(chosen) && !grounds.includes(chosen);
    };
    form.addEventListener("change", show);
    window.addEventListener("pageshow", show);
}
// How many rows of a list are ticked, in our own words; those of Django stand beside, hidden.
for (const count of document.querySelectorAll("[data-ticked]")) {
    const list = count.closest("form");
    const say = () => {
        const ticked = list.querySelectorAll("input.action-select:checked").length;
        count.textContent = ticked ? count.dataset.ticked.replace("#", ticked) : "";
    };
    list.addEventListener("change", () => setTimeout(say));  // after the box above has ticked them all
    window.addEventListener("pageshow", say);
}
const wrong = document.querySelector("[data-first-error]");
const first = wrong && (wrong.querySelector("[aria-invalid=true]") || wrong.querySelector(".errorlist"));
if (first) {
    first.scrollIntoView({block: "center"});
    first.focus({preventScroll: true});
} else if (matchMedia("(hover: hover)").matches && document.activeElement === document.body) {
    // On a telephone the keyboard would hide the page before it is read.
    const fields = [...document.querySelectorAll(".act-form :is(input:not([type=hidden]), select, textarea)")];
    // The only choice there is, chosen already, asks for nothing.
    const only = (one) => one.type === "radio" && one.checked && fields.filter((other) => other.name === one.name).length === 1;
    const field = document.querySelector(".act-form [autofocus]") || fields.find((one) => !only(one)) || fields[0]
        || document.querySelector(".act-form .btn-row button.btn:not(.danger)");  // it asks for nothing but the press
    // At home whoever comes next is scanned or typed at once.
    const box = !field && document.querySelector("body.home [data-box]");
    if (field || box) (field || box).focus({preventScroll: true});
}
// A key that is held down presses no button: what it would confirm has not been read.
document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
});
for (const print of document.querySelectorAll("[data-print]")) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
}
for (const select of document.querySelectorAll("select[data-narrow]")) {
    const all = [...select.options], box = document.createElement("input");
    box.type = "search";
    box.className = "narrow";
    box.placeholder = select.dataset.narrow;
    box.setAttribute("aria-label", select.dataset.narrow);
    box.addEventListener("input", () => {
        const chosen = select.value, words = box.value.trim().toLowerCase();
        select.replaceChildren(...all.filter((one) => !words || one.text.toLowerCase().includes(words)));
        if ([...select.options].some((one) => one.value === chosen)) select.value = chosen;
    });
    select.before(box);
}
// What is being worked on is looked at again by itself.
for (const again of document.querySelectorAll("[data-again]")) {
    setTimeout(() => window.location.reload(), 1000 * Number(again.dataset.again));
}
// A filter's choices close when one looks elsewhere.
document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(":is(details.filter, details.account)[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll(":is(details.filter, details.account)[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
    }
});
// A text module is inserted where the cursor stands, on a line of its own where something stands before it.
for (const insert of document.querySelectorAll("[data-insert]")) {
    const area = document.getElementById(insert.dataset.insert);
    insert.hidden = !area;
    insert.addEventListener("click", () => {
        const before = area.value.slice(0, area.selectionStart);
        const text = (before && !before.endsWith("\n") ? "\n" : "") + insert.dataset.text;
        if (area.maxLength > 0 && area.value.length - (area.selectionEnd - area.selectionStart) + text.length > area.maxLength) {
            area.focus();  // it would not fit: nothing is cut off
            return;
        }
        area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
        area.focus();
    });
}
// In the box that finds, nothing begins with a slash or a question mark.
const isTyping = (event) => event.target.closest("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit])")
    && !(event.target.matches("[data-box]") && !event.target.value);
// A slash goes to the box that finds, from wherever nothing is being typed.
document.addEventListener("keydown", (event) => {
    const find = document.querySelector("[data-box]");
    const typing = isTyping(event);
    if (event.key !== "/" || event.altKey || event.ctrlKey || event.metaKey || event.isComposing || typing || !find) return;
    event.preventDefault();
    find.focus();
    find.select();
});
// Help opens in place; without this file its link leads to a page of its own.
const helpLink = document.querySelector("[data-help]"), help = document.getElementById("help");
const showHelp = async () => {
    const answer = await fetch(helpLink.href, {headers: {"X-Fragment": "1"}}).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) {
        window.location.assign(helpLink.href);
        return;
    }
    help.querySelector("[data-content]").innerHTML = await answer.text();
    help.showModal();
};
if (helpLink && help) {
    helpLink.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        showHelp();
    });
    document.addEventListener("keydown", (event) => {
        const typing = isTyping(event);
        if (event.key !== "?" || event.altKey || event.ctrlKey || event.metaKey || event.isComposing || typing || help.open) return;
        event.preventDefault();
        showHelp();
    });
}
// Alt and a letter do what carries that letter: a link, a button, or the label of a box.
document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.key.length !== 1) return;
    const keyed = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!keyed || keyed.hidden) return;
    event.preventDefault();
    keyed.click();
});
// A letter's QR code leads here with name and code behind the #, which no server sees.
const logIn = document.getElementById("login-form");
const [, username, code] = location.hash.match(/^#([^:]+):([a-z0-9-]+)$/) || [];
if (logIn && code) {
    logIn.elements.username.value = decodeURIComponent(username);
    logIn.elements.password.value = code;
    history.replaceState(null, "", location.pathname + location.search);
}
