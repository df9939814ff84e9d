// The screens of one visit. Each is rebuilt when it is entered; while it is open, a tap changes
// the draft, shows or hides what follows from it, and is kept at once.

function edit(d, change) {
  if (readonly || d.state === 'closed') return;
  change(d);
  d.changed = beijing();
  keep(scope() + 'visit/' + d.visit, d);
}

const navName = () => t('返回', 'way back');
const up = (text, to) => h('a', {href: to, id: 'up'}, h('span', {'aria-hidden': 'true'}, '‹ '), text);
const back = (to, text) => h('nav', {class: 'back', 'aria-label': navName()}, up(text, to));
const danger = v => link(t('儿童有危险', 'Child in danger'), `#/v/${v.seq}/e1`, 'danger', 'e1');

// topBar is the way back and the button for a child in danger.
function topBar(v, to) {
  return h('nav', {class: 'back', 'aria-label': navName()}, up(t(`第${v.seq}站`, `Visit ${v.seq}`), to || `#/v/${v.seq}`), danger(v));
}

function visitScreen(v) {
  const d = draftOf(v), {done, of} = progress(v), closed = d.state === 'closed', at = `#/v/${v.seq}/`;
  const step = (to, name, state, id) => h('li', null, link([h('span', null, name, h('small', null, state))], at + to, 'row', id));
  const row = (label, text) => h('div', null, h('dt', null, label), h('dd', null, text));
  const first = itemsOf(v).findIndex(it => !answered(it, d.answers[it.code]));
  const times = d.arrived ? `${d.arrived.slice(11)}–${d.left.slice(11) || '…'}` : t('未填', 'blank');
  return [h('nav', {class: 'back', 'aria-label': navName()}, up(t('检查包', 'Packet'), '#/'), danger(v)),
    h('h1', {tabindex: -1}, placeOf(v)),
    h('dl', {class: 'facts'}, row(t('去哪里', 'Where'), [say(book.province.region), book.county.county, v.places.township, v.places.village].filter((x, i, all) =>
      x && all.indexOf(x) === i).join(' ')), row(t('哪天', 'Day'), v.day), row(t('编号', 'Number'), h('span', {class: 'whole'}, v.id))),
    h('ol', {class: 'visits steps'},
      step('basics', t('时间和在场人员', 'Times and people'), times, 'go-basics'),
      v.kind === 'HH' && step('household', t('名册和户序', 'Register and household'), d.household ? t(`名册第 ${d.household} 户`,
        `register line ${d.household}`) : t('未定', 'open'), 'go-household'),
      step('item/' + (first < 0 ? 1 : first + 1), t('检查指标', 'Questions'), [`${done} / ${of}`, meter(done, of)], 'go-items'),
      step('findings', t('问题、隐患、好做法、线索', 'Findings'), d.findings.length ? t(`${d.findings.length} 条`, String(d.findings.length)) : t('没有', 'none'), 'go-findings')),
    closed ? closedCard(v, d) : bar(link(t('核对并完成', 'Check and close'), at + 'review', 'button primary', 'go-review'))];
}

// closedCard offers the file of a closed visit, the next visit, and the way back into this one: a
// reason is needed once the report may have left the phone.
function closedCard(v, d) {
  const out = d.exported >= d.revision, reason = {text: ''}, result = h('div', {role: 'status', id: 'saved-file'});
  const following = book.village.visits.find(x => x.seq > v.seq && (drafts[x.id] || {}).state !== 'closed');
  const reopen = () => {
    if (out && !reason.text.trim()) { $('why-missing').hidden = false; return $('why').focus(); }
    if (out) { d.revision += 1; d.correction = reason.text.trim(); }
    d.state = 'open';
    edit(d, () => {});
    redraw();
  };
  // drawn anew afterwards, since from then on a change needs a reason
  const save = async () => { await exportInto([v], result); show(); $('saved-file').replaceWith(result); $('save-visit').focus(); };
  return h('section', {class: 'card'}, h('h2', null, t('本站已完成', 'This visit is closed')),
    note(out ? t('已导出。', 'Exported.') : t('现在就存一份文件，手机丢了、坏了也不怕。', 'Save a file now: it outlives a lost or broken phone.')),
    button(out ? t('再存一份', 'Save it again') : t('保存本站文件', 'Save a file of this visit'), save, out ? '' : 'primary', 'save-visit'), result,
    following && link([h('span', null, t('去下一站：', 'Next visit: '), placeOf(following))], '#/v/' + following.seq, 'button', 'next-visit'),
    out && [prose({id: 'why', rows: 2, label: t('更正原因（已导出，改动须说明）', 'Reason for the correction (already exported)'), value: '', change: s => { reason.text = s; }}),
      h('p', {class: 'warn', id: 'why-missing', role: 'alert', hidden: true}, t('请先写明更正原因。', 'Say why first.'))],
    button(out ? t('更正', 'Correct') : t('继续修改', 'Go on editing'), reopen, 'quiet', 'reopen'));
}

function basicsScreen(v) {
  const d = draftOf(v), ids = book.province.team.map(id => ({code: id, zh: id, en: id}));
  const set = key => x => edit(d, () => { d[key] = x; });
  return [topBar(v), h('h1', {tabindex: -1}, t('时间和在场人员', 'Times and people')),
    moment({id: 'arrived', label: t('到达时间（北京时间）', 'Arrived (Beijing time)'), value: d.arrived, change: set('arrived')}),
    choices({id: 'inspectors', legend: t('到场检查员（至少两人）', 'Inspectors here (at least two)'), options: ids, value: d.inspectors, many: true, tight: true,
      change: set('inspectors')}),
    choices({id: 'present', legend: t('谈话或查看时，谁在场？只记身份，不记姓名', 'Who was present? Capacities, no names'), options: book.village.capacities,
      value: d.present, many: true, tight: true, change: set('present')}),
    choices({id: 'escort', legend: t('有人陪同的，原因是', 'If escorted, on what ground'), options: [{code: '', zh: '无人陪同', en: 'no escort'},
      ...book.village.escorts], value: d.escort, change: set('escort')}),
    moment({id: 'left', label: t('离开时间', 'Left'), value: d.left, change: set('left')}),
    note(t('离开时再填离开时间，最后核对时也可以填。', 'Fill the time of leaving when you leave, or at the last check.')),
    bar(link(t('下一步', 'Next'), v.kind === 'HH' ? `#/v/${v.seq}/household` : `#/v/${v.seq}/item/1`, 'button primary', 'next'))];
}

const bar = (...kids) => h('nav', {class: 'bar', 'aria-label': t('前后', 'back and forth')}, kids);

function householdScreen(v) {
  const d = draftOf(v), turn = household(v), head = [topBar(v), h('h1', {tabindex: -1}, t('名册和户序', 'Register and household'))];
  if (!turn) return [...head, registerCard(v)];
  const locked = note(t(`名册 ${turn.count} 户，${turn.at.slice(0, 16).replace('T', ' ')} 锁定，不能再改。`,
    `${turn.count} lines, locked at ${turn.at.slice(0, 16).replace('T', ' ')}; it cannot be changed.`), 'locked');
  const skipped = d.tries.length > 0 && h('ol', {class: 'plain'},
    d.tries.map(x => h('li', null, t(`名册第 ${x.line} 户：`, `line ${x.line}: `), say(find(book.village.substitutions, x.reason)))));
  if (d.household) {
    return [...head, locked, skipped, h('p', {class: 'big', id: 'line'}, t('走访', 'Visited: '), t(`第 ${d.household} 户`, `line ${d.household}`)),
      button(t('选错了，撤回', 'Wrong, take back'), () => { edit(d, () => { d.household = 0; }); redraw('line'); }, 'quiet', 'undo'),
      bar(link(t('下一步', 'Next'), `#/v/${v.seq}/item/1`, 'button primary', 'next'))];
  }
  if (!turn.line) return [...head, locked, skipped, h('p', {class: 'warn', id: 'line'}, t('名册上已没有下一户。本站不能完成，请向办公室报告。',
    'The register has no further line. This visit cannot be made; tell the office.'))];
  const pass = reason => { edit(d, () => d.tries.push({line: turn.line, reason, at: beijing() + '+08:00'})); redraw('line'); };
  return [...head, locked, skipped,
    h('p', {class: 'big', id: 'line', role: 'status'}, t('请走访', 'Go to '), t(`名册第 ${turn.line} 户`, `register line ${turn.line}`)),
    button(t('就是这一户', 'This is the household'), () => { edit(d, () => { d.household = turn.line; }); redraw('line'); }, 'primary', 'here'),
    choices({id: 'pass', legend: t('去不了？选明原因，再给下一户', 'Not possible? Give the reason for the next line'), options: book.village.substitutions,
      value: '', change: pass})];
}

// registerCard locks the count in two steps; only then is the order shown.
function registerCard(v) {
  let count = '';
  const confirm = h('div', {role: 'status'});
  const lockIn = () => {
    registers[v.unit] = {count: Number(count), at: beijing() + '+08:00'};
    keep(scope() + 'register/' + v.unit, registers[v.unit]);
    redraw('line');
  };
  const ask = () => confirm.replaceChildren(h('p', {class: 'warn'}, t(`名册共 ${count} 户。锁定后不能修改，然后显示走访第几户。`,
    `${count} lines. Once locked this cannot be changed; then the line to visit is shown.`)),
    button(t(`锁定 ${count} 户`, `Lock ${count}`), lockIn, 'primary', 'lock-count'));
  return h('section', {class: 'card'},
    h('p', null, t('请村里拿出困境儿童家庭名册，数清总户数。先锁定户数，才显示走访第几户。',
      'Ask the village for its register of households in difficulty and count the lines. The count is locked before the line to visit is shown.')),
    field({id: 'count', label: t('名册总户数', 'Lines in the register'), mode: 'numeric', value: '',
      change: (s, input) => {
        input.value = count = digitsOnly(s, input).slice(0, 3);
        Number(count) > 0 ? ask() : confirm.replaceChildren();
      }}), confirm);
}

function itemScreen(v, n) {
  const d = draftOf(v), list = itemsOf(v), it = list[n - 1];
  if (!it) return visitScreen(v);
  const a = () => d.answers[it.code] || {value: '', method: '', reason: '', note: ''};
  const set = part => { edit(d, () => { d.answers[it.code] = {...a(), ...part}; }); follow(); };
  const at = k => `#/v/${v.seq}/` + (k < 1 ? (v.kind === 'HH' ? 'household' : 'basics') : k > list.length ? 'findings' : 'item/' + k);
  const reasons = kind => book.village.reasons[kind];
  const answer = answerPart(v, it, a, set);
  const special = choices({id: 'special', legend: t('不能回答时', 'If it cannot be answered'), tight: true, value: SPECIAL.includes(a().value) ? a().value : '',
    options: [{code: 'na', zh: '不适用', en: 'not applicable'}, {code: 'unverified', zh: '未核实', en: 'not verified'}],
      change: code => { answer.clear(); set({value: code, reason: ''}); }});
  const method = choices({id: 'method', legend: t('怎么得知的', 'How was this learned'), options: it.methods.map(m => find(book.village.methods, m)),
    value: a().method, tight: true, change: method => set({method})});
  const why = h('div');
  const next = link(n < list.length ? t('下一项', 'Next') : t('写发现', 'Findings'), at(n + 1), 'button', 'next');
  let shown = null;
  function follow() {
    const now = a(), out = SPECIAL.includes(now.value);
    method.hidden = !now.value || out;
    if (shown !== now.value) why.replaceChildren(...(out ? [choices({id: 'reason', legend: t('原因', 'Reason'), options: reasons(now.value),
      value: now.reason, change: reason => set({reason})})] : []));
    shown = now.value;
    if (!out) special.querySelectorAll('input').forEach(x => { x.checked = false; });
    next.classList.toggle('primary', answered(it, now));
  }
  follow();
  const grave = it.escalation === 'E1' && h('p', {class: 'warn'}, t('如儿童正处于危险，先点右上角“儿童有危险”。', 'If a child is in danger now, tap “Child in danger” first.'));
  return [topBar(v), h('p', {class: 'step', id: 'step'}, `${n} / ${list.length} · ${it.code} ${say(it)}`), meter(n, list.length), answer.part, grave, method, special, why,
    h('details', {open: !!a().note}, h('summary', null, t('备注', 'Note')),
      prose({id: 'note', label: t('备注（不写姓名）', 'Note (no names)'), value: a().note, change: note => set({note})})),
    h('details', null, h('summary', null, t('怎样判定', 'How it is judged')), h('p', null, say(it.rule)), h('p', {class: 'note'}, it.basis)),
    bar(link(t('上一项', 'Back'), at(n - 1), 'button', 'previous'), next)];
}

// answerPart is the answer's own controls; clear empties them when not applicable or not verified
// is chosen instead.
function answerPart(v, it, a, set) {
  const question = h('h1', {class: 'question', tabindex: -1, 'aria-describedby': 'step'}, say((it.questionAt || {})[v.kind] || it.question)), type = it.answer.type;
  const value = SPECIAL.includes(a().value) ? '' : a().value;
  if (type === 'ypn' || type === 'choice' || it.answer.max <= 10) {
    const numbers = type === 'count', options = numbers ? [...Array(it.answer.max + 1).keys()].map(n => ({code: String(n), zh: String(n),
      en: String(n)})) : it.answer.options;
    const part = choices({id: 'answer', legend: [question, numbers && counted(it)], options, value, tight: numbers, kind: numbers ? 'numbers' : '',
      change: code => set({value: code, reason: ''})});
    return {part, clear: () => part.querySelectorAll('input').forEach(x => { x.checked = false; })};
  }
  if (type === 'count') return stepper(it, question, value, set);
  let [num, den] = (value || '/').split('/');
  const changed = () => set({value: num || den ? `${num}/${den}` : '', reason: ''});
  const part = h('fieldset', {id: 'answer'}, h('legend', null, question),
    field({id: 'num', label: say(it.answer.numerator), mode: 'numeric', value: num, change: (s, input) => { num = digitsOnly(s, input); changed(); }}),
    field({id: 'den', label: say(it.answer.denominator), mode: 'numeric', value: den, change: (s, input) => { den = digitsOnly(s, input); changed(); }}));
  return {part, clear: () => { num = den = ''; part.querySelectorAll('input').forEach(x => { x.value = ''; }); }};
}

const counted = it => it.answer.counted && it.answer.counted.length > 0 && h('ul', {class: 'counted'}, it.answer.counted.map(c => h('li', null, say(c))));

function stepper(it, question, value, set) {
  const input = h('input', {id: 'number', inputmode: 'numeric', value, 'aria-label': say(it.answer.unit),
    oninput: e => put(digitsOnly(e.target.value, e.target))});
  const put = s => { const n = s === '' ? '' : String(Math.min(it.answer.max, Math.max(0, Number(s)))); input.value = n; set({value: n, reason: ''}); };
  const part = h('fieldset', {id: 'answer'}, h('legend', null, question, counted(it)), h('div', {class: 'stepper'},
    button(h('span', {'aria-label': t('减一', 'one less')}, '−'), () => put(String(Number(input.value) - 1)), '', 'less'), input, button('+',
      () => put(input.value === '' ? '1' : String(Number(input.value) + 1)), '', 'more')));
  return {part, clear: () => { input.value = ''; }};
}

function reviewScreen(v) {
  const d = draftOf(v), found = checks(v), of = level => found.filter(x => x.level === level);
  const blanks = of('blank'), wrong = of('wrong'), looks = of('look'), stop = blanks.length + wrong.length;
  const list = (id, title, rows) => rows.length > 0 && h('section', {id}, h('h2', null, `${title} ${rows.length}`),
    h('ul', {class: 'visits'}, rows.map(x => h('li', null, link([h('span', null, x.text)], x.to, 'row')))));
  const finish = () => { edit(d, () => { d.state = 'closed'; }); location.hash = `#/v/${v.seq}`; };
  const some = (n, zh, en) => n > 0 && t(`${n}处${zh}`, `${n} ${en}${n > 1 ? 's' : ''}`);
  const verdict = [some(blanks.length, '空缺', 'blank'), some(wrong.length, '矛盾', 'contradiction'), some(looks.length, '疑点', 'doubt')].filter(Boolean);
  const leave = () => { edit(d, () => { d.left = beijing().slice(0, 16); }); redraw(); };
  return [topBar(v), h('h1', {tabindex: -1}, t('核对并完成', 'Check and close')),
    h('p', {class: 'big', role: 'status', id: 'verdict'}, verdict.join(t('，', ', ')) || t('没有空缺，没有矛盾', 'No blanks, no contradictions')),
    d.arrived && !d.left && d.state !== 'closed' && button(t('现在离开，记下时间', 'Leaving now: note the time'), leave, '', 'leave-now'),
    list('blanks', t('空缺', 'Blanks'), blanks), list('wrong', t('矛盾', 'Contradictions'), wrong), list('looks', t('请再看一眼', 'Please look again'), looks),
    stop ? h('p', {class: 'note'}, t('补齐空缺、改正矛盾后才能完成；确实查不了的，选“未核实”并写明原因。',
      'Fill the blanks and mend the contradictions first; what cannot be checked is “not verified”, with a reason.'))
      : d.state === 'closed' ? note(t('本站已完成。', 'This visit is closed.'))
        : bar(button(t('完成本站', 'Close the visit'), finish, 'primary button', 'finish'))];
}
