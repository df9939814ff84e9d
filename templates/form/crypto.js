'use strict';
// Codes, layers and the return file, as FORMAT.md describes them. Only WebCrypto; no secret is
// ever written anywhere from here.

const encode = s => new TextEncoder().encode(s), decode = b => new TextDecoder('utf-8', {fatal: true}).decode(b);

function fromBase64(s) {
  const raw = atob(s.trim()), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

function toBase64(bytes) {
  let s = '';
  // in slices, since a call takes only so many arguments
  for (let i = 0; i < bytes.length; i += 32768) s += String.fromCharCode.apply(null, bytes.subarray(i, i + 32768));
  return btoa(s);
}

function join(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

// lp prefixes each part with its length in bytes, so that no two lists of parts give the same bytes.
function lp(...parts) {
  return join(...parts.flatMap(p => {
    const bytes = typeof p === 'string' ? encode(p) : p, n = new Uint8Array(4);
    new DataView(n.buffer).setUint32(0, bytes.length);
    return [n, bytes];
  }));
}

const hex = bytes => Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('');
const sha256 = async bytes => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

// SPOKEN are the signs that stand for a digit beside 0–9 and ０–９: what a hand or the keyboard's
// dictation writes down when a code is read aloud, the radio operators' 洞幺两拐勾 among them.
const SPOKEN = {'〇': 0, '○': 0, 零: 0, 洞: 0, 一: 1, 幺: 1, 么: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 拐: 7, 八: 8, 九: 9, 勾: 9};

// readCode takes a code as it was typed and says what is wrong with it: '', short, long,
// character or check (ISO 7064 MOD 97-10).
function readCode(typed) {
  let digits = '', strange = false, rest = 0;
  for (const c of typed.replace(/[\s\u0085\u200b\ufeff\-‐‑‒–—−－.．·・。,，、]/g, '')) {
    const d = c in SPOKEN ? String(SPOKEN[c]) : /[０-９]/.test(c) ? c.normalize('NFKC') : c;
    if (/[0-9]/.test(d)) digits += d; else strange = true;
  }
  for (const d of digits) rest = (10 * rest + Number(d)) % 97;
  const wrong = strange ? 'character' : digits.length < 22 ? 'short' : digits.length > 22 ? 'long' : rest !== 1 ? 'check' : '';
  return {digits, wrong};
}

// layerKey returns the 32 bytes that open a layer; it takes a moment on purpose.
async function layerKey(digits, salt) {
  const code = await crypto.subtle.importKey('raw', encode(digits.slice(0, 20)), 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 600000}, code, 256));
}

const aes = raw => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

async function sealWith(key, aad, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return join(iv, new Uint8Array(await crypto.subtle.encrypt({name: 'AES-GCM', iv, additionalData: aad}, key, bytes)));
}

async function openWith(key, aad, box) {
  return new Uint8Array(await crypto.subtle.decrypt({name: 'AES-GCM', iv: box.subarray(0, 12), additionalData: aad}, key, box.subarray(12)));
}

const RUNGS = ['province', 'county', 'village'];
const saltOf = layer => layer.subarray(0, 16);

// openLayer returns what a layer says and the layer inside it.
async function openLayer(rawKey, packet, rung, layer) {
  const plain = await openWith(await aes(rawKey), lp('zhicha-packet/1', String(packet), rung), layer.subarray(16));
  const n = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  return {said: JSON.parse(decode(plain.subarray(4, 4 + n))), inside: plain.subarray(4 + n)};
}

const RETURN = 'zhicha-return/1';
const keyID = async raw => hex((await sha256(lp(RETURN + ' key', raw))).subarray(0, 8));

// sealReturn closes a content and the photos it lists, in their order.
async function sealReturn(rawKey, campaign, wave, packet, content, photos) {
  const header = encode(JSON.stringify({schema: RETURN, campaign, wave, packet, key: await keyID(rawKey)}) + '\n');
  return join(header, await sealWith(await aes(rawKey), header, join(lp(JSON.stringify(content)), ...photos)));
}

// openReturn returns the content and its photos' bytes. It throws an Error whose message is
// not-return, foreign, other-key or altered.
async function openReturn(rawKey, campaign, wave, packet, file) {
  const end = file.subarray(0, 1024).indexOf(10) + 1;
  let header;
  try { header = JSON.parse(decode(file.subarray(0, end))); } catch { throw new Error('not-return'); }
  if (!header || header.schema !== RETURN) throw new Error('not-return');
  if (header.campaign !== campaign || header.wave !== wave || header.packet !== packet) throw new Error('foreign');
  if (header.key !== await keyID(rawKey)) throw new Error('other-key');
  let plain;
  try { plain = await openWith(await aes(rawKey), file.subarray(0, end), file.subarray(end)); } catch { throw new Error('altered'); }
  let at = 4 + new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  const content = JSON.parse(decode(plain.subarray(4, at)));
  return {content, photos: content.photos.map(p => plain.subarray(at, at += p.size))};
}

// selfTest opens a known ciphertext: a viewer may have crypto.subtle and yet not let it work.
async function selfTest() {
  const key = await aes(new Uint8Array(32)), box = await sealWith(key, encode('a'), encode('直查'));
  if (decode(await openWith(key, encode('a'), box)) !== '直查') throw new Error('aes');
  if (hex(await sha256(encode('abc'))).slice(0, 8) !== 'ba7816bf') throw new Error('sha');
}
