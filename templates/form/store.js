// What is typed is kept in IndexedDB at once. All pages opened from files share one storage, so
// names carry campaign, wave and packet, and values are encrypted with a key from the village
// layer. localStorage would lose the last seconds when the process dies.

const DB = 'zhicha-packet', RECORDS = 'records';
let db = null, storeKey = null;

function ask(request) {
  return new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = () => fail(request.error); });
}

// within gives up after some seconds: some viewers offer a storage that never answers.
function within(promise, ms = 5000) {
  return Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error('no answer')), ms))]);
}

async function openStore() {
  const request = indexedDB.open(DB, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(RECORDS);
  db = await within(ask(request));
}

function put(name, bytes) {
  return new Promise((done, fail) => {
    const tx = db.transaction(RECORDS, 'readwrite', {durability: 'strict'});
    tx.oncomplete = done;
    tx.onabort = tx.onerror = () => fail(tx.error || new Error('aborted'));
    tx.objectStore(RECORDS).put(bytes, name);
  });
}

// reopened is called when the browser had closed the storage under us, perhaps after emptying it.
let reopened = () => {};

async function putRaw(name, bytes) {
  try {
    await put(name, bytes);
  } catch (e) {
    if (!e || e.name !== 'InvalidStateError') throw e;
    await openStore();
    await put(name, bytes);
    reopened();
  }
}

function dropRaw(name) {
  return new Promise((done, fail) => {
    const tx = db.transaction(RECORDS, 'readwrite');
    tx.oncomplete = done;
    tx.onabort = tx.onerror = () => fail(tx.error);
    tx.objectStore(RECORDS).delete(name);
  });
}

const getRaw = name => ask(db.transaction(RECORDS).objectStore(RECORDS).get(name));
const namesBelow = prefix => ask(db.transaction(RECORDS).objectStore(RECORDS).getAllKeys(IDBKeyRange.bound(prefix, prefix + '\uffff')));

// testStore writes and reads back, since some viewers offer a storage that keeps nothing.
async function testStore() {
  await openStore();
  const probe = crypto.getRandomValues(new Uint8Array(16));
  await within(putRaw('probe', probe));
  if (hex(await getRaw('probe')) !== hex(probe)) throw new Error('read back');
}

const writeSealed = async (name, bytes) => putRaw(name, await sealWith(storeKey, encode(name), bytes));
const readSealed = async name => openWith(storeKey, encode(name), await getRaw(name));

// keep writes a value soon: the newest of a name at once, those in between not at all, so that
// fast typing never builds a queue. told is called with 'saving', 'saved' or the error. What could
// not be written is tried again after some seconds and after every other write that succeeds.
const waiting = new Map(), unkept = new Map();
let told = () => {}, again = 0;

let keep = (name, value) => keepText(name, JSON.stringify(value));

async function keepText(name, text) {
  const busy = waiting.has(name);
  waiting.set(name, text);
  unkept.delete(name);
  if (busy) return;
  told('saving');
  for (let now = text; ; now = waiting.get(name)) {
    try {
      await writeSealed(name, encode(now));
    } catch (e) {
      unkept.set(name, waiting.get(name));
      waiting.delete(name);
      clearTimeout(again);
      again = setTimeout(keepAgain, 5000);
      told(e || new Error('storage'));
      return;
    }
    if (waiting.get(name) === now) break;
  }
  waiting.delete(name);
  if (unkept.size) keepAgain();
  else if (!waiting.size) told('saved');
}

function keepAgain() { for (const [name, text] of [...unkept]) keepText(name, text); }

// onlyTab tells whether this is the one tab that may write. freed is called when the other goes.
function onlyTab(name, freed) {
  return new Promise(done => {
    const hold = () => new Promise(() => {});
    const viaChannel = () => { // for browsers without locks: who is first answers, and is asked again now and then
      const channel = new BroadcastChannel(name), answer = ms => new Promise(r => setTimeout(r, ms));
      let first = true, heard = false;
      channel.onmessage = e => { if (e.data === 'who' && first) channel.postMessage('me'); if (e.data === 'me') { first = false; heard = true; } };
      const ask = async () => { heard = false; channel.postMessage('who'); await answer(300); return heard; };
      ask().then(async other => {
        done(!other);
        while (other) { await answer(1500 + 500 * Math.random()); other = await ask(); if (!other) freed(); }
      });
    };
    if (!navigator.locks) return viaChannel();
    navigator.locks.request(name, {ifAvailable: true}, lock => {
      done(!!lock);
      if (lock) return hold();
      navigator.locks.request(name, () => { freed(); return hold(); });
    }).catch(viaChannel);
  });
}
