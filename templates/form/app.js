// The start, the way from screen to screen, and the frame around them.

const sealed = $('sealed'), number = Number(sealed.dataset.packet);
const layer = fromBase64(sealed.content.textContent);
let inside = layer, keys = [], exports = 0, identity = '';

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
  inside = next;
  if (rung === 'province' && said.lang === 'en') lang = 'en';
  if (rung === 'village') storeKey = await aes(fromBase64(said.store));
  $('demo').hidden = !book.province.demo;
}

// remember lets a reload in this tab go on by itself, and a restart with the newest code alone: the
// keys of all rungs lie encrypted with one that follows from the newest rung's. In the clear they
// stay in this tab only.
async function remember(key, salt) {
  const state = JSON.stringify({keys: keys.map(toBase64), opened});
  hold(state);
  if (db) await putRaw('resume/' + identity, join(salt, await sealWith(await wrapKey(key), encode(identity), encode(state)))).catch(told);
}

const wrapKey = async key => aes(await sha256(lp('zhicha-packet/1 resume', key)));

function hold(state) {
  try { sessionStorage.setItem('zhicha ' + identity, state); } catch { /* then a reload asks for the code */ }
}

async function resumeWith(digits) {
  const kept = db && await getRaw('resume/' + identity);
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

async function loadDrafts() {
  if (!db) return;
  const at = scope(), below = async part => (await namesBelow(at + part)).map(String);
  const read = async name => JSON.parse(decode(await readSealed(name)));
  for (const name of await below('visit/')) { const d = await read(name); drafts[d.visit] = d; }
  for (const name of await below('register/')) registers[name.slice((at + 'register/').length)] = await read(name);
  if ((await below('exports')).length) exports = await read(at + 'exports');
}

function lockUp() {
  sessionStorage.removeItem('zhicha ' + identity);
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

// show draws the screen the address names and puts the reader at its head.
function show() {
  const main = $('app'), parts = screen().flat(3).filter(Boolean);
  main.replaceChildren(...parts);
  const [, first, seq] = location.hash.split('/'), v = first === 'v' && book.village && book.village.visits.find(x => x.seq === Number(seq));
  const shut = readonly || (v && (drafts[v.id] || {}).state === 'closed' && location.hash.split('/').length > 3);
  if (shut) main.querySelectorAll('input,textarea,select,button').forEach(x => { x.disabled = true; });
  document.documentElement.lang = t('zh-CN', 'en');
  $('lang').textContent = t('English', '中文');
  $('lang').lang = t('en', 'zh-CN');
}

function go() {
  show();
  scrollTo(0, 0);
  const head = $('app').querySelector('h1[tabindex],legend');
  if (head) { head.tabIndex = -1; head.focus({preventScroll: true}); }
}

told = state => {
  const bad = state !== 'saving' && state !== 'saved';
  $('saved').textContent = bad ? '' : state === 'saving' ? t('保存中…', 'saving…') : t('已保存', 'saved');
  const full = bad && state.name === 'QuotaExceededError';
  alarm('storage', bad && (full ? t('手机存储已满，最近的改动没有存下。请勿关闭页面：先“导出回传文件”，再清理手机空间，然后随便改动一处即重新保存。',
    'Storage is full; the last change is not kept. Do not close the page: export the return file, free some space, then change anything to save again.')
    : t('没有存下。请勿关闭页面，先“导出回传文件”。', 'Not kept. Do not close the page; export the return file first.')));
};

async function examine() {
  if (/MicroMessenger|QQ\/|DingTalk|AliApp|Weibo|Lark|Feishu|aweme|baiduboxapp/i.test(navigator.userAgent)) {
    missing.add('viewer').add('download'); // they offer downloads and then do nothing
  }
  try { await selfTest(); } catch { missing.add('crypto'); }
  try { await testStore(); } catch { db = null; missing.add('storage'); }
  if (!('download' in HTMLAnchorElement.prototype) || !URL.createObjectURL) missing.add('download');
  if (!missing.has('crypto')) identity = hex(await sha256(layer));
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
}

async function start() {
  $('lang').addEventListener('click', () => { lang = t('en', 'zh'); show(); });
  addEventListener('hashchange', go);
  addEventListener('beforeunload', e => { if (waiting.size) e.preventDefault(); });
  await examine();
  readonly = !await onlyTab('zhicha ' + identity, () => location.reload());
  if (readonly) alarm('tab', t('本检查包已在另一个标签页中打开，这里只能看。关掉那一个，这里就能填。',
    'The packet is open in another tab; here you can only read. Close the other one to write here.'));
  if (!db) {
    keep = async () => {};
    alarm('storage', t('本机不能存储：关闭页面，答案就会丢失。', 'This browser keeps nothing: closing the page loses the answers.'));
  }
  try {
    const kept = sessionStorage.getItem('zhicha ' + identity);
    if (kept) await resume(JSON.parse(kept));
  } catch { /* then the code is asked for */ }
  go();
  document.documentElement.dataset.ready = 'yes';
}

start();
