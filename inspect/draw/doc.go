// Package draw turns a frozen frame, a sampling design and the stage keys of a ceremony into a
// sample, and says beforehand how likely each place is to be chosen.
//
// It serves the office that draws, and every stranger who recomputes the draw afterwards; both must
// get the same result bit for bit. It must therefore never read a clock, a file or a random source,
// never use a floating-point number, and never let the order of a map or of its input decide
// anything.
//
// What follows is the rule, which is named zhicha/1 (Algorithm): a change of any of it needs
// another name. SPEC.md says the same for a second implementation, together with what package
// assign adds, and with vectors in testdata.
//
// # Notation
//
// ‖ joins bytes. LP(a, b, …) joins parts each behind its length in bytes as a big-endian uint32
// (inspect.LP), so that no two lists of parts give the same bytes. Numbers in LP are decimal;
// digests, keys and salts are raw. HMAC is HMAC-SHA256 (RFC 2104), HKDF that of RFC 5869 with
// SHA-256. Canonical JSON is RFC 8785 without fractions (inspect.CanonicalJSON).
//
// # The ceremony
//
// Everything a draw reads stands in a commit record, whose canonical JSON has the digest D; three
// parties or more sign it (CheckRecord says what nobody should sign). Each party has made one
// secret of 32 random bytes for this wave. For each of the stages county, township, village,
// institution, household, assign and schedule
//
//	share      = HKDF-Expand(secret, LP("zhicha/1 share", campaign, wave, party, stage), 32)
//	commitment = SHA-256(LP("zhicha/1 commit", campaign, wave, party, stage, share))
//
// and the record holds the commitments. A share gives away nothing of another stage's, so that a
// stage can be revealed by itself. Then comes the beacon: the outcome of a public event 24 hours or
// more (Lead) after the last signature, typed alike by two people, matched from its first byte to
// its last by the record's rule (an RE2 expression), with the record's issue, or the one after it,
// as a piece between slashes. With the shares in byte order of their parties' ids
//
//	stage key = HKDF(ikm = share₁ ‖ share₂ ‖ …, salt = SHA-256(beacon),
//	                 info = LP("zhicha/1 stage", campaign, wave, stage, D), 32)
//
// A party that knew all other shares would still have fixed its own before the beacon; the beacon
// alone, without one of the shares, gives nobody the key.
//
// # Tickets
//
// All chance is in tickets: under a stage key, a unit's ticket is
//
//	T(label, set, kind, id) = HMAC(stage key, LP(label, set, kind, id))
//
// and U its first 64 bits. Ticket order is that of the digests, then of the ids. Nothing but
// tickets and, for counties, probabilities decides between units, so that the order of the frame's
// rows cannot matter.
//
// # Counties
//
// The frame's counties fall into strata (inspect.Unit.Stratum). Of a stratum of N counties with sizes m and
// sum M > 0, n = Design.Counties are drawn, at least 2. Where N ≤ n all are, with π = 1. Otherwise
// a county's drawing size is
//
//	d = max(m, M/4N) · r
//
// with r its risk from 1 to 4 where the design says so, else 1: the floor keeps a place with few
// children from being safe. π is in proportion to d, but capped at κ = 3/4, so that no place is
// sure of a visit, or at 1 where N < 2n. With H the counties at the cap, none at first,
//
//	π = κ in H, else (n − κ·|H|) · d / Σd, the sum being over those outside H
//
// and whoever exceeds κ joins H, until nobody does. The numbers are whole over one denominator.
//
// The counties are taken by Pareto sampling (Rosén, "On sampling with probability proportional to
// size", Journal of Statistical Planning and Inference 62, 1997, 159–191): in ascending order of
//
//	q = U(1−π) / ((2⁶⁴−U)π), U that of T("ticket", stratum, "CO", id) under the county key
//
// compared exactly, by cross-multiplication, equal q in ticket order. The first n are drawn. It is
// a sample of fixed size whose order also gives the reserves. The probabilities it is aimed at are
// the π, exactly; those it has come close to them, the closer the larger the stratum (ibid.).
//
// # Below the county
//
// All else is simple random sampling without replacement: the units of a set stand in order of
// T("ticket", set, kind, id) under the key of their stage, and the first are taken.
//
//	stage        set                kind  units
//	township     id of the county   TS    its townships
//	village      id of the township VC    its villages
//	institution  prefecture         WI    its institutions that answer to the county's reporting unit
//
// Counties of one prefecture and reporting unit share its K institutions: the j-th of them, from 0,
// in the order of the sample, takes the places (j·k + i) mod K, i = 0 … min(k, K)−1, k =
// Design.Institutions. So none is visited twice while another is left, and each county's k are
// still a simple random sample.
//
// A drawn village has an order of the lines 1 to 999 (Lines) of its register, that of T("perm",
// village, "HH", line) under the household key. Its first household is the first eligible line, its
// second the next, and so on: nobody on the spot chooses.
//
// Reserves are the next in order at every stage, Design.Reserves of them; see Select. How many are
// drawn of each kind below the county, and in reserve, is at most 999 (CheckDesign).
//
// # What is logged
//
// On the day of the draw each of the first five stages is committed to by a Merkle tree (RFC 6962,
// section 2.1) with a salted leaf for every unit it drew:
//
//	salt       = HMAC(stage key, LP("leaf", id))
//	leaf       = SHA-256(0x00 ‖ LP(salt, kind, id))
//	leaf       = SHA-256(0x00 ‖ LP(salt, "HH", village, SHA-256(order as canonical JSON)))    household stage
//	node       = SHA-256(0x01 ‖ left ‖ right)
//	commitment = SHA-256(LP("zhicha/1 drawn", stage, number of leaves, root, HMAC(stage key, LP("tree"))))
//
// Leaves stand in order of their hashes, which the salts make random, so that a proof of one unit
// (StageTree.Proof) tells nothing of the others but their number.
//
// # Second coders
//
// Which reports two reviewers judge follows from the plan's salt S = Salt(schedule key, "plan"): of
// the N visits of primary legs, the ⌈percent·N/100⌉ first in order of T("second", "", kind, visit)
// under HMAC(S, LP("second coder")).
package draw
