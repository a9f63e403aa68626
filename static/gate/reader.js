// Finds a code in a picture, away from the page: what is typed meanwhile does not wait.
import { decodeQR } from "../vendor/qr-decode.js";

self.addEventListener("message", ({ data }) => {
  let text = "";
  try {
    text = decodeQR(data);
  } catch {
    // no code in this picture
  }
  self.postMessage(text);
});
