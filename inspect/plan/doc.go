// Package plan is what a commit record and its keys give: the plan with its reserves, and what
// substitutions make of it.
//
// It serves the ceremony, which seals a plan, the field, which carries it out, the audit, which makes
// it again years later, and verify, which does so for strangers. One definition stands here of
// everything two of them must agree on: the text a party signs, the digest of a change, who may
// approve one, who replaces whom. It is pure: what is committed comes as values, randomness is
// passed in, and nothing in it has met a database.
//
// Making a plan: the county stage and all stages below it are drawn (package draw) with the stage
// keys, every drawn county is a leg that needs a team, the legs are assigned (package assign), and
// each leg calls for the visits of its county in order bottom-up. The sealed text is the plan's
// canonical JSON with a salt that follows from the schedule key, so that a small plan cannot be
// found by trying; its SHA-256 is what the ledger holds.
//
// Reserves: a unit that cannot be visited gives way to the next of its kind within the same set (a
// county's stratum, a township's county, a village's township, an institution's prefecture and
// reporting unit), in the order in which they were drawn, never a chosen one, passing over what the
// wave ever visited and townships that another wave visits within the days of rest (R07). A reserve
// county brings the first of its own reserves below; villages take over the household orders of
// those they stand in for, because an order is as random for one village as for another.
//
// A change is logged as SHA-256(LP("zhicha/1 substituted", salt, kind, replaced, reserve)), with a
// fresh salt of 32 bytes, so that the log commits to it and tells no place.
package plan
