// Taking in what a colleague filled on another phone of the same packet.

function importScreen() {
  const result = h('div', {id: 'imported', role: 'status'});
  const errors = {'not-return': () => t('这不是回传文件', 'not a return file'), foreign: () => t('属于别的活动、批次或检查包', 'of another campaign, wave or packet'),
    'other-key': () => t('不是用本检查包的密钥加密的', 'encrypted with another key'), altered: () => t('文件被改动或不完整', 'altered or incomplete')};
  const read = async e => {
    for (const file of e.target.files) {
      try {
        result.append(...await takeIn(await openReturn(fromBase64(book.village.return), book.province.campaign, book.province.wave,
          book.province.packet, new Uint8Array(await file.arrayBuffer()))));
      } catch (err) {
        result.append(h('p', {class: 'warn'}, `${file.name}${t('：', ': ')}${(errors[err.message] || (() => t('无法读取', 'cannot be read')))()}`));
      }
    }
    e.target.value = '';
  };
  return [back('#/', t('检查包', 'Packet')), h('h1', {tabindex: -1}, t('导入同事的部分', 'Import a colleague’s part')),
    h('p', null, t('选同一检查包导出的 .zhicha 文件。按站合并；同一站两边都填了的，由您选留哪一份，或者合成一份。',
      'Choose .zhicha files of this same packet. Visits are merged; where both of you filled one, you choose which stays, or join the two.')),
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
    if (!mine) {
      registers[r.village] = {count: r.count, at: r.at};
      keep(scope() + 'register/' + r.village, registers[r.village]);
      line(`名册户数：已导入对方锁定的 ${r.count} 户`, `Register: the count of ${r.count} that was locked there is imported`);
    }
    if (mine && mine.count !== r.count) line(`名册户数不一致：本机 ${mine.count}，对方 ${r.count}。两边都已锁定，不能改；请向办公室说明。`,
      `Register counts differ: ${mine.count} here, ${r.count} there. Both are locked and stay as they are; tell the office.`);
  }
  for (const theirs of content.drafts || []) {
    const v = visitOf(theirs.visit);
    if (!v || !touched(theirs)) continue;
    const mine = drafts[v.id];
    if (!touched(mine)) { adopt(theirs); line(`第${v.seq}站：已导入`, `Visit ${v.seq}: imported`); }
    else if (contentsOf(mine) === contentsOf(theirs)) line(`第${v.seq}站：两边相同`, `Visit ${v.seq}: the same on both sides`);
    else lines.push(conflict(v, mine, theirs));
  }
  if (!lines.length) line('这个文件里没有填过的站，没有可合并的内容。', 'No visit in this file has been begun; there is nothing to merge.');
  return lines;
}

function adopt(d) { drafts[d.visit] = d; keep(scope() + 'visit/' + d.visit, d); }

// contentsOf is what a draft says, in one order of its members, without when and whether it was kept.
const contentsOf = d => JSON.stringify({...d, exported: 0, changed: ''}, (_, x) => x && typeof x === 'object' && !Array.isArray(x)
  ? Object.fromEntries(Object.keys(x).sort().map(k => [k, x[k]])) : x);

const isGiven = a => !!(a && a.value && a.value !== '/');

// differing lists the items to which both sides gave an answer, and not the same.
const differing = (v, mine, theirs) => itemsOf(v).filter(({code}) => isGiven(mine.answers[code]) && isGiven(theirs.answers[code]) &&
  ['value', 'method', 'reason'].some(k => mine.answers[code][k] !== theirs.answers[code][k]));

// superseding makes a draft the next version where a rival of it was exported: two reports of one
// version would be held at the office.
function superseding(d, rivals, why) {
  const sent = rivals.filter(x => x.exported > 0);
  return sent.length ? {...d, changed: beijing(), revision: Math.max(d.revision, ...sent.map(x => x.revision)) + 1, correction: why} : d;
}

// joined is both drafts in one: what is blank here is filled from there, findings are put together.
function joined(mine, theirs) {
  const answers = {...theirs.answers}, union = (a, b) => [...new Set([...a, ...b])];
  for (const [code, a] of Object.entries(mine.answers)) if (isGiven(a) || !isGiven(answers[code])) answers[code] = a;
  const house = mine.household || mine.tries.length ? mine : theirs;
  const d = {...mine, state: 'open', changed: beijing(), arrived: mine.arrived || theirs.arrived, left: mine.left || theirs.left,
    inspectors: union(mine.inspectors, theirs.inspectors).sort(), present: union(mine.present, theirs.present), escort: mine.escort || theirs.escort,
    tries: house.tries, household: house.household, answers, findings: joinedFindings(mine.findings, theirs.findings)};
  return superseding(d, [mine, theirs], t('与同事的部分合并', 'joined with a colleague’s part'));
}

// joinedFindings keeps every finding once; of one that both have, the photos and the calls of both.
function joinedFindings(mine, theirs) {
  const says = f => JSON.stringify([f.kind, f.item, f.severity, f.fact.trim(), !!f.e1]), out = [...mine];
  for (const f of theirs) {
    const i = out.findIndex(m => says(m) === says(f)), m = out[i];
    if (i < 0) { out.push(f); continue; }
    out[i] = {...m, fixed: m.fixed || f.fixed, photos: [...m.photos, ...f.photos.filter(p => !m.photos.some(q => q.sha256 === p.sha256))]};
    if (m.e1) out[i].e1 = {to: [...new Set([...m.e1.to, ...f.e1.to])], at: m.e1.at || f.e1.at, receipt: m.e1.receipt || f.e1.receipt};
  }
  return out;
}

function conflict(v, mine, theirs) {
  const count = d => Object.values(d.answers).filter(isGiven).length, when = d => d.changed.slice(0, 16).replace('T', ' ');
  const apart = differing(v, mine, theirs), no = v.seq;
  const answer = (it, d) => { const x = d.answers[it.code].value; return {na: t('不适用', 'not applicable'), unverified: t('未核实', 'not verified')}[x]
    || say(find(it.answer.options || [], x)) || x; };
  const close = (zh, en) => { box.replaceWith(h('p', {tabindex: -1, id: 'settled-' + no}, t(`第${no}站：${zh}`, `Visit ${no}: ${en}`))); $('settled-' + no).focus(); };
  const box = h('section', {class: 'card', id: 'conflict-' + no}, h('h2', null, t(`第${no}站：两边都填了`, `Visit ${no}: filled on both sides`), h('small', null, placeOf(v))),
    h('p', null, t(`本机：${count(mine)} 项，${when(mine)} 改。`, `Here: ${count(mine)} answers, changed ${when(mine)}.`), h('br'),
      t(`对方：${count(theirs)} 项，${when(theirs)} 改。`, `There: ${count(theirs)} answers, changed ${when(theirs)}.`)),
    apart.length ? [h('p', null, t(`答案不同的 ${apart.length} 项：`, `Answered differently: ${apart.length}`)), h('ul', {class: 'plain'}, apart.map(it => h('li', null,
      `${it.code} ${say(it)}`, h('small', null, t(`本机：${answer(it, mine)}；对方：${answer(it, theirs)}`, `here: ${answer(it, mine)}; there: ${answer(it, theirs)}`)))))]
      : h('p', null, t('没有答案不同的项。', 'No item is answered differently.')),
    button(apart.length ? t('合成一份，不同的留本机的', 'Join; where different keep mine') : t('合成一份', 'Join the two'), () => { adopt(joined(mine, theirs));
      close('已合成一份，请再核对并完成', 'joined; check and close it again'); }, 'primary', 'join-' + no),
    button(t('只留本机的', 'Keep mine only'), () => { const d = superseding(mine, [theirs], t('留本机的一份', 'this phone’s version kept'));
      if (d !== mine) adopt(d); close('留本机的', 'kept mine'); }, '', 'mine-' + no),
    button(t('只用对方的', 'Take theirs only'), () => { adopt(superseding(theirs, [mine], t('改用同事的一份', 'a colleague’s version taken')));
      close('已改用对方的', 'took theirs'); }, '', 'theirs-' + no));
  return box;
}
