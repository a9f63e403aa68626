// Reads a pass where no server can: 196 digits, signed by a key that came with the page (docs/passes.md).
import { verifyAsync } from "../vendor/ed25519-verify.js";

export const DIGITS = 196;
const BODY = 17, SIGNATURE = 64, VERSION = 1;
const KINDS = ["phone", "paper"], UNITS = [1000, 3_600_000]; // milliseconds
const COLOURS = ["", "GREEN", "YELLOW", "RED"];
const PREFIX = new TextEncoder().encode("pass v1\0");

// The digits of what was scanned or typed if it can be a pass, else "": full width and blanks are alike.
export function digitsOf(text) {
  const plain = text.normalize("NFKC").replace(/\s/g, "");
  return plain.length === DIGITS && /^\d+$/.test(plain) ? plain : "";
}

function bytesOf(digits) {
  const hex = BigInt(digits).toString(16).padStart(2 * (1 + BODY + SIGNATURE), "0");
  if (hex.length !== 2 * (1 + BODY + SIGNATURE)) return null;
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

const decoded = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

async function isSigned(text, signature, key) {
  try {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, signature, text);
  } catch {
    return verifyAsync(signature, text, key).catch(() => false); // a browser from before Ed25519
  }
}

// Kind, colour and the instants (Unix, ms) between which it counts; null where no key of this city signed it.
export async function opened(digits, keys) {
  const bytes = bytesOf(digits);
  if (!bytes || bytes[0] !== 1) return null;
  const body = bytes.slice(1, 1 + BODY), view = new DataView(body.buffer);
  const kind = (body[0] >> 2) & 3, key = keys.find(({ number }) => number === body[1]);
  if (body[0] >> 4 !== VERSION || !key?.kinds.includes(KINDS[kind])) return null;
  const text = new Uint8Array([...PREFIX, ...body]);
  if (!(await isSigned(text, bytes.slice(1 + BODY), decoded(key.public)))) return null;
  const from = view.getUint32(2) * 1000;
  return { kind: KINDS[kind], colour: COLOURS[body[0] & 3], from, until: from + view.getUint16(6) * UNITS[kind] };
}
