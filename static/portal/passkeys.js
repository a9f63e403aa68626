// Passkeys: the browser asks a device, and its answer goes with the form. Without this file codes are asked for.
const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};
const toText = (buffer) => {
    const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
const withIds = (known) => (known || []).map((one) => ({...one, id: toBytes(one.id)}));
const readOptions = (json) => {
    const options = JSON.parse(json);
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    options.excludeCredentials = withIds(options.excludeCredentials);
    options.allowCredentials = withIds(options.allowCredentials);
    return options;
};
const answerOf = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
        if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({id: credential.id, rawId: toText(credential.rawId), type: credential.type, response});
};
const ask = async (button) => {
    const form = button.closest("form"), failed = form.querySelector("[data-passkey-failed]");
    // What the page needs beside the answer comes first: nobody touches a device for a form that is sent back.
    const empty = [...form.querySelectorAll("[name=password], [name=name]")].find((field) => !field.value);
    if (empty) return empty.focus();
    button.disabled = true;
    failed.hidden = true;
    try {
        const publicKey = readOptions(button.dataset.passkey);
        const made = "passkeyNew" in button.dataset;
        const credential = await (made ? navigator.credentials.create({publicKey}) : navigator.credentials.get({publicKey}));
        form.querySelector("[name=passkey]").value = answerOf(credential);
        form.submit();
    } catch {
        failed.hidden = false;
        button.disabled = false;
    }
};
if (window.PublicKeyCredential) {
    for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;
    for (const words of document.querySelectorAll("[data-passkey-missing]")) words.hidden = true;
    for (const button of document.querySelectorAll("[data-passkey]")) {
        button.addEventListener("click", () => ask(button));
    }
}
