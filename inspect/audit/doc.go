// Package audit does a wave again from what nobody in the office can have bent, and compares all of it
// with what stands.
//
// The draw: from the parties' deposits, the plan, every leg, visit and substitution, the household
// orders. The field and the scores (replay.go): in a copy of the database that is taken back to before
// anything came back, every file of evidence is judged again in the order in which it came, by the code
// that took it in; every decision that an entry of the signed log binds by its root is judged by the rules
// the office had, under the signature of whoever took it, and carried out again; every score is computed
// again. Then each cell of each table that decides anything is held against what comes of it
// (rules_tables.go, rules_standing.go), and each difference is named by table, row and column. What no entry
// tells of yet, first decisions and returns set aside, is held against the record of who saw what.
//
// The site (published.go): the folder is the one that the log entered last, and says what follows from
// the campaign; of every edition that was ever entered, what no stranger can compute.
//
// It serves auditors, who sign the outcome into the ledger under their own key. What it finds names
// places and is for the auditor's eyes alone. It never mends anything, and the copy is gone when it ends.
package audit
