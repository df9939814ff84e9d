// Package finding drafts findings from a visit's report and moves them through their life. Every
// answer that earned less than full credit makes exactly one draft; inspectors' observations add
// others. The life is a state machine whose guards stand here and nowhere else.
//
// It serves intake and review. It must never infer a red line from an answer, never judge a
// person, never read a clock: times come from the report.
package finding
