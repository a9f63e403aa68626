// What a door took without a network, on this device until it is answered. Neither a name nor a number of a document.
const NAME = "gate", ROWS = "checks", FACTS = "facts";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(ROWS, { keyPath: "check.device_id" });
      asked.result.createObjectStore(FACTS);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(store, mode, act) {
  const database = await opened();
  try {
    // Strict: a verdict that is shown survives a phone that falls.
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const asked = act(transaction.objectStore(store));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    return asked.result;
  } finally {
    database.close();
  }
}

export const keep = (row) => inStore(ROWS, "readwrite", (rows) => rows.add(row));
export const drop = (id) => inStore(ROWS, "readwrite", (rows) => rows.delete(id));
export const remember = (name, fact) => inStore(FACTS, "readwrite", (facts) => facts.put(fact, name));
export const recall = (name) => inStore(FACTS, "readonly", (facts) => facts.get(name));

// In the order in which they were taken.
export async function waiting() {
  const rows = await inStore(ROWS, "readonly", (all) => all.getAll());
  return rows.sort((one, other) => one.check.taken_at.localeCompare(other.check.taken_at));
}
