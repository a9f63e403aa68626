// The round: Enter goes on to the next person, one key says why there is no temperature, a fever stands out at once.
// Everything works without this file.
const form = document.querySelector("[data-round]");
const keep = form && form.querySelector("[data-current]");
const boxes = form ? [...form.querySelectorAll("input[data-half]")] : [];
const column = (half) => boxes.filter((box) => box.dataset.half === half);
const look = (box) => {
    const point = box.value.trim().match(/^(3[4-9]|4[0-3])([0-9])$/);
    if (point && document.activeElement !== box) box.value = `${point[1]}.${point[2]}`;
    box.classList.toggle("fever", Number(box.value.replace(",", ".")) >= Number(form.dataset.fever));
};
for (const box of boxes) {
    box.addEventListener("input", () => look(box));
    box.addEventListener("blur", () => look(box));
    box.addEventListener("focus", () => box.select());
    box.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
        const words = {"-": keep.dataset.minus, "*": keep.dataset.star}[event.key];
        if (!words && event.key !== "Enter") return;
        event.preventDefault();
        if (words) box.value = words;
        const same = column(box.dataset.half);
        (same[same.indexOf(box) + 1] || keep).focus();
    });
}
if (form) form.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.key !== "Enter") return;
    event.preventDefault();
    form.requestSubmit(keep);
});
for (const button of form ? form.querySelectorAll("[data-fill]") : []) {
    button.addEventListener("click", () => {
        button.parentElement.querySelector("input").value = button.dataset.fill;
    });
}
if (form) {
    const wrong = boxes.find((box) => box.getAttribute("aria-invalid") === "true");
    const empty = (box) => !box.value;
    (wrong || column(keep.dataset.current).find(empty) || boxes.find(empty) || keep).focus();
}
