// Package finding drafts findings from a visit's report and moves them through their life. It
// serves intake and review. It must never infer a red line from an answer, never judge a person,
// never read a clock: times come from the report.
//
// # Drafts
//
// Every answer to an item of the unit's kind that earned less than its full credit makes exactly
// one draft; an answer that is not applicable, unverified or outside its domain makes none. Its id
// is visit-item, and its severity the item's where nothing was earned, one lower above that, S1
// staying S1. Observations the inspectors wrote down follow, numbered from 1, with the severity
// they were given. The same report gives the same drafts.
//
// What inspectors see with their own eyes in a home (an item of the safety section A6, asked by
// observation, at a household) is a hazard; everything else is a problem. Good practices and leads
// have neither a severity nor a time limit.
//
// # Time limits
//
// A finding was found when the team left or, where that is missing, arrived. By the checklist's
// severities it is due so many hours after that moment; or at the last second of so many working
// days, in Beijing, the day of finding not counted (the calendar says which days the State
// Council's notice moved; Monday to Friday in a year it does not know); or before the next wave,
// which is no date. In the embedded checklist that is S4 24 hours, S3 three and S2 ten working
// days, S1 the next wave.
//
// # Life
//
//	draft → submitted → verified
//	                  → dismissed
//
// A step is made by somebody. Verifying and dismissing are review, and nobody reviews a visit of
// their own; dismissing needs a reason. Nothing follows the two ends. These guards stand here and
// nowhere else.
package finding
