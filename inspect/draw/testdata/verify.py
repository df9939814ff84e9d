#!/usr/bin/env python3
"""A public verifier for draws by lot under the algorithm `zhicha/1`.
公开抽签验证程序（算法 zhicha/1）。

One file; it needs Python 3.9 or later and nothing else: no network, no packages. The draw uses no floating-point
numbers; scores, which have six decimals, are compared to within 0.0001. It was written from the texts alone: "§" refers to
inspect/draw/SPEC.md, FORMAT.md to inspect/ledger, FOLDER.md to inspect/verify, doc.go to inspect/score.
本程序只有一个文件，只需 Python 3.9 以上，不联网，不用其他软件包；抽签不用浮点数，得分（六位小数）的比对误差不超过 0.0001。

    python3 verify.py vectors DIR                  the test vectors, good and bad          测试数据
    python3 verify.py national FRAME NATIONAL      the draw of the national frame          全国抽样框的抽取
    python3 verify.py bodies FILE                  what log entries may say: bodies.json    日志条目的测试数据
    python3 verify.py folder PUBLIC… [--anchor D]  published folders, one or more          公布的文件夹

FRAME is frame.csv.gz, NATIONAL the file national.json of the vectors, PUBLIC a folder as published. An anchor is
the D on your paper, its first 32 digits or all 64 (spaces do not matter); --anchor may be repeated, once for each round.
A line begins with ok, FAIL or note; the last one counts them. Exit status: 0 all passed, 3 otherwise.
每行以 ok（相符）、FAIL（不符）或 note（说明）开头，最后一行是合计。退出状态：0 全部相符，3 其他。
"""
import base64, functools, gzip, hashlib, heapq, hmac, json, math, os, re, sys
from collections import namedtuple
from datetime import date, datetime, timedelta
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction

STAGES = ("county", "township", "village", "institution", "household", "assign", "schedule")
REGIONS = {part[:2]: part[2:] for part in (  # §13
    "11北京市 12天津市 13河北省 14山西省 15内蒙古自治区 21辽宁省 22吉林省 23黑龙江省 31上海市 32江苏省 33浙江省 34安徽省 "
    "35福建省 36江西省 37山东省 41河南省 42湖北省 43湖南省 44广东省 45广西壮族自治区 46海南省 50重庆市 51四川省 52贵州省 "
    "53云南省 54西藏自治区 61陕西省 62甘肃省 63青海省 64宁夏回族自治区 65新疆维吾尔自治区 BT新疆生产建设兵团").split()}

class Reject(Exception):
    """Something does not keep the specification; `rule` names what, in the words of the vectors."""
    def __init__(self, rule, why=""):
        super().__init__(rule + (": " + why if why else ""))
        self.rule = rule
def need(condition, rule, why=""):
    if not condition: raise Reject(rule, why)
def same(got, want, what=""): need(got == want, "differs", "%s computed %.80r, expected %.80r" % (what, got, want))
# ---------------------------------------------------------------- §1 bytes and texts
def sha(data): return hashlib.sha256(data).digest()
def HMAC(key, message): return hmac.digest(key, message, "sha256")
def lp(*parts):
    """Length-prefix each part (text or raw bytes) and join them."""
    raw = [p.encode() if isinstance(p, str) else p for p in parts]
    return b"".join(len(p).to_bytes(4, "big") + p for p in raw)
def canonical(value):
    """Canonical JSON. The standard encoder writes just what §1 asks for, as there are no floats here."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
def digest_of(value): return sha(canonical(value)).hex()

def parse(data):
    """Strict JSON: UTF-8, no key twice, only integers up to 2^53-1, no lone surrogates."""
    def members(pairs):
        need(len(dict(pairs)) == len(pairs), "malformed", "a key stands twice")
        return dict(pairs)
    def integer(text):
        need(re.fullmatch("-?[0-9]{1,16}", text) and abs(int(text)) < 1 << 53, "malformed", text)
        return int(text)
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, object_pairs_hook=members, parse_int=integer, parse_float=integer, parse_constant=integer)
        canonical(value)
    except (ValueError, RecursionError) as e:
        raise Reject("malformed", str(e)) from None
    return value

def read(*path):
    with open(os.path.join(*path), "rb") as f: return f.read()
def load(*path): return parse(read(*path))
def load_canonical(*path):
    raw, value = read(*path), load(*path)
    need(canonical(value) == raw, "malformed", "not canonical: " + path[-1])
    return value

def moment(text, form="%Y-%m-%dT%H:%M:%S+08:00"):
    """A moment in UTC+08:00 with whole seconds (or a date), or None if it is not written so or does not exist."""
    try:
        value = datetime.strptime(text, form)
    except (TypeError, ValueError):
        return None
    return value if value.strftime(form) == text else None

def is_date(text): return moment(text, "%Y-%m-%d") is not None
def plus_days(day, n): return (date.fromisoformat(day) + timedelta(days=n)).isoformat()
def window_days(window):
    n = (date.fromisoformat(window["to"]) - date.fromisoformat(window["from"])).days + 1
    return [plus_days(window["from"], i) for i in range(n)]
def hex32(text):
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text), "malformed", "no digest")
    return bytes.fromhex(text)
# ---------------------------------------------------------------- §2 the frame
LEVELS = ("reporting_unit", "prefecture", "county")
HEADER = b"kind,id,name,area_code,reporting_unit,county,township,size,risk\n"
BAD_NAME = re.compile('[,"\x00-\x1f\x7f-\x9f\ufffd]|^\\s|\\s$').search
AREA, SIZE = re.compile("[0-9]{12}").fullmatch, re.compile("[1-9][0-9]{0,8}|1000000000|").fullmatch
ID = {"CO": re.compile("[0-9]{6}000000|BT[0-9A-Z]{1,10}").fullmatch, "TS": re.compile("[0-9]{9}000").fullmatch,
      "VC": re.compile("[0-9]{9}(?!000)[0-9]{3}").fullmatch, "WI": re.compile("[0-9A-Za-z-]{1,40}").fullmatch}
Row = namedtuple("Row", "kind id name area unit county township size risk")

def read_table(data, *kinds):
    """The rows of one table, each checked as far as it can be by itself."""
    need(data.startswith(HEADER) and data.endswith(b"\n"), "frame", "header or last line")
    rows, last = [], ("", "")
    for line in data[len(HEADER):].decode("utf-8").split("\n")[:-1]:
        r = Row(*line.split(","))
        need(r.kind in kinds and last < r[:2], "frame", "order: " + line)
        last = r[:2]
        need(ID[r.kind](r.id) and AREA(r.area) and r.unit in REGIONS and SIZE(r.size) and r.risk in ("", "1", "2", "3", "4")
             and r.area.startswith("65" if r.unit == "BT" else r.unit) and r.name and not BAD_NAME(r.name), "frame", line)
        if r.kind == "CO":
            area = r.unit == "BT" if r.id.startswith("BT") else r.area == r.id
            good = r.size and r.county == r.id and area and not r.township
        else: good = not r.township if r.kind == "WI" else r.area == r.id and (r.kind == "VC" or r.township == r.id)
        need(good, "frame", line)
        rows.append(r._replace(size=int(r.size or 0), risk=int(r.risk or 0)) if r.size or r.risk else r)
    return rows

class Frame:
    """The three tables, their digests, and what belongs to each county, township and pool."""
    def __init__(self, *tables):
        raw = [sha(t) for t in tables]
        self.digests = dict(zip(("counties", "townships", "units", "frame"), (d.hex() for d in raw + [sha(b"".join(raw))])))
        self.counties = {r.id: r for r in read_table(tables[0], "CO")}
        self.townships = {r.id: r for r in read_table(tables[1], "TS")}
        self.of = {"township": {}, "village": {}, "institution": {}}  # parent -> its units
        self.units = read_table(tables[2], "VC", "WI")
        for r in list(self.townships.values()) + self.units:
            if r.kind == "VC":
                parent, stage, key = self.townships.get(r.township), "village", r.township
                need(parent and r.county == parent.county and r.id[:9] == r.township[:9], "frame", r.id)
            else:
                parent = self.counties.get(r.county)
                stage, key = ("township", r.county) if r.kind == "TS" else ("institution", (r.area[:4], r.unit))
                need(parent and (r.kind == "WI" or r.county[:2] == "BT" or r.id[:6] == r.county[:6]), "frame", r.id)
            need(parent.unit == r.unit, "frame", r.id)
            self.of[stage].setdefault(key, []).append(r)
# ---------------------------------------------------------------- §3 §5 secrets, shares, keys, tickets, the beacon
def share_of(secret, campaign, wave, party, stage):
    return HMAC(secret, lp("zhicha/1 share", campaign, str(wave), party, stage) + b"\x01")
def commitment_of(share, campaign, wave, party, stage):
    return sha(lp("zhicha/1 commit", campaign, str(wave), party, stage, share))

def check_shares(record, stage, shares):
    """The parties' shares of one stage in byte order of their ids; each must open its commitment."""
    parties = record["parties"]
    need(all(p["id"] in shares for p in parties), "draw.share-missing")
    need(len(shares) == len(parties), "draw.share-wrong", "a share of no party")
    for p in parties:
        opened = commitment_of(hex32(shares[p["id"]]), record["campaign"], record["wave"], p["id"], stage).hex()
        need(opened == p["commitments"][stage], "draw.share-wrong", p["id"] + " " + stage)
    return [hex32(shares[p["id"]]) for p in parties]

def stage_key(record, stage, shares, beacon, d):
    ikm = b"".join(check_shares(record, stage, shares))
    return HMAC(HMAC(sha(beacon.encode()), ikm), lp("zhicha/1 stage", record["campaign"], str(record["wave"]), stage, d) + b"\x01")
def ticket(key, label, set_, kind, id_): return HMAC(key, lp(label, set_, kind, id_))
def U(t): return int.from_bytes(t[:8], "big")
def line_up(key, label, set_, kind, ids):
    """Ticket order: by digest, then by id."""
    return sorted(ids, key=lambda i: (ticket(key, label, set_, kind, i), i))

RE2_TOKEN = re.compile(r"""\\[dw.^$*+?()\[\]{}|\\/-]|\[\^?(?:[0-9A-Za-z_ ,.:/]|\\[dw/.\\-]|(?<=\w)-(?=\w))+\]|\(\?:|\((?!\?)|[)|.^$]
    |(?:[*+?]|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})\??(?![*+?{])|[^\\\[\](){}*+?|.^$]""", re.X)

def re2(rule):
    """The rule as a Python expression; None if it is wrong, or beyond the part of RE2 that Python reads alike."""
    tokens = [m.group() for m in RE2_TOKEN.finditer(rule)]
    try:
        return re.compile("".join({"$": r"\Z", "^": r"\A"}.get(t, t) for t in tokens), re.ASCII) if "".join(tokens) == rule else None
    except re.error:
        return None

def check_beacon(rule, typed=None, signed=None):
    """Does this text, typed twice, count under the record's beacon rule; was it late enough?"""
    if signed is not None: need(moment(rule["at"]) - moment(signed) >= timedelta(hours=24), "draw.beacon-early")
    if typed is not None:
        need(len(set(typed)) == 1, "draw.beacon-differs")
        need(re2(rule["rule"]).fullmatch(typed[0]), "draw.beacon-rule")
        need(rule["issue"] in typed[0].split("/"), "draw.beacon-issue")
        for piece in typed[0].split("/"):  # one spelling of one result: a word, or a list of numbers that ascends
            words = piece.split("-")
            need(re.fullmatch("[0-9A-Za-z]+", piece) or re.fullmatch("[0-9]+(-[0-9]+)+", piece) and len(set(map(len, words))) == 1
                 and all(a < b for a, b in zip(words, words[1:])), "draw.beacon-spelling")

def postponed(r, log):
    """The record's beacon, or its next issue where two people entered that the committed one gave no result."""
    b, found = r["beacon"], of_wave(log, r["wave"], "beacon-postponed")
    if not found: return b
    e, digits = found[0], re.search("[0-9]*$", b["issue"]).group()
    last = str(int(digits or "9") + 1)
    need(len(last) <= len(digits) and moment(e["body"]["at"]) > moment(b["at"]), "draw.beacon-next")
    then = dict(b, issue=b["issue"][:len(b["issue"]) - len(digits)] + last.zfill(len(digits)), at=e["body"]["at"])
    need(e["body"]["issue"] == then["issue"] and moment(b["at"]) <= moment(e["time"]) < moment(then["at"]) < datetime.fromisoformat(r["window"]["from"]), "postponed")
    return then
# ---------------------------------------------------------------- §4 the commit record, §6 design, §10 teams
TEXT, DIGEST = str, "digest"
RECORD_FORM = {  # a field with a question mark is optional; [x] is an array of x
    "algorithm": TEXT, "campaign": TEXT, "wave": int, "kind": TEXT, "plan": TEXT,
    "frame": {"frame": DIGEST, "counties": DIGEST, "townships": DIGEST, "units": DIGEST},
    "design": DIGEST, "checklist": DIGEST, "teams": DIGEST, "calendar": DIGEST,
    "window": {"from": TEXT, "to": TEXT}, "closed?": [TEXT], "legDays": int,
    "hours": [{"reporting_units?": [TEXT], "from": TEXT, "to": TEXT}],
    "assign": {"region": TEXT, "team_min": int, "women_min": int, "third_party_percent": int, "overlap_percent": int,
               "legs_per_team_max": int, "leg_days": int, "languages?": [{"regions": [TEXT], "language": TEXT}]},
    "rules": {"confidence": int, "variance": TEXT, "lonely": TEXT, "minCounties": int, "minVisits": int, "maxHalf": int,
              "secondCoder": int, "minCount": int},
    "parties": [{"id": TEXT, "name": TEXT, "key": TEXT, "commitments": dict}],
    "custodians": [{"id": TEXT, "body": TEXT, "recipient": TEXT}],
    "beacon": {"event": TEXT, "issue": TEXT, "at": TEXT, "rule": TEXT}, "revealBy": TEXT}
TEAMS_FORM = [{"no": int, "home": TEXT, "kind": TEXT, "inspectors": int, "women": int, "capacity": int, "from": TEXT,
               "to": TEXT, "languages?": [TEXT], "forbidden?": [TEXT], "lastRegion?": [TEXT]}]
DESIGN_FORM = {"stratum": TEXT, "counties": int, "townships": int, "villages": int, "households": int,
               "institutions": int, "reserves": int, "risk": bool}

def shape(value, form, where):
    """Refuse what does not have exactly the fields and types of the form."""
    if form == DIGEST: return hex32(value)
    need(type(value) is (form if isinstance(form, type) else type(form)), "malformed", where)
    if isinstance(form, dict):
        names = {k.rstrip("?"): k for k in form}
        need(set(value) <= set(names), "malformed", where + ": an unknown field")
        for name, k in names.items():
            need(name in value or name != k, "malformed", where + " has no " + name)
            need(value.get(name, 1) or name == k, "malformed", where + "." + name + " is empty and should be left out")
            if name in value: shape(value[name], form[k], where + "." + name)
    for v in value if isinstance(form, list) else (): shape(v, form[0], where)

def ascending(items): return all(a < b for a, b in zip(items, items[1:]))

def record_faults(r):
    """The rules for which this record may not be signed; an empty list if there is none."""
    try:
        shape(r, RECORD_FORM, "record")
        shape([c for p in r["parties"] for c in p["commitments"].values()], [DIGEST], "commitments")
    except Reject as e:
        return [str(e)]
    w, closed, a, parties, custodians = r["window"], r.get("closed", []), r["assign"], r["parties"], r["custodians"]
    device = re.compile("con|prn|aux|nul|(com|lpt)[0-9]").fullmatch
    is_id = lambda s: len(s) <= 64 and re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", s) and not device(s)
    dated = is_date(w["from"]) and is_date(w["to"]) and w["from"] <= w["to"] and len(window_days(w)) <= 366
    clock = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]").fullmatch
    keys, commitments = [p["key"] for p in parties], [c for p in parties for c in p["commitments"].values()]
    zero, at, m = "0" * 64, moment(r["beacon"]["at"]), r["rules"]
    rules = [
        ("draw.algorithm", r["algorithm"] == "zhicha/1"), ("draw.campaign", is_id(r["campaign"])),
        ("draw.wave", r["wave"] >= 1), ("draw.kind", r["kind"] in ("random", "lookback", "topup", "redraw")),
        ("draw.no-authority", r["plan"]), ("draw.window", dated),
        ("draw.no-digest", zero not in [*r["frame"].values(), r["design"], r["checklist"], r["teams"], r["calendar"]]),
        ("draw.closed", all(map(is_date, closed)) and ascending(closed)), ("draw.leg-days", 1 <= r["legDays"] == a["leg_days"]),
        ("draw.hours", r["hours"] and all(clock(h["from"]) and clock(h["to"]) and h["from"] < h["to"] for h in r["hours"])),
        ("draw.assign", a["region"] in LEVELS and 0 <= a["third_party_percent"] <= 100 >= a["overlap_percent"] >= 0
         and min(a["team_min"], a["women_min"], a["legs_per_team_max"]) >= 0),
        ("draw.rules", 50 <= m["confidence"] <= 99 and m["variance"] and m["lonely"] and m["minCounties"] >= 2
         and min(m["minVisits"], m["maxHalf"]) >= 1 and 0 <= m["secondCoder"] <= 100 and m["minCount"] >= 10),
        ("draw.few-parties", len(parties) >= 3), ("draw.party", all(is_id(p["id"]) and p["key"] for p in parties)),
        ("draw.commitments", all(set(p["commitments"]) == set(STAGES) for p in parties)),
        ("draw.order", ascending([p["id"] for p in parties]) and ascending([c["id"] for c in custodians])),
        ("draw.same-key", len(set(keys)) == len(keys)),
        ("draw.commitment", len(set(commitments)) == len(commitments) and zero not in commitments),
        ("draw.custodian", all(is_id(c["id"]) and is_id(c["body"]) and c["recipient"] for c in custodians)),
        ("draw.few-bodies", len({c["body"] for c in custodians}) >= 2),
        ("draw.beacon", all(r["beacon"].values()) and re2(r["beacon"]["rule"])), ("draw.beacon-zone", at),
        ("draw.beacon-late", not at or not dated or at < datetime.fromisoformat(w["from"])),
        ("draw.reveal-by", is_date(r["revealBy"]) and (not dated or r["revealBy"] > w["to"]))]
    return [name for name, good in rules if not good]

def check_teams(teams):
    shape(teams, TEAMS_FORM, "teams")
    need(ascending([0] + [t["no"] for t in teams]), "teams", "order")
    for t in teams:
        kinds = ("third_party", "national") if t["home"] == "" else ("third_party", "provincial")
        need(t["kind"] in kinds and min(t["inspectors"], t["women"], t["capacity"]) >= 0
             and all(x == "" or is_date(x) for x in (t["from"], t["to"]))
             and all(ascending(t.get(k, [])) for k in ("languages", "forbidden", "lastRegion")), "teams", "team %d" % t["no"])

def check_design(d):
    shape(d, DESIGN_FORM, "design")
    numbers = [d[k] for k in ("townships", "villages", "households", "institutions", "reserves")]
    need(d["stratum"] in LEVELS and d["counties"] >= 2 and 0 <= min(numbers)
         and max(numbers) <= 999 and (numbers[0] or not numbers[1]) and (numbers[1] or not numbers[2]), "design")
# ---------------------------------------------------------------- §7 the counties
class Stratum:
    """One stratum: its counties in order of q, π of each, and how many are drawn."""
    def __init__(self, key, code, rows, design):
        n, N, risk = design["counties"], len(rows), design["risk"]
        cap, held = Fraction(1) if N < 2 * n else Fraction(3, 4), set()
        if N <= n: held, self.pi = set(rows), {c.id: Fraction(1) for c in rows}
        else:
            need(not risk or all(c.risk for c in rows), "design", "risk missing")
            M = sum(c.size for c in rows)
            D = {c: max(4 * N * c.size, M) * (c.risk if risk else 1) for c in rows}
            over = None
            while over != set():
                S = sum(size for c, size in D.items() if c not in held)
                pi = {c: cap if c in held else (n - cap * len(held)) * size / S for c, size in D.items()}
                over = {c for c in rows if c not in held and pi[c] > cap}
                held |= over
            self.pi = {c.id: p for c, p in pi.items()}
        self.code, self.capped = code, len(held)
        def place(c):  # the Pareto number q as an exact fraction, then the ticket
            t, p = ticket(key, "ticket", code, "CO", c.id), self.pi[c.id]
            return Fraction(U(t) * (p.denominator - p.numerator), ((1 << 64) - U(t)) * p.numerator), t, c.id
        self.line = sorted(rows, key=place)
        self.drawn, self.reserve = self.line[:n], self.line[n:][:design["reserves"]]

def stratum(c, level):
    """The reporting unit a county belongs to, in which it is drawn."""
    return {"reporting_unit": c.unit, "prefecture": ("BT" if c.unit == "BT" else "") + c.area[:4], "county": c.id}[level]

def draw_counties(key, counties, design):
    groups = {}
    for c in counties: groups.setdefault(stratum(c, design["stratum"]), []).append(c)
    return [Stratum(key, code, groups[code], design) for code in sorted(groups)]
# ---------------------------------------------------------------- §8 below the county
class Sample:
    """What is drawn: counties, townships, villages, orders, institutions, reserves; and the visits of §12."""
    def __init__(self, frame, design, keys):
        self.frame, self.design, self.keys, self.lines = frame, design, keys, {}
        self.strata = draw_counties(keys["county"], frame.counties.values(), design)
        self.counties = [c for s in self.strata for c in s.drawn]
        self.towns, self.villages, self.orders, self.taken, k, in_pool = {}, {}, {}, {}, design["institutions"], {}
        for c in self.counties:
            self.towns[c.id] = self.line("township", c.id)[:design["townships"]]
            for t in self.towns[c.id]:
                self.villages[t.id] = self.line("village", t.id)[:design["villages"]]
                for v in self.villages[t.id] if design["households"] else ():
                    numbers = line_up(keys["household"], "perm", v.id, "HH", map(str, range(1, 1000)))
                    self.orders[v.id] = [int(n) for n in numbers]
            pool = self.pool(c)
            line, j = self.line("institution", pool), in_pool.get(pool, 0)
            in_pool[pool] = j + 1
            self.taken[c.id] = [line[(j * k + i) % len(line)] for i in range(min(k, len(line)))]
        self.reserves = self.list_reserves(in_pool)
    @staticmethod
    def pool(c): return c.area[:4], c.unit
    def line(self, stage, of):
        """The units of a parent (or pool), lined up by ticket under the stage's key."""
        if (stage, of) not in self.lines:
            units = {u.id: u for u in self.frame.of[stage].get(of, [])}
            kind, set_ = {"township": "TS", "village": "VC", "institution": "WI"}[stage], of[0] if stage == "institution" else of
            self.lines[stage, of] = [units[i] for i in line_up(self.keys[stage], "ticket", set_, kind, units)]
        return self.lines[stage, of]
    def list_reserves(self, in_pool):
        out, R, k = [], self.design["reserves"], self.design["institutions"]
        def add(kind, units, within, x):
            out.extend({"kind": kind, "unit": u.id, "within": within, "order": i} for i, u in enumerate(units[:x], 1))
        def towns(units, county, x):
            add("TS", units, county, x)
            for t in units[:x]: add("VC", self.line("village", t.id), t.id, self.design["villages"] + R)
        for s in self.strata:
            for c in s.drawn:
                for t in self.towns[c.id]: add("VC", self.line("village", t.id)[len(self.villages[t.id]):], t.id, R)
                towns(self.line("township", c.id)[len(self.towns[c.id]):], c.id, R)
            for i, c in enumerate(s.reserve, 1):
                out.append({"kind": "CO", "unit": c.id, "within": s.code, "order": i})
                towns(self.line("township", c.id), c.id, self.design["townships"] + R)
        for pool in sorted({self.pool(c) for s in self.strata for c in s.drawn + s.reserve}) if k else ():
            add("WI", self.line("institution", pool)[k * in_pool.get(pool, 0):], pool[0], k + R)
        return out
    def drawn(self, stage):
        """The kind and the units a stage drew, in order of the sample (an institution may stand more than once)."""
        towns = [t for c in self.counties for t in self.towns[c.id]]
        villages = [v for t in towns for v in self.villages[t.id]]
        return {"county": ("CO", self.counties), "township": ("TS", towns), "village": ("VC", villages),
                "institution": ("WI", [w for c in self.counties for w in self.taken[c.id]]),
                "household": ("HH", [v for v in villages if v.id in self.orders])}[stage]
    def counts(self):
        n = {kind: len(units) * (self.design["households"] if kind == "HH" else 1) for kind, units in map(self.drawn, STAGES[:5])}
        return {kind: x for kind, x in n.items() if x}
    def tree(self, stage):
        kind, units = self.drawn(stage)
        return Tree(self.keys[stage], stage, kind, {u.id for u in units}, self.orders)
    def plan_counties(self):
        return [{"region": s.code, "county": c.id, "name": c.name, "size": c.size, "piNum": str(s.pi[c.id].numerator),
                 "piDen": str(s.pi[c.id].denominator), "order": i} for s in self.strata for i, c in enumerate(s.drawn, 1)]
    def visits(self, leg):
        """§12: the visits of one leg."""
        c, households, out = self.frame.counties[leg["county"]], self.design["households"], []
        towns, taken, pool = self.towns[c.id], self.taken[c.id], self.line("institution", self.pool(c))
        A = Fraction(len(self.line("township", c.id)), max(1, len(towns)))  # A/a; below, (A·B)/(a·b) of a village
        villages = [(t, v, A * len(self.line("village", t.id)) / len(self.villages[t.id]))
                    for t in towns for v in self.villages[t.id]]
        todo = [("HH", v, t, v, "第%d户" % slot, w / households, slot) for t, v, w in villages for slot in range(1, households + 1)]
        todo += [("VC", v, t, v, v.name, w, 0) for t, v, w in villages]
        todo += [("TS", t, t, None, t.name, A, 0) for t in towns]
        todo += [("WI", u, None, None, u.name, Fraction(len(pool), len(taken)), 0) for u in taken]
        todo.append(("CO", c, None, None, c.name, Fraction(1), 0))
        for seq, (kind, unit, t, v, name, weight, slot) in enumerate(todo, 1):
            places = {"region": REGIONS[c.unit], "county": c.name, "name": name}
            places.update({k: x.name for k, x in (("township", t), ("village", v)) if x})
            visit = {"id": "%d-%03d-%02d" % (leg["wave"], leg["no"], seq), "wave": leg["wave"], "leg": leg["no"], "seq": seq,
                     "kind": kind, "unit": unit.id, "day": plus_days(leg["start"], (seq - 1) * leg["days"] // len(todo)),
                     "places": places, "weightNum": weight.numerator, "weightDen": weight.denominator}
            visit.update({"slot": slot} if slot else {})
            visit.update({"order": self.orders[v.id]} if slot == 1 else {})
            out.append(visit)
        return out

def plan_of(wave, counties, legs, visits, reserves):
    lists = {"counties": counties, "legs": legs, "visits": visits, "reserves": reserves}
    return dict({name: items or None for name, items in lists.items()}, wave=wave)
# ---------------------------------------------------------------- §9 stage trees (RFC 6962)
def split(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1
def tree_root(hashes):
    if len(hashes) < 2: return hashes[0] if hashes else sha(b"")
    h = split(len(hashes))
    return sha(b"\x01" + tree_root(hashes[:h]) + tree_root(hashes[h:]))

def proof_holds(root, leaf, proof):
    path = [hex32(p) for p in proof["path"]]
    def climb(n, i):  # the root of n leaves of which leaf i is ours; takes the path from its upper end
        if n == 1: return leaf
        need(path, "proof", "too short")
        h, beside = split(n), path.pop()
        return sha(b"\x01" + climb(h, i) + beside) if i < h else sha(b"\x01" + beside + climb(n - h, i - h))
    return 0 <= proof["index"] < proof["size"] < 1 << 53 and climb(proof["size"], proof["index"]) == root and not path

class Tree:
    def __init__(self, key, stage, kind, ids, orders=None):
        self.salts = {i: HMAC(key, lp("leaf", i)) for i in ids}
        self.leaf = {i: sha(b"\x00" + lp(salt, kind, i, *([sha(canonical(orders[i]))] if kind == "HH" else [])))
                     for i, salt in self.salts.items()}
        self.leaves = sorted(self.leaf.values())
        n, self.root = len(self.leaves), tree_root(self.leaves)
        self.logged = sha(lp("zhicha/1 drawn", stage, str(n), self.root, HMAC(key, lp("tree"))))
        self.summary = {"size": n, "root": self.root.hex(), "logged": self.logged.hex()}
# ---------------------------------------------------------------- §10 §11 who goes where, days and numbers
def least_cost(arcs, supply):
    """Send `supply` units from node 0 to node 1 at the least cost, by shortest augmenting paths (Dijkstra with
    potentials). arcs: (from, to, capacity, cost ≥ 0). Returns the flow on each arc, or None if it does not fit."""
    to, room, cost, out = [], [], [], {}
    for a, b, capacity, c in arcs:  # arc i of the list becomes 2i, its reverse 2i+1
        for x, y, r, k in ((a, b, capacity, c), (b, a, 0, -c)):
            out.setdefault(x, []).append(len(to))
            to.append(y), room.append(r), cost.append(k)
    height = dict.fromkeys(out, 0)
    for _ in range(supply):
        dist, via, done, heap = {0: 0}, {}, set(), [(0, 0)]
        while heap:
            d, x = heapq.heappop(heap)
            if x in done: continue
            done.add(x)
            for e in out[x]:
                y = to[e]
                if room[e] and y not in done:
                    far = d + cost[e] + height[x] - height[y]
                    if y not in dist or far < dist[y]:
                        dist[y], via[y] = far, e
                        heapq.heappush(heap, (far, y))
        if 1 not in done: return None
        for n in height: height[n] += min(dist.get(n, dist[1]), dist[1])
        x = 1
        while x:
            e = via[x]
            room[e], room[e ^ 1], x = room[e] - 1, room[e ^ 1] + 1, to[e ^ 1]
    return room[1::2]

class Assignment:
    """`region`: county -> region. Finds the seating that counts; Reject if all 64 fail."""
    def __init__(self, region, teams, rule, window, closed, leg_days, key):
        self.region, self.rule, self.key, self.leg_days, self.days = region, rule, key, leg_days, window_days(window)
        self.teams = {t["no"]: t for t in teams}
        self.free = {t["no"]: [d not in closed and (t["from"] or d) <= d <= (t["to"] or d) for d in self.days] for t in teams}
        self.overlap = set(line_up(key, "ticket", "overlap", "CO", region)[:-(-len(region) * rule["overlap_percent"] // 100)])
        self.V = len(region) + len(self.overlap)
        need(self.V < 1 << 15, "assign", "too many legs")
        for self.counter in range(64):
            self.ring = line_up(key, "seat", str(self.counter), "", {*region.values(), *(t["home"] for t in teams)} - {""})
            self.pairs = self.match_and_deal()
            self.fallback = self.pairs and self.place(key)
            if self.fallback: return
        raise Reject("draw.refused", "all seatings fail")
    def holds(self, free):
        """How many legs fit into a set of days: each run of consecutive days by itself."""
        runs = "".join("x" if f else " " for f in free).split()
        return sum(len(run) // self.leg_days for run in runs)
    def overlap_first(self, line):
        return [c for c in line if c in self.overlap] + [c for c in line if c not in self.overlap]
    def may(self, t, g):
        seat, R = self.ring.index, len(self.ring)
        return ((not t["home"] or 1 <= (seat(g) - seat(t["home"])) % R <= (R - 1) // 2)
                and g not in t.get("forbidden", []) and g not in t.get("lastRegion", [])
                and t["inspectors"] >= self.rule["team_min"] and t["women"] >= self.rule["women_min"]
                and all(e["language"] in t.get("languages", []) for e in self.rule.get("languages", []) if any(g.startswith(u) for u in e["regions"])))
    def match_and_deal(self):
        """county -> (team, second team or 0), or None. Nodes: 0 source, 1 sink, 2 all but third parties, regions, teams."""
        here, percent = {}, self.rule["third_party_percent"]
        for c, g in self.region.items(): here.setdefault(g, []).append(c)
        node = {name: i for i, name in enumerate([*here, *self.teams], 3)}  # regions are texts, teams numbers
        arcs, between = [(0, 2, self.V - -(-self.V * percent // 100), 0)], {}
        arcs += [(node[g], 1, len(cs) + len(self.overlap & set(cs)), 0) for g, cs in here.items()]
        for no, t in self.teams.items():
            most = min(t["capacity"], self.holds(self.free[no]), self.rule["legs_per_team_max"] or self.V, self.V)
            first, national = 0 if t["kind"] == "third_party" else 2, t["kind"] == "national"
            arcs += [(first, node[no], 1, (national << 112) + (2 * k - 1 << 80)) for k in range(1, most + 1)]
            for g in here:
                if self.may(t, g):
                    between[len(arcs)] = no, g
                    tie = ticket(self.key, "tie", "%s/%d" % (g, self.counter), "team", str(no))
                    arcs.append((node[no], node[g], len(here[g]), U(tie)))
        flow, pairs = least_cost(arcs, self.V), {}
        for g in here if flow else ():
            line = self.overlap_first(line_up(self.key, "ticket", g, "CO", here[g]))
            legs_of = {str(no): flow[i] for i, (no, r) in between.items() if r == g and flow[i]}
            for attempt in range(64):
                order = line_up(self.key, "ticket", "%s/%d/%d" % (g, self.counter, attempt), "team", legs_of)
                seats = [int(no) for no in order for _ in range(legs_of[no])]
                dealt = dict(zip(line, zip(seats, seats[len(line):] + [0] * len(line))))
                if all(self.holds([a and b for a, b in zip(self.free[p], self.free[q])]) for p, q in dealt.values() if q):
                    pairs.update(dealt)
                    break
            else: return None
        return pairs
    def place(self, key):
        """§11: county -> first day, or None."""
        order = self.overlap_first(line_up(key, "ticket", "start", "CO", self.pairs))
        tries = {c: [self.days.index(d) for d in line_up(key, "day", c, "", self.days)] for c in order}
        teams = {c: [t for t in pair if t] for c, pair in self.pairs.items()}
        def mark(c, day, state):
            start[c] = day
            for t in teams[c]:
                todo[t] += 1 if state else -1
                free[t][day:day + self.leg_days] = [state] * self.leg_days
        def book(c, day):
            end = day + self.leg_days
            for t in teams[c]:
                if end > len(self.days) or not all(free[t][day:end]): return False
                if self.holds(free[t][:day] + [False] + free[t][end:]) < todo[t] - 1: return False
            mark(c, day, False)
            return True
        def walk(p):  # from(p) of §11
            nonlocal left, deepest
            if p == len(order): return True
            for day in tries[order[p]]:
                if book(order[p], day):
                    if walk(p + 1): return True
                    mark(order[p], day, True)
                    left -= 1
                    if left < 0: return False
            deepest = max(deepest, p)
            return False
        for _ in range(32):
            free, todo, start, left, deepest = {n: list(f) for n, f in self.free.items()}, dict.fromkeys(self.free, 0), {}, 100, 0
            for t in (t for pair in teams.values() for t in pair): todo[t] += 1
            if walk(0): return {c: self.days[i] for c, i in start.items()}
            order.insert(0, order.pop(deepest))
        return None
    def legs(self, key, wave, hours):
        """The legs of the plan with days and numbers, under the schedule key."""
        starts, out = self.place(key) or self.fallback, []
        seats = [(c, kind, t) for c, pair in self.pairs.items() for kind, t in zip(("primary", "twin"), pair) if t]
        seats.sort(key=lambda s: (ticket(key, "ticket", "leg", s[1], s[0]), s[0]))
        number = {(c, kind): i for i, (c, kind, _) in enumerate(seats, 1)}
        for no, (c, kind, team) in enumerate(seats, 1):
            g = self.region[c]
            h = next(h for h in hours if any(g.startswith(u) for u in h.get("reporting_units", [g])))
            out.append({"no": no, "wave": wave, "region": g, "county": c, "team": team, "start": starts[c], "days": self.leg_days,
                        "twin": number[c, "primary"] if kind == "twin" else 0, "hourFrom": h["from"], "hourTo": h["to"]})
        return out
    def pair_list(self): return [{"county": c, "team": p, "second": q} for c, (p, q) in sorted(self.pairs.items())]
# ---------------------------------------------------------------- signed notes, Ed25519 (RFC 8032)
P, ORDER = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, P) % P
def point_add(p, q):
    """Extended coordinates X, Y, Z, T: x = X/Z, y = Y/Z, xy = T/Z. Nothing is divided until the end."""
    (a, b, z, t), (c, d, y, u) = p, q
    m, n, k, l = (b - a) * (d - c), (b + a) * (d + c), 2 * CURVE * t * u, 2 * z * y
    e, f, g, h = n - m, l - k, l + k, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P

def point_mul(n, p):
    q = (0, 1, 1, 0)
    while n:
        q = point_add(q, p) if n & 1 else q
        p, n = point_add(p, p), n >> 1
    return q

def point_read(raw):
    y, sign = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    x2 = (y * y - 1) * pow(CURVE * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == x2 and (x or not sign), "note", "not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
BASE = point_read((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

@functools.lru_cache(None)
def ed25519_holds(public, message, signature):
    a, s = point_read(public), int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, z, _ = point_add(point_mul(s, BASE), point_mul(h, (P - a[0], a[1], 1, P - a[3])))
    x, y = (v * pow(z, -1, P) % P for v in (x, y))
    return len(signature) == 64 and s < ORDER and (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]

def check_note(note, vkey):
    """A signed note with exactly one signature, by this key (name+id+base64). Returns its text."""
    name, key_id, key = vkey.split("+", 2)
    text, _, last = note.partition("\n\n")
    line = re.fullmatch("— ([^ \n+]+) ([A-Za-z0-9+/=]+)\n", last)
    need(line and line.group(1) == name, "note", "not one signature by " + name)
    raw, signature = (base64.b64decode(x, validate=True) for x in (key, line.group(2)))
    need(base64.b64encode(signature).decode() == line.group(2), "note", "base64")
    need(len(raw) == 33 and raw[0] == 1 and sha(name.encode() + b"\n" + raw)[:4].hex() == key_id, "note", "key")
    need(signature[:4].hex() == key_id and ed25519_holds(raw[1:], (text + "\n").encode(), signature[4:]), "note", "signature")
    return text + "\n"
# ---------------------------------------------------------------- the notary log
def files_below(folder):
    """Every file below a folder, relative, with `/`; a link is refused."""
    out = set()
    for where, dirs, names in os.walk(folder):
        for name in dirs + names: need(not os.path.islink(os.path.join(where, name)), "folder", "a link: " + name)
        out.update(os.path.relpath(os.path.join(where, name), folder).replace(os.sep, "/") for name in names)
    return out

def check_cosigned(text, lines, keys):
    """Lines of witnesses below a checkpoint: each by another of these keys, over its time and the text. Returns their names."""
    names, left = [], dict((k.split("+", 2)[0], k.split("+", 2)) for k in keys)
    for line in lines:
        m = re.fullmatch("— ([^ \n+]+) ([A-Za-z0-9+/=]+)\n", line)
        need(m and m.group(1) in left, "note", "a line of no witness")
        name, key_id, key = left.pop(m.group(1))
        raw, signed = (base64.b64decode(x, validate=True) for x in (key, m.group(2)))
        need(base64.b64encode(signed).decode() == m.group(2) and len(signed) == 76 and len(raw) == 33 and raw[0] == 4, "note", "cosignature")
        at = int.from_bytes(signed[4:12], "big")
        need(sha(name.encode() + b"\n" + raw)[:4].hex() == key_id == signed[:4].hex() and at < 1 << 63, "note", "cosigner's key")
        need(ed25519_holds(raw[1:], b"cosignature/v1\ntime %d\n" % at + text.encode(), signed[12:]), "note", "cosignature of " + name)
        names.append(name)
    return names

def read_log(folder, vkey, campaign, witnesses=(), cosigned=None):
    """The entries of a log, signed by this key, and cosigned by none but these. Of its files, the checkpoint and the bundles are read."""
    text, _, last = read(folder, "checkpoint").decode().partition("\n\n")
    signed = last.splitlines(keepends=True)
    lines = check_note(text + "\n\n" + "".join(signed[:1]), vkey).split("\n")
    names = check_cosigned(text + "\n", signed[1:], witnesses)
    if cosigned is not None: cosigned.extend(names)
    need(len(lines) == 4 and lines[0] == "zhicha/" + campaign == vkey.split("+")[0], "log", "origin")
    need(re.fullmatch("0|[1-9][0-9]{0,7}", lines[1]), "log", "size")
    size, entries, hashes, before = int(lines[1]), [], [], ""
    for n in range(-(-size // 256)):
        w, name = min(256, size - 256 * n), ("x%03d/" % (n // 1000) if n > 999 else "") + "%03d" % (n % 1000)
        data = read(folder, "tile/entries", name + (".p/%d" % w if w < 256 else ""))
        for seq in range(len(entries) + 1, len(entries) + w + 1):
            raw, data = data[2:2 + int.from_bytes(data[:2], "big")], data[2 + int.from_bytes(data[:2], "big"):]
            e = parse(raw)
            need(canonical(e) == raw and set(e) == {"body", "kind", "seq", "time"} and e["seq"] == seq and moment(e["time"])
                 and e["time"] >= before and isinstance(e["body"], dict), "log", "entry %d" % seq)
            entries.append(e), hashes.append(sha(b"\x00" + raw))
            before = e["time"]
        need(not data, "log", name)
    same(base64.b64encode(tree_root(hashes)).decode(), lines[2], "root")
    return entries
# ---------------------------------------------------------------- the ledger: bodies, order, files (FORMAT.md)
SECRET, COUNT, NUMBER, DAY, PERSON = "secret", "count", "number", "day", "digest"  # PERSON is the digest of a key
KEY, SIGNED = "key", {"by": ["digest"], "signatures": ["signature"]}  # what people sign whom the entry names
NUMBERS, PERSONS, TRUE = ["number"], ["digest"], lambda b: True
FRAME_DIGESTS = {k: DIGEST for k in ("counties", "frame", "townships", "units")}
DECIDED = {"by": PERSON, "root": DIGEST, "wave": NUMBER}
FROZEN = dict({k: DIGEST for k in ("checklist", "public", "reports", "rules", "score")}, wave=NUMBER,
              **{k: COUNT for k in ("adjustments", "left", "missing", "planned", "redLines", "scored")})
CHANGED = {"wave": NUMBER, "leg": NUMBER, "no": NUMBER, "stage": TEXT}
def below_county(b): return b["stage"] in STAGES[:4]
ROLES = "auditor custodian drafter drawer inspector privacy_officer publisher reviewer scorer signer witness".split()

def rung_ok(b): return b["rung"] in ("province", "county", "village")
def two(b): return len(b["by"]) == len(set(b["by"])) == 2 == len(b.get("signatures", b["by"]))

def roles_ok(b):
    return ascending(b["roles"]) and set(b["roles"]) <= set(ROLES) and ("key" in b) != ("custodian" in b["roles"]) and (len(b["by"]) == len(b["signatures"]) == 1 or two(b))

BODIES = {  # kind -> its shapes: members, and what they must keep besides
    "frame-frozen": [({"frame": FRAME_DIGESTS, "log": TEXT}, lambda b: log_key(b["log"])),
                     ({"demo": bool, "frame": FRAME_DIGESTS, "log": TEXT}, lambda b: log_key(b["log"]) and b["demo"]), ({"frame": FRAME_DIGESTS, "wave": NUMBER}, TRUE)],
    "draw-committed": [({"record": DIGEST, "revealBy": DAY, "signatures": {"*": DIGEST}, "wave": NUMBER}, lambda b: b["signatures"])],
    "beacon-postponed": [(dict(SIGNED, at=TEXT, issue=TEXT, reason=TEXT, wave=NUMBER), lambda b: two(b) and b["issue"]
                          and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", b["at"], re.ASCII) and moment(b["at"]) and b["reason"] in ("not-held", "not-announced"))],
    "beacon": [({"value": TEXT, "wave": NUMBER}, lambda b: b["value"])],
    "drawn": [({"legs": NUMBER, "overlap": COUNT, "plan": DIGEST, "stages": {s: DIGEST for s in STAGES[:5]}, "wave": NUMBER},
               lambda b: b["overlap"] <= b["legs"])],
    "rung-released": [({"packets": NUMBER, "wave": NUMBER}, TRUE), ({"book": DAY, "packets": COUNT, "rung": TEXT, "wave": NUMBER}, rung_ok),
                      ({"by": PERSON, "rung": TEXT, "told": NUMBERS, "wave": NUMBER}, rung_ok),
                      ({"by": PERSON, "spares": NUMBERS, "wave": NUMBER}, TRUE)],
    "leg-substituted": [(dict(CHANGED, approvals=PERSONS, reason=TEXT), lambda b: below_county(b) and b["reason"] and len(set(b["approvals"])) == len(b["approvals"])),
                        (dict(CHANGED, change=DIGEST), below_county), (dict(CHANGED, change=DIGEST, reason=TEXT), lambda b: below_county(b) and b["reason"])],
    "return-received": [({"by": PERSON, "packet": NUMBER, "reports": DIGEST, "visits": NUMBER, "wave": NUMBER}, TRUE)],
    "visit-approved": [(dict(DECIDED, visits=NUMBER), TRUE)], "visit-returned": [(dict(DECIDED, visits=NUMBER), TRUE)],
    "visit-resolved": [(dict(DECIDED, visits=NUMBER), TRUE)], "return-judged": [({"by": PERSONS, "root": DIGEST, "wave": NUMBER}, two)],
    "person-appointed": [(dict(SIGNED, person=PERSON, roles=[TEXT], **f), roles_ok) for f in ({"key": KEY}, {"body": DIGEST, "key": KEY}, {"body": DIGEST})],
    "person-retired": [(dict(SIGNED, person=PERSON), two)],
    "key-replaced": [(dict(SIGNED, after=PERSON, before=PERSON, **f), lambda b: two(b) and b["before"] != b["after"]) for f in ({"key": KEY}, {})],
    "withdrawn": [(dict(SIGNED, document=DIGEST, reason=TEXT), lambda b: two(b) and b["reason"] in ("error", "privacy", "superseded"))],
    "leg-suspended": [(dict(DECIDED, leg=NUMBER), TRUE)], "leg-resumed": [(dict(DECIDED, leg=NUMBER), TRUE)], "leg-excluded": [(dict(DECIDED, leg=NUMBER), TRUE)],
    "leg-closed": [(dict(DECIDED, legs=NUMBERS, visits=COUNT, approved=COUNT), lambda b: ascending(b["legs"]) and b["approved"] <= b["visits"])],
    "score-frozen": [(f, lambda b: b["planned"] == b["scored"] + b["left"] + b["missing"]) for f in (FROZEN, dict(FROZEN, no=NUMBER))],
    "corrected": [({"after": DIGEST, "before": DIGEST, "by": PERSONS, "no": NUMBER, "root": DIGEST, "text": DIGEST, "visits": NUMBER, "wave": NUMBER},
                   lambda b: len(set(b["by"])) == len(b["by"]) == 2)],
    "published": [(dict(SIGNED, document=DIGEST), two), ({"manifest": DIGEST, "wave": NUMBER}, TRUE)],
    "revealed": [({"shares": {"*": SECRET}, "stage": TEXT, "wave": NUMBER}, lambda b: b["shares"] and b["stage"] in ("county", "assign")),
                 ({"shares": {"*": SECRET}, "stage": TEXT, "wave": NUMBER, "substituted": [
                     {"leg": NUMBER, "no": NUMBER, "replaced": TEXT, "reserve": TEXT, "salt": SECRET}]},
                  lambda b: b["shares"] and b["stage"] == "county" and all(s["replaced"] and s["reserve"] for s in b["substituted"]))],
    "access-bound": [({"lines": NUMBER, "root": DIGEST}, TRUE)],
    "audited": [({"key": TEXT, "signature": TEXT, "statement": dict, "wave": NUMBER}, TRUE)]}

def log_key(key):
    name, key_id, raw = key.split("+", 2)
    data = base64.b64decode(raw, validate=True)
    return len(data) == 33 and data[0] == 1 and name and sha(name.encode() + b"\n" + data)[:4].hex() == key_id

def keeps(v, form):
    """Whether a member of a body has the form that FORMAT.md gives it."""
    if isinstance(form, list): return isinstance(v, list) and len(v) > 0 and all(keeps(x, form[0]) for x in v)
    if isinstance(form, dict):
        return isinstance(v, dict) and (all(v) if "*" in form else set(v) == set(form)) and all(keeps(x, form.get(k, form.get("*"))) for k, x in v.items())
    if form in (NUMBER, COUNT): return type(v) is int and v >= (form == NUMBER)
    if form in (DIGEST, SECRET): return isinstance(v, str) and bool(re.fullmatch("[0-9a-f]{64}", v)) and (form == SECRET or v != "0" * 64)
    if form == "signature": return isinstance(v, str) and bool(re.fullmatch("[0-9a-f]{128}", v))
    if form == KEY:  # one spelling of each point, and none for which anybody can sign
        return isinstance(v, str) and bool(re.fullmatch("[0-9a-f]{64}", v)) and 1 < int.from_bytes(bytes.fromhex(v), "little") % (1 << 255) < P - 1
    return is_date(v) if form == DAY else isinstance(v, form)

def plain(v, depth=1):
    """Whether keys and depth are as section 1 of FORMAT.md has them."""
    inside = v.values() if isinstance(v, dict) else v if isinstance(v, list) else None
    return inside is None or depth <= 32 and all(re.fullmatch(r'[ !#-\[\]-~]*', k) for k in (v if isinstance(v, dict) else ())) and all(plain(x, depth + 1) for x in inside)

def check_bodies(log):
    """Every entry has the members of one shape of its kind; returns how many."""
    for e in log:
        shapes = BODIES.get(e["kind"])
        need(plain(e["body"]), "entry", "%d: a key or its depth" % e["seq"])
        if shapes is None: need(e["kind"] == "finding-transition", "entry", "%d: kind %s" % (e["seq"], e["kind"]))
        else: need(any(keeps(e["body"], form) and rule(e["body"]) for form, rule in shapes), "entry", "%d: not a body of %s" % (e["seq"], e["kind"]))
    need(log and log[0]["kind"] == "frame-frozen" and "log" in log[0]["body"], "entry", "the first freezes the frame and names the log's key")
    return "%d entries" % len(log)

def run_bodies(path, report):
    """The bodies of FORMAT.md, section 7: those without a fault are taken, all others refused."""
    for x in json.loads(read(path)):
        def judge():
            try:
                body = parse(x["body"])
                good = canonical(body) == x["body"].encode() and any(keeps(body, form) and rule(body) for form, rule in BODIES[x["kind"]])
            except (Reject, ValueError, KeyError, TypeError, AttributeError):
                good = False
            same(bool(good), not x["wrong"], x["name"])
        report.check(x["kind"] + ": " + x["name"], "判定与规范一致", judge)

def log_waves(log): return sorted({e["body"]["wave"] for e in log if "wave" in e["body"]})
def of_wave(log, wave, *kinds): return [e for e in log if e["kind"] in kinds and e["body"].get("wave") == wave]
def revealed_in(log, wave): return {"county", "assign"} <= {e["body"]["stage"] for e in of_wave(log, wave, "revealed")}

def check_people(log):
    """What takes two is decided by two who are appointed for it, and signed by both: each entry anew (FORMAT.md, "Who decided")."""
    known, gone, keys, last = {}, set(), set(), {}  # person -> roles and key; what -> the last entry about it
    frozen, origin = (log[0]["time"], log[0]["body"].get("log", "")) if log else ("", "")
    for e in log:
        b, kind, seq = e["body"], e["kind"], e["seq"]
        if kind == "audited":
            auditor = base64.b64decode(b["key"].split("+", 2)[2])[1:].hex()
            need(any(key == auditor and "auditor" in r for r, key in known.values()), "people", "%d: audited by nobody who is appointed" % seq)
        if kind in ("draw-committed", "beacon-postponed"): what = "wave", b["wave"]
        elif kind in ("person-appointed", "person-retired", "key-replaced"): what = "person", b.get("person", b.get("before"))
        elif kind in ("published", "withdrawn") and "document" in b: what = "text", b["document"]
        else: continue
        before, last[what] = last.get(what, 0), seq
        if kind == "draw-committed": continue
        first = not known and not gone and kind == "person-appointed" and b["by"] == [b["person"]] and e["time"] == frozen
        need(first or all(x in known for x in b["by"]), "people", "%d: by somebody who is not appointed" % seq)
        need(len(b["by"]) == 2 or kind == "person-appointed" and e["time"] == frozen, "people", "%d: by one alone" % seq)
        roles = [set(known[x][0]) for x in b["by"] if not first]
        if kind == "published": need("reviewer" in roles[0] and "signer" in roles[1], "people", "%d: not by a reviewer and a signer" % seq)
        elif kind == "withdrawn": need(all(r & {"signer", "reviewer"} for r in roles), "people", "%d: by somebody who may not" % seq)
        else: need(len(b["by"]) < 2 or any(r & {"auditor", "privacy_officer", "signer"} for r in roles), "people", "%d: by nobody who may" % seq)
        if kind in ("person-retired", "key-replaced"): need(what[1] in known, "people", "%d: of somebody who is not appointed" % seq)
        person = b.get("after", b.get("person"))
        if kind in ("person-appointed", "key-replaced"):
            need(person not in gone and (kind == "person-appointed" or person not in known), "people", "%d: a key that was named before" % seq)
            need(person not in known and b.get("key") not in keys or person in known and b.get("key") == known[person][1], "people", "%d: another's key" % seq)
            need(kind == "person-appointed" or ("key" in b) == (known[b["before"]][1] is not None), "people", "%d: a key to sign, or none" % seq)
        act = canonical({k: v for k, v in b.items() if k not in SIGNED}).decode()
        text = "zhicha/1 %s\n%s\n%d\n%s\n" % (kind, origin, before, act)
        for x, signature in zip(b["by"], b["signatures"]):
            key = b["key"] if first else known[x][1]
            need(key and ed25519_holds(bytes.fromhex(key), text.encode(), bytes.fromhex(signature)), "people", "%d: not signed by %s" % (seq, x[:32]))
        if kind == "person-appointed": known[person] = b["roles"], b.get("key")
        if kind == "key-replaced": known[person], last["person", person] = (known[b["before"]][0], b.get("key")), seq
        if kind in ("person-retired", "key-replaced"):
            del known[what[1]]
            gone.add(what[1])
        keys |= {b["key"]} if "key" in b else set()
    return "%d people" % len(known)

def check_order(log):
    """FORMAT.md, "Order of entries": nothing before what it rests on, nothing after what ends it."""
    bound = [e["body"]["lines"] for e in log if e["kind"] == "access-bound"]
    need(ascending(bound) if bound else True, "order", "the access record goes back: %s" % bound)
    for wave in log_waves(log):
        def of(*kinds): return of_wave(log, wave, *kinds)
        def first(kind): return next(iter(of(kind)), None)
        def after(later, before, kind):
            need(not later or before and before["seq"] < later["seq"], "order", "wave %d: %d (%s) is not after %s" % (
                wave, later["seq"] if later else 0, later["kind"] if later else "", kind))
        commit, beacon, drawn, released = map(first, ("draw-committed", "beacon", "drawn", "rung-released"))
        reveals, scored, audits, changes = of("revealed"), of("score-frozen"), of("audited"), of("leg-substituted")
        for found in (of("draw-committed"), of("beacon-postponed"), of("beacon"), of("drawn"), *([e for e in reveals if e["body"]["stage"] == s] for s in ("county", "assign"))):
            need(len(found) < 2, "order", "wave %d: twice %s" % (wave, found and found[0]["kind"]))
        after(commit, next((e for e in log if e["kind"] == "frame-frozen"), None), "frame-frozen")
        for p in of("beacon-postponed"): after(p, commit, "draw-committed"), after(beacon, p, "beacon-postponed")
        after(beacon, commit, "draw-committed"), after(drawn, beacon, "beacon"), after(released, drawn, "drawn")
        made = [set(e["body"]) == {"packets", "wave"} for e in of("rung-released")]
        need(not any(made[1:]) and (not made or made[0]), "order", "wave %d: packets are made once, before all else" % wave)
        decided = of("visit-approved", "visit-returned", "visit-resolved", "return-judged", "leg-suspended", "leg-resumed", "leg-excluded", "leg-closed")
        for d in decided: after(d, released, "rung-released")
        for d in changes: after(d, drawn, "drawn")
        for a in audits:
            for stage in ("county", "assign"): after(a, next((e for e in reveals if e["body"]["stage"] == stage), None), "revealed")
        sites = [e for e in log if e["kind"] == "published" and "manifest" in e["body"]]
        for r in reveals:
            if drawn or released: after(r, drawn, "drawn")
            for e in of("rung-released") + changes: after(r, e, e["kind"])
            if sites and revealed_in(log, wave): after(sites[-1], r, "revealed")
        told, closed = set(), []
        for e in of("rung-released", "return-received"):
            if e["body"].get("rung") == "village" and "told" in e["body"]: told |= set(e["body"]["told"])
            need(e["kind"] != "return-received" or e["body"]["packet"] in told, "order", "%d: a return of a packet whose last code was not told" % e["seq"])
        for e in of("leg-closed"): closed += e["body"]["legs"]
        need(len(set(closed)) == len(closed), "order", "wave %d: a leg closed twice" % wave)
        if scored:
            late = [e["seq"] for e in decided + changes if e["seq"] > scored[0]["seq"]]
            need(not late, "order", "wave %d: %s after the score" % (wave, late))
            legs = drawn["body"]["legs"] + drawn["body"]["overlap"] if drawn else 0
            need(set(range(1, legs + 1)) <= set(closed), "order", "wave %d: scored with open legs" % wave)
            approved = sum(e["body"]["visits"] for e in of("visit-approved"))
            need(of("corrected") or all(s["body"]["scored"] + s["body"]["left"] <= approved for s in scored), "order", "more scored than approved")
    return "waves %s" % log_waves(log)

def check_log_files(folder, log):
    """FORMAT.md, section 2: bundles and tiles, byte for byte, and no other file."""
    want, level, hashes = {"checkpoint": None}, 0, [sha(b"\x00" + canonical(e)) for e in log]
    def name(n): return ("%03d" % n) if n < 1000 else "".join("x%03d/" % int(g) for g in re.findall("...", ("%d" % n).zfill(-(-len(str(n)) // 3) * 3))[:-1]) + "%03d" % (n % 1000)
    def files(kind, parts, join):
        for n in range(-(-len(parts) // 256)):
            some = parts[256 * n:256 * n + 256]
            want["tile/%s/%s%s" % (kind, name(n), ".p/%d" % len(some) if len(some) < 256 else "")] = join(some)
    files("entries", [canonical(e) for e in log], lambda some: b"".join(len(x).to_bytes(2, "big") + x for x in some))
    while hashes:
        files(str(level), hashes, b"".join)
        hashes = [tree_root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1
    same(files_below(folder), set(want), "files of the log")
    for path, data in want.items(): need(data is None or read(folder, *path.split("/")) == data, "log", path)
    return "%d files" % len(want)

def check_manifest(m, raw, log):
    """FOLDER.md, "The manifest": one spelling only."""
    names = ["campaign", "log", "cosigners", "asOf", "demo", "site", "files"]
    need(list(m) == [n for n in names if m.get(n, "") not in ("", [], None) or n in ("demo", "files")] and moment(m["asOf"]), "manifest", "members")
    need(all(keeps(d, SECRET) for d in m["files"].values()) and isinstance(m["demo"], bool), "manifest", "types")
    text = go_escape(json.dumps(dict(m, files=dict(sorted(m["files"].items()))), ensure_ascii=False, indent=1))
    need(raw == (text if m["files"] else text).encode() + b"\n", "manifest", "spelling")
    need(all(n not in ("manifest.json", "log") and not n.startswith(("log/", "/")) and not {"", ".", ".."} & set(n.split("/")) for n in m["files"]), "manifest", "names")
    need(m.get("log"), "manifest", "no notary log")
    same(log[0]["body"].get("log") if log else None, m["log"], "key in the first entry")
    same(log[0]["body"].get("demo", False), m["demo"], "a demonstration, as the first entry says")
# ---------------------------------------------------------------- what the log adds to a round
def follow(strata, log, wave, legs):
    """FORMAT.md, "Counties that gave way": drawn county -> the one that stands in its place."""
    now, within = {}, {}
    for s in strata:
        for c in s.drawn: now[c.id], within[c.id] = c.id, s
    opened = [o for e in of_wave(log, wave, "revealed") if e["body"]["stage"] == "county" for o in e["body"].get("substituted", [])]
    entries = [e for e in of_wave(log, wave, "leg-substituted") if e["body"]["stage"] == "county"]
    moved = {}
    for e in (e for e in entries if "change" in e["body"]):
        b = e["body"]
        o = next((o for o in opened if (o["no"], o["leg"]) == (b["no"], b["leg"])), None)
        need(o and b["change"] == sha(lp("zhicha/1 substituted", hex32(o["salt"]), "CO", o["replaced"], o["reserve"])).hex(), "change", "%d is not opened" % e["seq"])
        need(any((a["body"]["no"], a["body"]["leg"]) == (b["no"], b["leg"]) and a["seq"] < e["seq"] and len(set(a["body"].get("approvals", []))) >= 2
                 for a in entries), "change", "%d was not approved by two before" % e["seq"])
        opened.remove(o)
        drawn = next((d for d, c in now.items() if c == o["replaced"]), None)
        need(drawn, "change", "%s does not stand" % o["replaced"])
        s = within[drawn]
        following = next((c.id for c in s.reserve if c.id not in within), None)
        same(o["reserve"], following, "reserve")
        now[drawn], within[o["reserve"]], moved[drawn] = o["reserve"], s, b["leg"]
    need(not opened, "change", "opened and not logged")
    by_no = {x["no"]: x["county"] for x in legs}
    for drawn, leg in moved.items(): same(by_no.get(leg), now[drawn], "leg %d" % leg)
    return now

def check_round_log(r, wave, log, legs):
    """What the log says of a round, besides D, signatures and shares."""
    (commit,), (beacon,), (drawn,) = (of_wave(log, wave, k) for k in ("draw-committed", "beacon", "drawn"))
    same(commit["body"]["revealBy"], r["revealBy"], "revealBy")
    need(moment(beacon["time"]) >= moment(postponed(r, log)["at"]), "log", "a beacon before its event")
    need(any(e["kind"] == "frame-frozen" and e["body"]["frame"] == r["frame"] and e["seq"] < commit["seq"] for e in log), "frame", "not frozen before the commit")
    same([drawn["body"]["legs"], drawn["body"]["overlap"]], [sum(x["twin"] == 0 for x in legs), sum(x["twin"] != 0 for x in legs)], "legs")
    need(len({p["key"].split("+", 2)[2] for p in r["parties"]}) == len(r["parties"]) and all(p["key"].split("+")[0] == p["id"] for p in r["parties"]), "parties", "keys")
    changes = sum("change" in e["body"] for e in of_wave(log, wave, "leg-substituted"))
    for e in of_wave(log, wave, "audited"):
        st = e["body"]["statement"]
        need(st["outcome"] != "match" or st["substitutions"] == changes, "audit", "substitutions")
        came = any(x["seq"] < e["seq"] for x in of_wave(log, wave, "return-received"))
        need(st["outcome"] != "match" or st["returns"] > 0 or not came, "audit", "returns")

def check_waiting(public, m, log, wave, p):
    """A wave that was not revealed: its day has not passed, and nothing of it is shown yet."""
    commit = of_wave(log, wave, "draw-committed")
    need(commit, "log", "no draw-committed")
    need("rounds/%d/reveal.json" % wave not in m["files"], "reveal", "files of a wave that the log does not reveal")
    if "rounds/%d/record.json" % wave in m["files"]: same(sha(read(public, "rounds", str(wave), "record.json")).hex(), commit[0]["body"]["record"], "record.json")
    due, today = commit[0]["body"]["revealBy"], max(m["asOf"], log[-1]["time"])[:10]
    need(today <= due, "reveal", "was due on %s, and it is %s" % (due, today))
    mine = [w for w in p.get("waves", []) if w["no"] == wave]
    need([(w["commit"], w["revealBy"], w["revealed"], w["committed"]) for w in mine] == [(commit[0]["body"]["record"], due, False, commit[0]["time"])], "public.json", "waves")
    for k in mine[0]:  # more would be a warning
        v = mine[0][k]
        need(k in ("no", "commit", "revealBy", "committed") or k == "drawn" and v == "0001-01-01T00:00:00Z" or not (any(v.values()) if isinstance(v, dict) else v), "public.json", "told before the reveal: " + k)
    return "due on " + due
# ---------------------------------------------------------------- scores (inspect/score/doc.go, inspect/estimate/doc.go)
def go_escape(text):
    for c in "<>&\u2028\u2029": text = text.replace(c, "\\u%04x" % ord(c))
    return text

def shortest(x):
    """The shortest decimal that reads back as x, without an exponent."""
    text = format(Decimal(repr(float(x))), "f")
    return text[:-2] if text.endswith(".0") else text

def go_json(v):
    """JSON in the one spelling of public.json: members as they stand, no white space, < > & escaped."""
    if isinstance(v, dict): return "{" + ",".join('"%s":%s' % (k, go_json(x)) for k, x in v.items()) + "}"
    if isinstance(v, list): return "[" + ",".join(map(go_json, v)) + "]"
    if isinstance(v, float): return shortest(v)
    return go_escape(json.dumps(v, ensure_ascii=False))

PUBLIC = {  # FOLDER.md: the members of public.json, in their order
    "": "campaign asOf waves frame national regions sections items findings documents method corrections scores checklist",
    "campaign": "id titleZh titleEn notice officeZh officeEn hotline column logKey witnesses demo feedMax",
    "waves": "no kind window commit beacon committed drawn design parties legs overlap planned approved scored revealed revealBy proof",
    "waves.proof": "record signatures shares teams counties salt legs audits", "waves.proof.audits": "fingerprint at visits substitutions returns scored mismatches",
    "territory": "area nameZh nameEn units", "territory.units": "code nameZh nameEn short",
    "frame": "digest rows exclusions", "frame.rows": "code labelZh labelEn n", "frame.exclusions": "code name reason",
    "national": "known score low high visits planned counties substituted",
    "regions": "code nameZh nameEn short known score low high visits planned counties substituted bands bandNote sections items findings reply",
    "sections": "code nameZh nameEn ref weight known score low high visits planned counties substituted lost",
    "items": "code section nameZh nameEn questionZh basis basisRef rule kinds methods severity redLine weight known score low high visits planned counties substituted lost",
    "findings": "kind severity n hidden",
    "withdrawn": "document signed date reason",
    "documents": "kind id year no number title date issuer to region topic summary markdown source digest",
    "method": "version checklist confidence variance lonely bands minCounty minVisits maxHalf bonusMax penaltyMax redLineCap minCount",
    "method.bands": "code zh en min", "corrections": "no date text moves", "corrections.moves": "region name before after",
    "scores": "no at salt result", "scores.result": "checklist rules national regions findings", "scores.result.rules": "confidence variance lonely minCounties minVisits maxHalf"}
PUBLIC.update({"regions." + k: PUBLIC[k] for k in ("sections", "items", "findings")})
PUBLIC.update({where + ".findings": PUBLIC["findings"] for where in ("scores.result", "scores.result.regions")})
PUBLIC.update({"corrections.moves." + k: "known score low high visits bands" for k in ("before", "after")})
ESTIMATE = "known score low high half se df visits planned counties substituted"
PUBLIC["scores.result.national"] = "code " + ESTIMATE + " left missing sample bonus penalty bands reason lowered items sections"
PUBLIC["scores.result.regions"] = PUBLIC["scores.result.national"] + " z nation findings"
for where in ("scores.result.national.", "scores.result.regions."):
    PUBLIC[where + "sections"], PUBLIC[where + "items"] = "code " + ESTIMATE + " weight lost", "code section " + ESTIMATE + " mean weight lost"

def known_members(v, path=""):
    if isinstance(v, list):
        for x in v: known_members(x, path)
    elif isinstance(v, dict):
        if path in PUBLIC: same(" ".join(k for k in v if path or k not in ("withdrawn", "territory") or not v[k]), PUBLIC[path], "members of " + (path or "public.json"))
        for k, x in v.items(): known_members(x, path + "." + k if path else k)

def load_public(public):
    raw = read(public, "data", "public.json")
    def members(pairs):
        need(len(dict(pairs)) == len(pairs), "public.json", "a key stands twice")
        return dict(pairs)
    p = json.loads(raw.decode(), object_pairs_hook=members)
    need((go_json(p) + "\n").encode() == raw, "public.json", "not written as it must be")
    known_members(p)
    need("territory" not in p or list(p)[1] == "territory", "public.json", "territory")
    for s in p["scores"]: six_decimals(s["result"])
    return p

def land(p): return p.get("territory") or {"nameZh": "全国", "units": [{"code": k, "nameZh": REGIONS[k]} for k in REGIONS]}

COUNTS = {"confidence", "minCounties", "minVisits", "maxHalf", "df", "visits", "planned", "counties", "left", "missing", "n"}
WORDS = {"checklist", "variance", "lonely", "code", "section", "reason", "kind", "severity"}
def six_decimals(v, name=""):
    """Every number of a frozen score is a text with six decimals, or a count."""
    if isinstance(v, dict):
        for k, x in v.items(): six_decimals(x, k)
    elif isinstance(v, list) and name != "bands":
        for x in v: six_decimals(x, name)
    elif name in COUNTS: need(type(v) is int, "score", name)
    elif name in ("known", "lowered", "hidden"): need(type(v) is bool, "score", name)
    elif name in WORDS: need(isinstance(v, str), "score", name)
    elif name != "bands": need(isinstance(v, str) and re.fullmatch(r"(?!-0\.0{6}$)-?(0|[1-9][0-9]*)\.[0-9]{6}", v), "score", "%s %r" % (name, v))

def t_quantile(confidence, df):
    """Student's t that leaves (1-confidence)/2 above it, by bisection on the incomplete beta function."""
    def above(t):  # P(|T| > t) = I(df/(df+t²); df/2, 1/2)
        return beta_inc(df / (df + t * t), df / 2, .5)
    low, high = 0., 1.
    while above(high) > 1 - confidence: high *= 2
    while high - low > 1e-12 * high:
        mid = (low + high) / 2
        low, high = (mid, high) if above(mid) > 1 - confidence else (low, mid)
        if mid in (low, high) and high - low < 1e-11 * high: break
    return (low + high) / 2

def beta_inc(x, a, b):
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1: return float(x >= 1)
    if x > (a + 1) / (a + b + 2): return 1 - beta_inc(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(1 - x)) / a
    c, d = 1., 1 / (1 - (a + b) * x / (a + 1))
    f, m = d, 1
    while m < 10000:
        for n in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + n * d), 1 + n / c
            f *= c * d
        if abs(c * d - 1) < 1e-15: break
        m += 1
    return front * f

def variance(strata, lonely):
    """strata: (values, how many have data). Returns (variance, degrees of freedom); (0, 0) where there is none."""
    if lonely == "collapse":
        joined, open_ = [], ([], 0)
        for values, n in strata:
            open_ = open_[0] + values, open_[1] + n
            if len(open_[0]) > 1: joined, open_ = joined + [open_], ([], 0)
        if open_[0] and joined: joined[-1] = joined[-1][0] + open_[0], joined[-1][1] + open_[1]
        elif open_[0]: joined = [open_]
        strata = joined
    def spread(values, about): return sum((z - about) ** 2 for z in values)
    def mean(values): return sum(values) / len(values)
    many = [s[0] for s in strata if len(s[0]) > 1]
    single, everything = [s[0] for s in strata if len(s[0]) == 1], [z for s in strata for z in s[0]]
    v, df = sum(spread(z, mean(z)) * len(z) / (len(z) - 1) for z in many), sum(max(0, n - 1) for _, n in strata)
    if single and lonely == "fail" or df < 1: return 0., 0
    if lonely == "centre": v += sum(spread(z, mean(everything)) for z in single)
    if lonely == "average" and many: v *= len(strata) / len(many)
    return v, df

def tenth(text): return Decimal(text).quantize(Decimal("0.1"), ROUND_HALF_UP)
def near(a, b): return abs(float(a) - float(b)) <= 1e-4
def spans(e, r):
    """What an estimate of a part must keep: no more data than the whole, and one degree less than counties in one stratum."""
    score, low, high, half, se = (float(e[k]) for k in ("score", "low", "high", "half", "se"))
    if not e["known"]: return not any((score, low, high, half, se, e["df"], e["counties"], e["visits"]))
    df = e["df"] == e["counties"] - 1 if r["code"] else 0 <= e["df"] < e["counties"]
    return (df and 0 <= low <= score <= high <= 100 and half >= 0 and se >= 0 and (e["df"] > 0 or se == 0)
            and 1 <= e["counties"] <= e["visits"] <= r["visits"] and e["counties"] <= r["counties"] and not e["planned"] and not float(e["substituted"]))

def grade(r, rules, bands):
    """The bands a result has earned and the reason why there is none."""
    def index(text): return next((i for i, b in enumerate(bands) if tenth(text) >= b["min"]), len(bands) - 1)
    high, low = index(r["high"]), index(r["low"])
    reason = ("no-data" if not r["known"] else "few-counties" if r["counties"] < rules["minCounties"] else "few-visits" if r["visits"] < rules["minVisits"]
              else "wide" if r["df"] < 1 or tenth(r["half"]) > rules["maxHalf"] else "two-cuts" if low - high > 1 else "")
    return [b["code"] for b in bands[high:low + 1]] if not reason else [], reason

def check_result(res, method):
    """Computes one frozen result again as far as it can be from what is published of it."""
    rules, regions, national = res["rules"], res["regions"], res["national"]
    need(rules["variance"] == "with_replacement" and rules["lonely"] in ("fail", "certainty", "centre", "average", "collapse")
         and 50 <= rules["confidence"] <= 99, "score", "rules")
    codes = [(i["code"], i["section"]) for i in national["items"]], [s["code"] for s in national["sections"]]
    need(set(s for _, s in codes[0]) == set(codes[1]), "score", "sections")
    def one(r, strata, lonely, may_lower):
        def hold(ok, what): need(ok, "score", "%s: %s does not follow" % (r["code"] or "nation", what))
        n = [r[k] for k in ("planned", "visits", "left", "missing", "counties")]
        hold(min(n) >= 0 and n[0] == sum(n[1:4]), "visits")
        same(([(i["code"], i["section"]) for i in r["items"]], [s["code"] for s in r["sections"]]), codes, "items")
        weight, earned = dict.fromkeys(codes[1], 0.), dict.fromkeys(codes[1], 0.)
        for i in r["items"]:
            w, mean, score = (float(i[k]) for k in ("weight", "mean", "score"))
            hold((i["known"] or w == mean == score == 0) and 0 <= mean <= 1 and w >= 0 and near(score, 100 * mean) and near(i["lost"], w * (1 - mean))
                 and spans(i, r) and i["visits"] <= r["visits"], i["code"])
            weight[i["section"]] += w
            earned[i["section"]] += w * mean
        for s in r["sections"]:
            w, got = weight[s["code"]], earned[s["code"]]
            hold(near(s["weight"], w) and near(s["lost"], w - got) and s["known"] == (w > 0) and (w == 0 or near(float(s["score"]) * w / 100, got)) and spans(s, r), s["code"])
        total = sum(weight.values())
        hold(r["known"] == (total > 0) and (not r["known"] or near(total, 100)), "weight")
        hold(near(r["sample"], sum(earned.values())), "sample")
        score, low, high, sample, bonus, penalty = (float(r[k]) for k in ("score", "low", "high", "sample", "bonus", "penalty"))
        if r["known"]:
            v, df = variance(strata, lonely)
            half = t_quantile(rules["confidence"] / 100, df) * math.sqrt(v) if df else 50.
            ends = (max(0., sample - half), min(100., sample + half)) if df else (0., 100.)
            hold(r["df"] == df and near(r["se"], math.sqrt(v)) and near(r["half"], half), "precision")
            hold(all(near(x, min(max(y + bonus - penalty, 0), 100)) for x, y in ((score, sample), (low, ends[0]), (high, ends[1]))), "score")
            hold(0 <= bonus <= method["bonusMax"] and 0 <= penalty <= method["penaltyMax"], "bonus and penalty")
        else: hold(not any(float(r[k]) for k in ("score", "low", "high", "half", "se", "df", "visits", "counties", "substituted", "sample", "bonus", "penalty")), "score")
        hold(0 <= float(r["substituted"]) <= 1, "substituted")
        bands, reason = grade(r, rules, method["bands"])
        all_bands = [b["code"] for b in method["bands"]]
        if r["lowered"]: bands = list(dict.fromkeys(all_bands[min(all_bands.index(b) + 1, len(all_bands) - 1)] for b in bands))
        hold((not r["lowered"] or may_lower) and (r["bands"] or []) == bands and r["reason"] == reason, "band")
    equal = len({r["planned"] for r in regions}) <= 1
    for r in regions:
        need(len(r["z"]) == len(r["nation"]) >= r["counties"] and near(sum(map(float, r["z"])), 0), "score", r["code"] + ": counties")
        one(r, [([float(z) for z in r["z"]], r["counties"])] if r["z"] else [], "certainty", equal)
    for k in ("planned", "visits", "left", "missing", "counties"): same(national[k], sum(r[k] for r in regions), "nation's " + k)
    need(near(sum(float(z) for r in regions for z in r["nation"]), 0), "score", "nation: counties")
    for unit in [res] + regions:
        same([[t["kind"], t["severity"]] for t in unit["findings"] or []], TALLIED, "counts of findings")
        need(all(t["n"] >= 0 and not (t["hidden"] and t["n"]) for t in unit["findings"]), "score", "a hidden count shows")
    for i, t in enumerate(res["findings"]):
        parts = [r["findings"][i] for r in regions]
        some = sum(x["n"] for x in parts)
        need(t["hidden"] or t["n"] == some or any(x["hidden"] for x in parts) and t["n"] > some, "score", "nation's findings")
    one(national, [([float(z) for z in r["nation"]], r["counties"]) for r in regions if r["nation"]], rules["lonely"], False)

TALLIED = [[k, s] for k in ("problem", "hazard") for s in ("S4", "S3", "S2", "S1")] + [["practice", ""]]

def check_scores(p, log, wave):
    """The frozen scores against the log, each computed again; and the corrections between them."""
    entries, corrected = of_wave(log, wave, "score-frozen"), of_wave(log, wave, "corrected")
    same(len(p["scores"]), len(entries), "how many scores were frozen")
    need(entries, "score", "none was frozen")
    for s, e in zip(p["scores"], entries):
        res, b, n = s["result"], e["body"], s["result"]["national"]
        same(sha(lp("zhicha/1 score", hex32(s["salt"]), canonical(res))).hex(), b["public"], "digest of the frozen score")
        same([digest_of(res["rules"]), res["checklist"]], [b["rules"], b["checklist"]], "rules and checklist")
        same([n["planned"], n["visits"], n["left"], n["missing"]], [b[k] for k in ("planned", "scored", "left", "missing")], "visits")
        same(sum(float(r["bonus"]) != 0 or float(r["penalty"]) != 0 for r in res["regions"]), b["adjustments"], "adjustments")
        need(b["redLines"] or not any(r["lowered"] for r in res["regions"]), "score", "lowered without a red line")
        same([s["no"], s["at"]], [b.get("no", 0), e["time"]], "number and time")
        check_result(res, p["method"])
    shown = sorted(p["corrections"] or [], key=lambda c: c["no"])
    same([len(shown), len(entries)], [len(corrected), len(corrected) + 1], "corrections")
    for i, (c, e) in enumerate(zip(shown, corrected)):
        b, x, y = e["body"], entries[i], entries[i + 1]
        need(b["no"] == i + 1 == y["body"].get("no") and [b["before"], b["after"]] == [x["body"]["score"], y["body"]["score"]]
             and x["seq"] < e["seq"] < y["seq"], "correction", "order")
        same([c["no"], sha(c["text"].encode()).hex(), c["date"]], [b["no"], b["text"], e["time"][:10]], "correction")
    n = p["scores"][-1]["result"]["national"]
    return "%s, %d units, %d visits scored of %d" % (tenth(n["score"]), len(p["scores"][-1]["result"]["regions"]), n["visits"], n["planned"])

def shown_estimate(e):
    """How a frozen estimate shows: one decimal, and the share of substitutes with one decimal of its per cent."""
    out = {k: float(tenth(e[k])) for k in ("score", "low", "high")}
    share = (Decimal(e["substituted"]) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return dict(out, known=e["known"], visits=e["visits"], planned=e["planned"], counties=e["counties"], substituted=float(share) / 100)

def check_shown(p):
    """Every number that is shown follows from the last frozen score; every move of a correction from two."""
    last, m = p["scores"][-1]["result"], p["method"]
    def holds(shown, frozen, where):
        want = shown_estimate(frozen)
        same({k: shown[k] for k in want}, want, where)
    def parts(shown, frozen, where):
        for name in ("sections", "items"):
            same([x["code"] for x in shown[name] or []], [x["code"] for x in frozen[name]], where)
            for x, f in zip(shown[name] or [], frozen[name]):
                holds(x, f, where + " " + x["code"])
                same([x["weight"], x["lost"], x.get("section")], [float(tenth(f["weight"])), float(tenth(f["lost"])), f.get("section")], where + " " + x["code"])
    holds(p["national"], last["national"], "nation"), parts(p, last["national"], "nation")
    same(p["findings"], last["findings"], "nation's findings")
    names = {u["code"]: u["nameZh"] for u in land(p)["units"]}
    same([r["code"] for r in p["regions"]], list(names), "reporting units")
    need(ascending(list(names)), "territory", "order of the reporting units")
    frozen = {r["code"]: r for r in last["regions"]}
    need(len(frozen) == len(last["regions"]) and set(frozen) <= set(names), "score", "reporting units")
    empty = dict(known=False, score="0", low="0", high="0", visits=0, planned=0, counties=0, substituted="0", items=[], sections=[], bands=[], lowered=False, reason="unsampled", findings=None)
    for r in p["regions"]:
        f = frozen.get(r["code"], empty)
        holds(r, f, r["code"]), parts(r, f, r["code"])
        same([r["findings"], r["reply"]], [f["findings"], ""], r["code"] + " findings and reply")
        same([r["bands"] or [], r["bandNote"], r["nameZh"]], [f["bands"], "lowered" if f["lowered"] else f["reason"], names[r["code"]]], r["code"])
    same(p["asOf"], p["scores"][-1]["at"], "asOf")
    rules = last["rules"]
    same([m["checklist"], m["confidence"], m["variance"], m["lonely"], m["minCounty"], m["minVisits"], m["maxHalf"], m["version"]],
         [last["checklist"], *(rules[k] for k in ("confidence", "variance", "lonely", "minCounties", "minVisits", "maxHalf")), "1"], "method")
    zh = {b["code"]: b["zh"] for b in m["bands"]}
    def showing(r): return dict({k: float(tenth(r[k])) for k in ("score", "low", "high")}, known=r["known"], visits=r["visits"], bands=[zh[b] for b in zh if r["code"] and b in r["bands"]])
    for c in p["corrections"] or []:
        i = next(i for i, s in enumerate(p["scores"]) if s["no"] == c["no"])
        need(i > 0, "correction", "number")
        a, b = p["scores"][i - 1]["result"], p["scores"][i]["result"]
        before = dict({r["code"]: r for r in a["regions"]}, **{"": a["national"]})
        moves = [{"region": r["code"], "name": names.get(r["code"], land(p)["nameZh"] if "territory" in p else ""), "before": showing(before[r["code"]]), "after": showing(r)}
                 for r in [b["national"]] + b["regions"] if r["code"] in before]
        same(c["moves"], [x for x in moves if x["before"] != x["after"]], "moves of correction %d" % c["no"])

def check_tables(public, p):
    """data/*.csv and data/*.json: every row follows from public.json, byte for byte; checksums.txt."""
    def figures(e): return ([float(e[k]) for k in ("score", "low", "high")] if e["known"] else [None] * 3) + [e["visits"]]
    units = [("CN", dict(p["national"], nameZh=land(p)["nameZh"], bands=[], sections=p["sections"], items=p["items"], findings=p["findings"]))] + [(r["code"], r) for r in p["regions"]]
    last, figure_names = p["scores"][-1]["result"]["regions"], "score low high visits"
    def part(name): return [[c, x["code"], x["nameZh"], float(x["weight"]), *figures(x), float(x["lost"])] for c, u in units for x in u[name] or []]
    tables = {
        "regions": ("region name %s bands planned counties substituted" % figure_names, [[c, u["nameZh"], *figures(u), "|".join(u["bands"] or []), u["planned"], u["counties"], float(u["substituted"])] for c, u in units]),
        "sections": ("region section name weight %s lost" % figure_names, part("sections")), "items": ("region item name weight %s lost" % figure_names, part("items")),
        "item-means": ("region item mean weight n", [[r["code"], i["code"], float(i["mean"]), float(i["weight"]), i["visits"]] for r in last for i in r["items"] if i["known"]]),
        "county-totals": ("composite region z", [[of, r["code"], float(z)] for r in last for of, key in (("region", "z"), ("nation", "nation")) for z in r[key]]),
        "findings": ("region kind severity n hidden", [[c, f["kind"], f["severity"], None if f["hidden"] else f["n"], f["hidden"]] for c, u in units for f in u["findings"] or []]),
        "bands": ("band name min", [[b["code"], b["zh"], float(b["min"])] for b in p["method"]["bands"]])}
    def cell(v):
        if v is None or isinstance(v, bool): return "" if v is None else str(v).lower()
        if not isinstance(v, str): return shortest(v) if isinstance(v, float) else str(v)
        v = "'" + v if v[:1] in tuple("=+-@\t\r") else v
        return '"' + v.replace('"', '""') + '"' if re.search('[,"\r\n]|^\\s', v) or v == "\\." else v
    for name, (fields, rows) in tables.items():
        fields = fields.split()
        csv = "".join(",".join(map(cell, row)) + "\n" for row in [fields] + rows)
        need(read(public, "data", name + ".csv") == ("\ufeff" + csv).encode(), "data", name + ".csv")
        lines = "[" + ",".join("\n" + go_json(dict(zip(fields, row))) for row in rows) + "\n]\n"
        need(read(public, "data", name + ".json") == lines.encode(), "data", name + ".json")
    same(base64.b64encode(read(public, "data", "checklist.yaml")).decode(), p["checklist"], "checklist.yaml")
    names = sorted(f for f in files_below(os.path.join(public, "data")) if f not in ("checksums.txt", "index.html"))
    same(read(public, "data", "checksums.txt").decode(), "".join("%s  %s\n" % (sha(read(public, "data", f)).hex(), f) for f in names), "checksums.txt")
    return "%d tables, %d rows" % (len(tables), sum(len(rows) for _, rows in tables.values()))

FOLDERS = {"notice": "notices", "briefing": "briefings", "practice": "practices"}
def front_matter(source):
    """The members and the text of a document; None for a member written in a way that is not read here."""
    text = source.decode()
    need(text.startswith("---\n"), "document", "no front matter")
    head, _, body = text[4:].partition("\n---\n")
    out = {}
    for line in head.split("\n"):
        name, _, value = line.partition(":")
        value = value.strip()
        out[name] = (json.loads(value) if value[:1] == '"' else value[1:-1].replace("''", "'") if value[:1] == "'" else None if re.match(r"[|>&*!{\[]|.*\s#", value) else value)
    return out, body

def check_documents(public, m, log, p):
    texts = [e for e in log if e["kind"] == "published" and "document" in e["body"]]
    signed, last = {e["body"]["document"] for e in texts}, [e for e in log if e["kind"] == "published" and "manifest" in e["body"]][-1]["seq"]
    gone = [e for e in log if e["kind"] == "withdrawn"]
    for e in gone: need(any(t["body"]["document"] == e["body"]["document"] and t["seq"] < e["seq"] for t in texts), "withdrawn", "%d: never published" % e["seq"])
    files = {f: m["files"][f] for f in m["files"] if f.endswith(".md")}
    for t in texts:
        d = t["body"]["document"]
        need(t["seq"] > last or d in files.values() or any(e["body"]["document"] == d and e["seq"] > t["seq"] for e in gone), "document", "entry %d is left out" % t["seq"])
    same(p.get("withdrawn") or [], [{"document": e["body"]["document"], "signed": [t for t in texts if t["body"]["document"] == e["body"]["document"] and t["seq"] < e["seq"]][-1]["time"][:10],
         "date": e["time"][:10], "reason": e["body"]["reason"]} for e in gone if e["seq"] < last], "texts withdrawn")
    shown = {"%s/%s.md" % (FOLDERS[d["kind"]], d["id"]): d for d in p["documents"] or []}
    same(set(files), set(shown), "texts")
    for name, d in shown.items():
        source = base64.b64decode(d["source"], validate=True)
        need(files[name] in signed, "document", name + " was not signed")
        same([sha(source).hex(), d["digest"]], [files[name]] * 2, name)
        head, body = front_matter(source)
        same(d["markdown"], body, name)
        for k in ("kind", "year", "no", "number", "title", "date", "issuer", "to", "region", "topic", "summary"):
            if head.get(k, "") is not None: same(str(d[k] or ""), head.get(k, ""), name + ": " + k)
    return "%d texts" % len(files)

def check_public(m, p, log):
    """What public.json says of the whole: the same as manifest and log."""
    c, at = p["campaign"], [e for e in log if e["kind"] == "published" and "manifest" in e["body"]][-1]
    frame = next(e["body"]["frame"]["frame"] for e in log if e["kind"] == "frame-frozen")
    committed = {e["body"]["wave"] for e in log if e["kind"] == "draw-committed"}
    need(len({w["no"] for w in p["waves"]}) == len(p["waves"]) and {w["no"] for w in p["waves"]} <= committed, "public.json", "waves")
    same([c["id"], c["logKey"], c["demo"], p["asOf"], p["frame"]["digest"]], [m["campaign"], m["log"], m["demo"], m["asOf"], frame], "campaign, key, demo, asOf, frame")
    return at["body"]["wave"]

def fingerprint(key):
    f = sha(base64.b64decode(key.split("+", 2)[2])[1:]).hex()[:32]
    return " ".join(f[i:i + 4] for i in range(0, 32, 4))

def check_wave(public, p, wave, r, s, log, last):
    """What public.json says of a revealed wave: what stands in rounds/, and its results' rules and counties."""
    w = next(w for w in p["waves"] if w["no"] == wave)
    proof, legs, beacon = w["proof"], s["legs"], s["reveal"]["beacon"]
    same([w["commit"], w["beacon"], w["kind"], w["window"], w["revealBy"], w["revealed"]], [s["d"].hex(), beacon, r["kind"], r["window"], r["revealBy"], True], "wave")
    same([w["legs"], w["overlap"], w["parties"]], [sum(x["twin"] == 0 for x in legs), sum(x["twin"] != 0 for x in legs), [x["name"] for x in r["parties"]]], "legs and parties")
    stands = ([sha(canonical(e["body"])).hex() for e in of_wave(log, wave, "score-frozen")] or ["none"])[-1]
    same([[a[k] for k in ("fingerprint", "at", "visits", "substitutions", "returns", "mismatches", "scored")] for a in proof["audits"] or []],
         [[fingerprint(e["body"]["key"])] + [e["body"]["statement"][k] for k in ("time", "visits", "substitutions", "returns", "mismatches")] + [e["body"]["statement"].get("score", "") == stands]
          for e in of_wave(log, wave, "audited")], "audits")
    same([w["committed"], w["drawn"]], [of_wave(log, wave, k)[0]["time"] for k in ("draw-committed", "drawn")], "committed and drawn")
    same([canonical(proof["record"]), proof["signatures"], proof["shares"], proof["teams"], proof["legs"], proof["salt"], w["design"]],
         [canonical(r), s["notes"], s["reveal"]["shares"], s["teams"], legs, s["reveal"].get("salt", ""), s["design"]], "proof")
    same(base64.b64decode(proof["counties"]), read(public, "rounds", str(wave), "counties.csv"), "counties.csv")
    frozen = ([e["body"] for e in of_wave(log, wave, "score-frozen")] or [{"planned": 0, "scored": 0, "left": 0}])[-1]
    same([w["planned"], w["scored"], w["approved"]], [frozen["planned"], frozen["scored"], frozen["scored"] + frozen["left"]], "visits frozen")
    if wave != last: return
    res = p["scores"][-1]["result"]
    n = res["national"]
    same([w["planned"], w["scored"], w["approved"]], [n["planned"], n["visits"], n["visits"] + n["left"]], "visits")
    same([res["checklist"], p["method"]["minCount"], res["rules"]], [r["checklist"], r["rules"]["minCount"], {k: r["rules"][k] for k in res["rules"]}], "rules and checklist committed to")
    drawn, level = {}, s["design"]["stratum"]
    for c in s["drawn"].values(): drawn[stratum(c, level)] = drawn.get(stratum(c, level), 0) + 1
    units, strata = {u["code"] for u in land(p)["units"]}, {stratum(c, level) for c in s["counties"]}
    need(strata == units if "territory" in p and "salt" not in s["reveal"] else strata <= units and ("territory" in p or level == "reporting_unit"), "territory", "not the reporting units of the frame")
    same({u["code"]: len(u["z"]) for u in res["regions"]}, drawn, "counties of each reporting unit")
# ---------------------------------------------------------------- the report
def note(en, zh): print("note  %s · %s" % (en, zh))

class Report:
    passed = failed = 0
    def check(self, en, zh, what):
        """Run `what`. False, or any exception, is a failure; a text it returns is shown."""
        try:
            result = what()
            word, shown = ("FAIL", "differs 不一致") if result is False else ("ok", result if isinstance(result, str) else "")
        except Exception as e:
            word, shown = "FAIL", "%s%s" % ("" if isinstance(e, Reject) else "cannot be checked 无法核对: " + type(e).__name__ + " ", e)
        self.passed, self.failed = self.passed + (word == "ok"), self.failed + (word == "FAIL")
        print("%-5s %s · %s%s" % (word, en, zh, "  [%s]" % shown if shown else ""), flush=True)
        return word == "ok"
    def end(self):
        good = self.passed and not self.failed
        print("VERDICT: everything checked above agrees · 结论：以上核对各项全部相符" if good else
              "VERDICT: NOT VERIFIED, see the lines marked FAIL · 结论：未通过验证，见标有 FAIL 的各行")
        print("%d passed, %d failed" % (self.passed, self.failed))
        return 0 if good else 3
# ---------------------------------------------------------------- vectors
def ceremony(v):
    """Record, D and the keys of all stages from fixed secrets: (keys, what keys.json shows of each stage)."""
    i, r, keys, shown = v["input"], v["input"]["record"], {}, {}
    same(record_faults(r), [], "record")
    same(digest_of(r), v["want"]["d"], "D")
    check_beacon(r["beacon"], [i["beacon"]] * 2)
    for stage in STAGES:
        context = {p: (r["campaign"], r["wave"], p, stage) for p in i["secrets"]}
        shares = {p: share_of(hex32(i["secrets"][p]), *c) for p, c in context.items()}
        texts = {p: s.hex() for p, s in shares.items()}
        keys[stage] = stage_key(r, stage, texts, i["beacon"], sha(canonical(r)))
        shown[stage] = {"shares": texts, "key": keys[stage].hex(),
                        "commitments": {p: commitment_of(shares[p], *c).hex() for p, c in context.items()}}
    return keys, shown

def vector_keys(v):
    i, want = v["input"], v["want"]
    same([lp(*parts).hex() for parts in i["lp"]], want["lp"], "lp")
    same([canonical(parse(t)).decode() for t in i["canonical"]], want["canonical"], "canonical JSON")
    same(canonical(i["record"]).decode(), want["record"], "canonical record")
    keys, shown = ceremony(v)
    same(shown, want["stages"], "stages")
    tickets = [ticket(keys[t["stage"]], t["label"], t["stratum"], t["kind"], t["id"]) for t in i["tickets"]]
    same([{"digest": t.hex(), "u": str(U(t))} for t in tickets], want["tickets"], "tickets")

def vector_select(v):
    i, want = v["input"], v["want"]
    frame = Frame(*("".join(x + "\n" for x in i[k]).encode() for k in ("counties", "townships", "units")))
    same(frame.digests, want["digests"], "digests")
    same(len(i["cases"]), len(want["cases"]), "cases")
    for case, w in zip(i["cases"], want["cases"]):
        check_design(case["design"])
        s = Sample(frame, case["design"], {k: hex32(x) for k, x in i["keys"].items()})
        def village(x):
            o = s.orders.get(x.id)
            return dict({"village": x.id}, **({"first": o[:12], "order": digest_of(o)} if o else {}))
        rows = [{"county": c.id, "stratum": st.code, "order": n, "townshipsOf": len(s.line("township", c.id)),
                 "townships": [{"township": t.id, "villagesOf": len(s.line("village", t.id)), "villages": [
                     village(x) for x in s.villages[t.id]] or None} for t in s.towns[c.id]] or None,
                 "institutionsOf": len(s.line("institution", s.pool(c))), "institutions": [x.id for x in s.taken[c.id]] or None}
                for st in s.strata for n, c in enumerate(st.drawn, 1)]
        for c in w["counties"]:  # an empty array stands as [] or null: the specification does not say
            c.update({k: c[k] or None for k in ("townships", "institutions")})
        trees = {stage: s.tree(stage) for stage in STAGES[:5]}
        for stage, p in w["proofs"].items():  # a path of the right length from our own leaf to our own root is the right path
            t, u = trees[stage], p["unit"]
            same([t.salts[u].hex(), t.leaf[u].hex(), t.leaves[p["proof"]["index"]]], [p["salt"], p["leaf"], t.leaf[u]], "proof")
            need(p["proof"]["size"] == len(t.leaves) and proof_holds(t.root, t.leaf[u], p["proof"]), "proof")
        visits = s.visits(dict(i["leg"], county=s.counties[0].id))
        for got, expected, what in (
                ([{"code": x.code, "n": len(x.line), "drawn": len(x.drawn), "capped": x.capped} for x in s.strata], w["strata"],
                 "strata"), ({k: "%d/%d" % p.as_integer_ratio() for x in s.strata for k, p in x.pi.items()}, w["pi"], "π"),
                (rows, w["counties"], "counties"), (s.reserves, w["reserves"] or [], "reserves"),
                (s.counts(), {k: n for k, n in w["counts"].items() if n}, "counts"),
                ({k: t.summary for k, t in trees.items()}, w["trees"], "trees"),
                ([{k: x for k, x in visit.items() if k != "order"} for visit in visits], w["visits"], "visits"),
                (canonical(plan_of(i["leg"]["wave"], s.plan_counties(), [], [], s.reserves)).decode(), w["plan"], "plan")):
            same(got, expected, case["name"] + ": " + what)
    return "%d cases" % len(want["cases"])

def vector_assign(v):
    same(len(v["input"]["cases"]), len(v["want"]), "cases")
    for c, w in zip(v["input"]["cases"], v["want"]):
        check_teams(c["teams"])
        try:
            a = Assignment({x["county"]: x["region"] for x in c["legs"]}, c["teams"], c["rule"], c["window"],
                           c["closed"] or [], c["legDays"], hex32(c["assign"]))
        except Reject as e:
            same(e.rule if w["refused"] else "accepted", "draw.refused", c["name"])
            continue
        legs = a.legs(hex32(c["schedule"]), c["wave"], c["hours"])
        for got, key in ((False, "refused"), (canonical(c["teams"]).decode(), "teams"), (a.counter, "counter"),
                         (a.ring, "seating"), (a.pair_list(), "pairs"), (legs, "legs")):
            same(got, w[key], c["name"] + ": " + key)
    return "%d cases" % len(v["want"])

def vector_second(v):
    """§16: the visits that two reviewers judge."""
    i, want = v["input"], v["want"]
    key = HMAC(hex32(i["salt"]), lp("second coder"))
    same(key.hex(), want["key"], "key")
    line = sorted(i["visits"], key=lambda x: (ticket(key, "second", "", x["kind"], x["id"]), x["id"]))
    same([sorted(x["id"] for x in line[:(p * len(line) + 99) // 100]) for p in i["percent"]], [s or [] for s in want["samples"]], "samples")
    return "%d samples" % len(i["percent"])

def refusal(path):
    """The rule for which a bad vector is refused; None if nothing is wrong with it."""
    try:
        v = load(path)
        if "proof" in v: need(proof_holds(hex32(v["root"]), hex32(v["leaf"]), v["proof"]), "proof")
        elif "shares" in v: check_shares(v["record"], v["stage"], v["shares"])
        elif "record" in v: return "; ".join(record_faults(v["record"]))
        else: check_beacon(v["beacon"], v.get("typed"), v.get("signed"))
    except Reject as e:
        return str(e)

def run_vectors(folder, report):
    tests = {"keys.json": vector_keys, "select-small.json": vector_select, "assign-small.json": vector_assign, "second.json": vector_second,
             "national.json": lambda v: "record, D and keys only; for the rest run `national`" if ceremony(v) else False}
    for name in sorted(files_below(folder) | set(tests)):
        path = os.path.join(folder, *name.split("/"))
        def bad():
            rule, why = json.loads(read(path), parse_float=str)["rule"], refusal(path)  # what is malformed can still name its rule
            need(why, "accepted", "this must be refused as " + rule)
            need(why.split(":")[0] == rule, "differs", "refused by %s, not by %s" % (why, rule))
            return why
        if name.startswith("bad/"): report.check(name + " is refused, as it must be", "按规则拒绝", bad)
        else: report.check(name, "与规范一致", lambda: tests[name](load(path)))
# ---------------------------------------------------------------- the national frame
def run_national(frame_path, vector_path, report):
    v, frame, keys = {}, [], {}
    def begin():
        v.update(load(vector_path))
        keys.update(ceremony(v)[0])
        same({k: x.hex() for k, x in keys.items()}, v["want"]["keys"], "stage keys")
        check_design(v["input"]["design"])
        check_teams(v["input"]["teams"])
        same([digest_of(v["input"][k]) for k in ("design", "teams")], [v["input"]["record"][k] for k in ("design", "teams")])
        return "D " + v["want"]["d"]
    def read_frame():
        with gzip.open(frame_path, "rb") as f: parts = f.read().split(HEADER)
        need(len(parts) == 4 and not parts[0], "frame", "not three tables")
        frame.append(Frame(*(HEADER + p for p in parts[1:])))
        same([frame[0].digests] * 2, [v["want"]["frame"], v["input"]["record"]["frame"]])
        return "%d counties, %d townships, %d units" % tuple(map(len, (frame[0].counties, frame[0].townships, frame[0].units)))
    if not (report.check("record, commitments, D, beacon, stage keys, design, teams", "记录、承诺、D、信标、各阶段密钥、设计、检查组", begin)
            and report.check("the frame: every row, all digests", "抽样框：逐行检查，摘要一致", read_frame)):
        return
    i, want, r = v["input"], v["want"], v["input"]["record"]
    s = Sample(frame[0], i["design"], keys)
    a = Assignment({c.id: c.unit for c in s.counties}, i["teams"], r["assign"], r["window"], r.get("closed", []), r["legDays"],
                   keys["assign"])
    legs, draws = a.legs(keys["schedule"], r["wave"], r["hours"]), s.plan_counties()
    visits = [x for leg in legs for x in s.visits(leg)]
    plan = plan_of(r["wave"], draws, legs, visits, s.reserves)
    found = {stage: [u.id for u in s.drawn(stage)[1]] for stage in STAGES[:5]}
    checks = [("counties", "县", found["county"]), ("townships", "乡镇", found["township"]), ("villages", "村（居）", found["village"]),
              ("institutions", "机构", found["institution"]), ("orders", "入户顺序", [s.orders[x] for x in found["household"]]),
              ("reserves", "替补名单", s.reserves), ("draws", "抽取结果（含入样概率）", draws), ("seating", "座次", a.ring),
              ("pairs", "县与检查组配对", a.pair_list()), ("legs", "行程", legs), ("visits", "走访点", visits), ("plan", "整个计划", plan)]
    for stage in STAGES[:5]:
        report.check("tree of stage " + stage, "阶段承诺树", lambda: same(s.tree(stage).summary, want["trees"][stage]))
    for field, zh, got in checks: report.check("digest of: " + field, zh, lambda: same(digest_of(got), want[field]))
    report.check("counts, first county, seating number, first leg, size of the plan", "数量、首县、座次序号、首个行程、计划字节数", lambda: same(
        [s.counts(), s.counties[0].id, a.counter, legs[0], len(canonical(plan))],
        [{k: n for k, n in want["counts"].items() if n}, *(want[k] for k in ("firstCounty", "counter", "firstLeg", "planBytes"))]))
# ---------------------------------------------------------------- a published folder
def check_round(public, number, report, anchors, log, p, m, last):
    """One round; returns its D in hexadecimal, None if there is no valid record."""
    r, s, here = {}, {}, os.path.join(public, "rounds", str(number))
    def step(en, zh, what): return report.check("round %d: %s" % (number, en), "第%d批次：%s" % (number, zh), what)
    def record():
        raw = read(here, "record.json")
        raw = raw[:-1] if raw.endswith(b"\n") else raw
        r.update(parse(raw))
        need(canonical(r) == raw, "malformed", "not canonical")
        same(record_faults(r), [], "faults")
        same([r["wave"], r["campaign"]], [number, m["campaign"]], "wave and campaign")
        s["d"] = sha(raw)
    def signatures():
        s["notes"] = load_canonical(here, "signatures.json")
        same(set(s["notes"]), {p["id"] for p in r["parties"]}, "parties")
        for p in r["parties"]:
            same(check_note(s["notes"][p["id"]], p["key"]), "zhicha/1 commit\n%s\n%d\n%s\n" % (r["campaign"], number, d), "text")
        return ", ".join(s["notes"])
    def inputs():
        s["design"], s["teams"] = load_canonical(here, "design.json"), load_canonical(here, "teams.json")
        need(r["assign"]["region"] == s["design"]["stratum"], "draw.assign")
        check_design(s["design"])
        check_teams(s["teams"])
        same([digest_of(s["design"]), digest_of(s["teams"])], [r["design"], r["teams"]])
        f, table = r["frame"], sha(read(here, "counties.csv"))
        if "salt" in s["reveal"]: table = sha(hex32(s["reveal"]["salt"]) + table)  # §2: a frame that is not public
        else: same(sha(b"".join(hex32(f[k]) for k in ("counties", "townships", "units"))).hex(), f["frame"], "frame")
        same(table.hex(), f["counties"], "counties.csv")
        s["counties"] = read_table(read(here, "counties.csv"), "CO")
        return "%d counties, %d teams" % (len(s["counties"]), len(s["teams"]))
    def shares():
        reveal = s["reveal"] = load_canonical(here, "reveal.json")
        shape(reveal, {"beacon": TEXT, "shares": dict, "salt?": TEXT}, "reveal")
        same(set(reveal["shares"]), {"county", "assign"}, "stages")
        s["keys"] = {stage: stage_key(r, stage, x, reveal["beacon"], s["d"]) for stage, x in reveal["shares"].items()}
        check_beacon(postponed(r, log), [reveal["beacon"]])
        return "%s; beacon %s" % (", ".join(s["keys"]), reveal["beacon"])
    def counties():
        legs = s["legs"] = load_canonical(here, "legs.json")
        shape(legs, [{"county": TEXT, "home": TEXT, "name": TEXT, "no": int, "region": TEXT, "team": int, "twin": int}], "legs")
        same([x["no"] for x in legs], list(range(1, len(legs) + 1)), "numbers")
        strata = draw_counties(s["keys"]["county"], s["counties"], s["design"])
        s["drawn"] = {c.id: c for x in strata for c in x.drawn}
        now, table = follow(strata, log, number, legs), {c.id: c for c in s["counties"]}
        s["now"] = now
        same({(x["county"], x["name"], x["region"]) for x in legs}, {(c.id, c.name, stratum(c, s["design"]["stratum"])) for c in map(table.get, now.values())})
        return "%d counties, %d of them reserves" % (len(now), sum(c != x for x, c in now.items()))
    def assignment():
        a = s["a"] = Assignment({c.id: stratum(c, s["design"]["stratum"]) for c in s["drawn"].values()}, s["teams"], r["assign"], r["window"],
                                r.get("closed", []), r["legDays"], s["keys"]["assign"])
        primary = {x["no"]: x["county"] for x in s["legs"] if x["twin"] == 0}
        same(sorted((x["county"], x["team"], x["twin"] != 0) for x in s["legs"]),
             sorted((s["now"][c], t, second) for c, (p, q) in a.pairs.items() for t, second in ((p, False), (q, True)) if t), "teams")
        need(all(x["home"] == a.teams[x["team"]]["home"] for x in s["legs"]), "differs", "home of a team")
        need(all(primary.get(x["twin"]) == x["county"] for x in s["legs"] if x["twin"]), "differs", "twin")
        return "%d legs, %d of them second teams, seating %d" % (len(s["legs"]), len(a.overlap), a.counter)
    def audits():
        """§15: each statement under its signature, on this wave, of the plan that was logged."""
        told, seen, (drawn,) = [], [], [e["body"] for e in log if e["kind"] == "drawn" and e["body"].get("wave") == number]
        for e in (e for e in log if e["kind"] == "audited" and e["body"].get("wave") == number):
            a, st = e["body"], e["body"]["statement"]
            shape(a, {"wave": int, "statement": dict, "key": TEXT, "signature": TEXT}, "audit")
            need(a["key"].startswith("auditor+") and a["signature"].count("\n") == 1, "audit", "name")
            text = "zhicha/1 audited\n" + canonical(st).decode() + "\n"
            same(check_note(text + "\n" + a["signature"], a["key"]), text, "statement")
            shape(st, {"campaign": TEXT, "wave": int, "stages": [TEXT], "plan": DIGEST, "visits": int, "substitutions": int,
                       "returns": int, "reports": int, "findings": int, "score?": DIGEST, "mismatches": int, "outcome": TEXT, "time": TEXT}, "statement")
            same([st["campaign"], st["wave"], tuple(st["stages"])], [r["campaign"], number, STAGES[1:5] + STAGES[6:]])
            need(min(st[k] for k in ("visits", "substitutions", "returns", "reports", "findings", "mismatches")) >= 0 and moment(st["time"]) and st["time"] <= e["time"], "audit")
            same(st["outcome"], "mismatch" if st["mismatches"] else "match", "outcome")
            need(st["mismatches"] or st["plan"] == drawn["plan"], "audit", "another plan than the one drawn")
            need(all(x["seq"] < e["seq"] for x in log if x["kind"] == "revealed" and x["body"]["wave"] == number), "audit", "before the reveal")
            f = sha(base64.b64decode(a["key"].split("+", 2)[2])[1:]).hex()
            scores = [digest_of(x["body"]) for x in log if x["kind"] == "score-frozen" and x["body"]["wave"] == number and x["seq"] < e["seq"]]
            need(st["mismatches"] or st.get("score") == (scores[-1] if scores else None), "audit", "another score than the last frozen")
            need((f, st.get("score")) not in seen, "audit", "one auditor twice about one score")
            seen.append((f, st.get("score")))
            told.append((f, "key %s on %s: %d visits compared, %d mismatches" % (f[:32], st["time"][:10], st["visits"], st["mismatches"])))
        return "; ".join(x[1] for x in told)
    def logged():
        entries = [[e for e in log if e["kind"] == kind and e["body"].get("wave") == number]
                   for kind in ("draw-committed", "beacon", "drawn", "revealed")]
        same([len(found) for found in entries[:3]], [1, 1, 1], "entries of this round")
        (commit,), (told,), (drawn,), revealed = entries
        need(commit["seq"] < told["seq"] < drawn["seq"], "log", "order")
        same([commit["body"]["record"], told["body"]["value"]], [d, s["reveal"]["beacon"]])
        same(commit["body"]["signatures"], {k: sha(n.encode()).hex() for k, n in s["notes"].items()}, "signatures")
        check_beacon(r["beacon"], signed=commit["time"])
        same(drawn["body"]["stages"]["county"], Tree(s["keys"]["county"], "county", "CO", s["drawn"]).logged.hex(), "counties")
        same({e["body"]["stage"]: e["body"]["shares"] for e in revealed}, s["reveal"]["shares"], "shares")
        return "committed %s, beacon %s" % (commit["time"], told["time"])
    if not step("the record is canonical and may be signed", "承诺记录为规范格式且符合规则", record): return None
    d = s["d"].hex()
    print("      D = " + " ".join(d[i:i + 4] for i in range(0, 64, 4)))
    if any(len(a) >= 32 and d.startswith(a) for a in anchors): step("D is the anchor you gave", "D 与所持纸质指纹相同", lambda: True)
    step("every party signed D", "各方均已对 D 签名", signatures)
    step("the revealed shares open the commitments; the beacon has the form and issue of the record",
         "公开的份额与承诺相符，信标的形式与期号符合记录", shares)
    step("design, teams and counties are those of the record", "设计、检查组表、县表与记录一致", inputs)
    step("the counties, drawn again, are those of legs.json", "重新抽取的县与公布一致", counties)
    step("teams and second teams, assigned again, are those of legs.json", "重新分派的检查组（含第二组）与公布一致", assignment)
    step("the log tells the same: D, signatures, beacon a day later, counties, shares", "日志记载一致：D、签名、信标晚一天、县、份额", logged)
    step("the log and the round agree in the rest: deadline, frame frozen before, beacon after its event, legs, keys, substitutions audited",
         "日志与批次的其余各项一致：期限、事先冻结的抽样框、信标晚于其事件、行程数、密钥、审计所计替换", lambda: check_round_log(r, number, log, s["legs"]))
    step("public.json says the same of the wave; its results have every unit and county drawn, under the rules committed to",
         "public.json 所述与本批次一致；结果含抽中的全部报告单位和县，规则为事先承诺的规则", lambda: check_wave(public, p, number, r, s, log, last))
    if any(e["kind"] == "audited" and e["body"].get("wave") == number for e in log):
        step("what auditors stated is signed, and speaks of the plan that was drawn (what they saw cannot be checked from here)",
             "审计员的结论签名成立，针对的是抽出的方案（所见内容无法在此核对）", audits)
    return d

NOT_CHECKED = """\
townships, villages, institutions, households, days, leg numbers: their shares or lists are not published|乡镇、村（居）、机构、入户、日期、行程编号：其份额或名单未公布
townships and units of the frame, calendar: only their digests are in the record|抽样框的乡镇与单位、日历：记录中只有其摘要
that the checklist file means what its digest says; names, cuts of bands and limits shown are taken from public.json|检查指标文件与其摘要是否相符；所示名称、等次分界和加减分上限取自 public.json
that two people typed the beacon alike, and that it is the result really drawn: look it up|信标是否由两人分别录入、是否与实际开奖结果相同：请自行查对
who holds the keys; when things really happened (the log's times are its word)|密钥由谁持有；实际发生时间（日志时间为其自述）
other copies of the log, shown to others|是否另有日志给他人看
items' means, sections' intervals, counts of findings: they rest on reports that are not published|指标均值、各项工作的区间、问题计数：所依据的检查记录不公布
pages, workbook, feed: only making the site again shows whether they say what public.json says|网页、工作簿、订阅源：须重新生成全站才能核对是否与 public.json 一致
whether the visits took place|走访是否真实进行"""

def run_folder(public, given, report):
    m, entries, cosigned, anchors, p, last = {}, [], [], {re.sub(r"\s", "", a).lower() for a in given}, {}, []
    def manifest():
        m.update(load(public, "manifest.json"))
        found = {f for f in files_below(public) if f != "manifest.json" and not f.startswith("log/")}
        need(found == set(m["files"]), "manifest", "missing or not listed: %s" % sorted(found ^ set(m["files"]))[:5])
        for name, digest in m["files"].items(): same(sha(read(public, *name.split("/"))).hex(), digest, name)
        return "%d files" % len(found)
    def log():
        entries.extend(read_log(os.path.join(public, "log"), m["log"], m["campaign"], m.get("cosigners", ()), cosigned))
        told = [e["body"]["manifest"] for e in entries if e["kind"] == "published" and "manifest" in e["body"]]
        same(sha(read(public, "manifest.json")).hex(), told[-1] if told else None, "manifest.json")
        return "%d entries" % len(entries)
    def data():
        p.update(load_public(public))
        last.append(check_public(m, p, entries))
    report.check("manifest.json lists every file (but log/) with its digest", "文件清单与全部文件（log/ 除外）一致", manifest)
    if m.get("demo"): note("these are demonstration data, made up by a program", "演示数据，均由程序模拟生成")
    for en, zh, do in (
            ("the notary log: entries, root, signature by the key the manifest names; it names this manifest",
             "公证日志：条目、根、清单所列密钥的签名相符，并记载本文件清单", log),
            ("the manifest is spelled as it must be, and names the key of the first entry", "文件清单写法符合规定，所列密钥为日志首条所载",
             lambda: check_manifest(m, read(public, "manifest.json"), entries)),
            ("the log's tiles follow from its entries, and no other file is there", "日志瓦片由条目算出，别无其他文件",
             lambda: check_log_files(os.path.join(public, "log"), entries)),
            ("every entry has the members of its kind", "日志每条的成员符合其种类", lambda: check_bodies(entries)),
            ("who held which role, and what else takes two, was decided and signed by two who could", "任职、退出、换钥匙及其他须由两人办理的事项，均由两名有权的人决定并签名",
             lambda: check_people(entries)),
            ("the entries stand in an order in which it can have happened", "日志各条先后合理", lambda: check_order(entries)),
            ("public.json is written as it must be, and speaks of this campaign", "public.json 写法符合规定，所述为本活动", data),
            ("every text is one the log says was signed, and is shown as it stands", "每份文稿均经日志记载签发，展示与原文一致",
             lambda: check_documents(public, m, entries, p)),
            ("the frozen scores are the log's, and follow from what is published with them: sums, points, precision, bands, corrections",
             "冻结的得分与日志相符，合计、分值、精度、等次、更正由同时公布的数据重新算出", lambda: check_scores(p, entries, last[0])),
            ("every number shown follows from the frozen scores", "所示各数均由冻结的得分得出", lambda: check_shown(p)),
            ("every row of data/*.csv and data/*.json follows from public.json", "data/ 各表逐行由 public.json 得出", lambda: check_tables(public, p))):
        report.check(en, zh, do)
    if m.get("cosigners"): note("%d of the %d witnesses named have cosigned this head" % (len(cosigned), len(m["cosigners"])),
                                "所列 %d 名见证人中 %d 名已会签这一日志摘要" % (len(m["cosigners"]), len(cosigned)))
    with_files = {int(n) for n in re.findall("^rounds/([1-9][0-9]{0,5})/", "\n".join(m.get("files", ())), re.M)}
    numbers = sorted(with_files | set(log_waves(entries)))
    report.check("rounds found", "批次", lambda: bool(numbers) and ", ".join(map(str, numbers)))
    revealed = [n for n in numbers if revealed_in(entries, n)]
    for n in (n for n in numbers if n not in revealed):
        report.check("round %d: not revealed yet, and not late" % n, "第%d批次：尚未公开，未逾期" % n, lambda: check_waiting(public, m, entries, n, p))
    found = {n: check_round(public, n, report, anchors, entries, p, m, last and last[0]) for n in revealed}
    anchors = {next((d for d in found.values() if d and len(a) >= 32 and d.startswith(a)), a) for a in anchors}  # the sheet prints 32 digits large
    for a in sorted(anchors - set(found.values())):
        report.check("the anchor you gave is the D of a round", "所给指纹应为某批次的 D", lambda: need(
            False, "anchor", "no round has the D %s (32 or all 64 digits 须为 32 位或完整 64 位)" % a))
    for n in (n for n, d in found.items() if d not in anchors):
        note("round %d: no anchor compared; compare D with the paper yourself" % n, "第%d批次：未比对指纹，请自行将 D 与纸质指纹比对" % n)
    for en, zh in (line.split("|") for line in NOT_CHECKED.split("\n")): note("NOT checked: " + en, "未核对：" + zh)

def main(args):
    sys.stdout.reconfigure(encoding="utf-8")
    sys.setrecursionlimit(10000)  # §11 goes one level deeper for each leg
    report, anchors = Report(), []
    while "--anchor" in args[:-1]:
        i = args.index("--anchor")
        anchors, args = anchors + [args[i + 1]], args[:i] + args[i + 2:]
    commands = {"vectors": (run_vectors, 1), "national": (run_national, 2), "bodies": (run_bodies, 1)}
    command, count = commands.get(args[0] if args else "", (None, 0))
    if args[:1] == ["folder"] and len(args) > 1: return max([judge_folder(f, anchors) for f in args[1:]])
    if not command or anchors or len(args) != count + 1:
        print(__doc__)
        return 3
    guarded(report, command, *args[1:])
    return report.end()

def judge_folder(public, anchors):
    report = Report()
    print("FOLDER %s" % public)
    guarded(report, run_folder, public, anchors)
    return report.end()

def guarded(report, command, *args):
    try:
        command(*args, report)
    except Exception as e:  # whatever else is wrong with the input
        report.check("stopped: %s %s" % (type(e).__name__, e), "中止", lambda: False)

if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
