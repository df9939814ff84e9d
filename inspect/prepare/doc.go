// Package prepare is the office's work before a wave is committed: the frame imported, checked and
// frozen, the roster, further waves, and the preview of what a design costs and can tell.
//
// It serves the national office and any other that runs a wave of its own. It must never choose a
// unit: whatever is chosen is drawn.
package prepare
