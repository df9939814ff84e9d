// The start, the way from screen to screen, and the frame around them.

const sealed = $('sealed'), number = Number(sealed.dataset.packet);
const layer = fromBase64(sealed.content.textContent);
const salts = []; // of the layers opened so far
let inside = layer, keys = [], exports = 0, identity = '', resumption = null;

// openNext opens the next rung with a code, or everything opened before with the newest code.
async function openNext(digits) {
  if (!keys.length && await resumeWith(digits)) return;
  const rung = RUNGS[keys.length], salt = saltOf(inside), key = await layerKey(digits, salt);
  await enter(rung, key);
  opened.push({rung, at: beijing() + '+08:00'});
  await remember(key, salt);
  if (rung === 'village') await loadDrafts();
}

async function enter(rung, key) {
  const {said, inside: next} = await openLayer(key, number, rung, inside);
  book[rung] = said;
  keys.push(key);
  salts.push(saltOf(inside));
  inside = next;
  if (rung === 'province' && said.lang === 'en' && !chosen()) lang = 'en';
  if (rung === 'village') storeKey = await aes(fromBase64(said.store));
  $('demo').hidden = !book.province.demo;
}

// earlierRung tells which opened rung a code belongs to, or -1: the code of the rung before is easily
// read off the same piece of paper once more.
async function earlierRung(digits) {
  for (const [i, salt] of salts.entries()) if (hex(await layerKey(digits, salt)) === hex(keys[i])) return i;
  return -1;
}

// remember lets a reload in this tab go on by itself, and a restart with the newest code alone: the
// keys of all rungs lie encrypted with one that follows from the newest rung's. In the clear they
// stay in this tab only.
async function remember(key, salt) {
  const state = JSON.stringify({keys: keys.map(toBase64), opened});
  hold(state);
  resumption = join(salt, await sealWith(await wrapKey(key), encode(identity), encode(state)));
  if (db) await putRaw('resume/' + identity, resumption).catch(told);
}

const wrapKey = async key => aes(await sha256(lp('zhicha-packet/1 resume', key)));

function hold(state) {
  try { sessionStorage.setItem('zhicha ' + identity, state); } catch { /* then a reload asks for the code */ }
}

async function resumeWith(digits) {
  const kept = resumption;
  if (!kept) return false;
  let state;
  try {
    const key = await layerKey(digits, kept.subarray(0, 16));
    state = decode(await openWith(await wrapKey(key), encode(identity), kept.subarray(16)));
  } catch { return false; }
  await resume(JSON.parse(state));
  hold(state);
  return true;
}

async function resume(state) {
  for (const [i, k] of state.keys.entries()) await enter(RUNGS[i], fromBase64(k));
  opened = state.opened;
  if (book.village) await loadDrafts();
}

// loadDrafts reads what is kept. A record that cannot be read is named and left where it is; it must
// not keep the others shut.
async function loadDrafts() {
  if (!db) return;
  const at = scope(), lost = [], below = async part => (await namesBelow(at + part)).map(String);
  const read = async (name, use) => { try { use(JSON.parse(decode(await readSealed(name)))); } catch { lost.push(name.slice(at.length)); } };
  for (const name of await below('visit/')) await read(name, d => { drafts[d.visit] = d; });
  for (const name of await below('register/')) await read(name, r => { registers[name.slice((at + 'register/').length)] = r; });
  for (const name of await below('exports')) await read(name, n => { exports = n; });
  alarm('lost', lost.length > 0 && (() => t(`有${lost.length}条记录读不出来：${lost.join('、')}。请导入最近保存的文件，或重新填写。`,
    `${lost.length} records cannot be read: ${lost.join(', ')}. Import the file saved last, or fill them in again.`)));
}

// keepAll writes everything anew, after the browser emptied its storage under an open page.
function keepAll() {
  if (resumption) put('resume/' + identity, resumption).catch(told);
  if (!book.village) return;
  for (const d of Object.values(drafts)) if (touched(d)) keep(scope() + 'visit/' + d.visit, d);
  for (const [id, r] of Object.entries(registers)) keep(scope() + 'register/' + id, r);
  keep(scope() + 'exports', exports);
}

function lockUp() {
  try { sessionStorage.removeItem('zhicha ' + identity); } catch { /* then there was nothing */ }
  location.hash = '';
  location.reload();
}

const SCREENS = {basics: basicsScreen, household: householdScreen, item: itemScreen, findings: findingsScreen, finding: findingScreen, e1: e1Screen,
  review: reviewScreen};

function screen() {
  if (!book.province) return startScreen();
  const [, first, seq, name, n] = location.hash.split('/');
  if (book.village && first === 'export') return exportScreen();
  if (book.village && first === 'import') return importScreen();
  const v = book.village && first === 'v' && book.village.visits.find(x => x.seq === Number(seq));
  if (!v) return homeScreen();
  return SCREENS[name] ? SCREENS[name](v, Number(n)) : visitScreen(v);
}

// show draws the screen the address names.
function show() {
  const main = $('app'), parts = screen().flat(3).filter(Boolean);
  main.replaceChildren(...parts);
  const [, first, seq] = location.hash.split('/'), v = first === 'v' && book.village && book.village.visits.find(x => x.seq === Number(seq));
  const shut = readonly || (v && (drafts[v.id] || {}).state === 'closed' && location.hash.split('/').length > 3);
  if (shut) main.querySelectorAll('input,textarea,select,button').forEach(x => { if (x.id !== 'print') x.disabled = true; });
  document.body.classList.toggle('has-sheet', !!main.querySelector('.sheet'));
  frame();
}

// frame puts what stands around the screen into the language.
function frame() {
  document.documentElement.lang = t('zh-CN', 'en');
  $('lang').textContent = t('English', '中文');
  $('lang').lang = t('en', 'zh-CN');
  for (const [name, text] of alarms) alarm(name, text);
  $('saved').textContent = {saving: t('保存中…', 'saving…'), saved: t('已保存', 'saved')}[$('saved').dataset.shown] || '';
}

// redraw shows the screen anew after a tap and puts the reader at the part that now matters, or at
// the screen's head: what was tapped may be gone.
function redraw(id) {
  show();
  const to = (id && $(id)) || $('app').querySelector('h1');
  if (!to) return;
  if (to.tabIndex < 0) to.tabIndex = -1;
  to.focus({preventScroll: !id});
}

function go() {
  show();
  scrollTo(0, 0);
  const head = $('app').querySelector('h1');
  if (head) { head.tabIndex = -1; head.focus({preventScroll: true}); }
}

// The word beside the number changes only when saving takes a while, so that a reader of the screen
// does not hear it at every tap.
let slow = 0;
told = state => {
  const bad = state !== 'saving' && state !== 'saved', saved = $('saved'), put = x => { saved.dataset.shown = x; frame(); };
  saved.dataset.state = bad ? 'failed' : state;
  clearTimeout(slow);
  if (state === 'saving') { slow = setTimeout(put, 500, state); return; }
  if (saved.dataset.shown !== state) put(bad ? '' : state);
  if (bad || db) alarm('storage', bad && (state.name === 'QuotaExceededError' ? fullText : failedText));
};

const fullText = () => t('手机存储已满，最近的改动还没有存下。请勿关闭页面：先“导出回传文件”，再清理手机空间；空间够了会自动补存。',
  'Storage is full; the last change is not kept yet. Do not close the page: export the return file, then free some space; it is kept by itself once there is room.');
const failedText = () => t('最近的改动没有存下，正在重试。请勿关闭页面，先“导出回传文件”。',
  'The last change is not kept; trying again. Do not close the page; export the return file first.');
const absentText = () => t('本机不能存储：关闭页面，答案就会丢失。', 'This browser keeps nothing: closing the page loses the answers.');

async function examine() {
  if (viewer()) missing.add('viewer').add('download'); // they offer downloads and then do nothing
  try { await within(selfTest()); } catch { missing.add('crypto'); }
  try { await testStore(); } catch (e) {
    if (db && e && e.name === 'QuotaExceededError') missing.add('full'); // what is kept can still be read
    else { db = null; missing.add('storage'); }
  }
  try { URL.revokeObjectURL(URL.createObjectURL(new Blob(['a']))); } catch { missing.add('download'); }
  if (!('download' in HTMLAnchorElement.prototype)) missing.add('download');
  if (!missing.has('crypto')) identity = hex(await sha256(layer));
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
}

// The language that somebody chose outlives the page; it says nothing about the packet.
function chosen() { try { return localStorage.getItem('zhicha lang'); } catch { return ''; } }

function otherLanguage() {
  lang = t('en', 'zh');
  try { localStorage.setItem('zhicha lang', lang); } catch { /* then it is asked again */ }
  show();
}

async function start() {
  if (chosen()) lang = chosen() === 'en' ? 'en' : 'zh';
  $('lang').hidden = false;
  $('lang').addEventListener('click', otherLanguage);
  $('app').replaceChildren(note(t('正在自检…', 'testing this browser…')));
  addEventListener('hashchange', go);
  addEventListener('beforeunload', e => { if (waiting.size || unkept.size) e.preventDefault(); });
  await examine();
  reopened = keepAll;
  readonly = !await onlyTab('zhicha ' + identity, () => location.reload());
  if (readonly) alarm('tab', () => t('本检查包已在另一个标签页中打开，这里只能看。关掉那一个，这里就能填。',
    'The packet is open in another tab; here you can only read. Close the other one to write here.'));
  if (!db) {
    keep = async () => {};
    alarm('storage', absentText);
  } else if (missing.has('full')) alarm('storage', fullText);
  try {
    resumption = db && await getRaw('resume/' + identity);
    const kept = sessionStorage.getItem('zhicha ' + identity);
    if (kept) await resume(JSON.parse(kept));
  } catch { /* then the code is asked for */ }
  go();
  document.documentElement.dataset.ready = 'yes';
}

const cannot = [...$('app').childNodes]; // stands in the page for viewers that run no script, or an old one
start().catch(e => $('app').replaceChildren(...cannot, note(String(e))));
