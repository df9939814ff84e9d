// What inspectors found besides their answers: problems, hazards, good practices, leads, each with
// photos of things and places, and the report that the law demands when a child is in danger.

const PHOTO_MAX = 12e6;  // bytes; a telephone's photo has 2 to 6 million
const PHOTOS_MAX = 45e6; // bytes of one visit, since a return file carries at least one visit whole
const photoWeight = d => d.findings.flatMap(f => f.photos).reduce((n, p) => n + p.size, 0);

const newFinding = kind => ({kind, item: '', severity: '', fact: '', fixed: false, photos: []});

function findingsScreen(v) {
  const d = draftOf(v), list = d.findings, at = `#/v/${v.seq}/`;
  const add = kind => { edit(d, () => list.push(newFinding(kind))); location.hash = `${at}finding/${list.length}`; };
  return [topBar(v), h('h1', {tabindex: -1}, t('问题、隐患、好做法、线索', 'Findings')),
    note(t('答案里已经反映的，不必再写。', 'What an answer says already need not be written again.')),
    list.length === 0 && h('p', {id: 'no-findings'}, t('还没有记录。看到什么，点下面一类记下来。', 'Nothing noted yet. Tap a kind below to note what you saw.')),
    list.length > 0 && h('ol', {class: 'visits'}, list.map((f, i) => h('li', null, link([h('b', null, i + 1), h('span', null,
      f.e1 ? t('强制报告', 'Mandatory report') : say(find(book.village.findingKinds, f.kind)) || t('未选类别', 'no kind'),
      h('small', null, f.fact.slice(0, 40) || t('未写事实', 'no facts'), f.photos.length ? t(`·${f.photos.length}张照片`, ` · ${f.photos.length} photos`) : ''))],
    at + (f.e1 ? 'e1/' : 'finding/') + (i + 1), 'row', 'finding-' + (i + 1))))),
    d.state !== 'closed' && h('div', {class: 'choices tight'},
      book.village.findingKinds.map(k => button('+ ' + say(k), () => add(k.code), '', 'add-' + k.code))),
    bar(link(t('上一项', 'Back'), `${at}item/${itemsOf(v).length}`, 'button', 'previous'), link(t('核对并完成', 'Check and close'), at + 'review',
      'button primary', 'go-review'))];
}

function findingScreen(v, n) {
  const d = draftOf(v), f = d.findings[n - 1], set = part => { edit(d, () => Object.assign(f, part)); follow(); };
  if (!f) return findingsScreen(v);
  const severity = choices({id: 'severity', legend: t('严重程度', 'Severity'), options: book.village.severities, value: f.severity, tight: true,
    change: severity => set({severity})});
  const fixed = choices({id: 'fixed', legend: t('当场消除了吗', 'Made safe on the spot?'), tight: true, value: f.fixed ? 'yes' : 'no',
    options: [{code: 'no', zh: '没有', en: 'no'}, {code: 'yes', zh: '已当场消除', en: 'yes'}], change: x => set({fixed: x === 'yes'})});
  const follow = () => { severity.hidden = !graded(f); fixed.hidden = f.kind !== 'hazard'; };
  follow();
  return [topBar(v, `#/v/${v.seq}/findings`), h('h1', {tabindex: -1}, t(`发现 ${n}`, `Finding ${n}`)),
    choices({id: 'kind', legend: t('类别', 'Kind'), options: book.village.findingKinds, value: f.kind, tight: true, change: kind => set({kind})}),
    severity, prose({id: 'fact', label: t('事实：什么地方、什么情况（不写姓名）', 'Facts: where, what (no names)'), value: f.fact, change: fact => set({fact})}),
    fixed, itemChoice(v, f, set), photosPart(d, f), removeButton(v, d, n),
    bar(link(t('好了', 'Done'), `#/v/${v.seq}/findings`, 'button primary', 'done'))];
}

function itemChoice(v, f, set) {
  return h('div', {class: 'field'}, h('label', {for: 'about'}, t('有关指标（可不选）', 'Question it belongs to (optional)')),
    h('select', {id: 'about', onchange: e => set({item: e.target.value})},
      [{code: ''}, ...itemsOf(v)].map(it => h('option', {value: it.code, selected: it.code === f.item},
        it.code ? `${it.code} ${say(it)}` : t('不对应指标', 'none')))));
}

function removeButton(v, d, n) {
  return d.state !== 'closed' && twice(t('删去这一条', 'Remove this finding'), t('再点一次，确认删去', 'Tap again to remove'), () => {
    const [gone] = d.findings.slice(n - 1, n);
    edit(d, () => d.findings.splice(n - 1, 1));
    gone.photos.forEach(p => dropPhoto(p.sha256));
    location.hash = `#/v/${v.seq}/findings`;
  }, 'remove');
}

// isImage tells by content whether it is one of the kinds of image that the office takes in; what the
// phone calls a file is not asked, since some say nothing.
function isImage(b) {
  const at = (from, ...signs) => signs.some(s => [...s].every((c, i) => b[from + i] === c.charCodeAt(0)));
  return at(0, '\xff\xd8\xff', '\x89PNG\r\n\x1a\n') || (at(0, 'RIFF') && at(8, 'WEBP')) ||
    (at(4, 'ftyp') && at(8, 'heic', 'heix', 'hevc', 'mif1', 'msf1', 'avif'));
}

// photosPart takes photos. The file is kept byte for byte under its SHA-256, computed on the spot.
function photosPart(d, f) {
  const shown = h('ul', {class: 'photos'}), state = h('p', {class: 'note', role: 'status', id: 'photo-state'});
  const tile = async (p, i) => {
    const name = t(`照片 ${i + 1}`, `photo ${i + 1}`), blank = why => h('div', {class: 'blank', role: 'img', 'aria-label': name}, why);
    let picture;
    try {
      const url = URL.createObjectURL(new Blob([await photoBytes(p.sha256)], {type: p.type}));
      picture = h('img', {src: url, alt: name, onload: () => URL.revokeObjectURL(url),
        onerror: () => picture.replaceWith(blank(t('原图已保存，本机不能预览', 'kept; no preview here')))});
    } catch { picture = blank(t('读不出来', 'cannot be read')); }
    const remove = () => { edit(d, () => { f.photos = f.photos.filter(x => x.sha256 !== p.sha256); }); dropPhoto(p.sha256); render(); };
    return h('li', null, picture, h('small', null, p.sha256.slice(0, 8)), d.state !== 'closed' && !readonly && twice(t('删去', 'Remove'), t('确认删去', 'Sure?'), remove));
  };
  const render = async () => shown.replaceChildren(...await Promise.all(f.photos.map(tile)));
  const takeOne = async file => {
    if (!file.size || file.size > PHOTO_MAX) return t('没有收下：每张不超过 12 MB。', 'Not taken: 12 MB each at most.');
    if (photoWeight(d) + file.size > PHOTOS_MAX) return t('没有收下：本站照片已满 45 MB。', 'Not taken: the photos of this visit would exceed 45 MB.');
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!isImage(bytes)) return t('没有收下：只收照片（JPEG、PNG、WebP、HEIC、AVIF）。', 'Not taken: photos only (JPEG, PNG, WebP, HEIC, AVIF).');
    const sum = hex(await sha256(bytes));
    if (f.photos.some(p => p.sha256 === sum)) return t('这张已经收过。', 'Taken already.');
    try { await storePhoto(sum, bytes); } catch (err) { told(err); return t('没有收下：手机存不下。', 'Not taken: the phone could not keep it.'); }
    edit(d, () => f.photos.push({sha256: sum, type: file.type || 'image', size: file.size, at: beijing() + '+08:00'}));
    return t(`已保存，校验值 ${sum.slice(0, 8)}`, `kept, digest ${sum.slice(0, 8)}`);
  };
  const take = async e => {
    const said = [];
    for (const file of e.target.files) said.push(await takeOne(file));
    state.textContent = said.join(' ');
    e.target.value = '';
    render();
  };
  render();
  return h('section', null, h('h2', null, t('照片', 'Photos')),
    note(t('只拍隐患、物品和场所，不拍人。原图保存。', 'Things and places only, never people. The original is kept.')), shown,
    h('div', {class: 'pair'}, h('label', {class: 'button file'}, t('拍照', 'Take a photo'), h('input',
      {type: 'file', id: 'photo', accept: 'image/*', capture: 'environment', onchange: take})),
    h('label', {class: 'button file'}, t('从相册选', 'Choose photos'), h('input', {type: 'file', id: 'photos', accept: 'image/*', multiple: true, onchange: take}))), state);
}

const photoName = sum => scope() + 'photo/' + sum;
const unsaved = new Map(); // photos where there is no storage
const photoBytes = async sum => unsaved.get(sum) || readSealed(photoName(sum));
const storePhoto = async (sum, bytes) => { if (db) await writeSealed(photoName(sum), bytes); else unsaved.set(sum, bytes); };

// dropPhoto removes a photo's bytes once no finding shows it: one taken of a person by mistake must
// not stay on the phone.
function dropPhoto(sum) {
  if (Object.values(drafts).some(d => d.findings.some(f => f.photos.some(p => p.sha256 === sum)))) return;
  unsaved.delete(sum);
  if (db) dropRaw(photoName(sum)).catch(told);
}

// e1Screen comes before a mandatory report is begun: one tap too many must not create one.
function e1Screen(v, n) {
  const d = draftOf(v), f = d.findings[n - 1];
  if (f && f.e1) return sheetScreen(v, d, f, n);
  const rule = find(book.village.escalations, 'E1'), begun = d.findings.findIndex(x => x.e1) + 1;
  const begin = () => {
    edit(d, () => d.findings.push({...newFinding('hazard'), severity: 'S4', e1: {to: [], at: '', receipt: ''}}));
    location.hash = `#/v/${v.seq}/e1/${d.findings.length}`;
  };
  return [topBar(v), h('h1', {tabindex: -1}, t('儿童有危险', 'A child in danger')),
    h('p', {class: 'big'}, t('先救人：立即拨打110；必要时拨打120。', 'The child first: call 110 now, 120 where needed.')),
    rule && h('p', null, say(rule.action)), rule && note(rule.law),
    h('p', null, h('a', {class: 'button primary', href: 'tel:110'}, t('拨打 110', 'Call 110'))),
    d.state === 'closed' && h('p', {class: 'warn'}, t('本站已完成。先报告，再回到本站点“继续修改”或“更正”，填写报告单。',
      'This visit is closed. Report first, then reopen the visit to fill the sheet.')),
    begun ? link(t('继续填写强制报告单', 'Go on with the report'), `#/v/${v.seq}/e1/${begun}`, 'button', 'resume-e1') : null,
    button(begun ? t('另填一张强制报告单', 'Another mandatory report') : t('填写强制报告单', 'Begin the mandatory report'), begin, begun ? 'quiet' : '', 'begin-e1')];
}

function sheetScreen(v, d, f, n) {
  const set = part => { edit(d, () => Object.assign(f.e1, part)); sheet.replaceWith(sheet = reportSheet(v, d, f)); };
  let sheet = reportSheet(v, d, f);
  return [topBar(v), h('h1', {tabindex: -1}, t('强制报告单', 'Mandatory report')),
    h('p', {class: 'warn'}, t('未填“向谁报告、何时报告”，本站不能完成。儿童身份只用电话或密封纸件告知受理单位，不录入本工具。',
      'The visit cannot be closed until whom you called and when is filled. The child’s identity goes to the receiver by telephone or sealed paper, never into this tool.')),
    prose({id: 'fact', label: t('事实：看到什么、听到什么（不写姓名）', 'Facts: what you saw and heard (no names)'), value: f.fact,
      change: fact => { edit(d, () => { f.fact = fact; }); sheet.replaceWith(sheet = reportSheet(v, d, f)); }}),
    choices({id: 'to', legend: t('已向谁报告', 'Whom you called'), options: book.village.receivers, value: f.e1.to, many: true, tight: true,
      change: to => set({to})}),
    moment({id: 'called', label: t('何时报告', 'When'), value: f.e1.at, change: at => set({at})}),
    field({id: 'receipt', label: t('回执或接警编号（有的话）', 'Receipt number, if any'), value: f.e1.receipt, max: 60, change: receipt => set({receipt})}),
    photosPart(d, f), button(t('打印报告单', 'Print the sheet'), () => print(), '', 'print'), removeButton(v, d, n), sheet,
    bar(link(t('好了', 'Done'), `#/v/${v.seq}/findings`, 'button primary', 'done'))];
}

// reportSheet is what the printer gets; on the screen it is not shown.
function reportSheet(v, d, f) {
  const rule = find(book.village.escalations, 'E1');
  const cells = (label, text, span) => [h('th', {scope: 'row'}, label), h('td', {colspan: span}, text || ' ')];
  const row = (kind, ...pairs) => h('tr', {class: kind}, pairs.map(([label, text]) => cells(label, text, pairs.length === 1 && 3)));
  const places = [say(book.province.region), book.county.county, v.places.township, v.places.village, v.places.name].filter((x, i, all) => x && all.indexOf(x) === i);
  return h('section', {class: 'sheet', 'aria-hidden': 'true'},
    book.province.demo && h('p', {class: 'mark'}, '演示数据　Demonstration data'),
    h('h1', null, t('强制报告单', 'Mandatory report')),
    h('p', {class: 'ends'}, h('span', null, `${$('no').textContent} · ${v.id}`), h('span', null, book.province.office)),
    h('table', null,
      row('', [t('地点', 'Place'), places.join(' ')]),
      row('', [t('检查对象', 'Unit'), placeOf(v)], [t('到达现场', 'Arrived'), d.arrived.replace('T', ' ')]),
      row(f.fact.length > 300 ? 'tall long' : 'tall', [t('事实', 'Facts'), f.fact]),
      row('', [t('已报告', 'Reported to'), f.e1.to.map(c => say(find(book.village.receivers, c))).join(t('、', ', '))], [t('报告时间', 'At'), f.e1.at.replace('T', ' ')]),
      row('', [t('回执编号', 'Receipt'), f.e1.receipt], [t('检查员', 'Inspectors'), d.inspectors.join(t('、', ', '))]),
      row('who', [t('儿童身份', 'The child'), t('（只在交受理单位的纸件上手写，密封递交）', '(by hand, only on the sealed paper for the receiver)')]),
      row('sign', [t('受理人签字', 'Received by'), ''], [t('检查员签字', 'Signed'), ''])),
    rule && h('p', {class: 'law'}, `${say(rule.action)}${t('。', '. ')}${rule.law}${t('。', '')}`));
}
