#!/usr/bin/env python3
"""A public verifier for draws by lot under the algorithm `zhicha/1`.
公开抽签验证程序（算法 zhicha/1）。

One file; it needs Python 3.9 or later and nothing else: no network, no packages, no floating-point numbers. It was
written from the text of the specification alone; "§" refers to its sections.
本程序只有一个文件，只需 Python 3.9 以上，不联网，不用其他软件包，不用浮点数。

    python3 verify.py vectors DIR                  the test vectors, good and bad          测试数据
    python3 verify.py national FRAME NATIONAL      the draw of the national frame          全国抽样框的抽取
    python3 verify.py folder PUBLIC [--anchor D]   a published folder                      公布的文件夹

FRAME is frame.csv.gz, NATIONAL the file national.json of the vectors, PUBLIC a folder as published. An anchor is
the D on your paper, its first 32 digits or all 64 (spaces do not matter); --anchor may be repeated, once for each round.
A line begins with ok, FAIL or note; the last one counts them. Exit status: 0 all passed, 3 otherwise.
每行以 ok（相符）、FAIL（不符）或 note（说明）开头，最后一行是合计。退出状态：0 全部相符，3 其他。
"""
import base64, gzip, hashlib, heapq, hmac, json, os, re, sys
from collections import namedtuple
from datetime import date, datetime, timedelta
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
        issues = {rule["issue"]}
        if re.fullmatch("[0-9]+", rule["issue"]): issues.add(str(int(rule["issue"]) + 1).zfill(len(rule["issue"])))
        need(any(i in typed[0].split("/") for i in issues if len(i) == len(rule["issue"])), "draw.beacon-issue")
        parts = typed[0].split("/")
        if parts[0] == "ssq":  # one spelling of one result
            need(re.fullmatch("ssq/[^/]*/[0-9]{2}(-[0-9]{2}){5}/[0-9]{2}", typed[0]), "draw.beacon-spelling")
            red = parts[2].split("-")
            need(all(a < b for a, b in zip(["00"] + red, red + ["34"])) and "01" <= parts[3] <= "16", "draw.beacon-spelling")
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
        ("draw.hours", r["hours"] and all(clock(h["from"]) and clock(h["to"]) and h["from"] < h["to"] and all(
            u in REGIONS for u in h.get("reporting_units", [])) for h in r["hours"])),
        ("draw.assign", a["region"] == "reporting_unit" and 0 <= a["third_party_percent"] <= 100 >= a["overlap_percent"] >= 0
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
        need(t["kind"] in kinds and t["home"] in ("", *REGIONS) and min(t["inspectors"], t["women"], t["capacity"]) >= 0
             and all(x == "" or is_date(x) for x in (t["from"], t["to"]))
             and all(ascending(t.get(k, [])) for k in ("languages", "forbidden", "lastRegion")), "teams", "team %d" % t["no"])

def check_design(d):
    shape(d, DESIGN_FORM, "design")
    numbers = [d[k] for k in ("townships", "villages", "households", "institutions", "reserves")]
    need(d["stratum"] in ("reporting_unit", "prefecture", "county") and d["counties"] >= 2 and 0 <= min(numbers)
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

def draw_counties(key, counties, design):
    groups = {}
    for c in counties:
        prefecture = ("BT" if c.unit == "BT" else "") + c.area[:4]
        code = {"reporting_unit": c.unit, "prefecture": prefecture, "county": c.id}[design["stratum"]]
        groups.setdefault(code, []).append(c)
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
                and all(e["language"] in t.get("languages", []) for e in self.rule.get("languages", []) if g in e["regions"]))
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
            h = next(h for h in hours if g in h.get("reporting_units", [g]))
            out.append({"no": no, "wave": wave, "region": g, "county": c, "team": team, "start": starts[c], "days": self.leg_days,
                        "twin": number[c, "primary"] if kind == "twin" else 0, "hourFrom": h["from"], "hourTo": h["to"]})
        return out
    def pair_list(self): return [{"county": c, "team": p, "second": q} for c, (p, q) in sorted(self.pairs.items())]
# ---------------------------------------------------------------- signed notes, Ed25519 (RFC 8032)
P, ORDER = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, P) % P
def point_add(p, q):
    (a, b), (c, d) = p, q
    k = CURVE * a * b * c * d
    return (a * d + b * c) * pow(1 + k, -1, P) % P, (b * d + a * c) * pow(1 - k, -1, P) % P

def point_mul(n, p):
    q = (0, 1)
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
    return P - x if x & 1 != sign else x, y
BASE = point_read((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def ed25519_holds(public, message, signature):
    a, s = point_read(public), int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y = point_add(point_mul(s, BASE), point_mul(h, (P - a[0], a[1])))
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
def check_round(public, number, report, anchors, log):
    """One round; returns its D in hexadecimal, None if there is no valid record."""
    r, s, here = {}, {}, os.path.join(public, "rounds", str(number))
    def step(en, zh, what): return report.check("round %d: %s" % (number, en), "第%d批次：%s" % (number, zh), what)
    def record():
        raw = read(here, "record.json")
        raw = raw[:-1] if raw.endswith(b"\n") else raw
        r.update(parse(raw))
        need(canonical(r) == raw, "malformed", "not canonical")
        same(record_faults(r), [], "faults")
        same(r["wave"], number, "wave")
        f = r["frame"]
        same(sha(b"".join(hex32(f[k]) for k in ("counties", "townships", "units"))).hex(), f["frame"], "frame")
        s["d"] = sha(raw)
    def signatures():
        s["notes"] = load(here, "signatures.json")
        same(set(s["notes"]), {p["id"] for p in r["parties"]}, "parties")
        for p in r["parties"]:
            same(check_note(s["notes"][p["id"]], p["key"]), "zhicha/1 commit\n%s\n%d\n%s\n" % (r["campaign"], number, d), "text")
        return ", ".join(s["notes"])
    def inputs():
        s["design"], s["teams"] = load(here, "design.json"), load(here, "teams.json")
        check_design(s["design"])
        check_teams(s["teams"])
        same([digest_of(s["design"]), digest_of(s["teams"])], [r["design"], r["teams"]])
        same(sha(read(here, "counties.csv")).hex(), r["frame"]["counties"], "counties.csv")
        s["counties"] = read_table(read(here, "counties.csv"), "CO")
        return "%d counties, %d teams" % (len(s["counties"]), len(s["teams"]))
    def shares():
        reveal = s["reveal"] = load(here, "reveal.json")
        need({"county", "assign"} <= set(reveal["shares"]) <= set(STAGES), "reveal", "stages")
        s["keys"] = {stage: stage_key(r, stage, x, reveal["beacon"], s["d"]) for stage, x in reveal["shares"].items()}
        check_beacon(r["beacon"], [reveal["beacon"]])
        return "%s; beacon %s" % (", ".join(s["keys"]), reveal["beacon"])
    def counties():
        legs = s["legs"] = load(here, "legs.json")
        need(all(set(x) == {"county", "home", "name", "no", "region", "team", "twin"} for x in legs), "legs", "fields")
        same([x["no"] for x in legs], list(range(1, len(legs) + 1)), "numbers")
        s["drawn"] = {c.id: c for x in draw_counties(s["keys"]["county"], s["counties"], s["design"]) for c in x.drawn}
        same({(x["county"], x["name"], x["region"]) for x in legs}, {(c.id, c.name, c.unit) for c in s["drawn"].values()})
        return "%d counties" % len(s["drawn"])
    def assignment():
        a = s["a"] = Assignment({c.id: c.unit for c in s["drawn"].values()}, s["teams"], r["assign"], r["window"],
                                r.get("closed", []), r["legDays"], s["keys"]["assign"])
        primary = {x["no"]: x["county"] for x in s["legs"] if x["twin"] == 0}
        same(sorted((x["county"], x["team"], x["twin"] != 0) for x in s["legs"]),
             sorted((c, t, second) for c, (p, q) in a.pairs.items() for t, second in ((p, False), (q, True)) if t), "teams")
        need(all(x["home"] == a.teams[x["team"]]["home"] for x in s["legs"]), "differs", "home of a team")
        need(all(primary.get(x["twin"]) == x["county"] for x in s["legs"] if x["twin"]), "differs", "twin")
        if "schedule" in s["keys"]:
            numbers = [(x["no"], x["county"], x["twin"]) for x in a.legs(s["keys"]["schedule"], number, r["hours"])]
            same([(x["no"], x["county"], x["twin"]) for x in s["legs"]], numbers, "numbers")
        return "%d legs, %d of them second teams, seating %d" % (len(s["legs"]), len(a.overlap), a.counter)
    def audits():
        """§15: each statement under its signature, on this wave, of the plan that was logged."""
        told, (drawn,) = [], [e["body"] for e in log if e["kind"] == "drawn" and e["body"].get("wave") == number]
        for e in (e for e in log if e["kind"] == "audited" and e["body"].get("wave") == number):
            a, st = e["body"], e["body"]["statement"]
            shape(a, {"wave": int, "statement": dict, "key": TEXT, "signature": TEXT}, "audit")
            need(a["key"].startswith("auditor+") and a["signature"].count("\n") == 1, "audit", "name")
            text = "zhicha/1 audited\n" + canonical(st).decode() + "\n"
            same(check_note(text + "\n" + a["signature"], a["key"]), text, "statement")
            shape(st, {"campaign": TEXT, "wave": int, "stages": [TEXT], "plan": DIGEST, "visits": int, "substitutions": int,
                       "mismatches": int, "outcome": TEXT, "time": TEXT}, "statement")
            same([st["campaign"], st["wave"], tuple(st["stages"])], [r["campaign"], number, STAGES[1:5] + STAGES[6:]])
            need(min(st["visits"], st["substitutions"], st["mismatches"]) >= 0 and moment(st["time"]) and st["time"] <= e["time"], "audit")
            same(st["outcome"], "mismatch" if st["mismatches"] else "match", "outcome")
            need(st["mismatches"] or st["plan"] == drawn["plan"], "audit", "another plan than the one drawn")
            need(all(x["seq"] < e["seq"] for x in log if x["kind"] == "revealed" and x["body"]["wave"] == number), "audit", "before the reveal")
            f = sha(base64.b64decode(a["key"].split("+", 2)[2])[1:]).hex()
            need(f not in [x[0] for x in told], "audit", "one auditor twice")
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
    step("design, teams and counties are those of the record", "设计、检查组表、县表与记录一致", inputs)
    step("the revealed shares open the commitments; the beacon has the form and issue of the record",
         "公开的份额与承诺相符，信标的形式与期号符合记录", shares)
    step("the counties, drawn again, are those of legs.json", "重新抽取的县与公布一致", counties)
    step("teams and second teams, assigned again, are those of legs.json", "重新分派的检查组（含第二组）与公布一致", assignment)
    if log: step("the log tells the same: D, signatures, beacon a day later, counties, shares", "日志记载一致：D、签名、信标晚一天、县、份额", logged)
    if any(e["kind"] == "audited" and e["body"].get("wave") == number for e in log):
        step("what auditors stated is signed, and speaks of the plan that was drawn (what they saw cannot be checked from here)",
             "审计员的结论签名成立，针对的是抽出的方案（所见内容无法在此核对）", audits)
    return d

NOT_CHECKED = """\
townships, villages, institutions, households, days, leg numbers: their shares or lists are not published|乡镇、村（居）、机构、入户、日期、行程编号：其份额或名单未公布
townships and units of the frame, checklist, calendar: only their digests are in the record|抽样框的乡镇与单位、检查指标、日历：记录中只有其摘要
that two people typed the beacon alike, and that it is the result really drawn: look it up|信标是否由两人分别录入、是否与实际开奖结果相同：请自行查对
who holds the keys; when things really happened (the log's times are its word)|密钥由谁持有；实际发生时间（日志时间为其自述）
the log's tile files and extra files; other copies of the log, shown to others|日志的瓦片文件与多余文件；是否另有日志给他人看
scores, and what pages and documents say; whether the visits took place|得分、网页与文件的内容；走访是否真实进行"""

def run_folder(public, given, report):
    m, entries, cosigned, anchors = {}, [], [], {re.sub(r"\s", "", a).lower() for a in given}
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
    report.check("manifest.json lists every file (but log/) with its digest", "文件清单与全部文件（log/ 除外）一致", manifest)
    if m.get("demo"): note("these are demonstration data, made up by a program", "演示数据，均由程序模拟生成")
    if "log" in m or os.path.exists(os.path.join(public, "log")):
        report.check("the notary log: entries, root, signature by the key the manifest names; it names this manifest",
                     "公证日志：条目、根、清单所列密钥的签名相符，并记载本文件清单", log)
        if m.get("cosigners"): note("%d of the %d witnesses named have cosigned this head" % (len(cosigned), len(m["cosigners"])),
                                    "所列 %d 名见证人中 %d 名已会签这一日志摘要" % (len(m["cosigners"]), len(cosigned)))
    else: note("the folder has no notary log", "文件夹中没有公证日志")
    numbers = sorted({int(n) for n in re.findall("^rounds/([1-9][0-9]{0,5})/", "\n".join(m.get("files", ())), re.M)})
    report.check("rounds found", "批次", lambda: bool(numbers) and ", ".join(map(str, numbers)))
    found = {n: check_round(public, n, report, anchors, entries) for n in numbers}
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
    commands = {("vectors", 2): run_vectors, ("national", 3): run_national, ("folder", 2): run_folder}
    command = commands.get((args[0] if args else "", len(args)))
    if not command or anchors and command != run_folder:
        print(__doc__)
        return 3
    try:
        command(*args[1:], *([anchors] if command == run_folder else []), report)
    except Exception as e:  # whatever else is wrong with the input
        report.check("stopped: %s %s" % (type(e).__name__, e), "中止", lambda: False)
    return report.end()

if __name__ == "__main__": sys.exit(main(sys.argv[1:]))
