// Package audit draws a wave again from the parties' deposits and compares all of it with what was
// logged and done: the plan, every leg, visit and substitution, the household orders.
//
// It serves auditors, who sign the outcome into the ledger under their own key. What it finds names
// places and is for the auditor's eyes alone.
package audit
