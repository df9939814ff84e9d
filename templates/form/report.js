// What is known of the packet, the drafts of its visits, and what follows from them: reports,
// blanks, contradictions. Nothing here touches the screen.

const OWN_LEVEL = {HH: 0, VC: 1, TS: 2, WI: 2, CO: 3}; // from which rung upwards somebody is an official to the unit
const SPECIAL = ['na', 'unverified'];
let lang = 'zh';
const t = (zh, en) => lang === 'en' ? en : zh;
const dot = () => t('·', ' · ');
const say = word => word ? word[lang] || word.zh : '';

const book = {};      // what the opened layers say: province, county, village
const drafts = {};    // visit id → draft
const registers = {}; // village id → {count, at}: the locked counts
let opened = [];      // {rung, at}

const beijing = (ms = Date.now()) => new Date(ms + 8 * 3600e3).toISOString().slice(0, 19);
const zoned = local => local ? (local + ':00').slice(0, 19) + '+08:00' : '0001-01-01T00:00:00Z';
const inMs = local => Date.parse(zoned(local));

const scope = () => `${book.province.campaign}/${book.province.wave}/${book.province.packet}/`;
const visitOf = id => book.village.visits.find(v => v.id === id);
const itemsOf = v => book.village.items.filter(it => it.kinds.includes(v.kind));
const find = (list, code) => list.find(x => x.code === code);

function blankDraft(v) {
  return {visit: v.id, revision: 1, correction: '', exported: 0, state: 'open', changed: '', arrived: '', left: '',
    inspectors: [], present: [], escort: '', tries: [], household: 0, answers: {}, findings: []};
}

const draftOf = v => drafts[v.id] || (drafts[v.id] = blankDraft(v));
const touched = d => !!(d && d.changed);

// household works out which register line is next: the drawn order without lines beyond the
// register, after those of the village's earlier visits and those passed over here.
function household(v) {
  const register = registers[v.unit], d = draftOf(v);
  if (!register) return null;
  const order = book.village.orders[v.unit].filter(n => n <= register.count);
  let next = v.slot - 1;
  for (const o of book.village.visits) {
    const other = drafts[o.id];
    if (o.kind === 'HH' && o.unit === v.unit && o.slot < v.slot && other && other.household) {
      next = Math.max(next, order.indexOf(other.household) + v.slot - o.slot);
    }
  }
  return {count: register.count, at: register.at, line: order[next + d.tries.length] || 0};
}

function answered(it, a) {
  if (!a || !a.value) return false;
  if (SPECIAL.includes(a.value)) return !!a.reason;
  if (it.answer.type === 'ratio') {
    const [n, of] = a.value.split('/').map(Number);
    if (!/^\d+\/\d+$/.test(a.value) || of === 0 || n > of) return false;
  }
  return !!a.method;
}

const progress = v => { const list = itemsOf(v), d = drafts[v.id]; return {of: list.length,
  done: d ? list.filter(it => answered(it, d.answers[it.code])).length : 0}; };

// checks lists what stands in the way of closing a visit (blank, wrong) and what deserves a second
// look (look), each with the screen on which it is mended.
function checks(v) {
  const d = draftOf(v), out = [], at = `#/v/${v.seq}/`;
  const add = (level, to, zh, en) => out.push({level, to: at + to, text: t(zh, en)});
  checkTimes(v, d, add);
  if (d.inspectors.length < 2) add('blank', 'basics', '检查员不足两人', 'fewer than two inspectors');
  const levels = d.present.map(c => (find(book.village.capacities, c) || {}).level || 0);
  const official = levels.some(n => n > OWN_LEVEL[v.kind]);
  if (!d.present.length) add('look', 'basics', '没有记录在场人员', 'nobody is recorded as present');
  if (official && !d.escort) add('look', 'basics', '有上级工作人员在场，没有写明陪同原因', 'officials were present and no ground for an escort is given');
  if (!official && d.escort) add('look', 'basics', '写了陪同原因，在场人员中没有陪同者', 'a ground for an escort is given and no official is recorded as present');
  if (v.kind === 'HH') {
    if (!registers[v.unit]) add('blank', 'household', '名册户数未锁定', 'the register count is not locked');
    else if (!d.household) add('blank', 'household', '未记录走访的是哪一户', 'the household visited is not recorded');
    else if (book.village.visits.some(o => o.id !== v.id && o.unit === v.unit && drafts[o.id] && drafts[o.id].household === d.household)) {
      add('wrong', 'household', `名册第${d.household}户已在另一站走访`, `register line ${d.household} was visited already`);
    }
  }
  itemsOf(v).forEach((it, i) => checkAnswer(v, d, it, i, add));
  d.findings.forEach((f, i) => checkFinding(f, i, add));
  return out;
}

function checkTimes(v, d, add) {
  if (!d.arrived) add('blank', 'basics', '到达时间未填', 'no time of arrival');
  if (!d.left) add('blank', 'basics', '离开时间未填', 'no time of leaving');
  if (!d.arrived || !d.left) return;
  const [from, to] = [inMs(d.arrived), inMs(d.left)], minutes = (to - from) / 60e3;
  if (minutes <= 0) add('wrong', 'basics', '离开时间不晚于到达时间', 'left no later than arrived');
  if (to > Date.now() + 15 * 60e3) add('wrong', 'basics', '离开时间在将来；请核对手机时钟', 'left in the future; check the clock of the phone');
  else if (from > inMs(book.province.to + 'T00:00') + 3 * 864e5) add('look', 'basics', '到达时间晚于出行日期', 'arrived after the days of travel');
  if (from < inMs(book.province.from + 'T00:00') - 864e5) add('wrong', 'basics', '到达时间早于出行日期', 'arrived before the days of travel');
  if (minutes > 0 && minutes < 10) add('look', 'basics', '停留不足10分钟', 'less than 10 minutes on site');
  if (minutes > 360) add('look', 'basics', '停留超过6小时', 'more than 6 hours on site');
  for (const o of book.village.visits) {
    const other = drafts[o.id];
    if (o.id === v.id || !other || !other.arrived) continue;
    if ((o.seq < v.seq) !== (other.arrived < d.arrived)) add('look', 'basics', `与第${o.seq}站先后颠倒（应自下而上）`,
      `out of order with visit ${o.seq} (bottom-up is the rule)`);
    if (other.left && other.arrived < d.left && d.arrived < other.left && other.inspectors.some(x => d.inspectors.includes(x))) {
      add('look', 'basics', `与第${o.seq}站时间重叠，且有同一检查员`, `overlaps visit ${o.seq}, with the same inspector`);
    }
  }
}

function checkAnswer(v, d, it, i, add) {
  const a = d.answers[it.code] || {}, to = 'item/' + (i + 1), name = `${it.code} ${say(it)}`;
  if (it.answer.type === 'ratio' && /^\d+\/\d+$/.test(a.value || '')) {
    const [n, of] = a.value.split('/').map(Number);
    if (of === 0) return add('wrong', to, name + '：分母为0，请改选“不适用”或“未核实”', name + ': the whole is 0; choose not applicable or not verified');
    if (n > of) return add('wrong', to, name + '：前一个数大于后一个数', name + ': the first number exceeds the second');
  }
  if (!answered(it, a)) {
    const part = !a.value || a.value === '/' ? ['未作答', 'no answer'] : SPECIAL.includes(a.value) ? ['未选原因', 'no reason'] :
      /\/$|^\//.test(a.value) ? ['缺一个数', 'one number is missing'] : ['未选取证方式', 'not said how it was learned'];
    return add('blank', to, `${name}：${part[0]}`, `${name}: ${part[1]}`);
  }
  const needs = {'INT-C': ['child'], 'INT-G': ['guardian', 'carer', 'resident']}[SPECIAL.includes(a.value) ? '' : a.method];
  if (needs && !needs.some(c => d.present.includes(c))) add('look', to, name + '：取证方式是谈话，在场人员中没有被访谈的人',
    name + ': learned in conversation, and nobody to talk to is recorded as present');
  if (personal(a.note)) add('look', to, name + '：备注中似有姓名或号码', name + ': the note seems to hold a name or a number');
}

function checkFinding(f, i, add) {
  const to = (f.e1 ? 'e1/' : 'finding/') + (i + 1), no = i + 1;
  if (!f.kind) add('blank', to, `发现${no}：未选类别`, `finding ${no}: no kind`);
  if (!f.fact.trim()) add('blank', to, `发现${no}：未写事实`, `finding ${no}: no facts`);
  if (graded(f) && !f.severity) add('blank', to, `发现${no}：未选严重程度`, `finding ${no}: no severity`);
  if (f.e1 && !(f.e1.to.length && f.e1.at)) add('blank', to, '强制报告：未填向谁报告、何时报告', 'mandatory report: whom you called and when is missing');
  if (f.e1 && f.e1.at && inMs(f.e1.at) > Date.now() + 15 * 60e3) add('wrong', to, '强制报告：报告时间在将来', 'mandatory report: the time of the call is in the future');
  if (personal(f.fact)) add('look', to, `发现${no}：似有姓名或号码`, `finding ${no}: seems to hold a name or a number`);
}

const graded = f => f.kind === 'problem' || f.kind === 'hazard';

// personal is a light net for names and numbers in free text; the office looks again.
const SURNAME = '[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常]';
const NEAR = '(?:儿童|学生|同学|小朋友|孩子|监护人|父亲|母亲|爸爸|妈妈|爷爷|奶奶|外公|外婆)';
const PERSONAL = [/1[3-9]\d{9}/, /\d{15,19}/, /\d{17}[Xx]/, /\d{6}\*{4,8}\d{3}[\dXx]/, /0\d{9,11}/, /姓名[:：是为]/,
  new RegExp(`${NEAR}${SURNAME}[一-龥]{1,2}|${SURNAME}[一-龥]{1,2}的?${NEAR}|[小老]${SURNAME}(?![一-龥]?[区县镇乡村路])|${SURNAME}某`)];

function personal(text) {
  const plain = (text || '').normalize('NFKC').replace(/[\u200b-\u200d\ufeff]/g, '').replace(/(\d)[\s-]+(?=\d)/g, '$1');
  return PERSONAL.some(p => p.test(plain));
}

// reportOf puts a draft into the shape in which the office takes it in.
function reportOf(v, d) {
  const tries = d.tries;
  return {visit: v.id, inspectors: d.inspectors, arrived: zoned(d.arrived), left: zoned(d.left), present: d.present, escort: d.escort,
    register: v.kind === 'HH' && registers[v.unit] ? registers[v.unit].count : 0, household: d.household,
    substitution: tries.length ? tries[tries.length - 1].reason : '',
    answers: itemsOf(v).filter(it => d.answers[it.code] && d.answers[it.code].value).map(it => {
      const a = d.answers[it.code], special = SPECIAL.includes(a.value);
      return {item: it.code, value: a.value, method: special ? '' : a.method || '', reason: special ? a.reason || '' : '', note: (a.note || '').trim()};
    }),
    observations: d.findings.map(f => ({item: f.item, kind: f.kind, severity: graded(f) ? f.severity : '', fact: f.fact.trim(), fixed: !!f.fixed})),
    revision: d.revision, correction: d.correction};
}

// contentOf is what a return file says about the given visits; the photos it lists follow it as
// they are.
function contentOf(visits) {
  const out = {form: book.village.form, checklist: book.village.checklist, made: beijing() + '+08:00', agent: navigator.userAgent.slice(0, 200),
    opened, registers: Object.entries(registers).map(([village, r]) => ({village, ...r})), reports: [], passed: [], alarms: [], photos: [], drafts: []};
  for (const v of visits) {
    const d = draftOf(v), closed = d.state === 'closed';
    out.drafts.push(d);
    if (closed) {
      out.reports.push(reportOf(v, d));
      for (const x of d.tries) out.passed.push({visit: v.id, ...x});
    }
    for (const [i, f] of d.findings.entries()) {
      if (closed && f.e1) out.alarms.push({visit: v.id, observation: i, to: f.e1.to, at: zoned(f.e1.at), receipt: f.e1.receipt});
      for (const p of f.photos) out.photos.push({visit: v.id, observation: i, ...p});
    }
  }
  return out;
}
