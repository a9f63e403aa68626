// Reads a pass with the camera or from a picture, into the number box. Without it the box takes scanners and typing.
const place = document.querySelector("[data-camera]");
const number = document.querySelector("input[name=number]");
const temperature = document.querySelector("input[name=temperature]");
const SIDE = 720; // of the square that is decoded: the middle of the picture, made larger
const MIDDLE = 0.75; // of the shorter side of the camera's picture
const IDLE = 60_000;
const PASS = /^\d{196}$/;
let reader, stream, stopping, opens, light = false, asking = false, wanted = false;

let last = Promise.resolve();

const part = (name) => place.querySelector(`[data-${name}]`);
const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
const pen = canvas.getContext("2d", { willReadFrequently: true });

function say(name) {
  part("word").textContent = name ? place.dataset[name] : "";
  part("elsewhere").hidden = name !== "other";
}

function decode(source, x, y, side) {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.drawImage(source, x, y, side, side, 0, 0, SIDE, SIDE);
  const { data } = pen.getImageData(0, 0, SIDE, SIDE);
  const picture = { width: SIDE, height: SIDE, data };
  // One picture after the other: the next waits for the answer to this one.
  const asked = last.then(() => new Promise((resolve, reject) => {
    reader ??= new Worker(place.dataset.reader, { type: "module" });
    reader.onmessage = (answer) => resolve(answer.data);
    reader.onerror = reader.onmessageerror = reject;
    reader.postMessage(picture, [data.buffer]);
  }));
  last = asked.catch(() => (reader = undefined));
  return asked;
}

function take(text) {
  stop();
  if (!PASS.test(text)) return say("other");
  navigator.vibrate?.(80);
  number.value = text;
  say("found");
  if (temperature) temperature.focus();
  else number.form.requestSubmit();
}

async function look() {
  const view = part("view"), seen = stream;
  if (!seen) return;
  const side = Math.min(view.videoWidth, view.videoHeight) * MIDDLE;
  const at = [(view.videoWidth - side) / 2, (view.videoHeight - side) / 2, side];
  const text = side ? await decode(view, ...at).catch(() => null) : "";
  if (stream !== seen) return;
  if (text === null) return give("unreadable");
  if (text) take(text);
  else requestAnimationFrame(look);
}

function give(word) {
  stop();
  say(word);
}

async function start() {
  if (asking) return;
  say("");
  [asking, wanted] = [true, true];
  let given;
  try {
    given = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    return say("refused");
  } finally {
    asking = false;
  }
  // Whoever went away while the browser asked is not filmed.
  if (!wanted) return given.getTracks().forEach((track) => track.stop());
  stream = given;
  const view = part("view");
  view.srcObject = stream;
  part("frame").hidden = false;
  await view.play();
  part("torch").hidden = !stream.getVideoTracks()[0].getCapabilities?.().torch;
  stopping = setTimeout(stop, IDLE);
  part("start").textContent = place.dataset.close;
  say("aim");
  look();
}

function stop() {
  clearTimeout(stopping);
  wanted = light = false;
  stream?.getTracks().forEach((track) => track.stop());
  stream = undefined;
  part("frame").hidden = true;
  part("start").textContent = opens;
  say("");
}

async function read(file) {
  stop();
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return say("unreadable");
  // As a whole on white, then its middle: a photo of a telephone, or of a paper held up.
  const longer = Math.max(picture.width, picture.height), shorter = Math.min(picture.width, picture.height);
  for (const side of [longer, shorter, shorter * MIDDLE, shorter / 2]) {
    const text = await decode(picture, (picture.width - side) / 2, (picture.height - side) / 2, side).catch(() => "");
    if (text) return take(text);
  }
  say("unreadable");
}

if (place && number) {
  place.hidden = false;
  opens = part("start").textContent;
  part("start").hidden = !(window.isSecureContext && navigator.mediaDevices);
  part("start").addEventListener("click", () => (stream ? stop() : start()));
  part("torch").addEventListener("click", () => {
    light = !light;
    stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: light }] });
  });
  part("picture").addEventListener("change", ({ target }) => {
    if (target.files[0]) read(target.files[0]);
    target.value = "";
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && stop());
}
