// Before and between the visits: opening rung by rung, the list of visits, taking out and in.

const RUNG_NAMES = () => [t('省份和出行日期', 'province and days of travel'), t('县区', 'county'), t('乡镇、村和检查表', 'townships, villages and the form')];
const missing = new Set(); // what this browser cannot do, found at the start: crypto, storage, download, viewer

function startScreen() {
  return [h('h1', null, $('no').textContent), testReport(), unlockCard()];
}

function testReport() {
  const names = {crypto: t('加密', 'encryption'), storage: t('存储', 'storage'), download: t('保存文件', 'saving files')};
  const advice = {
    viewer: t('这是聊天软件自带的查看器，不能可靠保存答案和文件。请点右上角“…”，选“在浏览器打开”；没有这一项的，先存到手机，再从“文件管理”中用浏览器打开。',
      'This is a messenger’s built-in viewer; it does not keep answers or files reliably. Tap “…” at the top right and choose “open in browser”, ' +
      'or save the file to the phone and open it from the file manager with a browser.'),
    storage: t('本机不能存储：关闭页面，答案就会丢失。请换用普通（非无痕）窗口或另一浏览器；不得已继续的，每查完一站立即保存文件。',
      'This browser keeps nothing: closing the page loses the answers. Use an ordinary (not private) window or another browser; ' +
      'if you must go on, save a file after every visit.'),
    crypto: t('本机不能解密，无法启封。请换用较新的浏览器，从“文件管理”中打开本文件。',
      'This browser cannot decrypt. Open the file from the file manager with a newer browser.'),
    download: t('本机不能保存文件，填好了也导不出来。请换用另一浏览器。', 'This browser cannot save files, so nothing could be exported. Use another browser.'),
  };
  return [h('ul', {class: 'tests', 'aria-label': t('本机自检', 'self-test')}, Object.entries(names).map(([k, name]) =>
    h('li', {class: missing.has(k) ? 'bad' : 'good', id: 'test-' + k}, name, ' ', missing.has(k) ? t('不可用', 'missing') : t('正常', 'works')))),
  Object.keys(advice).filter(k => missing.has(k) && !(k === 'download' && missing.has('viewer'))).map(k => h('p', {class: 'warn', id: 'advice-' + k}, advice[k]))];
}

// unlockCard asks for the code of the next rung.
function unlockCard() {
  const rung = RUNGS.findIndex(r => !book[r]);
  if (rung < 0) return null;
  const state = h('p', {class: 'note', id: 'code-state', role: 'status'}), go = button(t('启封', 'Open'), () => tryCode(input, state, go), 'primary', 'open');
  go.disabled = true;
  const look = () => {
    const {digits, wrong} = readCode(input.value), shown = wrong === 'character' ? input.value : digits.replace(/(.{4})(?=.)/g, '$1 ');
    if (input.value !== shown && input.selectionStart === input.value.length) input.value = shown;
    go.disabled = wrong !== '';
    state.className = wrong && wrong !== 'short' ? 'warn' : 'note';
    state.textContent = {'': t('校验正确', 'check digits agree'), short: t(`${digits.length} / 22 位`, `${digits.length} of 22 digits`),
      long: t('多于22位，请核对', 'more than 22 digits, please compare'), character: t('只有数字', 'digits only'),
      check: t('校验不符：有数字听错或颠倒，请逐组重读', 'check digits disagree: a digit is wrong or swapped; read the groups again')}[wrong];
  };
  const input = h('textarea', {id: 'code', rows: 2, inputmode: 'numeric', autocomplete: 'off', class: 'code', 'aria-describedby': 'code-state', oninput: look,
    onkeydown: e => { if (e.key === 'Enter') { e.preventDefault(); if (!go.disabled) go.click(); } }});
  return h('section', {class: 'card', id: 'unlock'},
    h('h2', null, t(`启封第${rung + 1}层`, `Open rung ${rung + 1}`), rung > 0 && h('small', null, RUNG_NAMES()[rung])),
    h('label', {for: 'code'}, t('启封码（22位数字，电话告知）', 'Unlock code (22 digits, given by telephone)')), input, state,
    rung === 0 && note(t('关闭浏览器后再打开，只需输入最近一层的启封码。', 'After closing the browser the newest code alone opens everything again.')), go);
}

async function tryCode(input, state, go) {
  const {digits} = readCode(input.value);
  go.disabled = true;
  state.className = 'note';
  state.textContent = t('正在启封…', 'opening…');
  await new Promise(r => setTimeout(r, 30)); // let the words appear before the work begins
  try {
    await openNext(digits);
  } catch (e) {
    go.disabled = false;
    state.className = 'warn';
    state.textContent = t('启封码本身无误，但打不开这一层。请向办公室核对检查包编号和层级。',
      'The code is well formed but does not open this rung. Ask the office to compare packet number and rung.');
    return;
  }
  show();
  const next = $('code') || $('app').querySelector('h1');
  if (next) next.focus();
}

function homeScreen() {
  const p = book.province, c = book.county, v = book.village;
  const row = (label, text) => h('div', null, h('dt', null, label), h('dd', null, text));
  return [h('h1', {tabindex: -1}, c ? `${say(p.region)} ${c.county}` : say(p.region)),
    h('dl', {class: 'facts'}, row(t('活动', 'Campaign'), p.title), row(t('组织单位', 'Office'), p.office),
      row(t('出行日期', 'Days of travel'), p.from === p.to ? p.from : `${p.from} – ${p.to}`),
      row(t('检查时段', 'Hours'), `${p.hourFrom}–${p.hourTo}`), row(t('检查员', 'Inspectors'), p.team.join('、'))),
    note(t('内部资料。检查结束前不得向被检查地区透露。', 'Internal. Not to be disclosed to the region before the check is over.')),
    unlockCard(), v && visitList(), v && endCard()];
}

function visitList() {
  const all = book.village.visits, closed = all.filter(v => (drafts[v.id] || {}).state === 'closed').length;
  return h('section', {id: 'visits'},
    h('h2', null, t('自下而上，依次检查', 'Visits, bottom-up'), h('small', null, t(`已完成 ${closed} / ${all.length} 站`, `${closed} of ${all.length} closed`))),
    h('ol', {class: 'visits'}, all.map(v => {
      const d = drafts[v.id], {done, of} = progress(v);
      const state = !touched(d) ? t('未开始', 'not begun') : d.state !== 'closed' ? `${done} / ${of}` : d.exported >= d.revision ? t('已导出',
        'exported') : t('已完成', 'closed');
      return h('li', null, link([h('b', null, v.seq), h('span', null, placeOf(v), h('small', null, `${v.day} · ${state}`), meter(done, of))],
        `#/v/${v.seq}`, 'row' + (d && d.state === 'closed' ? ' closed' : ''), 'visit-' + v.seq));
    })));
}

const shortKind = k => ({HH: t('家庭', 'Household'), VC: t('村（居）委会', 'Committee'), TS: t('工作站', 'Station'), WI: t('机构', 'Institution'),
  CO: t('未保办', 'County office')}[k]);
const placeOf = v => `${shortKind(v.kind)} · ${v.places.name || v.places.village || ''}${v.kind === 'HH' ? t(` 第${v.slot}户`, ` no. ${v.slot}`) : ''}`;

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
  const result = h('p', {role: 'status', id: 'exported'});
  return [back('#/', t('检查包', 'packet')), h('h1', {tabindex: -1}, t('导出回传文件', 'Export the return file')),
    h('p', null, t(`已完成 ${closed.length} 站，将作为检查记录回传。`, `${closed.length} closed visits go in as reports.`)),
    begun.length > 0 && h('p', {class: 'warn'}, t('未完成，只作备份、不作记录：', 'Not closed, so carried as a backup only: '), begun.map(v => placeOf(v)).join('、')),
    note(t('文件已加密，只有本检查包和办公室能打开，可用任何方式发送。', 'The file is encrypted; only this packet and the office can open it, so it may travel any way you like.')),
    button(t('导出', 'Export'), async () => { result.textContent = (await exportVisits([...closed, ...begun])).join('、'); }, 'primary', 'export'), result];
}

// exportVisits writes the visits into one file, or several where the photos are too heavy for one.
async function exportVisits(visits) {
  const files = [];
  let part = [], weight = 0;
  const flush = async () => { if (part.length) files.push(await exportPart(part)); part = []; weight = 0; };
  for (const v of visits) {
    const w = photoWeight(draftOf(v));
    if (weight + w > PHOTOS_MAX) await flush();
    part.push(v);
    weight += w;
  }
  await flush();
  return files;
}

async function exportPart(visits) {
  const p = book.province;
  const content = contentOf(visits), photos = [];
  for (const x of content.photos) photos.push(await photoBytes(x.sha256));
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

function importScreen() {
  const result = h('div', {id: 'imported', role: 'status'});
  const read = async e => {
    for (const file of e.target.files) {
      try {
        result.append(...await takeIn(await openReturn(fromBase64(book.village.return), book.province.campaign, book.province.wave,
          book.province.packet, new Uint8Array(await file.arrayBuffer()))));
      } catch (err) {
        result.append(h('p', {class: 'warn'}, `${file.name}：`, {'not-return': t('这不是回传文件', 'not a return file'),
          foreign: t('属于别的活动、批次或检查包', 'of another campaign, wave or packet'),
          'other-key': t('不是用本检查包的密钥加密的', 'encrypted with another key'), altered: t('文件被改动或不完整', 'altered or incomplete')}[err.message] || t('无法读取',
            'cannot be read')));
      }
    }
  };
  return [back('#/', t('检查包', 'packet')), h('h1', {tabindex: -1}, t('导入同事的部分', 'Import a colleague’s part')),
    h('p', null, t('选同一检查包导出的 .zhicha 文件。按站合并；同一站两边都填了的，由您选留哪一份。',
      'Choose .zhicha files of this same packet. Visits are merged; where both of you filled one, you choose which stays.')),
    h('label', {class: 'button file'}, t('选择文件', 'Choose files'), h('input', {type: 'file', id: 'import', multiple: true, onchange: read})), result];
}

// takeIn merges what a colleague's file holds and returns what there is to say about it.
async function takeIn({content, photos}) {
  const lines = [], line = (zh, en) => lines.push(h('p', null, t(zh, en)));
  for (const [i, p] of content.photos.entries()) {
    if (hex(await sha256(photos[i])) === p.sha256) await storePhoto(p.sha256, photos[i]);
  }
  for (const r of content.registers) {
    const mine = registers[r.village];
    if (!mine) { registers[r.village] = {count: r.count, at: r.at}; keep(scope() + 'register/' + r.village, registers[r.village]); }
    else if (mine.count !== r.count) line(`名册户数不一致：本机 ${mine.count}，对方 ${r.count}。以先锁定的为准，请向办公室说明。`,
      `Register counts differ: ${mine.count} here, ${r.count} there. Tell the office.`);
  }
  for (const theirs of content.drafts) {
    const v = visitOf(theirs.visit);
    if (!v) continue;
    const mine = drafts[v.id], same = d => JSON.stringify({...d, exported: 0, changed: ''});
    if (!touched(mine)) { adopt(theirs); line(`第${v.seq}站：已导入`, `Visit ${v.seq}: imported`); }
    else if (same(mine) === same(theirs)) line(`第${v.seq}站：两边相同`, `Visit ${v.seq}: the same on both sides`);
    else lines.push(conflict(v, mine, theirs));
  }
  return lines;
}

function adopt(d) { drafts[d.visit] = d; keep(scope() + 'visit/' + d.visit, d); }

function conflict(v, mine, theirs) {
  const count = d => Object.values(d.answers).filter(a => a.value).length, when = d => d.changed.replace('T', ' ');
  const box = h('section', {class: 'card', id: 'conflict-' + v.seq}, h('h2', null, t(`第${v.seq}站：两边都填了`, `Visit ${v.seq}: filled on both sides`)),
    h('p', null, t(`本机：${count(mine)} 项，${when(mine)} 改。对方：${count(theirs)} 项，${when(theirs)} 改。`,
      `Here: ${count(mine)} answers, changed ${when(mine)}. There: ${count(theirs)}, changed ${when(theirs)}.`)),
    button(t('留本机的', 'Keep mine'), () => box.replaceWith(h('p', null, t(`第${v.seq}站：留本机的`, `Visit ${v.seq}: kept mine`))), '', 'mine-' + v.seq),
    button(t('用对方的', 'Take theirs'), () => { adopt(theirs); box.replaceWith(h('p', null, t(`第${v.seq}站：已改用对方的`, `Visit ${v.seq}: took theirs`))); },
      '', 'theirs-' + v.seq));
  return box;
}
