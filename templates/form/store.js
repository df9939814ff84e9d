// What is typed is kept in IndexedDB at once. All pages opened from files share one storage, so
// names carry campaign, wave and packet, and values are encrypted with a key from the village
// layer. localStorage would lose the last seconds when the process dies.

const DB = 'zhicha-packet', RECORDS = 'records';
let db = null, storeKey = null;

function ask(request) {
  return new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = () => fail(request.error); });
}

async function openStore() {
  const request = indexedDB.open(DB, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(RECORDS);
  db = await ask(request);
}

function putRaw(name, bytes) {
  return new Promise((done, fail) => {
    const tx = db.transaction(RECORDS, 'readwrite', {durability: 'strict'});
    tx.oncomplete = done;
    tx.onabort = tx.onerror = () => fail(tx.error || new Error('aborted'));
    tx.objectStore(RECORDS).put(bytes, name);
  });
}

const getRaw = name => ask(db.transaction(RECORDS).objectStore(RECORDS).get(name));
const namesBelow = prefix => ask(db.transaction(RECORDS).objectStore(RECORDS).getAllKeys(IDBKeyRange.bound(prefix, prefix + '\uffff')));

// testStore writes and reads back, since some viewers offer a storage that keeps nothing.
async function testStore() {
  await openStore();
  const probe = crypto.getRandomValues(new Uint8Array(16));
  await putRaw('probe', probe);
  if (hex(await getRaw('probe')) !== hex(probe)) throw new Error('read back');
}

const writeSealed = async (name, bytes) => putRaw(name, await sealWith(storeKey, encode(name), bytes));
const readSealed = async name => openWith(storeKey, encode(name), await getRaw(name));

// keep writes a value soon: the newest of a name at once, those in between not at all, so that
// fast typing never builds a queue. told is called with 'saving', 'saved' or the error.
const waiting = new Map();
let told = () => {};

let keep = async function (name, value) {
  const text = JSON.stringify(value), busy = waiting.has(name);
  waiting.set(name, text);
  if (busy) return;
  told('saving');
  for (let now = text; ; now = waiting.get(name)) {
    try {
      await writeSealed(name, encode(now));
    } catch (e) {
      waiting.delete(name);
      return told(e || new Error('storage'));
    }
    if (waiting.get(name) === now) break;
  }
  waiting.delete(name);
  if (!waiting.size) told('saved');
};

// onlyTab tells whether this is the one tab that may write. freed is called when the other goes.
function onlyTab(name, freed) {
  return new Promise(done => {
    const hold = () => new Promise(() => {});
    const viaChannel = () => {
      const channel = new BroadcastChannel(name);
      let first = true;
      channel.onmessage = e => { if (e.data === 'who' && first) channel.postMessage('me'); if (e.data === 'me') { first = false; done(false); } };
      channel.postMessage('who');
      setTimeout(() => done(first), 300);
    };
    if (!navigator.locks) return viaChannel();
    navigator.locks.request(name, {ifAvailable: true}, lock => {
      done(!!lock);
      if (lock) return hold();
      navigator.locks.request(name, () => { freed(); return hold(); });
    }).catch(viaChannel);
  });
}
