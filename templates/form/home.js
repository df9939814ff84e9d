// Before and between the visits: opening rung by rung, the list of visits, taking out and in.

const RUNG_NAMES = () => [t('省份和出行日期', 'province and days of travel'), t('县区', 'county'), t('乡镇、村和检查表', 'townships, villages and the form')];
const missing = new Set(); // what this browser cannot do, found at the start: crypto, storage, full, download, viewer

// VIEWERS are built-in viewers of messengers and the like, by what they say of themselves; the last
// is any application's. A browser of its own, such as QQ 浏览器 (MQQBrowser), is none.
const VIEWERS = [[/wxwork/i, '企业微信', 'WeCom'], [/MicroMessenger/i, '微信', 'WeChat'], [/DingTalk/i, '钉钉', 'DingTalk'], [/Lark|Feishu/i, '飞书', 'Feishu'],
  [/\bQQ\//, 'QQ', 'QQ'], [/WhatsApp/i, 'WhatsApp', 'WhatsApp'], [/AliApp|AlipayClient/i, '支付宝', 'Alipay'], [/Weibo/i, '微博', 'Weibo'],
  [/aweme|BytedanceWebview/i, '抖音', 'Douyin'], [/baiduboxapp/i, '百度', 'Baidu'], [/Telegram/i, 'Telegram', 'Telegram'],
  [/; wv\)/, '别的应用', 'another application']];
const viewer = () => VIEWERS.find(([sign]) => sign.test(navigator.userAgent));

function startScreen() {
  const foot = note(t('关闭浏览器后再打开，只需输入最近一层的启封码。', 'After closing the browser the newest code alone opens everything again.'));
  const card = missing.has('crypto') ? null : unlockCard(foot);
  return [h('h1', null, t('检查包 ', 'Packet '), $('no').textContent), testReport(), card && missing.has('viewer')
    ? h('details', {id: 'anyway'}, h('summary', null, t('仍要在这里打开（不建议）', 'Open it here all the same (not advised)')), card) : card];
}

function testReport() {
  const state = {crypto: missing.has('crypto') && 'missing', storage: missing.has('full') ? 'full' : missing.has('storage') && 'missing',
    download: missing.has('download') && 'missing'};
  const names = {crypto: t('加密', 'encryption'), storage: t('存储', 'storage'), download: t('保存文件', 'saving files')};
  const advice = {
    viewer: viewerAdvice,
    storage: () => t('本机不能存储：关闭页面，答案就会丢失。请换用普通（非无痕）窗口或另一浏览器；不得已继续的，每查完一站立即保存文件。',
      'This browser keeps nothing: closing the page loses the answers. Use an ordinary (not private) window or another browser; ' +
      'if you must go on, save a file after every visit.'),
    full: () => t('手机存储已满，新的答案存不下。请先清理手机空间；已存下的可以打开和导出。',
      'Storage is full, so new answers cannot be kept. Free some space first; what is kept can be opened and exported.'),
    crypto: () => t('本机不能解密，无法启封。请换用较新的浏览器，从“文件管理”中打开本文件。',
      'This browser cannot decrypt, so nothing can be opened. Open the file from the file manager with a newer browser.'),
    download: () => t('本机不能保存文件，填好了也导不出来。请换用另一浏览器。', 'This browser cannot save files, so nothing could be exported. Use another browser.'),
  };
  return [h('ul', {class: 'tests', 'aria-label': t('本机自检', 'self-test')}, Object.entries(names).map(([k, name]) =>
    h('li', {class: state[k] ? 'bad' : 'good', id: 'test-' + k}, name, ' ', {missing: t('不可用', 'missing'), full: t('已满', 'full')}[state[k]] || t('正常', 'works')))),
  Object.keys(advice).filter(k => missing.has(k) && !(k === 'download' && missing.has('viewer'))).map(k =>
    h('div', {class: 'warn', id: 'advice-' + k}, advice[k]()))];
}

// viewerAdvice leads from a messenger's viewer to a browser, step by step.
function viewerAdvice() {
  const [, zh, en] = viewer(), file = $('no').textContent + '.html';
  return [h('p', null, t(`现在是用${zh}自带的查看器打开的，它不能可靠保存答案和文件。请这样打开：`,
    `This is the built-in viewer of ${en}; it does not keep answers or files reliably. Open the packet like this:`)),
  h('ol', null, [t('点右上角“…”或“⋮”，选“在浏览器打开”或“用其他应用打开”，再选浏览器。', 'Tap “…” or “⋮” at the top right, choose “open in browser” or “open with”, then a browser.'),
    t(`没有这一项的，先把文件保存到手机，再从“文件管理”中找到 ${file}，用浏览器打开。`,
      `Where there is no such entry, save the file to the phone, find ${file} in the file manager and open it with a browser.`),
    t('三项自检都显示“正常”，再输入启封码。', 'Enter the code only where all three tests say “works”.')].map(x => h('li', null, x)))];
}

// unlockCard asks for the code of the next rung.
function unlockCard(foot) {
  const rung = RUNGS.findIndex(r => !book[r]);
  if (rung < 0) return null;
  const state = h('p', {class: 'note', id: 'code-state', role: 'status'}), go = button(t('启封', 'Open'), () => tryCode(input, state, go), 'primary', 'open');
  go.disabled = true;
  const look = e => {
    const {digits, wrong} = readCode(input.value), shown = wrong === 'character' ? input.value : digits.replace(/(.{4})(?=.)/g, '$1 ');
    // never while an input method is still composing: it would type the word twice
    if (!(e && e.isComposing) && input.value !== shown && input.selectionStart === input.value.length) input.value = shown;
    go.disabled = wrong !== '';
    state.className = wrong && wrong !== 'short' ? 'warn' : 'note';
    state.textContent = {'': t('校验正确', 'check digits agree'), short: t(`${digits.length} / 22 位`, `${digits.length} of 22 digits`),
      long: t('多于22位，请核对', 'more than 22 digits, please compare'), character: t('只写数字；幺、两、拐、勾、洞也可以', 'digits only'),
      check: t('校验不符：有数字听错或颠倒，请逐组重读', 'check digits disagree: a digit is wrong or swapped; read the groups again')}[wrong];
  };
  const input = h('textarea', {id: 'code', rows: 2, inputmode: 'numeric', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', class: 'code',
    'aria-describedby': 'code-state', oninput: look, oncompositionend: look,
    onkeydown: e => { if (e.key === 'Enter') { e.preventDefault(); if (!go.disabled) go.click(); } }});
  const words = button(t('改用语音或文字键盘', 'Use dictation or letters'), e => { input.inputMode = 'text'; input.focus(); e.target.remove(); }, 'quiet', 'by-voice');
  return h('section', {class: 'card', id: 'unlock'},
    h('h2', null, t(`启封第${rung + 1}层`, `Open rung ${rung + 1}`), rung > 0 && h('small', null, RUNG_NAMES()[rung])),
    h('label', {for: 'code'}, t('启封码（22位数字，电话告知）', 'Unlock code (22 digits, given by telephone)')), input, state, go, foot, words);
}

// tryCode opens a rung. The key is derived beside the page's own thread, so the page stays alive.
async function tryCode(input, state, go) {
  const {digits} = readCode(input.value);
  go.disabled = input.disabled = true;
  state.className = 'note';
  state.replaceChildren(t('正在启封，请稍候…', 'opening, please wait…'), h('progress', {'aria-label': t('正在启封', 'opening')}));
  let failure = '';
  try {
    await openNext(digits);
  } catch {
    const i = await earlierRung(digits);
    failure = i < 0 ? t('启封码本身无误，但打不开这一层。请向办公室核对检查包编号和层级。',
      'The code is well formed but does not open this rung. Ask the office to compare packet number and rung.')
      : t(`这是第${i + 1}层的启封码，那一层已经打开。请输入第${keys.length + 1}层的。`, `This is the code of rung ${i + 1}, which is open already. Enter that of rung ${keys.length + 1}.`);
  }
  if (!failure) return redraw($('unlock') && book.province && !book.village ? 'code' : '');
  go.disabled = input.disabled = false;
  state.className = 'warn';
  state.textContent = failure;
  input.focus();
}

function homeScreen() {
  const p = book.province, c = book.county, v = book.village, list = t('、', ', ');
  const row = (label, text) => h('div', null, h('dt', null, label), h('dd', null, text));
  return [h('h1', {tabindex: -1}, c ? `${say(p.region)} ${c.county}` : say(p.region)),
    h('dl', {class: 'facts'}, row(t('活动', 'Campaign'), p.title), row(t('组织单位', 'Office'), p.office),
      row(t('出行日期', 'Days of travel'), p.from === p.to ? p.from : [h('span', {class: 'whole'}, p.from), ' – ', h('span', {class: 'whole'}, p.to)]),
      row(t('检查时段', 'Hours'), `${p.hourFrom}–${p.hourTo}`), row(t('检查员', 'Inspectors'), p.team.join(list))),
    clockNote(), note(t('内部资料。检查结束前不得向被检查地区透露。', 'Internal. Not to be disclosed to the region before the check is over.')),
    unlockCard(), v && visitList(), v && endCard()];
}

// clockNote speaks up where the phone's clock is far from the days of travel, since every time in the
// record is the phone's.
function clockNote() {
  const p = book.province, now = Date.now(), day = 864e5;
  if (p.demo || (now > inMs(p.from + 'T00:00') - 3 * day && now < inMs(p.to + 'T00:00') + 31 * day)) return null;
  const at = beijing().slice(0, 16).replace('T', ' ');
  return h('p', {class: 'warn', id: 'clock'}, t(`手机时钟是北京时间 ${at}，与出行日期相差很远，请先核对手机的日期、时间和时区。`,
    `This phone’s clock says ${at} Beijing time, far from the days of travel. Set date, time and zone first.`));
}

function visitList() {
  const all = book.village.visits, closed = all.filter(v => (drafts[v.id] || {}).state === 'closed').length;
  return h('section', {id: 'visits'},
    h('h2', null, t('自下而上，依次检查', 'Visits, from the bottom up'), h('small', null, t(`已完成 ${closed} / ${all.length} 站`, `${closed} of ${all.length} closed`))),
    h('ol', {class: 'visits'}, all.map(v => {
      const d = drafts[v.id], {done, of} = progress(v);
      const state = !touched(d) ? t('未开始', 'not begun') : d.state !== 'closed' ? `${done} / ${of}` : d.exported >= d.revision ? t('已完成，已导出',
        'closed, exported') : t('已完成，未导出', 'closed, not exported');
      return h('li', null, link([h('b', null, v.seq), h('span', null, placeOf(v), h('small', null, v.places.township && v.places.township + dot(), h('span', {class: 'whole'}, v.day), dot(), state),
        meter(done, of))], `#/v/${v.seq}`, 'row' + (d && d.state === 'closed' ? ' closed' : ''), 'visit-' + v.seq));
    })));
}

const shortKind = k => ({HH: t('家庭', 'Household'), VC: t('村（居）委会', 'Committee'), TS: t('工作站', 'Station'), WI: t('机构', 'Institution'),
  CO: t('未保办', 'County office')}[k]);
const placeOf = v => `${shortKind(v.kind)}${dot()}${v.places.name || v.places.village || ''}${v.kind === 'HH' ? t(` 第${v.slot}户`, ` no. ${v.slot}`) : ''}`;

function endCard() {
  return h('section', {class: 'card'}, h('h2', null, t('回传', 'Return')),
    link(t('导出回传文件', 'Export the return file'), '#/export', 'button primary', 'to-export'),
    link(t('导入同事的部分', 'Import a colleague’s part'), '#/import', 'button', 'to-import'),
    h('details', null, h('summary', null, t('启封时间和自检', 'Times of opening and self-test')),
      h('ul', null, opened.map(o => h('li', null, `${RUNG_NAMES()[RUNGS.indexOf(o.rung)]}：${o.at.slice(0, 16).replace('T', ' ')}`))), testReport()),
    button(t('锁上本包', 'Lock the packet'), lockUp, 'quiet', 'lock'));
}

function exportScreen() {
  const all = book.village.visits, closed = all.filter(v => (drafts[v.id] || {}).state === 'closed'),
    begun = all.filter(v => touched(drafts[v.id]) && !closed.includes(v));
  const result = h('div', {role: 'status', id: 'exported'}), head = [back('#/', t('检查包', 'Packet')),
    h('h1', {tabindex: -1}, t('导出回传文件', 'Export the return file'))];
  if (!closed.length && !begun.length) return [...head, h('p', {id: 'nothing'}, t('还没有填写任何一站，没有可导出的内容。', 'No visit has been begun; there is nothing to export.'))];
  return [...head,
    h('p', null, closed.length ? t(`已完成 ${closed.length} 站，将作为检查记录回传。`, `Closed visits that go in as reports: ${closed.length}.`)
      : t('还没有完成的站，文件只作备份。', 'No visit is closed yet, so the file is a backup only.')),
    begun.length > 0 && h('p', {class: 'warn'}, t('未完成，只作备份、不作记录：', 'Not closed, so carried as a backup only: '), begun.map(v => placeOf(v)).join(t('、', ', '))),
    note(t('文件已加密，只有本检查包和办公室能打开，可用任何方式发送。', 'The file is encrypted; only this packet and the office can open it, so it may travel any way you like.')),
    button(t('导出', 'Export'), () => exportInto([...closed, ...begun], result), 'primary', 'export'), result];
}

// exportInto writes the visits' files and says where they went, or why not.
async function exportInto(visits, result) {
  const lost = [];
  try {
    const files = await exportVisits(visits, lost);
    result.replaceChildren(h('p', {class: 'good'}, t(`已交给浏览器保存：${files.join('、')}，一般在“下载”文件夹里。`,
      `Given to the browser to save: ${files.join(', ')}, usually in the folder “Download”.`)));
  } catch (e) {
    result.replaceChildren(h('p', {class: 'warn'}, t(`没有导出：${e.message || e}。请勿关闭页面，重试或换“导出回传文件”。`,
      `Not exported: ${e.message || e}. Keep the page open and try again.`)));
  }
  if (lost.length) result.append(h('p', {class: 'warn'}, t(`有${lost.length}张照片读不出来，没有放进文件：${lost.join('、')}`,
    `Photos that could not be read are not in the file: ${lost.join(', ')}`)));
}

// exportVisits writes the visits into one file, or several where the photos are too heavy for one.
async function exportVisits(visits, lost) {
  const files = [];
  let part = [], weight = 0;
  const flush = async () => { if (part.length) files.push(await exportPart(part, lost)); part = []; weight = 0; };
  for (const v of visits) {
    const w = photoWeight(draftOf(v));
    if (weight + w > PHOTOS_MAX) await flush();
    part.push(v);
    weight += w;
  }
  await flush();
  return files;
}

// exportPart leaves out a photo that cannot be read: the answers must get home without it.
async function exportPart(visits, lost) {
  const p = book.province, content = contentOf(visits), photos = [], listed = [];
  for (const x of content.photos) {
    try { photos.push(await photoBytes(x.sha256)); listed.push(x); } catch { lost.push(x.sha256.slice(0, 8)); }
  }
  content.photos = listed;
  const bytes = await sealReturn(fromBase64(book.village.return), p.campaign, p.wave, p.packet, content, photos);
  exports += 1;
  keep(scope() + 'exports', exports);
  const name = `R-${String(p.packet).padStart(3, '0')}-${exports}.zhicha`;
  download(name, bytes);
  for (const v of visits) {
    const d = draftOf(v);
    if (d.state === 'closed') { d.exported = d.revision; keep(scope() + 'visit/' + v.id, d); }
  }
  return name;
}
