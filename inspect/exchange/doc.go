// Package exchange is how an office hands what a wave found to another that checks the check.
//
// An export holds grades by unit and item, and no inspector, no text and no household: no list of
// homes may travel. It is canonical JSON (inspect.CanonicalJSON) of an Export, beside the verifier
// key of who signed it and a signed note over
//
//	zhicha/1 wave
//	<SHA-256 of the export's canonical JSON>
//
// A grade is a fraction in lowest terms such as 1/2, or na, or unverified. Reading is strict: one
// value, no unknown member, canonical to the byte, one signature and no other. It touches no disk and
// no database, so that thousands of exports can be added up by whoever wants to.
package exchange
