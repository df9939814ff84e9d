// The few parts every screen is made of: elements, large choices, fields, bars.

let readonly = false; // another tab is the one that writes

// h makes an element; props beginning with on are listeners, since the policy allows no attributes.
function h(tag, props, ...kids) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) {
    if (v === false || v == null) continue;
    if (k.startsWith('on')) el.addEventListener(k.slice(2), v);
    else if (['value', 'checked', 'hidden', 'disabled'].includes(k)) el[k] = v;
    else el.setAttribute(k, v === true ? '' : v);
  }
  el.append(...kids.flat(2).filter(k => k != null && k !== false));
  return el;
}

const $ = id => document.getElementById(id);
const button = (text, onclick, kind, id) => h('button', {type: 'button', class: kind, onclick, id}, text);
const link = (text, to, kind, id) => h('a', {href: to, class: kind, id}, text);
const note = (text, id) => h('p', {class: 'note', id}, text);

// twice guards a button that takes something away: the first tap asks, the second does it.
function twice(text, sure, act, id) {
  let asked = false;
  return button(text, e => { if (asked) return act(); asked = true; e.currentTarget.textContent = sure; }, 'quiet', id);
}

// choices is a fieldset of large radio buttons, or with many of check boxes. change gets the value,
// or the list of values.
function choices({id, legend, options, value, many, change, tight, kind}) {
  const pick = e => {
    if (!many) return change(e.target.value);
    change(options.map(o => o.code).filter(c => c === e.target.value ? e.target.checked : value.includes(c)));
  };
  return h('fieldset', {id, class: kind},
    h('legend', null, legend),
    h('div', {class: tight ? 'choices tight' : 'choices'}, options.map(o => h('label', {class: 'choice'},
      h('input', {type: many ? 'checkbox' : 'radio', name: id, id: `${id}-${o.code || 'none'}`, value: o.code,
        checked: many ? value.includes(o.code) : value === o.code,
        onchange: e => { pick(e); if (many) value = value.includes(o.code) ? value.filter(c => c !== o.code) : [...value, o.code]; }}),
      h('span', null, say(o), o.hint && h('small', null, o.hint))))));
}

// field is a labelled input or text area; change gets every keystroke, so that nothing typed is
// lost when the battery is.
function field({id, label, value, change, type, mode, rows, hint, max}) {
  const input = h(rows ? 'textarea' : 'input', {id, rows, value: value || '', type: rows ? null : type || 'text', inputmode: mode, maxlength: max || 2000,
    autocomplete: 'off', 'aria-describedby': hint ? id + '-hint' : null, oninput: e => change(e.target.value, e.target)});
  return h('div', {class: 'field'}, h('label', {for: id}, label), input, hint && note(hint, id + '-hint'));
}

// prose is a text area that warns about names and numbers while it is being filled.
function prose({id, label, value, change, hint, rows = 3}) {
  const warning = h('p', {class: 'warn', role: 'status', hidden: !personal(value)});
  const text = () => t('似有姓名或号码。请改用“儿童”“监护人”等称谓，不写姓名、电话、住址。',
    'This seems to hold a name or a number. Write “the child”, “the guardian”; no name, number or address.');
  warning.textContent = warning.hidden ? '' : text();
  const change2 = s => {
    const hit = personal(s);
    if (hit === warning.hidden) { warning.hidden = !hit; warning.textContent = hit ? text() : ''; }
    change(s);
  };
  return h('div', null, field({id, label, value, rows, hint, change: change2}), warning);
}

// moment is a time, with a button that takes the present one, always on Beijing's clock. The browser may show its picker
// with a 12-hour clock; what was understood stands below on 24 hours.
function moment({id, label, value, change}) {
  const plain = s => s ? s.slice(0, 16).replace('T', ' ') : '', read = note(plain(value), id + '-read');
  const put = s => { read.textContent = plain(s); change(s); };
  const input = h('input', {id, type: 'datetime-local', 'aria-describedby': id + '-read', value: (value || '').slice(0, 16),
    oninput: e => put(e.target.value.slice(0, 16))});
  const now = () => { input.value = beijing().slice(0, 16); put(input.value); };
  return h('div', {class: 'field'}, h('label', {for: id}, label), h('div', {class: 'pair'}, input, button(t('现在', 'Now'), now, '', id + '-now')), read);
}

// digitsOnly keeps an input to whole numbers, full-width ones included.
function digitsOnly(s, input) {
  const d = s.normalize('NFKC').replace(/\D/g, '').slice(0, 6);
  if (input.value !== d) input.value = d;
  return d;
}

function meter(done, of) {
  return h('progress', {max: of || 1, value: done, 'aria-label': t(`已答${done}项，共${of}项`, `${done} of ${of} answered`)});
}

// alarm shows something that must not be overlooked until it is dealt with; text is a function, so
// that it follows the language.
const alarms = new Map();

function alarm(name, text) {
  const old = $('alarm-' + name);
  if (!text) { alarms.delete(name); return old && old.remove(); }
  alarms.set(name, text);
  if (old) { if (old.textContent !== text()) old.textContent = text(); return; }
  $('alarms').append(h('p', {id: 'alarm-' + name, class: 'alarm', role: 'alert'}, text()));
}

// download hands a file to the browser.
function download(name, bytes, type) {
  const url = URL.createObjectURL(new Blob([bytes], {type: type || 'application/octet-stream'}));
  const a = h('a', {href: url, download: name});
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
